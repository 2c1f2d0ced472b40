/* What this person did lately, kept in this browser only. A private window may refuse to keep it. */

const SEARCHES = "okno.searches";
const COMMANDS = "okno.commands";
const MOST = 8;

function read(name: string): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function add(name: string, value: string): void {
  if (value === "") return;
  const kept = [value, ...read(name).filter((each) => each !== value)].slice(0, MOST);
  try {
    localStorage.setItem(name, JSON.stringify(kept));
  } catch {
    /* Nothing is remembered then. */
  }
}

export const recentSearches = (): string[] => read(SEARCHES);
export const rememberSearch = (question: string): void => add(SEARCHES, question);
export const recentCommands = (): string[] => read(COMMANDS);
export const rememberCommand = (name: string): void => add(COMMANDS, name);

export function forgetSearches(): void {
  try {
    localStorage.removeItem(SEARCHES);
  } catch {
    /* There was nothing. */
  }
}
