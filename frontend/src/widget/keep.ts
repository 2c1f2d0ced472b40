import type { Mailed } from "./api.ts";
import { Failure } from "./api.ts";
import { h, save } from "./dom.ts";
import type { Talk } from "./talk.ts";
import type { Speech } from "./words.ts";

/** Two ways to keep the conversation: as a file, or by mail to an address that is the visitor's. */
export class Keep {
  readonly element = h("div", { class: "keep", hidden: true });
  readonly #talk: Talk;
  readonly #speech: Speech;

  constructor(talk: Talk, speech: Speech) {
    this.#talk = talk;
    this.#speech = speech;
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  toggle(): void {
    if (this.element.hidden) this.#choose();
    else this.close();
  }

  close(): void {
    this.element.hidden = true;
  }

  #show(...parts: (Node | string | false)[]): void {
    this.element.replaceChildren(...parts.filter((part) => part !== false));
    this.element.hidden = false;
    this.element.querySelector<HTMLElement>("input, button")?.focus({ preventScroll: true });
  }

  #choose(): void {
    const say = this.#speech.say;
    const file = (): void => {
      this.close();
      void this.#talk.blob("transcript").then((blob) => save(blob, "chat.txt"), () => undefined);
    };
    const mail = (): void => {
      if (this.#talk.mails === "known") this.#send({});
      else this.#ask("email", say("your_email"), (email) => this.#send({ email }));
    };
    this.#show(
      h("button", { class: "link", type: "button", click: file }, say("keep_file")),
      this.#talk.mails !== "" && h("button", { class: "link", type: "button", click: mail }, say("keep_mail")),
    );
  }

  /** One field and a button. */
  #ask(kind: "email" | "code", label: string, then: (value: string) => void, trouble = ""): void {
    const isCode = kind === "code";
    const input = h("input", {
      type: isCode ? "text" : "email",
      required: true,
      maxlength: isCode ? 6 : 254,
      inputmode: isCode ? "numeric" : "email",
      autocomplete: isCode ? "one-time-code" : "email",
      "aria-label": label,
      placeholder: isCode ? "000000" : "name@example.org",
    });
    const submit = (event: Event): void => {
      event.preventDefault();
      then(input.value.trim());
    };
    this.#show(
      h("p", { role: "status" }, trouble ? `${trouble} ${label}` : label),
      h("form", { submit }, input, h("button", { class: "go", type: "submit" }, this.#speech.say("go"))),
    );
  }

  #send(fields: Readonly<Record<string, string>>): void {
    const say = this.#speech.say;
    const email = fields["email"] ?? "";
    const done = ({ state, ticket }: Mailed): void => {
      if (state === "queued") this.#show(h("p", { role: "status" }, say("mailed")));
      else this.#code(ticket, say("code_sent", { email }));
    };
    const failed = (error: unknown): void => {
      const word = error instanceof Failure ? error.message : "";
      if (word === "email") this.#ask("email", say("your_email"), (value) => this.#send({ email: value }), say("bad_email"));
      else if (word === "code") this.#code(fields["ticket"] ?? "", say("bad_code"));
      else this.#show(h("p", { role: "status" }, say(word === "often" ? "too_often_mail" : "not_mailed")));
    };
    void this.#talk.mail(fields).then(done, failed);
  }

  #code(ticket: string, words: string): void {
    this.#ask("code", words, (code) => this.#send({ ticket, code }));
  }
}
