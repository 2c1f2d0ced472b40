import { signedOut } from "../away.ts";
import { htmx } from "../page.ts";
import { headers } from "./surface.ts";

/* What is typed lies on the server a second later, and at once when the page goes away. Each save
   says which version of the draft it began with: what another tab has written is not overwritten. */

const WAIT_MS = 1_000;
const AGAIN_MS = 4_000;
/* What a page says as it goes comes within this time. */
const LATE_MS = 300;
const LEFT_OUT = ["files", "then", "csrfmiddlewaretoken", "laid", "laid_known"];
const NOT_WORDS = ["key", "before", "version", "seen"];

function content(form: HTMLFormElement): FormData {
  const data = new FormData(form);
  for (const name of LEFT_OUT) data.delete(name);
  return data;
}

const print = (data: FormData): string =>
  JSON.stringify([...data.entries()].filter(([name]) => !NOT_WORDS.includes(name)));

/** Both versions are kept: the person says which of them goes on. */
function showOther(html: string): void {
  const place = document.querySelector("#draft-bar");
  if (place === null || place.childElementCount > 0) return;
  place.outerHTML = html;
  const fresh = document.querySelector("#draft-bar");
  if (fresh) htmx.process(fresh);
}

function valueOf(form: HTMLFormElement, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
}

/** The next page of this tab knows whose words may come while it is drawn: its own. */
function remember(form: HTMLFormElement, base: string): void {
  try {
    sessionStorage.setItem(`okno:left:${base}`, valueOf(form, "key")?.value ?? "");
  } catch {
    /* Forbidden storage: both versions are kept. */
  }
}

/** Draws the conversation once more when what this tab said last may have come too late for it. */
function drawAgain(form: HTMLFormElement, base: string): void {
  let isTouched = false;
  form.addEventListener("input", () => (isTouched = true), { once: true });
  window.setTimeout(() => {
    if (isTouched || !form.isConnected || form.classList.contains("htmx-request")) return;
    const url = `${base}${location.search}`;
    void htmx.ajax("GET", url, { source: "#thread", target: "#thread", swap: "innerHTML settle:0" });
  }, LATE_MS);
}

function recall(form: HTMLFormElement, base: string): void {
  const field = valueOf(form, "before");
  try {
    const left = sessionStorage.getItem(`okno:left:${base}`);
    sessionStorage.removeItem(`okno:left:${base}`);
    if (field === null || left === null) return;
    field.value = left;
    drawAgain(form, base);
  } catch {
    /* As above. */
  }
}

/** Saves the drafts of one composer; returns what saves at once. */
export function keepDraft(form: HTMLFormElement, base: string): () => void {
  const state = form.querySelector<HTMLElement>("#draft-state");
  const version = valueOf(form, "version");
  recall(form, base);
  let kept = print(content(form));
  let timer = 0;
  let isSaving = false;

  const say = (words: string, isError: boolean): void => {
    if (state === null) return;
    state.textContent = words;
    state.classList.toggle("is-error", isError);
  };
  const note = async (answer: Response): Promise<void> => {
    if (answer.status === 409) {
      showOther(await answer.text());
      say("", false);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    if (version) version.value = answer.headers.get("Okno-Draft-Version") ?? "";
    say(await answer.text(), false);
  };
  const save = async (isLeaving: boolean): Promise<void> => {
    window.clearTimeout(timer);
    if (!form.isConnected) return;
    if (isSaving && !isLeaving) {
      soon();
      return;
    }
    const data = content(form);
    const now = print(data);
    if (now === kept) return;
    isSaving = true;
    const body = isLeaving ? new URLSearchParams(data as unknown as Record<string, string>) : data;
    const sent = { method: "POST", body, headers: headers(), keepalive: isLeaving };
    try {
      const answer = await fetch(`${base}draft`, sent);
      if (answer.status === 401) {
        signedOut();
        say("", false);
        timer = window.setTimeout(() => void save(false), AGAIN_MS);
        return;
      }
      await note(answer);
      kept = now;
    } catch {
      say(form.dataset["unsaved"] ?? "", true);
      timer = window.setTimeout(() => void save(false), AGAIN_MS);
    } finally {
      isSaving = false;
    }
  };
  const soon = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(false), WAIT_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("okno:draft", soon);
  /* A row is clicked, the window is left: at once, before the server is asked for what comes. */
  form.addEventListener("focusout", () => void save(false));
  const leave = (): void => {
    if (form.isConnected && print(content(form)) !== kept) remember(form, base);
    void save(true);
  };
  window.addEventListener("beforeunload", leave);
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
  });
  return () => void save(false);
}
