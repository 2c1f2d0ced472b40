import { Failure, type About, type Api, type Mailed, type Message } from "./api.ts";
import { json } from "./json.ts";
import { Now } from "./now.ts";
import type { Store } from "./store.ts";
import { Stream } from "./stream.ts";

/** A message on its way: kept until it is seen in the history, sent again with the same id. */
export interface Parcel {
  readonly id: string;
  readonly text: string;
  readonly at: string;
  readonly fields: Readonly<Record<string, unknown>>;
  files: readonly File[];
  state: "waiting" | "accepted" | "failed";
  why: string;
}

export interface Visit {
  readonly page: string;
  readonly title: string;
  readonly path: readonly string[];
  readonly referrer: string;
  readonly language: string;
  readonly zone: string;
}

const STEPS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const LOOKS = [250, 1_000, 3_000, 8_000];
const READ_LATER = 400;

function isParcel(value: unknown): value is Parcel {
  if (typeof value !== "object" || value === null) return false;
  const { id, text, at, fields } = value as Partial<Parcel>;
  return [id, text, at].every((each) => typeof each === "string") && typeof fields === "object";
}

/** The conversation as this browser knows it. Calls `changed` after every change. */
export class Talk {
  about: About | null = null;
  mails = "";
  stage = "";
  typing: readonly string[] = [];
  isOffline = false;
  refusal = "";
  isLoaded = false;
  hasEarlier = false;
  isOpen = false;
  parcels: Parcel[];
  /* What has been ours, whatever became of it: the rest of the outbox is other pages'. */
  readonly #own = new Set<string>();
  readonly #messages = new Map<number, Message>();
  readonly #api: Api;
  readonly #store: Store;
  readonly #stream: Stream;
  readonly #visit: () => Visit;
  readonly #changed: () => void;
  readonly #now: Now;
  #isPumping = false;
  #pumpTimer = 0;
  #failures = 0;
  #told = { delivered: 0, read: 0 };

