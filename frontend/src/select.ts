import { closest, htmx, isShown } from "./page.ts";

/* Rows of the list are chosen by their box, by X, or with Shift from the last one to this one.
   What can be done with them stands in the form #many, which css shows while one is chosen. */

const chosen = new Set<string>();
let last: HTMLInputElement | null = null;

function boxes(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>("input[data-select]")].filter((box) =>
    box.closest("li") !== null && isShown(box),
  );
}

function showState(): void {
  const all = boxes();
  chosen.clear();
  for (const box of all) if (box.checked) chosen.add(box.value);
  for (const count of document.querySelectorAll("[data-select-count]")) {
    count.textContent = String(chosen.size);
  }
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-select-all]")) {
    box.checked = chosen.size > 0;
    box.indeterminate = chosen.size > 0 && chosen.size < all.length;
  }
}

/** A refreshed list comes without marks: those that are still there are chosen again. */
function restore(): void {
  for (const box of boxes()) box.checked = chosen.has(box.value);
  showState();
}

function choose(box: HTMLInputElement, withShift: boolean): void {
  const all = boxes();
  const from = last ? all.findIndex((other) => other.value === last?.value) : -1;
  const to = all.indexOf(box);
  if (withShift && from >= 0) {
    for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      between.checked = box.checked;
    }
  }
  last = box;
  showState();
}

function clear(): void {
  chosen.clear();
  last = null;
  restore();
}

function onClick(event: MouseEvent): void {
  const box = closest(event, "input[data-select]", HTMLInputElement);
  if (box) choose(box, event.shiftKey);
  if (closest(event, "[data-select-all]", HTMLInputElement)) {
    const all = boxes();
    const isFull = all.every((one) => one.checked);
    for (const one of all) one.checked = !isFull;
    showState();
  }
}

/** X turns the choice of the row in focus, else of the open one. */
function toggleRow(withShift: boolean): boolean {
  const row =
    document.activeElement?.closest("li") ?? document.querySelector("[data-row][aria-current]");
  const box = row?.closest("li")?.querySelector<HTMLInputElement>("input[data-select]");
  if (!box) return false;
  box.checked = !box.checked;
  choose(box, withShift);
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (closest(event, "input:not([type=checkbox]), textarea, select, dialog", HTMLElement)) return;
  if (event.code === "Escape" && chosen.size > 0) clear();
  if (event.code !== "KeyX" || document.body.dataset["keys"] === "off") return;
  if (toggleRow(event.shiftKey)) event.preventDefault();
}

/** A menu that is rarely opened asks for its items when it is. */
function fill(event: Event): void {
  const menu = event.target instanceof HTMLDetailsElement && event.target.open ? event.target : null;
  const list = menu?.querySelector<HTMLElement>("[data-fill]");
  const url = list?.dataset["fill"];
  if (!list || url === undefined) return;
  delete list.dataset["fill"];
  void htmx.ajax("GET", url, { source: list, target: list, swap: "innerHTML" });
}

export function startSelect(): void {
  document.addEventListener("toggle", fill, { capture: true });
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", (event) => {
    /* After the form has been read, so that it is sent with what was chosen. */
    if (event.target instanceof Element && event.target.id === "many") window.setTimeout(clear);
  });
  htmx.on("htmx:after:swap", restore);
  restore();
}
