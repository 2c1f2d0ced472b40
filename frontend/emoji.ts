import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const PREFIX = "virtual:emoji-";
/* Newer ones are empty boxes on machines of the last years. */
const NEWEST = 15;

interface Entry {
  readonly hexcode: string;
  readonly emoji: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order?: number;
  readonly version: number;
}

const read = <T>(path: string): T =>
  JSON.parse(
    readFileSync(new URL(`node_modules/emojibase-data/${path}`, import.meta.url), "utf8"),
  ) as T;

/** Lines "emoji words…" in the order of the standard; English words stand in every language. */
function listOf(language: string): string {
  const codes = read<Record<string, string | string[]>>("en/shortcodes/github.json");
  const english = new Map(read<Entry[]>("en/data.json").map((entry) => [entry.hexcode, entry]));
  return read<Entry[]>(`${language}/data.json`)
    .filter((entry) => entry.group !== undefined && entry.group !== 2 && entry.version <= NEWEST)
    .sort((one, other) => (one.order ?? 0) - (other.order ?? 0))
    .map((entry) => {
      const own = [entry.label, ...(entry.tags ?? [])];
      const other = language === "en" ? [] : [english.get(entry.hexcode)?.label ?? ""];
      const words = [...own, ...other, ...[codes[entry.hexcode] ?? ""].flat()];
      return `${entry.emoji} ${[...new Set(words.filter(Boolean))].join(" ").toLowerCase()}`;
    })
    .join("\n");
}

/** Makes `virtual:emoji-en` and `virtual:emoji-ru`: one string each, read when it is needed. */
export function emoji(): Plugin {
  return {
    name: "okno-emoji",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load: (id) =>
      id.startsWith(`\0${PREFIX}`)
        ? `export default ${JSON.stringify(listOf(id.slice(PREFIX.length + 1)))};`
        : null,
  };
}
