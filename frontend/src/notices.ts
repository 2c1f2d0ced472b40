import { closest, htmx, onEach } from "./page.ts";
import { say } from "./toasts.ts";
import { sound } from "./sound.ts";

/* Tells an agent who looks elsewhere that a client waits: a dot on the tab, a sound (for a chat until
   somebody takes it), and a notice of the system. The server says in [data-ringing] what rings. */

const AGAIN_MS = 15_000;
/* Tabs of one browser ring once. */
const ONCE_MS = 2_000;
const HEARD = "okno:heard";
const RUNG = "okno:rung";

type Notice = "sound" | "desktop";

let timer = 0;
let isUnseen = false;
/** Chats that this page has told of; those that wait when it opens stand in its list. */
const known = new Set<string>();
let isStarted = false;

function kept(name: string): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* Forbidden storage: the choice holds for no other page. */
  }
}

/** Sound is on until it is switched off, notices of the system the other way round. */
function wants(notice: Notice): boolean {
  const chosen = kept(`okno:${notice}`);
  if (notice === "sound") return chosen !== "off";
  return chosen === "on" && "Notification" in window && Notification.permission === "granted";
}

/** Whether the agent can be looking at this page: a window behind another is not hidden. */
function isInFront(): boolean {
  return !document.hidden && document.hasFocus();
}

function ringing(): { mark: number; untaken: number; title: string; words: string } {
  const data = document.querySelector<HTMLElement>("[data-ringing]")?.dataset ?? {};
  const { ringing: mark = "0", untaken = "0", title = "", words = "" } = data;
  return { mark: Number(mark), untaken: Number(untaken), title, words };
}

function ring(): void {
  if (Date.now() - Number(kept(RUNG)) < ONCE_MS) return;
  keep(RUNG, String(Date.now()));
  if (wants("sound")) sound();
}

function show(): void {
  const { title, words } = ringing();
  if (isInFront() || !wants("desktop")) return;
  const notice = new Notification(title, { body: words, tag: "okno" });
  notice.onclick = () => {
    window.focus();
    notice.close();
  };
}

function dot(isOn: boolean): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon][data-dot]");
  if (link === null) return;
  link.dataset["plain"] ??= link.href;
  const wanted = isOn ? (link.dataset["dot"] ?? link.href) : link.dataset["plain"];
  if (link.getAttribute("href") !== wanted) link.href = wanted;
}

/** Says in the page that a chat has come which nobody has taken, unless it is the one that is open. */
function tellChat(): void {
  const chat = document.querySelector<HTMLElement>("[data-ringing]")?.dataset["chat"] ?? "0";
  const isKnown = known.has(chat);
  known.add(chat);
  if (isKnown || !isStarted || chat === "0") return;
  if (document.querySelector<HTMLElement>("[data-here]")?.dataset["here"] === chat) return;
  const link = say("new-chat")?.querySelector("a");
  if (link) link.href = `/conversations/${chat}/`;
}

/** Compares what rings now with what was heard before, in this tab or another. */
function check(): void {
  tellChat();
  const { mark, untaken } = ringing();
  const heard = kept(HEARD);
  if (mark > Number(heard)) {
    keep(HEARD, String(mark));
    if (heard !== "") {
      isUnseen = !isInFront();
      ring();
      show();
    }
  }
  if (untaken > 0) {
    timer ||= window.setInterval(ring, AGAIN_MS);
  } else {
    window.clearInterval(timer);
    timer = 0;
  }
  dot(untaken > 0 || isUnseen);
}

async function choose(button: HTMLElement): Promise<void> {
  const notice = button.dataset["notice"] as Notice;
  const isOn = !wants(notice);
  if (notice === "desktop" && isOn && "Notification" in window) {
    await Notification.requestPermission();
  }
  keep(`okno:${notice}`, isOn ? "on" : "off");
  button.setAttribute("aria-pressed", String(wants(notice)));
  if (notice === "sound" && isOn) sound();
}

export function startNotices(): void {
  onEach("[data-notice]", HTMLElement, (button) => {
    button.setAttribute("aria-pressed", String(wants(button.dataset["notice"] as Notice)));
  });
  document.addEventListener("click", (event) => {
    const button = closest(event, "[data-notice]", HTMLElement);
    if (button) void choose(button);
  });
  const look = (): void => {
    if (!isInFront()) return;
    isUnseen = false;
    check();
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  check();
  isStarted = true;
  htmx.on("htmx:after:swap", check);
}
