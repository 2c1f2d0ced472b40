/* The emoji come in a file of their own when somebody first asks for one. */

interface Emoji {
  readonly sign: string;
  readonly words: string;
}

let all: readonly Emoji[] | null = null;

export async function emojis(): Promise<readonly Emoji[]> {
  if (all === null) {
    const isRussian = document.documentElement.lang === "ru";
    const { default: lines } = await (isRussian ? import("./emoji-ru.ts") : import("./emoji-en.ts"));
    all = lines.split("\n").map((line) => {
      const space = line.indexOf(" ");
      return { sign: line.slice(0, space), words: line.slice(space + 1) };
    });
  }
  return all;
}

/** Those whose words begin so; whole words first. */
export function fitting(list: readonly Emoji[], typed: string, most: number): Emoji[] {
  const wanted = typed.toLowerCase().replaceAll("_", " ").trim();
  if (wanted === "") return list.slice(0, most);
  const begins = (each: Emoji): boolean =>
    ` ${each.words.replaceAll("_", " ")}`.includes(` ${wanted}`);
  const starts = (each: Emoji): boolean => each.words.replaceAll("_", " ").startsWith(wanted);
  const found = list.filter(begins);
  return [...found.filter(starts), ...found.filter((each) => !starts(each))].slice(0, most);
}

export function listOf(found: readonly Emoji[], isGrid: boolean): HTMLUListElement {
  const list = document.createElement("ul");
  list.className = `picker-list${isGrid ? " is-grid" : ""}`;
  list.setAttribute("role", "listbox");
  list.append(
    ...found.map(({ sign, words }, index) => {
      const item = document.createElement("li");
      item.className = `picker-item ${isGrid ? "is-sign" : "is-line"}`;
      item.setAttribute("role", "option");
      item.id = `pick-emoji-${index}`;
      item.dataset["text"] = sign;
      item.title = words.split(" ").slice(0, 4).join(" ");
      const shown = document.createElement("span");
      shown.className = "picker-sign";
      shown.textContent = sign;
      item.append(shown);
      if (!isGrid) {
        const name = document.createElement("span");
        name.className = "picker-name cut";
        name.textContent = words;
        item.append(name);
      }
      return item;
    }),
  );
  return list;
}
