import { signedOut } from "../away.ts";
import { htmx } from "../page.ts";
import { headers, parts } from "./surface.ts";

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

/** Draws the conversation once more when what this tab said last came too late for it. A composer
    that somebody is in stays as it is: its words and the late ones are then two versions. */
function drawAgain(form: HTMLFormElement, base: string): void {
  let isTouched = false;
  const touch = (): void => void (isTouched = true);
  form.addEventListener("input", touch, { once: true });
  form.addEventListener("change", touch, { once: true });
  const stays = (page: string): boolean => {
    const late = parts(page).querySelector<HTMLInputElement>("#composer input[name='version']");
    if (!form.isConnected || late === null || late.value === valueOf(form, "version")?.value) return true;
    const isIn = isTouched || form.contains(document.activeElement);
    const before = valueOf(form, "before");
    if (isIn && before) before.value = "";
    return isIn || form.classList.contains("htmx-request");
  };
  const look = async (): Promise<void> => {
    const thread = document.querySelector<HTMLElement>("#thread");
    if (thread === null || !form.isConnected) return;
    const guard = (event: Event): void => {
      if (event.target !== thread) return;
      if (stays((event as CustomEvent<{ ctx: { text: string } }>).detail.ctx.text)) event.preventDefault();
    };
    thread.addEventListener("htmx:before:swap", guard);
    try {
      const url = `${base}${location.search}`;
      await htmx.ajax("GET", url, { source: thread, target: thread, swap: "innerHTML settle:0" });
    } finally {
      thread.removeEventListener("htmx:before:swap", guard);
    }
  };
  window.setTimeout(() => void look(), LATE_MS);
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

export interface Drafts {
  /** Does what changes the form, though not what is written in it: that alone is no new draft. */
  unchanged<T>(act: () => T): T;
}

/** Saves the drafts of one composer. */
export function keepDraft(form: HTMLFormElement, base: string): Drafts {
  const state = form.querySelector<HTMLElement>("#draft-state");
  const version = valueOf(form, "version");
  recall(form, base);
  /* What was typed before this script came is kept nowhere. */
  const area = form.querySelector("textarea");
  const isBegun = area !== null && area.value !== area.defaultValue;
  let kept = isBegun ? "" : print(content(form));
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
  if (isBegun) soon();
  return {
    unchanged(act) {
      const wasKept = print(content(form)) === kept;
      const result = act();
      if (wasKept) kept = print(content(form));
      return result;
    },
  };
}
