import { Failure, type Api } from "./api.ts";

const FIRST_BYTES = 8_000;
const LONGEST_SILENCE = 45_000;
const POLL = 8_000;
const STEPS = [1_000, 2_000, 5_000, 10_000, 20_000];

interface Hears {
  news(): void;
  typing(names: readonly string[]): void;
  state(isOpen: boolean): void;
  refused(failure: Failure): void;
}

/** Keeps one stream of hints open. While it is broken, or a proxy holds it back, asks by itself. */
export class Stream {
  readonly #api: Api;
  readonly #hears: Hears;
  #abort: AbortController | null = null;
  #failures = 0;
  #lastId = "";
  #timer = 0;
  #poll = 0;

  constructor(api: Api, hears: Hears) {
    this.#api = api;
    this.#hears = hears;
  }

  get isRunning(): boolean {
    return this.#abort !== null || this.#timer !== 0;
  }

  start(): void {
    if (!this.isRunning) void this.#run();
  }

  /** Begins anew at once: the line is back, the page woke up, the visitor is someone else. */
  restart(): void {
    this.stop();
    this.#failures = 0;
    void this.#run();
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    clearTimeout(this.#timer);
    clearInterval(this.#poll);
    this.#timer = this.#poll = 0;
  }

  async #run(): Promise<void> {
    this.#timer = 0;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      await this.#read(abort);
    } catch (error) {
      if (error instanceof Failure && !error.isPassing) {
        this.stop();
        this.#hears.refused(error);
        return;
      }
    }
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#hears.state(false);
    const step = STEPS[Math.min(this.#failures, STEPS.length - 1)] ?? POLL;
    this.#failures += 1;
    this.#timer = window.setTimeout(() => void this.#run(), step * (0.75 + Math.random() / 2));
    this.#poll ||= window.setInterval(() => this.#hears.news(), POLL);
  }

  async #read(abort: AbortController): Promise<void> {
    let watch = setTimeout(() => abort.abort(), FIRST_BYTES);
    try {
      const reader = (await this.#api.stream(abort.signal, this.#lastId)).getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => abort.abort(), LONGEST_SILENCE);
        this.#opened();
        const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  #opened(): void {
    if (this.#poll === 0 && this.#failures === 0) return;
    clearInterval(this.#poll);
    this.#poll = this.#failures = 0;
    this.#hears.state(true);
  }

  /** One entry of the stream (WHATWG HTML, section 9.2). */
  #take(block: string): void {
    let name = "";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) this.#lastId = line.slice(4);
      else if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
    }
    if (!data) return;
    if (name !== "typing") this.#hears.news();
    else this.#hears.typing((JSON.parse(data) as { names: string[] }).names);
  }
}
