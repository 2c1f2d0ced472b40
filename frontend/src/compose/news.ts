import { htmx } from "../page.ts";

/* What comes after the first key of a draft is news to its writer, also when the page has shown it:
   who writes does not look up. The server stops the reply once; a bar says so before. */

/* An answer of a colleague that came so shortly before the first key has hardly been read. */
const UNREAD_MS = 5_000;

interface Answer {
  id: number;
  at: number;
}

function messages(): DOMStringMap {
  return document.querySelector<HTMLElement>("#messages")?.dataset ?? {};
}

/** Keeps in the form which message was the newest when the draft was begun. */
export function watchNews(form: HTMLFormElement, area: HTMLTextAreaElement, base: string): void {
  const seen = form.querySelector<HTMLInputElement>('[name="seen"]');
  if (seen === null) return;
  let isBegun = area.value.trim() !== "";
  let answer: Answer = { id: Number(messages()["answer"] ?? 0), at: 0 };
  let asked = "";

  const begin = (): void => {
    const newest = Number(messages()["newest"] ?? 0);
    const isFresh = answer.at > 0 && performance.now() - answer.at < UNREAD_MS;
    seen.value = String(isFresh ? Math.min(newest, answer.id - 1) : newest);
  };
  const tell = (): void => {
    const newest = messages()["newest"] ?? "";
    if (!isBegun || Number(newest) <= Number(seen.value) || newest === asked) return;
    asked = newest;
    const url = `${base}part/news?seen=${seen.value}`;
    const pane = document.querySelector<HTMLElement>("[data-start-at-end]");
    const atEnd = pane !== null && pane.scrollHeight - pane.scrollTop - pane.clientHeight < 48;
    void htmx
      .ajax("GET", url, { source: "#news", target: "#news", swap: "outerHTML" })
      .then(() => {
        /* The bar takes its room from the messages: the newest must not go under it. */
        if (atEnd) pane.scrollTop = pane.scrollHeight;
      });
  };
  const look = (): void => {
    if (!form.isConnected) return;
    const id = Number(messages()["answer"] ?? 0);
    if (id > answer.id) answer = { id, at: performance.now() };
    tell();
  };
  form.addEventListener("input", () => {
    const isEmpty = area.value.trim() === "";
    if (!isBegun && !isEmpty) {
      begin();
      isBegun = true;
      tell();
    } else if (isEmpty) {
      isBegun = false;
    }
  });
  /* Before htmx reads the form: files alone are a reply too. */
  window.addEventListener(
    "submit",
    (event) => {
      if (event.target === form && !isBegun) begin();
    },
    { capture: true },
  );
  htmx.on("htmx:after:swap", look);
}
