import DOMPurify from "dompurify";
import Squire from "squire-rte";
import type { Surface } from "./surface.ts";

/* The editor of letters. It may hold only what the server sends too (kit/html.py): anything pasted
   is cut down to that here, and once more there. */

const TAGS = [
  ...["a", "b", "blockquote", "br", "code", "div", "em", "i", "img", "li", "ol", "p", "pre", "s"],
  ...["strong", "u", "ul"],
];
const OUR_PICTURE = /^\/attachments\/\d+\/preview$/;

export interface Editor extends Surface {
  act(name: string, value?: string): void;
  /** Which of the formats the caret stands in. */
  has(name: string): boolean;
  onMove(act: () => void): void;
  onPicture(act: (files: File[]) => void): void;
  picture(address: string, cid: string): void;
}

const purify = DOMPurify(window);
purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName === "IMG" && !OUR_PICTURE.test(node.getAttribute("src") ?? "")) node.remove();
});

function clean(html: string): DocumentFragment {
  const found = purify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "src", "alt", "data-cid"],
    ALLOW_DATA_ATTR: false,
    ADD_URI_SAFE_ATTR: ["data-cid"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|\/attachments\/)/i,
    RETURN_DOM_FRAGMENT: true,
  });
  return document.importNode(found, true);
}

function escaped(text: string): string {
  const holder = document.createElement("div");
  holder.textContent = text;
  return holder.innerHTML;
}

export function fromText(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines.map((line) => `<div>${held(escaped(line)) || "<br>"}</div>`).join("");
}

/** Squire trims plain spaces at the ends of a line and joins those in a row. */
function held(html: string): string {
  return html.replace(/^ | $| (?= )/g, "&nbsp;");
}

/** Where a place in a text lies in the blocks that `fromText` made of it. */
function placeOf(root: HTMLElement, text: string, at: number): [Node, number] {
  const before = text.slice(0, at).split("\n");
  const block = root.children[before.length - 1] ?? root;
  const words = block.firstChild;
  if (!(words instanceof Text)) return [block, 0];
  return [words, Math.min(before.at(-1)?.length ?? 0, words.length)];
}

/** Puts into the editor what the area holds, with its selection: somebody may be writing in it. */
function carryOver(squire: Squire, area: HTMLTextAreaElement, html: string): void {
  const { value, defaultValue, selectionStart, selectionEnd } = area;
  const isGoingOn = html !== "" && value.startsWith(defaultValue);
  squire.setHTML(isGoingOn ? html : fromText(value));
  squire.moveCursorToEnd();
  if (isGoingOn) {
    const more = value.slice(defaultValue.length);
    if (more !== "") squire.insertHTML(held(escaped(more)).replaceAll("\n", "<br>"));
  } else if (selectionEnd > 0 || document.activeElement === area) {
    const range = document.createRange();
    range.setStart(...placeOf(squire.getRoot(), value, selectionStart));
    range.setEnd(...placeOf(squire.getRoot(), value, selectionEnd));
    squire.setSelection(range);
  }
}

/** Pictures lie at an address of ours while one writes, and are named by cid in the letter. */
function shown(html: string, form: HTMLFormElement): string {
  return html.replace(/src="cid:([\w.@+-]+)"/g, (_, cid: string) => {
    const file = form.querySelector<HTMLElement>(`[data-cid="${CSS.escape(cid)}"]`);
    return `src="/attachments/${file?.dataset["file"] ?? "0"}/preview" data-cid="${cid}"`;
  });
}

function written(root: HTMLElement): string {
  if (root.textContent.trim() === "" && root.querySelector("img") === null) return "";
  /* In a document that shows nothing: here a picture by cid would be asked for at once. */
  const copy = document.implementation.createHTMLDocument("").importNode(root, true);
  for (const element of copy.querySelectorAll<HTMLElement>("*")) {
    const cid = element.dataset["cid"];
    if (cid !== undefined) element.setAttribute("src", `cid:${cid}`);
    for (const name of ["data-cid", "style", "class"]) element.removeAttribute(name);
  }
  while (copy.lastElementChild?.textContent.trim() === "" && !copy.lastElementChild.querySelector("img")) {
    copy.lastElementChild.remove();
  }
  return copy.innerHTML.replaceAll("\u200b", "");
}

const BLOCKS = "blockquote, div, li, ol, p, pre, ul";

