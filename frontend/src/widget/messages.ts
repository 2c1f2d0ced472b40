import attachment from "lucide-static/icons/file.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import clock from "lucide-static/icons/clock.svg?raw";
import refresh from "lucide-static/icons/refresh-cw.svg?raw";
import type { ChatFile, Message } from "./api.ts";
import { draw, h, icon, linked, save } from "./dom.ts";
import type { Parcel, Talk } from "./talk.ts";
import type { Speech } from "./words.ts";

const WIDEST_PICTURE = 240;
const FACE = 60;
const TOGETHER = 5 * 60_000;

/** One line of the list: a message, or one on its way. */
interface Row {
  readonly key: string;
  readonly isMine: boolean;
  readonly at: Date;
  readonly text: string;
  readonly message?: Message;
  readonly parcel?: Parcel;
}

/** The list of messages. Elements stay while their content does, so that nothing flickers. */
export class MessageList {
  readonly element: HTMLElement;
  readonly #talk: Talk;
  readonly #speech: Speech;
  readonly #shown = new Map<string, { print: string; element: HTMLElement }>();
  readonly #pictures = new Map<number, HTMLCanvasElement>();
  readonly #faces = new Map<string, Promise<Blob>>();

  constructor(talk: Talk, speech: Speech) {
    this.#talk = talk;
    this.#speech = speech;
    this.element = h("ol", { class: "messages", "aria-live": "polite", "aria-relevant": "additions" });
  }

  render(): void {
    const rows = this.#rows();
    const wanted: HTMLElement[] = [];
    let before: Row | undefined;
    const now = new Date();
    for (const row of rows) {
      const isNewDay = before?.at.toDateString() !== row.at.toDateString();
      if (isNewDay) wanted.push(this.#kept(`day-${row.at.toDateString()}`, dayName(row.at, now, this.#speech), (text) => h("li", { class: "day" }, text)));
      const goesOn =
        !isNewDay &&
        before?.isMine === row.isMine &&
        before.message?.name === row.message?.name &&
        row.at.getTime() - before.at.getTime() < TOGETHER;
      const print = [goesOn, row.message?.id, row.parcel?.state, row.parcel?.why, this.#isLate(row)].join();
      wanted.push(this.#kept(row.key, print, () => this.#row(row, goesOn)));
      before = row;
    }
    this.element.replaceChildren(...this.#places(wanted));
  }

  #rows(): Row[] {
    const rows: Row[] = this.#talk.messages.map((message) => ({
      key: message.client_id ?? `m${message.id}`,
      isMine: message.from === "visitor",
      at: new Date(message.at),
      text: message.text,
      message,
    }));
    const known = new Set(rows.map((row) => row.key));
    for (const parcel of this.#talk.parcels) {
      if (known.has(parcel.id)) continue;
      rows.push({ key: parcel.id, isMine: true, at: new Date(parcel.at), text: parcel.text, parcel });
    }
    return rows;
  }

