import { closest } from "./page.ts";

/* Ctrl+K and "?" are taken here, because what they open is not on the page until it is asked for. */

type Palette = typeof import("./palette.ts");

function load(): Promise<Palette> {
  return import("./palette.ts");
}

/** Whether the signed-in part of the console is shown: the door has no commands. */
function isInside(): boolean {
  return document.querySelector(".shell") !== null;
}

/** Opens the command palette or, with "?", the sheet of keys. Called by keys.ts with its chord. */
export function takesCommand(chord: string): boolean {
  if (!isInside()) return false;
  if (chord === "Ctrl+KeyK") void load().then((palette) => palette.openPalette());
  else if (chord === "Shift+Slash") void load().then((palette) => palette.openKeys());
  else return false;
  return true;
}

/** Buttons: data-open="palette" and data-open="keys". */
export function startCommands(): void {
  document.addEventListener("click", (event) => {
    const wanted = closest(event, "[data-open]", HTMLElement)?.dataset["open"];
    if (wanted === "palette") takesCommand("Ctrl+KeyK");
    if (wanted === "keys") takesCommand("Shift+Slash");
    const theme = closest(event, "[data-set-theme]", HTMLElement)?.dataset["setTheme"];
    if (theme !== undefined) setTheme(theme);
  });
}

function setTheme(theme: string): void {
  const given: unknown = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  const headers = { ...(given as Record<string, string>), "HX-Request": "true" };
  const body = new URLSearchParams({ theme });
  /* Without a connection the page still changes; the server is told the next time. */
  void fetch("/commands/theme", { method: "POST", body, headers }).catch(() => undefined);
  if (theme === "") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
