import { htmx, onEach } from "./page.ts";

/** Our own server has answered that nobody is signed in any more. */
export const SIGNED_OUT = "okno:signed-out";
const TEN_SECONDS = 10_000;

/** Removes a toast after data-seconds (10 without it); the clock stops while it is looked at. */
function runOut(toast: HTMLElement): void {
  if (toast.dataset["running"] !== undefined || toast.hasAttribute("data-stay")) return;
  toast.dataset["running"] = "";
  let left = Number(toast.dataset["seconds"] ?? 0) * 1000 || TEN_SECONDS;
  const line = toast.querySelector<HTMLElement>(".toast-time");
  if (line) line.style.animationDuration = `${left}ms`;
  let since = Date.now();
  let timer = 0;
  const run = (): void => {
    since = Date.now();
    window.clearTimeout(timer);
    timer = window.setTimeout(() => toast.remove(), left);
  };
  const pause = (): void => {
    window.clearTimeout(timer);
    left = Math.max(1000, left - (Date.now() - since));
  };
  toast.addEventListener("mouseenter", pause);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("mouseleave", run);
  toast.addEventListener("focusout", run);
  run();
}

/** Shows the text of a <template data-say="name"> of the page, so that words stay on the server. */
export function say(name: string): HTMLElement | null {
  const template = document.querySelector<HTMLTemplateElement>(`template[data-say="${name}"]`);
  const place = document.getElementById("toasts");
  if (template === null || place === null) return null;
  for (const shown of place.querySelectorAll(`[data-said="${name}"]`)) shown.remove();
  const toast = template.content.firstElementChild?.cloneNode(true);
  if (!(toast instanceof HTMLElement)) return null;
  toast.dataset["said"] = name;
  place.append(toast);
  runOut(toast);
  return toast;
}

const WORDS: Readonly<Record<number, string>> = {
  403: "forbidden",
  404: "gone",
  413: "too-large",
  429: "too-often",
};

/** Regions that refetch themselves fail in silence: the sign of a lost stream speaks for them. */
function isAsked(source: unknown): boolean {
  return !(source instanceof Element && source.matches("[data-live]"));
}

export function startToasts(): void {
  onEach(".toast", HTMLElement, runOut);
  htmx.on("htmx:response:error", (event) => {
    const { response, sourceElement } = event.detail.ctx;
    const status = response?.raw?.status ?? 500;
    if (status === 401) document.dispatchEvent(new CustomEvent(SIGNED_OUT));
    else if (status !== 422 && isAsked(sourceElement)) say(WORDS[status] ?? "failed");
  });
  htmx.on("htmx:error", (event) => {
    if (isAsked(event.detail.ctx?.sourceElement)) say(navigator.onLine ? "failed" : "offline");
  });
}
