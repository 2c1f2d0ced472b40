import { takesCommand } from "./commands.ts";
import { closest, isShown } from "./page.ts";

/* Keys are named by their place on the board (event.code), so that they work on a Russian layout. */

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";

function chord(event: KeyboardEvent): string {
  const parts = [event.code];
  if (event.shiftKey) parts.unshift("Shift");
  if (event.altKey) parts.unshift("Alt");
  if (event.ctrlKey || event.metaKey) parts.unshift("Ctrl");
  return parts.join("+");
}

/** Moves to the next (1) or previous (-1) row, from the focused, else from the open one. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")].filter(isShown);
  const focused = rows.findIndex((row) => row.contains(document.activeElement));
  const open = rows.findIndex((row) => row.getAttribute("aria-current") !== null);
  const from = focused >= 0 ? focused : open;
  const to = from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step));
  rows[to]?.focus();
  rows[to]?.scrollIntoView({ block: "nearest" });
}

/** Presses the shown element whose data-key is this chord; fields are focused instead. */
function press(keys: string): boolean {
  const all = document.querySelectorAll<HTMLElement>(`[data-key~="${CSS.escape(keys)}"]`);
  const element = [...all].find(isShown);
  if (element === undefined) return false;
  if (element.matches(TYPING)) element.focus();
  else element.click();
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const keys = chord(event);
  const typing = closest(event, TYPING, HTMLElement);
  if (typing && keys === "Escape") typing.blur();
  if (typing && !keys.startsWith("Ctrl+")) return;
  if (keys === "Ctrl+KeyK" && takesCommand(keys)) event.preventDefault();
  if (event.defaultPrevented || document.querySelector("dialog:modal") !== null) return;
  if (document.body.dataset["keys"] === "off" && !keys.startsWith("Ctrl+")) return;
  if (keys === "KeyJ" || keys === "KeyK") {
    event.preventDefault();
    moveRow(keys === "KeyJ" ? 1 : -1);
  } else if (takesCommand(keys) || press(keys)) {
    event.preventDefault();
  }
}

/** J and K move along [data-row]; any element may ask for a key: data-key="KeyR", "Ctrl+KeyK". */
export function startKeys(): void {
  document.addEventListener("keydown", onKey);
}
