import type { Api } from "./api.ts";
import type { Visit } from "./talk.ts";

const TYPING_EVERY = 600;
const VISIT_EVERY = 60_000;
const PAGE_LOOK = 2_000;

/** Tells what the visitor does right now; the server forgets it by itself. */
export class Now {
  readonly #api: Api;
  readonly #visit: () => Visit;
  readonly #isTalking: () => boolean;
  #typed = 0;
  #timer = 0;
  #visited = { page: "", at: 0 };

  constructor(api: Api, visit: () => Visit, isTalking: () => boolean) {
    this.#api = api;
    this.#visit = visit;
    this.#isTalking = isTalking;
    addEventListener("pagehide", () => this.#leave());
    setInterval(() => this.#arrive(), PAGE_LOOK);
  }

  /** The visitor is at the keys; told in short steps, and the last words for sure. */
  types(text: string, shows: boolean): void {
    clearTimeout(this.#timer);
    const left = text ? this.#typed + TYPING_EVERY - Date.now() : 0;
    if (left > 0) {
      this.#timer = window.setTimeout(() => this.types(text, shows), left);
      return;
    }
    if (!text && this.#typed === 0) return;
    this.#typed = text ? Date.now() : 0;
    this.#tell("typing", text ? { text: shows ? text : "" } : { stops: true });
  }

  /** Says on which page the visitor is while a conversation is open: again when it changes. */
  #arrive(): void {
    if (!this.#isTalking() || document.visibilityState !== "visible") return;
    const { page, title, path } = this.#visit();
    const { page: before, at } = this.#visited;
    if (page === before && Date.now() - at < VISIT_EVERY) return;
    this.#visited = { page, at: Date.now() };
    this.#tell("visit", { page, title, path });
  }

  #leave(): void {
    if (this.#visited.page === "") return;
    this.#visited = { page: "", at: 0 };
    this.#tell("visit", { leaves: true });
  }

  #tell(path: "typing" | "visit", fields: Readonly<Record<string, unknown>>): void {
    if (this.#api.hasToken) void this.#api.tell(path, fields).catch(() => undefined);
  }
}
