import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** Our name of an icon -> the icon's file name in lucide-static. */
const ICONS: Readonly<Record<string, string>> = {
  alert: "triangle-alert",
  archive: "archive",
  "arrow-left": "arrow-left",
  at: "at-sign",
  attachment: "file",
  bell: "bell",
  bold: "bold",
  book: "book-open",
  building: "building-2",
  chart: "chart-column",
  check: "check",
  "check-all": "check-check",
  "chevron-down": "chevron-down",
  "chevron-left": "chevron-left",
  "chevron-right": "chevron-right",
  "chevron-up": "chevron-up",
  clear: "remove-formatting",
  clock: "clock",
  copy: "copy",
  download: "download",
  edit: "pencil",
  error: "circle-alert",
  external: "external-link",
  eye: "eye",
  filter: "list-filter",
  format: "case-sensitive",
  forward: "forward",
  globe: "globe",
  help: "circle-question-mark",
  history: "history",
  image: "image",
  inbox: "inbox",
  info: "info",
  italic: "italic",
  key: "key-round",
  keyboard: "keyboard",
  link: "link",
  list: "list",
  lock: "lock",
  mail: "mail",
  menu: "menu",
  merge: "merge",
  message: "message-circle",
  moon: "moon",
  more: "ellipsis",
  note: "sticky-note",
  numbers: "list-ordered",
  offline: "wifi-off",
  ok: "circle-check",
  paperclip: "paperclip",
  pause: "circle-pause",
  phone: "phone",
  plus: "plus",
  quote: "text-quote",
  refresh: "refresh-cw",
  reply: "reply",
  "reply-all": "reply-all",
  rule: "zap",
  saved: "message-square-text",
  search: "search",
  send: "send-horizontal",
  settings: "settings",
  shield: "shield-check",
  side: "panel-right",
  "sign-out": "log-out",
  smile: "smile",
  snooze: "alarm-clock",
  split: "split",
  star: "star",
  sun: "sun",
  tag: "tag",
  trash: "trash-2",
  underline: "underline",
  undo: "undo-2",
  user: "user-round",
  "user-plus": "user-round-plus",
  users: "users-round",
  x: "x",
};

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

const inner = (svg: string): string =>
  svg
    .replace(/<!--[^]*?-->/g, "")
    .replace(/^[^]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/\s*\n\s*/g, "");

/** The light value of a colour token, for files that cannot see our custom properties. */
function lightValue(tokens: string, name: string): string {
  const value = new RegExp(`--${name}:\\s*light-dark\\(([^()]*\\([^)]*\\))`).exec(tokens)?.[1];
  if (value === undefined) throw new Error(`tokens.css has no --${name}: light-dark(...)`);
  return value;
}

function symbol(name: string, body: string): string {
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
}

/** Writes icons.svg (one symbol for each icon, and our mark), favicon.svg, and that with a dot. */
export function sprite(): Plugin {
  return {
    name: "okno-sprite",
    apply: "build",
    generateBundle() {
      const mark = read("src/mark.svg");
      const symbols = Object.entries(ICONS).map(([name, file]) =>
        symbol(name, inner(read(`node_modules/lucide-static/icons/${file}.svg`))),
      );
      const licence = read("node_modules/lucide-static/LICENSE").replace(/-{2,}/g, "-");
      this.emitFile({
        type: "asset",
        fileName: "icons.svg",
        source:
          `<!-- Icons from lucide-static:\n${licence}-->\n` +
          '<svg xmlns="http://www.w3.org/2000/svg">\n' +
          `${[symbol("mark", inner(mark)), ...symbols].join("\n")}\n</svg>\n`,
      });
      const tokens = read("src/css/tokens.css");
      const lit = mark.replace(/var\(--([a-z-]+)\)/g, (_, name: string) => lightValue(tokens, name));
      this.emitFile({ type: "asset", fileName: "favicon.svg", source: lit });
      const ink = lightValue(tokens, "bad-solid");
      const dot = `  <circle cx="18.5" cy="5.5" r="5.5" fill="${ink}"/>\n</svg>`;
      this.emitFile({
        type: "asset",
        fileName: "favicon-dot.svg",
        source: lit.replace("</svg>", dot),
      });
    },
  };
}
