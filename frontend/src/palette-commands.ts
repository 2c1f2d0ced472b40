/* What the palette offers: commands of the server's list, and what the open page can do now. */

export interface Command {
  /** Stands for it among the recent ones. */
  readonly key: string;
  readonly label: string;
  /** Its label and its names in the other language. */
  readonly names: readonly string[];
  readonly keys: string;
  readonly icon: Node | null;
  readonly run: () => void;
}

const ON_PAGE =
  ".shell-thread :is(button, a, summary, select, input)[data-key], .shell-thread .menu-item, " +
  ".thread-aside :is(button[data-command], select:not([data-key]))";

/* What is done most in an open conversation, most often first; all else follows as the page has it. */
const MOST_DONE = [
  "[data-key=KeyR]",
  "form[action*='/status'] [data-key=KeyE], form[action*='/status'] button[value=open]",
  "[data-command]",
  "[data-key=KeyN]",
  "form[action*='/snooze'] [name=until], form[action*='/wake'] *, [data-key=KeyS]",
  "[data-key=KeyA]",
  "[data-key=KeyT]",
  ".composer .menu-item",
  "form[action*='/unread'] *",
];

const rank = (element: Element): number => {
  const at = MOST_DONE.findIndex((selector) => element.matches(selector));
  return at < 0 ? MOST_DONE.length : at;
};

function words(element: Element): string {
  const copy = element.cloneNode(true);
  if (!(copy instanceof Element)) return "";
  for (const aside of copy.querySelectorAll(".faint, .count, kbd, svg, .avatar")) aside.remove();
  return copy.textContent?.replace(/\s+/g, " ").trim() ?? "";
}

function label(element: HTMLElement): string {
  if (element instanceof HTMLSelectElement || element instanceof HTMLInputElement) {
    const named = element.labels?.[0];
    return element.getAttribute("aria-label") ?? (named ? words(named) : "");
  }
  const own = words(element) || (element.getAttribute("aria-label") ?? element.title);
  const menu = element.matches(".menu-item") ? element.closest("details.menu") : null;
  const title = menu?.querySelector(".menu-title");
  return title ? `${words(title)}: ${own}` : own;
}

function act(element: HTMLElement): void {
  const menu = element.closest("details.menu");
  if (element instanceof HTMLSelectElement || element.matches("input:not([type=radio])")) {
    const pane = element.closest<HTMLElement>("[popover]");
    if (pane && !pane.checkVisibility()) pane.showPopover();
    element.focus();
  } else if (element.matches("summary") && menu instanceof HTMLDetailsElement) {
    menu.open = true;
    menu.querySelector<HTMLElement>(".menu-item")?.focus();
  } else {
    element.click();
  }
}

/** data-key="KeyS" as a person reads it. */
function readable(code: string | undefined): string {
  return (code ?? "").replace(/Key|Digit/g, "").replace("Slash", "/").replaceAll("+", " ");
}

/** Other names of what the page can do, by its name here. */
function glossary(dialog: Element): Map<string, string> {
  const rows = dialog.querySelectorAll<HTMLElement>("[data-glossary] > [data-name]");
  return new Map([...rows].map((row) => [row.dataset["name"] ?? "", row.textContent ?? ""]));
}

/** Its own picture, or that of the button, label or menu it belongs to. */
function icon(element: HTMLElement): Node | null {
  const near = [element, element.closest("label"), element.closest("details.menu")];
  const found = near.map((each) => each?.querySelector("svg.icon")).find((each) => each);
  return found?.cloneNode(true) ?? null;
}

function ofElement(element: HTMLElement, others: Map<string, string>): Command {
  const name = label(element);
  const other = element.dataset["words"] ?? others.get(name) ?? "";
  return {
    key: element.getAttribute("href") ?? name,
    label: name,
    names: [name, ...other.split("|")].filter((each) => each !== ""),
    keys: readable(element.dataset["key"]),
    icon: icon(element),
    run: () => act(element),
  };
}

/** All commands there are now; of two with one name the first. */
export function commands(dialog: Element): Command[] {
  const others = glossary(dialog);
  const listed = dialog.querySelectorAll<HTMLElement>("[data-commands] > *");
  const here = [...document.querySelectorAll<HTMLElement>(ON_PAGE)];
  const found = [...here.sort((one, other) => rank(one) - rank(other)), ...listed]
    .filter((element) => !element.matches(":disabled") && !element.closest(".composer-more"))
    .map((element) => ofElement(element, others))
    .filter((command) => command.label !== "");
  const byLabel = new Map(found.reverse().map((command) => [command.label, command]));
  return [...byLabel.values()].reverse();
}
