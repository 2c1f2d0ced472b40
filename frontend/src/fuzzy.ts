/* How well a name fits what was typed, in either language and with either keyboard layout on. */

const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю";

function mapped(text: string, from: string, to: string): string {
  return [...text].map((letter) => to[from.indexOf(letter)] ?? letter).join("");
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll("ё", "е").trim();
}

/** What may have been meant: the text itself and the same keys on the other layout. */
export function readings(typed: string): string[] {
  const text = typed.toLowerCase().trim();
  const all = [text, mapped(text, LATIN, CYRILLIC), mapped(text, CYRILLIC, LATIN)];
  return [...new Set(all.map(plain))];
}

/** 0 for a name that does not fit; more for a better place of the letters. */
function score(wanted: string, name: string): number {
  const at = name.indexOf(wanted);
  if (at === 0) return 100;
  if (at > 0) return /[\s:.,(#-]/.test(name[at - 1] ?? "") ? 80 : 50;
  /* Letters in their order, as "sntom" for "snooze: tomorrow"; far apart they mean nothing. */
  let place = -1;
  let gaps = 0;
  for (const letter of wanted.replaceAll(" ", "")) {
    const next = name.indexOf(letter, place + 1);
    if (next < 0) return 0;
    gaps += place < 0 ? 0 : next - place - 1;
    place = next;
  }
  return gaps <= wanted.length * 3 ? Math.max(1, 40 - gaps) : 0;
}

/** The best score of any reading of what was typed among the names of one thing. */
export function fits(typed: string, names: readonly string[]): number {
  const scores = readings(typed).flatMap((wanted) => names.map((name) => score(wanted, plain(name))));
  return Math.max(0, ...scores);
}
