import { edit } from "./editor.ts";
import { formatBar } from "./format.ts";

/** Gives a form with a text and a hidden `html` the editor of letters. */
export function letter(form: HTMLFormElement): void {
  const area = form.querySelector<HTMLTextAreaElement>("textarea[name='text']");
  const hidden = form.querySelector<HTMLInputElement>("input[data-rich]");
  if (area === null || hidden === null) return;
  const editor = edit(area, hidden);
  formatBar(form, editor, true);
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
    if (button instanceof HTMLElement) editor.replace(0, button.dataset["insert"] ?? "");
  });
}