/** The words as lines. `innerText` makes two empty lines of one: it counts an empty block twice. */
function lines(root: HTMLElement): string {
  const copy = root.cloneNode(true) as HTMLElement;
  for (const gap of copy.querySelectorAll("br")) {
    const isLast = gap.nextSibling === null && gap.parentElement?.matches(BLOCKS);
    gap.replaceWith(isLast ? "" : "\n");
  }
  for (const block of copy.querySelectorAll(BLOCKS)) {
    if (block.querySelector(BLOCKS) === null) block.append("\n");
  }
  return copy.textContent.replaceAll("\u200b", "").trimEnd();
}

const FORMATS: Readonly<Record<string, string>> = {
  bold: "B",
  italic: "I",
  underline: "U",
  list: "UL",
  numbers: "OL",
  quote: "BLOCKQUOTE",
  link: "A",
};

function acts(squire: Squire, has: (name: string) => boolean): Record<string, (to: string) => void> {
  const toggle = (name: string, on: () => unknown, off: () => unknown) => () => {
    if (has(name)) off();
    else on();
  };
  return {
    bold: toggle("bold", () => squire.bold(), () => squire.removeBold()),
    italic: toggle("italic", () => squire.italic(), () => squire.removeItalic()),
    underline: toggle("underline", () => squire.underline(), () => squire.removeUnderline()),
    list: toggle("list", () => squire.makeUnorderedList(), () => squire.removeList()),
    numbers: toggle("numbers", () => squire.makeOrderedList(), () => squire.removeList()),
    quote: toggle("quote", () => squire.increaseQuoteLevel(), () => squire.decreaseQuoteLevel()),
    unlink: () => squire.removeLink(),
    link: (to) => squire.makeLink(to, { rel: "noopener" }),
    clear: () => squire.removeAllFormatting(),
  };
}

/** Takes the place of a text area; `hidden` carries the HTML, the area the words. */
export function edit(area: HTMLTextAreaElement, hidden: HTMLInputElement): Editor {
  const form = area.form as HTMLFormElement;
  const root = document.createElement("div");
  root.className = `${area.className} is-rich prose`;
  for (const [name, value] of [
    ["role", "textbox"],
    ["aria-multiline", "true"],
    ["aria-label", area.labels[0]?.textContent ?? ""],
    ["data-send-key", ""],
    ["data-placeholder", area.placeholder],
  ] as const) {
    root.setAttribute(name, value);
  }
  const hadFocus = document.activeElement === area;
  const { id } = area;
  area.after(root);
  const squire = new Squire(root, { blockTag: "DIV", sanitizeToDOMFragment: clean });
  carryOver(squire, area, shown(hidden.dataset["html"] ?? "", form));
  /* Words lead from the label, from keys and from tests to whatever is typed into. */
  area.id = `${id}-plain`;
  root.id = id;
  area.hidden = true;
  const sync = (isQuiet: boolean): void => {
    hidden.value = written(root);
    area.value = hidden.value === "" ? "" : lines(root);
    root.classList.toggle("is-empty", hidden.value === "" && root.childElementCount < 2);
    if (!isQuiet) area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  squire.addEventListener("input", () => sync(false));
  sync(true);
  if (hadFocus) squire.focus();
  return tools(squire, root, hidden);
}

function tools(squire: Squire, root: HTMLElement, hidden: HTMLInputElement): Editor {
  const has = (name: string): boolean => squire.hasFormat(FORMATS[name] ?? name);
  const known = acts(squire, has);
  const insert = (length: number, html: string): void => {
    squire.focus();
    const range = squire.getSelection();
    if (length > 0 && range.startOffset >= length) {
      range.setStart(range.startContainer, range.startOffset - length);
      squire.setSelection(range);
    }
    squire.insertHTML(html);
  };
  return {
    element: root,
    before() {
      const range = squire.getSelection();
      if (!range.collapsed || !(range.startContainer instanceof Text)) return "";
      return range.startContainer.data.slice(0, range.startOffset);
    },
    replace(length, text, html) {
      /* A plain space at the end would be trimmed away. */
      insert(length, html ?? escaped(text).replaceAll("\n", "<br>").replace(/ $/, "&nbsp;"));
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    },
    focus: () => squire.focus(),
    act: (name, value = "") => known[name]?.(value),
    has,
    onMove: (act) => void squire.addEventListener("pathChange", act),
    onPicture: (act) =>
      void squire.addEventListener("pasteImage", (event) => {
        const { clipboardData } = (event as CustomEvent<{ clipboardData: DataTransfer }>).detail;
        act([...clipboardData.files]);
      }),
    picture: (address, cid) => insert(0, `<img src="${address}" data-cid="${cid}" alt="">`),
  };
}
