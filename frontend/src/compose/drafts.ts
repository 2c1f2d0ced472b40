import { headers } from "./surface.ts";

/* What is typed lies on the server a second later, and at once when the page goes away. */

const WAIT_MS = 1_000;
const AGAIN_MS = 4_000;
const LEFT_OUT = ["files", "seen", "then", "csrfmiddlewaretoken"];

function content(form: HTMLFormElement): FormData {
  const data = new FormData(form);
  for (const name of LEFT_OUT) data.delete(name);
  return data;
}

const print = (data: FormData): string =>
  JSON.stringify([...data.entries()].filter(([name]) => name !== "key"));

/** Saves the drafts of one composer; returns what saves at once. */
export function keepDraft(form: HTMLFormElement, base: string): () => void {
  const state = form.querySelector<HTMLElement>("#draft-state");
  let kept = print(content(form));
  let timer = 0;
  let asked = 0;

  const save = async (isLeaving: boolean): Promise<void> => {
    window.clearTimeout(timer);
    if (!form.isConnected) return;
    const data = content(form);
    const now = print(data);
    if (now === kept) return;
    const turn = ++asked;
    const body = isLeaving ? new URLSearchParams(data as unknown as Record<string, string>) : data;
    const sent = { method: "POST", body, headers: headers(), keepalive: isLeaving };
    try {
      const answer = await fetch(`${base}draft`, sent);
      if (!answer.ok) throw new Error(String(answer.status));
      kept = now;
      if (state !== null && turn === asked) {
        state.textContent = await answer.text();
        state.classList.remove("is-error");
      }
    } catch {
      if (state !== null) {
        state.textContent = form.dataset["unsaved"] ?? "";
        state.classList.add("is-error");
      }
      timer = window.setTimeout(() => void save(false), AGAIN_MS);
    }
  };
  const soon = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(false), WAIT_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("okno:draft", soon);
  const leave = (): void => void save(true);
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
  });
  return () => void save(false);
}
