import bubble from "lucide-static/icons/message-circle.svg?raw";
import cross from "lucide-static/icons/x.svg?raw";
import down from "lucide-static/icons/download.svg?raw";
import offline from "lucide-static/icons/wifi-off.svg?raw";
import { Composer } from "./composer.ts";
import { h, icon } from "./dom.ts";
import { Keep } from "./keep.ts";
import { MessageList } from "./messages.ts";
import type { Store } from "./store.ts";
import type { Talk } from "./talk.ts";
import type { Speech } from "./words.ts";

const NEAR_END = 120;

/** The launcher and the panel behind it. The panel is built when it is first opened. */
export class Panel {
  readonly #root: ShadowRoot;
  readonly #talk: Talk;
  readonly #store: Store;
  readonly #speech: Speech;
  readonly #isPage: boolean;
  readonly #launcher: HTMLButtonElement;
  readonly #badge = h("span", { class: "badge", hidden: true });
  #built: Built | null = null;

  constructor(root: ShadowRoot, talk: Talk, store: Store, speech: Speech, isPage: boolean) {
    this.#root = root;
    this.#talk = talk;
    this.#store = store;
    this.#speech = speech;
    this.#isPage = isPage;
    this.#launcher = h("button", { class: "launcher", type: "button", "aria-expanded": "false", click: () => this.toggle() }, icon(bubble), icon(cross), this.#badge);
    if (!isPage) root.append(this.#launcher);
    this.render();
  }

  get isOpen(): boolean {
    return this.#talk.isOpen;
  }

  toggle(): void {
    if (this.isOpen) this.close();
    else this.open();
  }

  open(): void {
    if (this.#built === null) {
      this.#built = new Built(this.#talk, this.#store, this.#speech, this.#isPage, () => this.close());
      this.#root.prepend(this.#built.element);
    }
    this.#built.element.hidden = false;
    this.#launcher.setAttribute("aria-expanded", "true");
    void this.#talk.open();
    this.render();
    this.#built.shown();
  }

  close(): void {
    if (!this.isOpen || this.#isPage) return;
    this.#talk.isOpen = false;
    if (this.#built) this.#built.element.hidden = true;
    this.#launcher.setAttribute("aria-expanded", "false");
    this.render();
    this.#launcher.focus({ preventScroll: true });
  }

  render(): void {
    const unread = this.isOpen ? 0 : this.#talk.unread;
    this.#badge.hidden = unread === 0;
    this.#badge.textContent = unread > 9 ? "9+" : String(unread);
    const name = this.#speech.say(this.isOpen ? "close" : "open");
    const news = unread ? `. ${this.#speech.count("unread", unread)}` : "";
    this.#launcher.setAttribute("aria-label", name + news);
    this.#launcher.title = name;
    if (this.isOpen) this.#built?.render();
  }
}

/** The panel itself. */
class Built {
  readonly element: HTMLElement;
  readonly #talk: Talk;
  readonly #speech: Speech;
  readonly #list: MessageList;
  readonly #composer: Composer;
  readonly #keep: Keep;
  readonly #scroll: HTMLElement;
  readonly #title = h("h2", {});
  readonly #sub = h("p", { class: "sub" });
  readonly #hello = h("p", { class: "hello" });
  readonly #typing = h("p", { class: "typing", role: "status" });
  readonly #banner = h("p", { class: "banner", role: "status", hidden: true });
  readonly #note = h("p", { class: "note", hidden: true });
  readonly #save: HTMLButtonElement;
  readonly #earlier: HTMLButtonElement;
  #lastKey = "";
  #first = 0;
  #isAtEnd = true;

  constructor(talk: Talk, store: Store, speech: Speech, isPage: boolean, close: () => void) {
    this.#talk = talk;
    this.#speech = speech;
    const say = speech.say;
    this.#list = new MessageList(talk, speech);
    this.#composer = new Composer(talk, store, speech);
    this.#keep = new Keep(talk, speech);
    this.#save = h("button", { class: "tool", type: "button", hidden: true, "aria-label": say("save"), title: say("save"), click: () => this.#keep.toggle() }, icon(down));
    const shut = h("button", { class: "tool", type: "button", "aria-label": say("close"), title: say("close"), click: close }, icon(cross));
    this.#earlier = h("button", { class: "link", type: "button", hidden: true, click: () => void talk.loadEarlier() }, say("earlier"));
    this.#scroll = h("div", { class: "scroll", tabindex: 0 }, this.#hello, this.#earlier, this.#list.element, this.#typing);
    this.#scroll.setAttribute("aria-label", say("title"));
    this.#scroll.setAttribute("role", "region");
    this.element = h(
      "section",
      { class: "panel", role: "dialog", "aria-label": say("title") },
      h("header", { class: "head" }, h("div", { class: "titles" }, this.#title, this.#sub), this.#save, !isPage && shut),
      this.#keep.element,
      this.#banner,
      this.#scroll,
      this.#composer.element,
      this.#note,
    );
    this.#scroll.addEventListener("scroll", () => (this.#isAtEnd = this.#rest() < NEAR_END));
    new ResizeObserver(() => this.#isAtEnd && this.#toEnd()).observe(this.#scroll);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#composer.add([...(event.dataTransfer?.files ?? [])]);
    });
  }

  shown(): void {
    this.#toEnd();
    this.#composer.grow();
    this.#composer.focus();
    this.#talk.read();
  }

  render(): void {
    const { about, messages, parcels } = this.#talk;
    const say = this.#speech.say;
    const wasNearEnd = this.#rest() < NEAR_END;
    const heightBefore = this.#scroll.scrollHeight;
    this.#title.textContent = about?.title || about?.name || say("title");
    this.#sub.textContent = this.#subtitle();
    this.#hello.textContent = about ? about.greeting || say("greeting") : "";
    this.#save.hidden = messages.length === 0;
    this.#earlier.hidden = !this.#talk.hasEarlier;
    this.#list.render();
    const names = this.#talk.typing.join(", ");
    this.#typing.replaceChildren(...(names ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), say("types", { name: names })] : []));
    this.#trouble();
    this.#note.hidden = !about?.previews;
    this.#note.textContent = about?.previews ? say("previews") : "";
    const last = parcels.at(-1)?.id ?? messages.at(-1)?.client_id ?? String(messages.at(-1)?.id ?? "");
    const first = messages.at(0)?.id ?? 0;
    if (wasNearEnd || (parcels.length > 0 && last !== this.#lastKey)) {
      this.#toEnd();
    } else if (first !== this.#first) {
      this.#scroll.scrollTop += this.#scroll.scrollHeight - heightBefore;
    }
    this.#first = first;
    if (last !== this.#lastKey) this.#talk.read();
    this.#lastKey = last;
  }

  #rest(): number {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight;
  }

  #toEnd(): void {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #subtitle(): string {
    const { stage, about } = this.#talk;
    if (stage === "work" || stage === "waiting" || stage === "solved") return this.#speech.say(stage);
    const minutes = about?.answer_minutes;
    const within = minutes ? this.#within(minutes) : "";
    const received = stage === "received" ? this.#speech.say("received") : "";
    return within || received;
  }

  #within(minutes: number): string {
    if (minutes < 60) return this.#speech.count("within_minutes", minutes);
    if (minutes < 1440) return this.#speech.count("within_hours", Math.ceil(minutes / 60));
    return this.#speech.count("within_days", Math.ceil(minutes / 1440));
  }

  #trouble(): void {
    const { refusal, isOffline, isLoaded } = this.#talk;
    const say = this.#speech.say;
    let words = "";
    if (refusal === "verified_only") words = say("members");
    else if (refusal === "often") words = say("too_often");
    else if (refusal === "frame") words = say("closed_frame");
    else if (refusal) words = say("not_here");
    else if (isOffline) words = say(isLoaded || this.#talk.parcels.length > 0 ? "offline" : "nothing");
    this.#banner.hidden = words === "";
    this.#banner.replaceChildren(...(words ? [icon(offline), words] : []));
  }
}
