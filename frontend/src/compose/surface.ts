/** What is typed into: the plain field, or the editor of letters in its place. */
export interface Surface {
  readonly element: HTMLElement;
  /** The text right before the caret, "" while something is selected. */
  before(): string;
  /** Puts text (or its HTML) in place of so many characters before the caret. */
  replace(length: number, text: string, html?: string): void;
  focus(): void;
}

const FAR_ENOUGH = 120;

export function plain(area: HTMLTextAreaElement): Surface {
  return {
    element: area,
    before: () => {
      const at = area.selectionStart;
      return at === area.selectionEnd ? area.value.slice(Math.max(0, at - FAR_ENOUGH), at) : "";
    },
    replace(length, text) {
      area.focus();
      area.setRangeText(text, area.selectionStart - length, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => area.focus(),
  };
}

/** Headers of a request of ours, with the key against forgery that the page carries. */
export function headers(): Record<string, string> {
  const given: unknown = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  return { ...(given as Record<string, string>), "HX-Request": "true" };
}

/** The elements of an answer of our own server. */
export function parts(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}
