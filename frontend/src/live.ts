import { SIGNED_IN } from "./away.ts";
import { htmx } from "./page.ts";
import { readHint, type Hint, type ToPage } from "./live-wire.ts";

/* Hints say what changed, never how: each region asks for itself again, so that the server's
   permission check stands before every word that is shown. */

const COALESCE_MS = 120;
/* A tab nobody sees only keeps its title true. */
const COALESCE_HIDDEN_MS = 5000;

const waiting = new Set<string>();
/** Regions being fetched; true if a hint came meanwhile and they must be fetched once more. */
const fetching = new Map<HTMLElement, boolean>();
let timer = 0;
let lost = false;

async function refetch(region: HTMLElement): Promise<void> {
  if (fetching.has(region)) {
    fetching.set(region, true);
    return;
  }
  fetching.set(region, false);
  try {
    await fetchInPlace(region);
  } finally {
    const again = fetching.get(region) === true && region.isConnected;
    fetching.delete(region);
    if (again) void refetch(region);
  }
}

async function fetchInPlace(region: HTMLElement): Promise<void> {
  const url = region.dataset["liveUrl"] ?? location.href;
  const swap = `${region.dataset["liveSwap"] ?? "outerMorph"} ignoreTitle:true`;
  const pane = region.closest<HTMLElement>("[data-start-at-end]");
  const atEnd = pane !== null && pane.scrollHeight - pane.scrollTop - pane.clientHeight < 48;
  await htmx.ajax("GET", url, {
    source: region,
    target: region,
    swap,
    ...(region.dataset["liveUrl"] === undefined && region.id ? { select: `#${region.id}` } : {}),
  });
  /* Whoever reads the end stays at the end; whoever reads history is not moved. */
  if (pane && atEnd) pane.scrollTop = pane.scrollHeight;
}

function flush(): void {
  window.clearTimeout(timer);
  timer = 0;
  const names = [...waiting];
  waiting.clear();
  const regions = names.flatMap((name) => [
    ...document.querySelectorAll<HTMLElement>(`[data-live~="${CSS.escape(name)}"]`),
  ]);
  for (const region of new Set(regions)) void refetch(region);
}

function ask(name: string): void {
  waiting.add(name);
  timer ||= window.setTimeout(flush, document.hidden ? COALESCE_HIDDEN_MS : COALESCE_MS);
}

function askAll(): void {
  for (const region of document.querySelectorAll<HTMLElement>("[data-live]")) {
    for (const name of (region.dataset["live"] ?? "").split(/\s+/)) ask(name);
  }
}

function onHint(text: string): void {
  const hint = readHint(text);
  if (hint === null) return;
  if (hint.parts.every((part) => part === "here")) {
    /* Who types and who looks: nothing else has changed. */
    ask(`conversation:${hint.conversation}:here`);
    return;
  }
  const event = new CustomEvent<Hint>("okno:hint", { detail: hint, cancelable: true });
  if (!document.dispatchEvent(event)) return;
  if (hint.conversation !== undefined) ask(`conversation:${hint.conversation}`);
  for (const part of hint.parts) {
    ask(part);
    if (hint.conversation !== undefined) ask(`conversation:${hint.conversation}:${part}`);
  }
  if (hint.conversation !== undefined && !hint.parts.includes("list")) ask("list");
}

function onState(state: "open" | "lost" | "reload"): void {
  if (state === "reload" || (state === "open" && lost)) askAll();
  lost = state === "lost";
  document.documentElement.toggleAttribute("data-live-lost", lost);
  for (const sign of document.querySelectorAll<HTMLElement>("[data-when-lost]")) sign.hidden = !lost;
}

function onMessage(message: ToPage): void {
  if (message.kind === "hint") onHint(message.text);
  else onState(message.state);
}

/** One stream for all tabs of the browser: over HTTP/1.1 a seventh stream would block the site. */
function shareStream(worker: string, stream: string): void {
  const { port } = new SharedWorker(worker, { name: "okno-live" });
  port.onmessage = (event: MessageEvent<ToPage>) => onMessage(event.data);
  const join = (): void => port.postMessage({ kind: "join", stream });
  window.addEventListener("pagehide", () => port.postMessage({ kind: "leave" }));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) join();
  });
  document.addEventListener(SIGNED_IN, join);
  join();
}

function ownStream(stream: string): void {
  const source = new EventSource(stream);
  document.addEventListener(SIGNED_IN, () => {
    source.close();
    ownStream(stream);
  }, { once: true });
  source.onopen = () => onState("open");
  source.onerror = () => onState("lost");
  source.addEventListener("reload", () => onState("reload"));
  source.onmessage = (event: MessageEvent<string>) => onHint(event.data);
}

/** Listens when <body data-live-stream="/live" data-live-worker=".../live-worker.js"> says so. */
export function startLive(): void {
  const { liveStream, liveWorker } = document.body.dataset;
  if (liveStream === undefined) return;
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && waiting.size > 0) flush();
  });
  const stream = new URL(liveStream, location.href).href;
  if (liveWorker !== undefined && "SharedWorker" in window) shareStream(liveWorker, stream);
  else ownStream(stream);
}
