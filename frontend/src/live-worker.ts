import type { ToPage, ToWorker } from "./live-wire.ts";

/* Holds the browser's one stream while at least one page listens. */

const pages = new Set<MessagePort>();
let source: EventSource | null = null;
let last: ToPage | null = null;

function tell(message: ToPage): void {
  for (const page of pages) page.postMessage(message);
}

function state(value: "open" | "lost"): void {
  last = { kind: "state", state: value };
  tell(last);
}

function shut(): void {
  source?.close();
  source = null;
  last = null;
}

function open(stream: string): void {
  /* A refused stream (signed out, for one) closes for good; a page that joins may try again. */
  if (source?.url === stream && source.readyState !== EventSource.CLOSED) return;
  shut();
  source = new EventSource(stream);
  source.onopen = () => state("open");
  source.onerror = () => state("lost");
  source.addEventListener("reload", () => tell({ kind: "state", state: "reload" }));
  source.onmessage = (event: MessageEvent<string>) => tell({ kind: "hint", text: event.data });
}

function onMessage(page: MessagePort, message: ToWorker): void {
  if (message.kind === "leave") {
    pages.delete(page);
    if (pages.size === 0) shut();
    return;
  }
  pages.add(page);
  open(message.stream);
  if (last) page.postMessage(last);
}

addEventListener("connect", (event) => {
  const page = (event as MessageEvent).ports[0];
  if (page === undefined) return;
  page.onmessage = (sent: MessageEvent<ToWorker>) => onMessage(page, sent.data);
});
