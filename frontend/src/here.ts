import { htmx } from "./page.ts";

/* Tells the server what this tab's agent does at the conversation that is open, so that colleagues
   see it and the client sees who answers. The server forgets it by itself in some seconds. */

const BEAT_MS = 6_000;
const TYPING_EVERY_MS = 2_000;

type Deed = "looks" | "reply" | "note" | "stops" | "leaves";

const tab = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16)).join("");
/** The conversation that the server was told of last, "" for none. */
let told = "";
let typedAt = 0;

function shown(): string {
  if (document.hidden) return "";
  return document.querySelector<HTMLElement>("[data-here]")?.dataset["here"] ?? "";
}

function headers(): Record<string, string> {
  const given: unknown = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  return { ...(given as Record<string, string>), "HX-Request": "true" };
}

function tell(conversation: string, does: Deed): void {
  const body = new URLSearchParams({ does, tab });
  const sent = { method: "POST", body, headers: headers(), keepalive: true };
  void fetch(`/conversations/${conversation}/here`, sent).catch(() => undefined);
}

function look(): void {
  const now = shown();
  if (told !== "" && told !== now) tell(told, "leaves");
  told = now;
  if (now !== "") tell(now, "looks");
}

function stop(): void {
  if (typedAt === 0 || told === "") return;
  typedAt = 0;
  tell(told, "stops");
}

/** The words in the composer, null for its other fields. */
function wordsOf(target: EventTarget | null): string | null {
  if (!(target instanceof HTMLElement) || target.closest("#composer") === null) return null;
  if (target instanceof HTMLTextAreaElement) return target.value;
  return target.isContentEditable ? (target.textContent ?? "") : null;
}

function onInput(event: Event): void {
  const words = wordsOf(event.target);
  const form = document.querySelector("form#composer");
  if (words === null || told === "" || !(form instanceof HTMLFormElement)) return;
  if (words.trim() === "") {
    stop();
    return;
  }
  if (Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  /* Whatever does not go to the client is for colleagues only. */
  tell(told, new FormData(form).get("mode") === "reply" ? "reply" : "note");
}

/** Begins where a page can show a conversation. */
export function startHere(): void {
  if (document.body.dataset["liveStream"] === undefined) return;
  look();
  window.setInterval(look, BEAT_MS);
  document.addEventListener("visibilitychange", look);
  htmx.on("htmx:after:swap", () => {
    if (shown() !== told) look();
  });
  window.addEventListener("pagehide", () => {
    if (told !== "") tell(told, "leaves");
    told = "";
  });
  document.addEventListener("input", onInput);
  document.addEventListener("change", (event) => {
    /* From reply to note: the client must no longer see somebody typing. */
    if (event.target instanceof HTMLInputElement && event.target.name === "mode") stop();
  });
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.id === "composer") stop();
  });
}
