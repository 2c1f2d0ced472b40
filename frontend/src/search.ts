import { closest, htmx, isShown } from "./page.ts";
import { forgetSearches, recentSearches, rememberSearch } from "./recent.ts";

/* The box above the list. The form asks the server at each pause (htmx; a later question cancels
   the earlier one); here is what the keyboard does, what was searched for before, and the address. */

function box(): HTMLInputElement | null {
  const found = document.getElementById("search");
  return found instanceof HTMLInputElement ? found : null;
}

function hints(): HTMLElement | null {
  return document.getElementById("search-hints");
}

/** Puts a question into the box and asks it. */
export function searchFor(question: string): void {
  const input = box();
  if (input === null) {
    location.assign(`/?${new URLSearchParams({ q: question })}`);
    return;
  }
  input.value = question;
  input.focus();
  input.setSelectionRange(question.length, question.length);
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function chip(question: string): HTMLElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "search-before";
  made.dataset["insert"] = question;
  made.dataset["hint"] = "";
  made.textContent = question;
  return made;
}

/** The questions of before, which only this browser knows. */
function showRecent(): void {
  const place = hints()?.querySelector("[data-search-before]");
  const template = document.getElementById("search-recent");
  const before = recentSearches();
  if (!place || !(template instanceof HTMLTemplateElement)) return;
  place.replaceChildren();
  if (before.length === 0) return;
  place.append(template.content.cloneNode(true), ...before.map(chip));
}

function open(): void {
  const found = hints();
  if (found === null) return;
  showRecent();
  found.hidden = found.textContent?.trim() === "";
  found.classList.toggle("is-inline", asked() !== "");
}

function shut(): void {
  const found = hints();
  if (found) found.hidden = true;
}

/** What the arrows walk along: completions where one is wanted, then what was found. A word that
    could also begin an operator is most probably a word; Tab still reaches its completion. */
function stops(): HTMLElement[] {
  const isChoice = asked() === "" || /(?:^|\s)-?\p{L}+:[^\s]*$/u.test(box()?.value ?? "");
  const hinted = isChoice ? "#search-hints [data-hint], " : "";
  const all = document.querySelectorAll<HTMLElement>(`${hinted}#list [data-row]`);
  return [...all].filter(isShown);
}

function move(event: KeyboardEvent, step: 1 | -1): void {
  const places = stops();
  const at = places.findIndex((place) => place === document.activeElement);
  const to = at + step;
  event.preventDefault();
  if (to < 0) box()?.focus();
  else places[Math.min(to, places.length - 1)]?.focus();
}

/** Escape first takes the question back, with its results; only then it leaves the box. */
function leave(event: KeyboardEvent): void {
  if (asked()) {
    event.preventDefault();
    searchFor("");
  }
  shut();
}

function onKey(event: KeyboardEvent): void {
  const inBox = event.target === box();
  const target = closest(event, "#search-hints [data-hint], #list [data-row]", HTMLElement);
  if (!inBox && (target === null || !asked())) return;
  if (event.code === "ArrowDown") move(event, 1);
  else if (event.code === "ArrowUp" && !inBox) move(event, -1);
  else if (event.code === "Escape" && inBox) leave(event);
}

function asked(): string {
  return box()?.value.trim() ?? "";
}

/** The address always names what is shown, so that it can be reloaded and sent to a colleague. */
function nameAddress(): void {
  const form = document.getElementById("search-form");
  if (!(form instanceof HTMLFormElement)) return;
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const isIdle = asked() ? name === "view" : name !== "view" || value === "search";
    if (typeof value === "string" && value !== "" && !isIdle) given.set(name, value);
  }
  const tail = given.size > 0 ? `?${given}` : "";
  const path = location.pathname.startsWith("/conversations/") ? location.pathname : "/";
  history.replaceState(history.state, "", path + tail);
}

function onSubmit(event: SubmitEvent): void {
  if (closest(event, "[data-search]", HTMLFormElement) === null) return;
  event.preventDefault();
  rememberSearch(asked());
  shut();
  const first = document.querySelector<HTMLElement>("#list [data-row]");
  if (first) first.focus();
}

function onClick(event: MouseEvent): void {
  const insert = closest(event, "[data-insert]", HTMLElement)?.dataset["insert"];
  if (insert !== undefined) searchFor(insert);
  if (closest(event, "[data-search-forget]", HTMLElement)) {
    forgetSearches();
    showRecent();
    box()?.focus();
  }
  if (closest(event, "#list [data-row]", HTMLElement)) rememberSearch(asked());
  if (closest(event, "[data-search]", HTMLElement) === null) shut();
}

/** `#search` in `form[data-search]`, its completions in `#search-hints`, results in `#list`. */
export function startSearch(): void {
  if (box() === null) return;
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
  document.addEventListener("focusin", (event) => {
    if (event.target === box()) open();
    else if (closest(event, "[data-search]", HTMLElement) === null) shut();
  });
  htmx.on("htmx:after:swap", (event) => {
    if (event.detail.ctx?.sourceElement?.id !== "search-form") return;
    nameAddress();
    if (document.activeElement === box()) open();
  });
}
