import { keepDraft } from "./drafts.ts";
import type { Editor } from "./editor.ts";
import { keepFiles, listen, type Files } from "./files.ts";
import { formatBar } from "./format.ts";
import { watchNews } from "./news.ts";
import { Picker } from "./picker.ts";
import { sending } from "./sending.ts";
import { plain, type Surface } from "./surface.ts";

const LIMIT_WORTH_SAYING = 50_000;

/** Shows how much still fits, where the channel takes little. */
function count(form: HTMLFormElement, area: HTMLTextAreaElement): void {
  const place = form.querySelector<HTMLElement>("[data-count]");
  if (place === null || area.maxLength <= 0 || area.maxLength > LIMIT_WORTH_SAYING) return;
  const show = (): void => {
    place.hidden = area.value.length < area.maxLength / 2;
    place.textContent = `${area.value.length} / ${area.maxLength}`;
    place.classList.toggle("is-full", area.value.length >= area.maxLength);
  };
  area.addEventListener("input", show);
  show();
}

/** Returns when no word is half written: where letters are composed of several keys, as on a
    telephone, a field that goes away takes them with it. */
function pause(area: HTMLTextAreaElement): () => Promise<void> {
  let isComposing = false;
  area.addEventListener("compositionupdate", () => (isComposing = true));
  area.addEventListener("compositionend", () => (isComposing = false));
  return async () => {
    while (isComposing) {
      await new Promise((go) => area.addEventListener("compositionend", go, { once: true }));
    }
  };
}

function enrich(form: HTMLFormElement, editor: Editor, files: Files): void {
  formatBar(form, editor);
  editor.onPicture((pasted) => {
    void (async () => {
      for (const file of pasted) {
        const isNote = new FormData(form).get("mode") === "note";
        const laid = file.type.startsWith("image/") && !isNote ? await files.inline(file) : null;
        if (laid) editor.picture(laid.address, laid.cid);
        else if (isNote || !file.type.startsWith("image/")) await files.add([file]);
      }
    })();
  });
}

function people(form: HTMLFormElement): void {
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copies]") : null;
    const cc = form.querySelector<HTMLInputElement>('[name="cc"]');
    if (!(button instanceof HTMLElement) || cc === null) return;
    cc.value = button.dataset["copies"] ?? "";
    cc.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const show = (): void => {
    const cc = form.querySelector<HTMLInputElement>('[name="cc"]')?.value.trim();
    for (const button of form.querySelectorAll<HTMLElement>("[data-copies]")) {
      button.setAttribute("aria-pressed", String(button.dataset["copies"] === cc));
    }
  };
  form.addEventListener("input", show);
  show();
}

/** Brings one composer to life. Without all this it is a form that works. */
export function compose(form: HTMLFormElement): void {
  const area = form.querySelector<HTMLTextAreaElement>("textarea[name='text']");
  const box = form.querySelector<HTMLElement>(".picker");
  if (area === null || box === null) return;
  const base = form.dataset["composer"] ?? "";
  let surface: Surface = plain(area);
  const files = keepFiles(form, base);
  listen(form, files);
  watchNews(form, area, base);
  const drafts = keepDraft(form, base);
  sending(form, files);
  people(form);
  count(form, area);
  const picker = new Picker(form, box, base, () => surface);
  area.addEventListener("input", () => picker.look());
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-pick]") : null;
    if (button instanceof HTMLElement) picker.open(button.dataset["pick"] as "saved" | "emoji");
  });
  form.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.name !== "mode") return;
    picker.shut();
    const to = form.querySelector<HTMLInputElement>('[name="to"]');
    if (event.target.value === "forward" && to?.value === "") to.focus();
    else surface.focus();
  });
  /* What opens it may stand there already. */
  if (document.activeElement === area) picker.look();
  const hidden = form.querySelector<HTMLInputElement>("input[data-rich]");
  if (hidden === null) return;
  /* At once, not at the first press: what is written in must not change under the hand. */
  const paused = pause(area);
  void import("./editor.ts").then(async ({ edit }) => {
    await paused();
    if (!form.isConnected) return;
    const editor = drafts.unchanged(() => edit(area, hidden));
    enrich(form, editor, files);
    surface = editor;
  });
}