  constructor(api: Api, store: Store, visit: () => Visit, changed: () => void) {
    this.#api = api;
    this.#store = store;
    this.#visit = visit;
    this.#changed = changed;
    this.parcels = store
      .list("outbox", isParcel)
      .map((each) => ({ ...each, files: [], state: "waiting", why: "" }));
    for (const parcel of this.parcels) this.#own.add(parcel.id);
    this.#stream = new Stream(api, {
      news: () => void this.load(),
      typing: (names) => this.#set(() => (this.typing = names)),
      state: (isOpen) => {
        if (isOpen) void this.load();
      },
      refused: (failure) => void this.#refused(failure),
    });
    store.watch("token", () => this.#anew());
    addEventListener("online", () => this.wake());
    addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.hasBegun) this.wake();
    });
    this.#now = new Now(api, visit, () => this.stage !== "" && this.stage !== "solved");
  }

  get messages(): readonly Message[] {
    return [...this.#messages.values()].sort((a, b) => a.id - b.id);
  }

  get hasBegun(): boolean {
    return this.#store.get("started") !== "" || this.parcels.length > 0;
  }

  get unread(): number {
    const seen = Math.max(this.#told.read, Number(this.#store.get("read")) || 0);
    return this.messages.filter((each) => each.from === "us" && !each.is_read && each.id > seen)
      .length;
  }

  /** The line may be back: look, listen and send at once. */
  wake(): void {
    this.#failures = 0;
    if (this.hasBegun && this.#api.hasToken) this.#stream.restart();
    void this.load();
    this.#pump();
  }

  /** Shows what there is; a visitor who has never written costs the server one short question. */
  async open(): Promise<void> {
    this.isOpen = true;
    await this.load();
    this.#pump();
  }

  async load(query = ""): Promise<void> {
    try {
      if (!this.#api.hasToken) {
        this.about = await this.#api.start();
      }
      const last = query || !this.isLoaded ? 0 : Math.max(0, ...this.#messages.keys());
      const page = await this.#api.messages(query || (last ? `?after=${last}` : ""));
      this.about = page.about ?? this.about;
      this.mails = page.mails ?? this.mails;
      this.stage = page.stage;
      this.typing = page.typing;
      if (!last) this.hasEarlier = page.messages.length === 50;
      this.#take(page.messages);
      this.isLoaded = true;
      this.isOffline = false;
      this.refusal = "";
      if (this.#messages.size > 0) this.#begin();
      this.#changed();
      this.#tellSeen();
    } catch (error) {
      await this.#refused(error);
    }
  }

  loadEarlier(): Promise<void> {
    return this.load(`?before=${Math.min(...this.#messages.keys())}`);
  }

  write(text: string, files: readonly File[]): void {
    const id = crypto.randomUUID?.() ?? uuid();
    const at = new Date().toISOString();
    const fields = { id, text, ...this.#visit() };
    this.parcels.push({ id, text, at, fields, files, state: "waiting", why: "" });
    this.#begin();
    this.#keep();
    this.#changed();
    this.#failures = 0;
    this.#pump();
  }

  again(parcel: Parcel): void {
    parcel.state = "waiting";
    parcel.why = "";
    this.#changed();
    this.#pump();
  }

  drop(parcel: Parcel): void {
    this.parcels = this.parcels.filter((each) => each !== parcel);
    this.#keep();
    this.#changed();
  }

  types(text: string): void {
    if (this.#messages.size > 0) this.#now.types(text, this.about?.previews === true);
  }

  /** What is on the screen has been read. */
  read(): void {
    setTimeout(() => this.#tellSeen(), READ_LATER);
  }

  async identify(proof: string): Promise<boolean> {
    const before = this.#store.get("token");
    try {
      this.about = await this.#api.identify(proof);
    } catch {
      return false;
    }
    if (this.#store.get("token") !== before) this.#anew();
    return true;
  }

  /** Forgets everything: the next visitor of this browser is another one. */
  logout(): void {
    this.#store.clear();
    this.parcels = [];
    this.#anew();
  }

  /** Asks for the conversation by mail, with what is needed for it. */
  mail(fields: Readonly<Record<string, string>>): Promise<Mailed> {
    return this.#api.mail(fields);
  }

  blob(path: string): Promise<Blob> {
    return this.#api.blob(path);
  }

  #anew(): void {
    this.#stream.stop();
    this.#messages.clear();
    this.#told = { delivered: 0, read: 0 };
    this.stage = "";
    this.typing = [];
    this.isLoaded = false;
    this.#changed();
    if (this.isOpen || this.hasBegun) void this.load();
  }

  #begin(): void {
    this.#store.set("started", "1");
    if (this.#api.hasToken) this.#stream.start();
  }

  #set(change: () => void): void {
    change();
    this.#changed();
  }

  #take(found: readonly Message[]): void {
    for (const message of found) this.#messages.set(message.id, message);
    const known = new Set(found.map((message) => message.client_id));
    const left = this.parcels.filter((parcel) => !known.has(parcel.id));
    if (left.length === this.parcels.length) return;
    this.parcels = left;
    this.#keep();
  }

  #keep(): void {
    /* Files cannot be kept: what is left of such a message after a reload would not be it. */
    const kept = this.parcels.filter((parcel) => parcel.files.length === 0);
    for (const parcel of this.parcels) this.#own.add(parcel.id);
    const others = this.#store.list("outbox", isParcel).filter((each) => !this.#own.has(each.id));
    this.#store.set("outbox", json([...others, ...kept]));
  }

  #pump(): void {
    if (this.#isPumping) return;
    clearTimeout(this.#pumpTimer);
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isPumping = true;
    try {
      for (;;) {
        const parcel = this.parcels.find((each) => each.state === "waiting");
        if (parcel === undefined) break;
        if (!(await this.#send(parcel))) break;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Tries one; false when the rest has to wait. */
  async #send(parcel: Parcel): Promise<boolean> {
    try {
      if (!this.#api.hasToken) this.about = await this.#api.start();
      await this.#api.write(parcel.fields, parcel.files);
    } catch (error) {
      return this.#unsent(parcel, error);
    }
    parcel.state = "accepted";
    this.#failures = 0;
    this.isOffline = false;
    this.#changed();
    this.#stream.start();
    this.#look(0);
    return true;
  }

  #unsent(parcel: Parcel, error: unknown): boolean {
    const failure = error instanceof Failure ? error : new Failure(0, "line");
    if (failure.status === 401) {
      this.#store.set("token", "");
    } else if (!failure.isPassing) {
      parcel.state = "failed";
      parcel.why = failure.message;
      this.#changed();
      return true;
    }
    this.isOffline = failure.status === 0;
    this.refusal = isShutOut(failure) ? "frame" : failure.status === 429 ? "often" : "";
    const step = STEPS[Math.min(this.#failures, STEPS.length - 1)] ?? 1_000;
    this.#failures += 1;
    this.#pumpTimer = window.setTimeout(() => this.#pump(), failure.status === 401 ? 0 : step);
    this.#changed();
    return false;
  }

  /** What was accepted is read a moment later; the stream tells too, unless it is just opening. */
  #look(number: number): void {
    const pause = LOOKS[number];
    if (pause === undefined) return;
    setTimeout(() => {
      if (!this.parcels.some((parcel) => parcel.state === "accepted")) return;
      void this.load().then(() => this.#look(number + 1));
    }, pause);
  }

  #tellSeen(): void {
    const newest = Math.max(0, ...this.messages.filter((m) => m.from === "us").map((m) => m.id));
    const isRead = this.isOpen && document.visibilityState === "visible";
    const mark = isRead ? "read" : "delivered";
    if (newest <= this.#told[mark] || newest <= this.#told.read) return;
    this.#told[mark] = newest;
    if (isRead) this.#store.set("read", String(newest));
    void this.#api.tell("seen", { id: newest, is_read: isRead }).catch(() => undefined);
    if (isRead) this.#changed();
  }

  async #refused(error: unknown): Promise<void> {
    const failure = error instanceof Failure ? error : new Failure(0, "line");
    if (failure.status === 401 && this.#api.hasToken) {
      this.#store.set("token", "");
      this.#anew();
      return;
    }
    this.isOffline = failure.status === 0;
    this.refusal = isShutOut(failure) ? "frame" : failure.isPassing ? "" : failure.message;
    this.#changed();
    if (failure.isPassing && !isShutOut(failure) && this.isOpen && !this.isLoaded) setTimeout(() => void this.load(), 4_000);
  }
}

/** Whether nothing gets out of here: a sandboxed frame has no origin that a server could allow. */
function isShutOut(failure: Failure): boolean {
  return failure.status === 0 && self.origin === "null";
}

/** For pages without a secure context, where crypto.randomUUID is missing (RFC 9562, 5.4). */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
