import { closest } from "./page.ts";

function onClick(event: MouseEvent): void {
  const button = closest(event, "[data-insert][data-into]", HTMLElement);
  const field = document.getElementById(button?.dataset["into"] ?? "");
  if (button === null || !(field instanceof HTMLTextAreaElement)) return;
  field.focus();
  const { selectionStart, selectionEnd } = field;
  field.setRangeText(button.dataset["insert"] ?? "", selectionStart, selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Buttons with data-insert="words" data-into="id" put their words where the caret stands. */
export function startInserts(): void {
  document.addEventListener("click", onClick);
}
