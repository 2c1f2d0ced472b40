import { closest, onEach } from "./page.ts";

function shutMenus(except: Element | null = null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

function onClick(event: MouseEvent): void {
  const menu = closest(event, "details.menu", HTMLDetailsElement);
  const inItem = closest(event, ".menu-item", HTMLElement) !== null;
  shutMenus(inItem ? null : menu);

  const opener = closest(event, "[data-open-dialog]", HTMLElement);
  if (opener) {
    const dialog = document.getElementById(opener.dataset["openDialog"] ?? "");
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  }
  if (closest(event, "[data-close-dialog]", HTMLElement)) {
    closest(event, "dialog", HTMLDialogElement)?.close();
  }
  /* A press on the veil has the dialog itself as target. */
  if (event.target instanceof HTMLDialogElement && !event.target.hasAttribute("data-stay")) {
    event.target.close();
  }
  if (closest(event, "[data-dismiss]", HTMLElement)) {
    closest(event, ".banner, .toast", HTMLElement)?.remove();
  }
}

function moveInMenu(menu: HTMLDetailsElement, event: KeyboardEvent): void {
  const items = [...menu.querySelectorAll<HTMLElement>(".menu-item:not(:disabled)")];
  const now = items.findIndex((item) => item === document.activeElement);
  const last = items.length - 1;
  const next = {
    ArrowDown: now >= last ? 0 : now + 1,
    ArrowUp: now <= 0 ? last : now - 1,
    Home: 0,
    End: last,
  }[event.code];
  if (next === undefined) return;
  event.preventDefault();
  items[next]?.focus();
}

function onKey(event: KeyboardEvent): void {
  const menu = closest(event, "details.menu[open]", HTMLDetailsElement);
  if (menu === null) return;
  if (event.code === "Escape") {
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  } else if (!(event.target instanceof HTMLInputElement)) {
    moveInMenu(menu, event);
  }
}

/** Menus shut on a press elsewhere and on Escape, dialogs open by data-open-dialog="id". */
export function startOverlays(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("focusout", (event) => {
    const menu = closest(event, "details.menu[open]", HTMLDetailsElement);
    const to = event.relatedTarget;
    if (menu && to instanceof Node && !menu.contains(to)) menu.open = false;
  });
  /* A dialog that a swap brings in opened shape must still be modal. */
  onEach("dialog[data-modal]", HTMLDialogElement, (dialog) => {
    if (!dialog.open) dialog.showModal();
  });
}
