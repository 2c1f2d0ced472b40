import { fits } from "./fuzzy.ts";
import { commands, type Command } from "./palette-commands.ts";
import { recentCommands, rememberCommand } from "./recent.ts";
import { searchFor } from "./search.ts";

/* The palette: everything that can be done now, by a few letters. Loaded when it is first opened. */

const MOST = 12;

interface Parts {
  readonly dialog: HTMLDialogElement;
  readonly input: HTMLInputElement;
  readonly list: HTMLElement;
}

let parts: Parts | null = null;
let all: Command[] = [];
let shown: Command[] = [];
let chosen = 0;

async function build(): Promise<Parts | null> {
  const answer = await fetch("/commands/", { headers: { "HX-Request": "true" } });
  if (!answer.ok) return null;
  document.body.insertAdjacentHTML("beforeend", await answer.text());
  const dialog = document.getElementById("palette");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector<HTMLElement>("[role=listbox]");
  if (!(dialog instanceof HTMLDialogElement) || !input || !list) return null;
  input.addEventListener("input", () => render(0));
  dialog.addEventListener("keydown", onKey);
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const at = option ? [...list.children].indexOf(option) : -1;
    if (at >= 0) run(at);
  });
  return { dialog, input, list };
}

/** Sentences with a gap, from the server, so that no words stand in script. */
function sentence(name: string, filling: string): string {
  const words = parts?.dialog.querySelector<HTMLElement>(`[data-sentence="${name}"]`)?.textContent;
  return (words ?? "{}").replace("{}", filling).trim();
}

/** Jump to a number, or search for what was typed: always the last resorts. */
function asTyped(typed: string): Command[] {
  if (typed === "") return [];
  const number = /^[#№]?\s?([1-9]\d{0,17})$/.exec(typed)?.[1];
  const base = { names: [], keys: "", icon: null };
  const jump: Command[] = number
    ? [{
        ...base, key: "", label: sentence("jump", `#${number}`),
        run: () => location.assign(`/conversations/${number}/`),
      }]
    : [];
  const search = { ...base, key: "", label: sentence("search", typed), run: () => searchFor(typed) };
  return [...jump, search];
}

function ranked(typed: string): Command[] {
  const recent = recentCommands();
  const age = (command: Command): number => {
    const at = recent.indexOf(command.key);
    return at < 0 ? recent.length : at;
  };
  if (typed === "") return [...all].sort((one, other) => age(one) - age(other)).slice(0, MOST);
  return all
    .map((command) => ({ command, score: fits(typed, command.names) }))
    .filter((each) => each.score > 0)
    .sort((one, other) => other.score - one.score || age(one.command) - age(other.command))
    .slice(0, MOST)
    .map((each) => each.command);
}

function option(command: Command, at: number): HTMLElement {
  const row = document.createElement("li");
  row.id = `palette-${at}`;
  row.className = "menu-item";
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", String(at === chosen));
  const name = document.createElement("span");
  name.className = "cut";
  name.textContent = command.label;
  const picture = document.createElement("span");
  picture.className = "palette-icon";
  picture.append(...(command.icon ? [command.icon] : []));
  row.append(picture, name);
  if (command.keys !== "") {
    const keys = document.createElement("kbd");
    keys.textContent = command.keys;
    row.append(keys);
  }
  return row;
}

function render(to: number): void {
  if (parts === null) return;
  const typed = parts.input.value.trim();
  const numbered = /^[#№]?\s?\d+$/.test(typed);
  shown = numbered ? [...asTyped(typed), ...ranked(typed)] : [...ranked(typed), ...asTyped(typed)];
  chosen = Math.max(0, Math.min(to, shown.length - 1));
  parts.list.replaceChildren(...shown.map(option));
  parts.input.setAttribute("aria-activedescendant", `palette-${chosen}`);
  parts.list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function run(at: number): void {
  const command = shown[at];
  if (command === undefined) return;
  parts?.dialog.close();
  rememberCommand(command.key);
  command.run();
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing) return;
  if (event.code === "ArrowDown") render((chosen + 1) % Math.max(1, shown.length));
  else if (event.code === "ArrowUp") render((chosen || shown.length) - 1);
  else if (event.code === "Enter" || event.code === "NumpadEnter") run(chosen);
  else return;
  event.preventDefault();
}

async function ready(): Promise<Parts | null> {
  parts ??= await build();
  return parts;
}

/** Opens the palette; the second press shuts it. */
export async function openPalette(): Promise<void> {
  const made = await ready();
  if (made === null) return;
  if (made.dialog.open) {
    made.dialog.close();
    return;
  }
  all = commands(made.dialog);
  made.input.value = "";
  made.dialog.showModal();
  render(0);
}

/** Opens the sheet that names all keys. */
export async function openKeys(): Promise<void> {
  await ready();
  const sheet = document.getElementById("keys");
  if (sheet instanceof HTMLDialogElement && !sheet.open) sheet.showModal();
}
