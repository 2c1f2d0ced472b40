import { closest, onEach } from "./page.ts";

/** Fields with data-autosize grow with their text; browsers that know field-sizing do it alone. */
function autosize(area: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = (): void => {
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  };
  if (area.dataset["sized"] === undefined) {
    area.dataset["sized"] = "";
    area.addEventListener("input", fit);
  }
  fit();
}

/** Ctrl+Enter (Cmd+Enter on a Mac) sends the form of a field with data-send-key. */
function sendByKey(event: KeyboardEvent): void {
  if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
  if (!(event.ctrlKey || event.metaKey) || event.isComposing || event.repeat) return;
  const field = event.target instanceof Element ? event.target.closest("[data-send-key]") : null;
  const form = field?.closest("form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector<HTMLElement>("[data-send]"));
}

/** The newest message is in sight when a thread opens, unless the address names another. */
function showEnd(pane: HTMLElement): void {
  if (pane.dataset["shown"] !== undefined) return;
  pane.dataset["shown"] = "";
  if (pane.querySelector(":target") !== null) return;
  pane.scrollTop = pane.scrollHeight;
}

/** What to write is chosen when the pointer goes down: the composer may grow under it (the editor of
    letters comes meanwhile), and a press that ends elsewhere would choose nothing. */
function chooseMode(event: PointerEvent): void {
  const label = closest(event, ".composer .segmented label", HTMLLabelElement);
  const radio = label?.querySelector<HTMLInputElement>('input[name="mode"]');
  if (!radio || radio.checked || event.button !== 0) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

export function startComposer(): void {
  document.addEventListener("pointerdown", chooseMode);
  onEach("textarea[data-autosize]", HTMLTextAreaElement, autosize);
  onEach("[data-start-at-end]", HTMLElement, showEnd);
  document.addEventListener("keydown", sendByKey);
  onEach("form[data-letter]", HTMLFormElement, (form) => {
    if (form.dataset["alive"] !== undefined) return;
    form.dataset["alive"] = "";
    void import("./compose/letter.ts").then(({ letter }) => letter(form));
  });
  onEach("form[data-composer]", HTMLFormElement, (form) => {
    if (form.dataset["alive"] !== undefined) return;
    form.dataset["alive"] = "";
    void import("./compose/composing.ts").then(({ compose }) => compose(form));
  });
}
