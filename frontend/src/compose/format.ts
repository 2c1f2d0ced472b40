import type { Editor } from "./editor.ts";

/** The row of buttons under a letter. */
export function formatBar(form: HTMLFormElement, editor: Editor, isOpen = false): void {
  const bar = form.querySelector<HTMLElement>(".composer-format");
  const toggle = form.querySelector<HTMLElement>("[data-format-toggle]");
  if (bar === null) return;
  const link = bar.querySelector<HTMLElement>(".composer-link");
  const address = bar.querySelector<HTMLInputElement>("[data-link]");
  const show = (): void => {
    for (const button of bar.querySelectorAll<HTMLElement>("[aria-pressed]")) {
      const name = button.dataset["format"] ?? "";
      button.setAttribute("aria-pressed", String(editor.has(name)));
    }
  };
  const finish = (): void => {
    if (link === null || address === null) return;
    const to = address.value.trim();
    link.hidden = true;
    address.value = "";
    if (to !== "") editor.act("link", /^[a-z]+:/i.test(to) ? to : `https://${to}`);
    editor.focus();
  };
  const press = (name: string): void => {
    if (name === "link-done") finish();
    else if (name === "link" && editor.has("link")) editor.act("unlink");
    else if (name === "link" && link !== null) {
      link.hidden = !link.hidden;
      address?.focus();
    } else editor.act(name);
    show();
  };
  bar.addEventListener("mousedown", (event) => {
    if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
  });
  bar.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-format]") : null;
    if (button instanceof HTMLElement) press(button.dataset["format"] ?? "");
  });
  address?.addEventListener("keydown", (event) => {
    if (event.code !== "Enter") return;
    event.preventDefault();
    finish();
  });
  address?.addEventListener("input", (event) => event.stopPropagation());
  editor.onMove(show);
  form.addEventListener("input", show);
  toggle?.addEventListener("click", () => {
    bar.hidden = !bar.hidden;
    toggle.setAttribute("aria-expanded", String(!bar.hidden));
    localStorage.setItem("okno.format", bar.hidden ? "" : "open");
    editor.focus();
  });
  bar.hidden = !isOpen && localStorage.getItem("okno.format") !== "open";
  toggle?.setAttribute("aria-expanded", String(!bar.hidden));
}