  #kept(key: string, print: string, make: (print: string) => HTMLElement): HTMLElement {
    const old = this.#shown.get(key);
    if (old?.print === print) return old.element;
    const element = make(print);
    this.#shown.set(key, { print, element });
    return element;
  }

  #places(wanted: HTMLElement[]): HTMLElement[] {
    const used = new Set(wanted);
    for (const [key, { element }] of this.#shown) if (!used.has(element)) this.#shown.delete(key);
    return wanted;
  }

  #row(row: Row, goesOn: boolean): HTMLElement {
    const { message } = row;
    const files = message
      ? message.files.map((file) => this.#file(file))
      : (row.parcel?.files ?? []).map((file) => h("span", { class: "file" }, icon(attachment), h("span", {}, file.name)));
    const time = row.at.toLocaleTimeString(this.#speech.language, { hour: "2-digit", minute: "2-digit" });
    const name = message?.name ?? this.#speech.say("you");
    return h(
      "li",
      { class: `row ${row.isMine ? "is-mine" : "is-ours"}${goesOn ? " goes-on" : ""}` },
      !row.isMine && h("span", { class: "avatar", "aria-hidden": "true" }, ...(goesOn ? [] : this.#face(message))),
      h(
        "div",
        { class: "block" },
        h("span", { class: row.isMine || goesOn ? "only-read" : "who" }, name),
        row.text && h("div", { class: "bubble" }, ...linked(row.text)),
        ...files,
        h("div", { class: "foot" }, h("time", { datetime: row.at.toISOString() }, time), ...this.#state(row)),
      ),
    );
  }

  /** Initials, and over them the picture once it is here. */
  #face(message: Message | undefined): (Node | string)[] {
    const initials = message?.initials ?? "";
    if (!message?.picture) return [initials];
    const canvas = h("canvas", { width: FACE, height: FACE });
    const get = this.#faces.get(message.picture) ?? this.#talk.blob(`people/${message.picture}`);
    this.#faces.set(message.picture, get);
    void get.then((blob) => draw(blob, canvas, FACE)).catch(() => canvas.remove());
    return [initials, canvas];
  }

  #isLate(row: Row): boolean {
    return row.parcel?.state === "waiting" && this.#talk.isOffline;
  }

  #state({ isMine, parcel }: Row): (Node | string)[] {
    const say = this.#speech.say;
    if (!isMine) return [];
    if (parcel === undefined || parcel.state === "accepted") {
      return [h("span", { class: "state" }, icon(check), h("span", { class: "only-read" }, say("sent")))];
    }
    if (parcel.state === "waiting") {
      const late = this.#talk.isOffline;
      return [h("span", { class: "state" }, icon(clock), h("span", { class: late ? "" : "only-read" }, say(late ? "later" : "sending")))];
    }
    const why = parcel.why === "large" ? "too_large" : "failed";
    return [
      h("span", { class: "state is-failed" }, say(why)),
      h("button", { class: "link", type: "button", click: () => this.#talk.again(parcel) }, icon(refresh), say("again")),
      h("button", { class: "link", type: "button", click: () => this.#talk.drop(parcel) }, say("remove")),
    ];
  }

  #file(file: ChatFile): HTMLElement {
    const get = (): Promise<Blob> => this.#talk.blob(`files/${file.id}`);
    const click = (): void => void get().then((blob) => save(blob, file.name), () => undefined);
    if (!file.is_picture) {
      return h("button", { class: "file", type: "button", click }, icon(attachment), h("span", {}, file.name), h("small", {}, size(file.size, this.#speech)));
    }
    return h("button", { class: "picture", type: "button", "aria-label": this.#speech.say("picture", { name: file.name }), click }, this.#picture(file));
  }

  #picture(file: ChatFile): HTMLCanvasElement {
    const known = this.#pictures.get(file.id);
    if (known) return known;
    const canvas = h("canvas", { width: WIDEST_PICTURE, height: 135 });
    this.#pictures.set(file.id, canvas);
    void this.#talk.blob(`files/${file.id}/preview`).then((blob) => draw(blob, canvas, WIDEST_PICTURE)).catch(() => canvas.replaceWith(file.name));
    return canvas;
  }
}

function size(bytes: number, speech: Speech): string {
  const isLarge = bytes >= 100_000;
  const unit = isLarge ? "megabyte" : "kilobyte";
  const value = isLarge ? bytes / 1_000_000 : Math.max(1, bytes / 1_000);
  return new Intl.NumberFormat(speech.language, { style: "unit", unit, maximumFractionDigits: isLarge ? 1 : 0 }).format(value);
}

function dayName(day: Date, now: Date, speech: Speech): string {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day.toDateString() === now.toDateString()) return speech.say("today");
  if (day.toDateString() === yesterday.toDateString()) return speech.say("yesterday");
  return day.toLocaleDateString(speech.language, { day: "numeric", month: "long" });
}
