import clip from "lucide-static/icons/paperclip.svg?raw";
import cross from "lucide-static/icons/x.svg?raw";
import plane from "lucide-static/icons/send-horizontal.svg?raw";
import smile from "lucide-static/icons/smile.svg?raw";
import { h, icon } from "./dom.ts";
import { emojiButtons } from "./emoji.ts";
import type { Store } from "./store.ts";
import type { Talk } from "./talk.ts";
import type { Speech } from "./words.ts";

const MOST_FILES = 5;
const LARGEST = 10 * 1024 * 1024;
/* The server's own limit. Not `maxlength`, which cuts what is pasted without a word. */
const LONGEST = 10_000;

/** Where the visitor writes. Keeps the draft through a reload. */
export class Composer {
  readonly element: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #chosen = h("div", { class: "chosen" });
  readonly #send: HTMLButtonElement;
  readonly #trouble = h("p", { class: "trouble", role: "alert" });
  readonly #talk: Talk;
  readonly #store: Store;
  readonly #speech: Speech;
  #files: File[] = [];
  #isLong = false;

  constructor(talk: Talk, store: Store, speech: Speech) {
    this.#talk = talk;
    this.#store = store;
    this.#speech = speech;
    const say = speech.say;
    const label = say("placeholder");
    this.#text = h("textarea", { rows: 1, placeholder: label, "aria-label": label, enterkeyhint: "send" });
    this.#text.value = store.get("draft");
    this.#send = h("button", { class: "send", type: "submit", "aria-label": say("send"), title: say("send") }, icon(plane));
    const input = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1 });
    const attach = h("button", { class: "tool", type: "button", "aria-label": say("attach"), title: say("attach"), click: () => input.click() }, icon(clip));
    input.addEventListener("change", () => {
      this.#add([...(input.files ?? [])]);
      input.value = "";
    });
    const foot = h("div", { class: "tools" }, attach, this.#emoji(), input, this.#send);
    this.element = h("form", { class: "composer" }, this.#trouble, this.#chosen, this.#text, foot);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("paste", (event) => this.#pasted(event));
    this.#grow();
  }

  focus(): void {
    this.#text.focus({ preventScroll: true });
  }

  grow(): void {
    this.#grow();
  }

  /** Files dropped or chosen. */
  add(files: readonly File[]): void {
    this.#add(files);
  }

  #emoji(): HTMLElement {
    const grid = h("div", { class: "emoji-grid", hidden: true });
    const say = this.#speech.say;
    const button = h("button", { class: "tool", type: "button", "aria-label": say("emoji"), title: say("emoji"), "aria-expanded": "false" }, icon(smile));
    const show = (isShown: boolean): void => {
      if (isShown && grid.childElementCount === 0) grid.append(...emojiButtons(take));
      grid.hidden = !isShown;
      button.setAttribute("aria-expanded", String(isShown));
    };
    const take = (sign: string): void => {
      this.#text.setRangeText(sign, this.#text.selectionStart, this.#text.selectionEnd, "end");
      show(false);
      this.#typed();
      this.focus();
    };
    button.addEventListener("click", () => show(grid.hidden !== false));
    const both = h("div", { class: "emoji" }, button, grid);
    both.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || grid.hidden) return;
      event.stopPropagation();
      show(false);
      button.focus();
    });
    return both;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #typed(): void {
    this.#grow();
    this.#store.set("draft", this.#text.value);
    this.#talk.types(this.#text.value.trim());
  }

  #grow(): void {
    this.#text.style.height = "auto";
    if (this.#text.scrollHeight > 0) this.#text.style.height = `${this.#text.scrollHeight}px`;
    const isEmpty = this.#text.value.trim() === "" && this.#files.length === 0;
    const isLong = this.#measure();
    this.#send.toggleAttribute("disabled", isEmpty || isLong);
  }

  /** Says when the text is too long; whether it is. */
  #measure(): boolean {
    const length = [...this.#text.value.trim()].length;
    const isLong = length > LONGEST;
    if (isLong || this.#isLong) {
      const numbers = { n: String(length), most: String(LONGEST) };
      this.#trouble.textContent = isLong ? this.#speech.say("too_long", numbers) : "";
    }
    this.#isLong = isLong;
    return isLong;
  }

  #pasted(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.#add(files);
  }

  #add(files: readonly File[]): void {
    const all = [...this.#files, ...files];
    const isTooMuch = all.length > MOST_FILES || all.reduce((sum, file) => sum + file.size, 0) > LARGEST;
    this.#trouble.textContent = isTooMuch ? this.#speech.say("too_large") : "";
    if (!isTooMuch) this.#files = all;
    this.#list();
  }

  #list(): void {
    const chips = this.#files.map((file) => {
      const click = (): void => {
        this.#files = this.#files.filter((each) => each !== file);
        this.#list();
      };
      const label = `${this.#speech.say("remove")}: ${file.name}`;
      return h("span", { class: "chip" }, h("span", {}, file.name), h("button", { type: "button", "aria-label": label, click }, icon(cross)));
    });
    this.#chosen.replaceChildren(...chips);
    this.#grow();
  }

  #submit(): void {
    const text = this.#text.value.trim();
    if ((text === "" && this.#files.length === 0) || this.#isLong) return;
    this.#talk.write(text, this.#files);
    this.#files = [];
    this.#text.value = "";
    this.#trouble.textContent = "";
    this.#store.set("draft", "");
    this.#talk.types("");
    this.#list();
    this.focus();
  }
}
