/** What the browser keeps for the site it is on; in memory where it may keep nothing. */
export class Store {
  readonly #prefix: string;
  readonly #memory = new Map<string, string>();

  constructor(key: string) {
    this.#prefix = `okno:${key}:`;
  }

  get(name: string): string {
    try {
      return localStorage.getItem(this.#prefix + name) ?? this.#memory.get(name) ?? "";
    } catch {
      return this.#memory.get(name) ?? "";
    }
  }

  set(name: string, value: string): void {
    this.#memory.set(name, value);
    try {
      localStorage.setItem(this.#prefix + name, value);
    } catch {
      /* Private windows, full or forbidden storage: memory serves until the page goes. */
    }
  }

  /** A kept value that JSON made, as far as its items are what they should be. */
  list<T>(name: string, is: (value: unknown) => value is T): T[] {
    try {
      const value: unknown = JSON.parse(this.get(name) || "[]");
      return Array.isArray(value) ? value.filter(is) : [];
    } catch {
      return [];
    }
  }

  clear(): void {
    for (const name of ["token", "outbox", "draft", "started", "read"]) {
      this.#memory.delete(name);
      try {
        localStorage.removeItem(this.#prefix + name);
      } catch {
        /* Nothing was kept there. */
      }
    }
  }

  /** Calls `then` when another page of the site changed `name`. */
  watch(name: string, then: () => void): void {
    addEventListener("storage", (event) => {
      if (event.key !== this.#prefix + name) return;
      this.#memory.delete(name);
      then();
    });
  }
}
