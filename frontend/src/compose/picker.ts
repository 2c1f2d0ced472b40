import { emojis, fitting, listOf } from "./emoji-list.ts";
import { headers, parts, type Surface } from "./surface.ts";

/* One list for everything that is offered while one types. What opens it is the character before
   the caret, not a key: on a Russian board the slash is somewhere else. */

type Kind = "saved" | "agents" | "emoji";

const TRIGGERS: readonly [Kind, RegExp][] = [
  ["saved", /(?:^|\s)\/((?:[^\s/][^\n/]{0,30})?)$/u],
  ["agents", /(?:^|\s)@([\p{L}\d.-]*(?: [\p{L}\d.-]+)?)$/u],
  ["emoji", /(?:^|\s):([\p{L}\d_+-]{2,30})$/u],
];
const WAIT_MS = 80;
const MOST_IN_GRID = 400;

export class Picker {
  private kind: Kind | null = null;
  /** How many characters of what is typed the choice replaces. */
  private length = 0;
  private turn = 0;
  private timer = 0;
  private field: HTMLInputElement | null = null;
  /** What was shut by Escape does not open again for the same word. */
  private refused = "";

  constructor(
    private readonly form: HTMLFormElement,
    private readonly box: HTMLElement,
    private readonly base: string,
    private readonly surface: () => Surface,
  ) {
    form.addEventListener("keydown", (event) => this.onKey(event), { capture: true });
    box.addEventListener("mousedown", (event) => {
      /* The caret stays where it is. */
      if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
    });
    box.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("click", (event) => {
      if (event.target instanceof Node && !form.contains(event.target)) this.shut();
    });
  }

  /** Looks at what stands before the caret. */
  look(): void {
    if (this.field !== null) return;
    const before = this.surface().before();
    const isNote = new FormData(this.form).get("mode") === "note";
    for (const [kind, pattern] of TRIGGERS) {
      const typed = kind !== "agents" || isNote ? pattern.exec(before)?.[1] : undefined;
      if (typed === undefined) continue;
      if (this.refused !== "" && before.endsWith(this.refused)) return;
      this.refused = "";
      this.length = typed.length + 1;
      this.ask(kind, typed);
      return;
    }
    this.refused = "";
    this.shut();
  }

  /** Opens with a search of its own, from a button. */
  open(kind: Kind): void {
    if (this.kind === kind && this.field !== null) {
      this.shut();
      return;
    }
    this.shut();
    this.length = 0;
    const field = document.createElement("input");
    field.type = "search";
    field.className = "input is-small picker-search";
    field.setAttribute("aria-label", this.box.dataset["search"] ?? "");
    field.placeholder = this.box.dataset["search"] ?? "";
    field.addEventListener("input", (event) => {
      event.stopPropagation();
      this.ask(kind, field.value);
    });
    this.field = field;
    this.box.replaceChildren(field);
    this.box.hidden = false;
    this.ask(kind, "");
    field.focus();
  }

  shut(): void {
    window.clearTimeout(this.timer);
    this.turn += 1;
    this.kind = null;
    this.field = null;
    this.box.hidden = true;
    this.box.replaceChildren();
    this.surface().element.removeAttribute("aria-activedescendant");
  }

  private ask(kind: Kind, typed: string): void {
    this.kind = kind;
    const turn = ++this.turn;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.fill(kind, typed, turn), WAIT_MS);
  }

  private async fill(kind: Kind, typed: string, turn: number): Promise<void> {
    const content = kind === "emoji" ? await this.signs(typed) : await this.fetched(kind, typed);
    if (turn !== this.turn || content === null || !this.form.isConnected) return;
    const isEmpty = content.querySelector(".picker-item") === null;
    if (isEmpty && this.field === null && (typed.includes(" ") || kind === "emoji")) {
      /* It was no command after all. */
      this.shut();
      return;
    }
    this.box.replaceChildren(...(this.field ? [this.field] : []), content);
    this.box.dataset["kind"] = kind;
    this.box.hidden = false;
    this.mark(this.items()[0]);
  }

  private async fetched(kind: Kind, typed: string): Promise<DocumentFragment | null> {
    const path = kind === "saved" ? "saved-replies" : "colleagues";
    const query = new URLSearchParams({ q: typed });
    try {
      const answer = await fetch(`${this.base}${path}?${query}`, { headers: headers() });
      return answer.ok ? parts(await answer.text()) : null;
    } catch {
      return null;
    }
  }

  private async signs(typed: string): Promise<DocumentFragment> {
    const isGrid = this.field !== null;
    const found = fitting(await emojis(), typed, isGrid ? MOST_IN_GRID : 8);
    const content = document.createDocumentFragment();
    content.append(listOf(found, isGrid));
    return content;
  }

  private items(): HTMLElement[] {
    return [...this.box.querySelectorAll<HTMLElement>(".picker-item")];
  }

  private mark(item: HTMLElement | undefined): void {
    for (const each of this.items()) each.setAttribute("aria-selected", String(each === item));
    item?.scrollIntoView({ block: "nearest" });
    (this.field ?? this.surface().element).setAttribute("aria-activedescendant", item?.id ?? "");
    const side = this.box.querySelector<HTMLElement>(".picker-side");
    const preview = item?.querySelector(".picker-preview");
    side?.replaceChildren(...(preview ? [...preview.cloneNode(true).childNodes] : []));
  }

  private onKey(event: KeyboardEvent): void {
    if (this.kind === null || this.box.hidden || event.isComposing) return;
    const items = this.items();
    const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const across = this.box.querySelector(".is-grid") === null ? 1 : this.columns(items);
    const step = { ArrowDown: across, ArrowUp: -across }[event.code];
    if (step !== undefined) this.mark(items[(now + step + items.length) % items.length]);
    else if (event.code === "Escape") this.refuse();
    else if ((event.code === "Enter" || event.code === "Tab") && items[now]) this.take(items[now]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private columns(items: HTMLElement[]): number {
    const top = items[0]?.offsetTop;
    return Math.max(1, items.findIndex((item) => item.offsetTop !== top));
  }

  private refuse(): void {
    this.refused = this.surface().before().slice(-this.length);
    this.shut();
    this.surface().focus();
  }

  private onClick(event: MouseEvent): void {
    const item = event.target instanceof Element ? event.target.closest(".picker-item") : null;
    if (item instanceof HTMLElement) this.take(item);
  }

  private take(item: HTMLElement): void {
    const { text = "", html, id } = item.dataset;
    const length = this.length;
    this.shut();
    this.surface().replace(length, text, html);
    if (id !== undefined) {
      const url = `/saved-replies/${id}/used`;
      void fetch(url, { method: "POST", headers: headers() }).catch(() => undefined);
    }
  }
}
