import { firstWord } from "./sha256.ts";

/* Forms for people outside work without this. With it a form pays its way with a little work, so
   that stricter limits need not hold, and the page of a request stays fresh by itself. */

const FRESH_EVERY = 5_000;
const BATCH = 1_024;

/** Looks for a number whose hash behind the stamp begins with enough zero bits. */
async function work(field: HTMLInputElement): Promise<void> {
  const { stamp = "", bits = "" } = field.dataset;
  const shift = 32 - Number(bits);
  for (let number = 0; ; number += 1) {
    if (firstWord(`${stamp}:${number}`) >>> shift === 0) {
      field.value = String(number);
      return;
    }
    if (number % BATCH === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Begins when the person begins to write; a quick one waits a blink at the button. */
function prepare(field: HTMLInputElement): void {
  const form = field.form;
  if (form === null) return;
  let done: Promise<void> | null = null;
  const begin = (): Promise<void> => (done ??= work(field));
  form.addEventListener("input", () => void begin(), { once: true });
  let isSent = false;
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    button?.classList.add("is-busy");
    if (field.value !== "" && !isSent) {
      isSent = true;
      return;
    }
    event.preventDefault();
    if (!isSent) void begin().then(() => form.requestSubmit(button));
  });
  /* Back from another page: the button must work again. */
  addEventListener("pageshow", () => {
    isSent = false;
    for (const button of form.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
  });
}

/** Times by the person's own clock; without script they say UTC. */
function tellTimes(part: ParentNode): void {
  const style = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" } as const;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, style);
  for (const time of part.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    time.textContent = clock.format(new Date(time.dateTime));
  }
}

/** News of a request without a reload, so that what is being written stays. */
async function refresh(part: HTMLElement): Promise<void> {
  if (document.visibilityState !== "visible") return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const news = page.getElementById(part.id);
  if (news === null) return;
  tellTimes(news);
  if (news.innerHTML !== part.innerHTML) part.replaceChildren(...news.childNodes);
}

tellTimes(document);
for (const field of document.querySelectorAll<HTMLInputElement>("[data-work]")) prepare(field);
for (const part of document.querySelectorAll<HTMLElement>("[data-fresh]")) {
  const look = (): void => void refresh(part).catch(() => undefined);
  setInterval(look, FRESH_EVERY);
  document.addEventListener("visibilitychange", look);
}
