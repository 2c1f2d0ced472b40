import { json } from "./json.ts";
import type { Store } from "./store.ts";

export interface About {
  readonly name: string;
  readonly title: string;
  readonly greeting: string;
  readonly colour: string;
  readonly corner: string;
  readonly answer_minutes: number | null;
  readonly previews: boolean;
}

/** A conversation went out by mail, or a code did, whose ticket comes with it. */
export interface Mailed {
  readonly state: "queued" | "code";
  readonly ticket: string;
}

export interface ChatFile {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly is_picture: boolean;
}

export interface Message {
  readonly id: number;
  readonly from: "visitor" | "us";
  readonly text: string;
  readonly at: string;
  readonly files: readonly ChatFile[];
  readonly client_id?: string;
  readonly name?: string;
  readonly initials?: string;
  /** The name of its writer's picture, "" for none. */
  readonly picture?: string;
  readonly is_read?: boolean;
}

export interface Page {
  readonly messages: readonly Message[];
  readonly stage: string;
  readonly typing: readonly string[];
  readonly about: About | null;
  /** How the conversation may go out by mail: known, ask, or not at all. */
  readonly mails: string | null;
}

interface Welcome {
  readonly token: string;
  readonly about: About;
}

/** The server said no: its status, 0 when it could not be reached, and its word for it. */
export class Failure extends Error {
  readonly status: number;

  constructor(status: number, word: string) {
    super(word);
    this.status = status;
  }

  /** Whether the same question may be answered later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const LONGEST_WAIT = 30_000;

/** Questions to the server, each with the visitor's token, none with a cookie. */
export class Api {
  readonly #base: string;
  readonly #key: string;
  readonly #store: Store;
  #starting: Promise<About> | null = null;

  constructor(base: string, key: string, store: Store) {
    this.#base = base;
    this.#key = key;
    this.#store = store;
  }

  get hasToken(): boolean {
    return this.#store.get("token") !== "";
  }

  /** Gets a token for someone who has none. */
  start(): Promise<About> {
    this.#starting ??= this.#welcome("session", {}).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  identify(proof: string): Promise<About> {
    return this.#welcome("identify", { proof });
  }

  async messages(query = ""): Promise<Page> {
    return (await this.#json("GET", `messages${query}`)) as Page;
  }

  async write(fields: Readonly<Record<string, unknown>>, files: readonly File[]): Promise<void> {
    if (files.length === 0) {
      await this.#json("POST", "messages", fields);
      return;
    }
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      form.append(name, Array.isArray(value) ? value.join("\n") : String(value));
    }
    for (const file of files) form.append("files", file, file.name);
    await this.#ask("POST", "messages", form);
  }

  async tell(path: "seen" | "typing" | "visit", fields: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#ask("POST", path, json(fields));
  }

  async mail(fields: Readonly<Record<string, string>>): Promise<Mailed> {
    return (await this.#json("POST", "transcript/mail", fields)) as Mailed;
  }

  async blob(path: string): Promise<Blob> {
    return (await this.#ask("GET", path)).blob();
  }

  /** The stream of hints; ends when the server or `signal` ends it. */
  async stream(signal: AbortSignal, lastId: string): Promise<ReadableStream<Uint8Array>> {
    const headers: Record<string, string> = this.#headers();
    if (lastId) headers["Last-Event-ID"] = lastId;
    const url = `${this.#base}/chat/stream?key=${encodeURIComponent(this.#key)}`;
    const answer = await fetch(url, { headers, signal, credentials: "omit", cache: "no-store" });
    if (!answer.ok || answer.body === null) throw new Failure(answer.status, "stream");
    return answer.body;
  }

  async #welcome(path: string, fields: Readonly<Record<string, string>>): Promise<About> {
    const welcome = (await this.#json("POST", path, fields)) as Welcome;
    this.#store.set("token", welcome.token);
    return welcome.about;
  }

  async #json(method: string, path: string, fields?: unknown): Promise<unknown> {
    const body = fields === undefined ? undefined : json(fields);
    const answer = await this.#ask(method, path, body);
    return answer.json() as Promise<unknown>;
  }

  async #ask(method: string, path: string, body?: string | FormData): Promise<Response> {
    const headers = this.#headers();
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    const url = `${this.#base}/chat/${encodeURIComponent(this.#key)}/${path}`;
    const init: RequestInit = { method, headers, credentials: "omit", cache: "no-store" };
    if (body !== undefined) init.body = body;
    /* The last word of a page that goes must still arrive. */
    if (typeof body === "string" && body.length < 8_000) init.keepalive = true;
    if (typeof body !== "object") init.signal = AbortSignal.timeout(LONGEST_WAIT);
    let answer: Response;
    try {
      answer = await fetch(url, init);
    } catch {
      throw new Failure(0, "line");
    }
    if (!answer.ok) throw new Failure(answer.status, await wordOf(answer));
    return answer;
  }

  #headers(): Record<string, string> {
    const token = this.#store.get("token");
    return token ? { Authorization: `Bearer ${token}` } : {};
  }
}

async function wordOf(answer: Response): Promise<string> {
  try {
    const said = (await answer.json()) as { error?: unknown };
    return typeof said.error === "string" ? said.error : "";
  } catch {
    return "";
  }
}
