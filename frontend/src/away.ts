import { SIGNED_OUT, say } from "./toasts.ts";

/* The session has ended while somebody writes: the page stays as it is, with all that is typed. The
   person signs in in another tab; then this page takes over the new key against forgery. */

export const SIGNED_IN = "okno:signed-in";
let isOut = false;

function bar(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-signed-out]");
}

/** Says that nothing can be saved or sent until somebody signs in. */
export function signedOut(): void {
  const place = bar();
  if (place === null) {
    say("signed-out");
    return;
  }
  isOut = true;
  place.hidden = false;
}

function takeOver(page: Document): void {
  const given = page.body.getAttribute("hx-headers:inherited");
  if (given) document.body.setAttribute("hx-headers:inherited", given);
  const token = page.querySelector<HTMLInputElement>('[name="csrfmiddlewaretoken"]')?.value;
  if (token === undefined) return;
  for (const field of document.querySelectorAll<HTMLInputElement>('[name="csrfmiddlewaretoken"]')) {
    field.value = token;
  }
}

async function lookAgain(): Promise<void> {
  if (!isOut || document.hidden) return;
  const answer = await fetch("/settings/me/", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer === null || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const place = bar();
  if (place === null) return;
  /* What is typed here is not to leave under another one's name. */
  const isOther = page.body.dataset["agent"] !== document.body.dataset["agent"];
  place.toggleAttribute("data-other", isOther);
  if (isOther) return;
  takeOver(page);
  isOut = false;
  place.hidden = true;
  say("signed-in");
  document.dispatchEvent(new CustomEvent(SIGNED_IN));
}

export function startAway(): void {
  document.addEventListener(SIGNED_OUT, signedOut);
  document.addEventListener("visibilitychange", () => void lookAgain());
  window.addEventListener("focus", () => void lookAgain());
  window.setInterval(() => void lookAgain(), 5_000);
}
