import type { Files } from "./files.ts";

const CHOICE = "okno.send";

/** The first button does what was chosen last; sending waits for files that are on their way. */
export function sending(form: HTMLFormElement, files: Files): void {
  const first = form.querySelector<HTMLButtonElement>("[data-send]");
  const words = form.querySelector<HTMLElement>("[data-send-words]");
  const choices = [...form.querySelectorAll<HTMLButtonElement>(".menu-item[name='then']")];
  const choose = (choice: HTMLButtonElement): void => {
    if (first === null || words === null) return;
    first.value = choice.value;
    words.textContent = choice.dataset["words"] ?? words.textContent;
    for (const each of choices) {
      each.toggleAttribute("aria-current", each === choice);
    }
  };
  const kept = choices.find((each) => each.value === localStorage.getItem(CHOICE)) ?? choices[0];
  if (kept) choose(kept);
  for (const choice of choices) {
    choice.addEventListener("click", () => localStorage.setItem(CHOICE, choice.value));
  }
  const wait = (event: SubmitEvent): void => {
    if (event.target !== form || !files.isBusy()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    const again = (): void => {
      if (!files.isBusy() && form.isConnected) form.requestSubmit(submitter);
      else form.addEventListener("okno:files", again, { once: true });
    };
    form.addEventListener("okno:files", again, { once: true });
  };
  window.addEventListener("submit", wait, { capture: true });
}
