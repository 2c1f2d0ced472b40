import tokens from "../css/tokens.css?inline";
import composer from "./composer.css?inline";
import keep from "./keep.css?inline";
import messages from "./messages.css?inline";
import places from "./places.css?inline";
import shell from "./widget.css?inline";
import { Api } from "./api.ts";
import { json } from "./json.ts";
import { Panel } from "./panel.ts";
import { element, settle } from "./place.ts";
import { Store } from "./store.ts";
import { Talk, type Visit } from "./talk.ts";
import { speech } from "./words.ts";

/* <script async src="https://help.example/widget.js" data-key="..."></script>
   Where attributes get lost the key may stand in the address: widget.js?key=...
   Others, all optional: data-lang, data-colour, data-corner (left), data-theme (light, dark, auto),
   data-mode="page" (fills the page), data-origin (where Okno is, for a script that was copied into
   the page). One global name: Okno; where the page has a variable of that name, the same calls are
   at document.querySelector("okno-chat").okno. */

interface Public {
  open(): void;
  close(): void;
  toggle(): void;
  /** The site vouches for its visitor with a signed token; false when it was not believed. */
  identify(proof: string): Promise<boolean>;
  /** The visitor signed out: nothing of them stays in this browser. */
  logout(): void;
}

const MOST_PAGES = 10;
/* No global name: a script that is run twice begins once. */
const BEGUN = Symbol.for("okno.chat");
/* On a colour of the site's own, in both themes. */
const INK = "#14161d";
const PAPER = "#fff";
const COLOUR = /^#[0-9a-f]{6}$/i;

/** The sheets of the shadow tree. Lengths in rem would follow the host's root, so they become px. */
function sheets(): CSSStyleSheet[] {
  const values = tokens.replaceAll(":root", ":host");
  return [values, shell, messages, keep, composer, places].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text.replace(/(\d*\.?\d+)rem\b/g, (_, n: string) => `${Number(n) * 16}px`));
    return sheet;
  });
}

/** Light or dark as the site asks, else as its page is: dark only where the page itself can be. */
function themeOf(asked: string): string {
  if (asked === "light" || asked === "dark" || asked === "auto") return asked;
  const page = getComputedStyle(document.documentElement).colorScheme;
  if (!page.includes("dark")) return "light";
  return page.includes("light") ? "auto" : "dark";
}

/** Black or white, whichever is read more easily on a colour (WCAG 2.2, relative luminance). */
function isBright(colour: string): boolean {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179;
}

/** Where the visitor is and was, without what addresses carry behind ? and #. */
function visitOf(language: string, walked: string[]): () => Visit {
  const here = (): string => location.origin + location.pathname;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  /* Only from elsewhere: what came before on this site is the path. */
  const referrer = document.referrer.startsWith(location.origin) ? "" : document.referrer;
  return () => {
    if (walked.at(-1) !== here()) walked.push(here());
    walked.splice(0, walked.length - MOST_PAGES);
    try {
      sessionStorage.setItem("okno:path", json(walked));
    } catch {
      /* Forbidden storage: the path begins at this page. */
    }
    const title = document.title.slice(0, 160);
    return { page: here(), title, path: [...walked], referrer, language, zone };
  };
}

function walkedBefore(): string[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem("okno:path") ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** The script's own element. Modules have no `currentScript`: theirs is found by what it says. */
function ownScript(): HTMLScriptElement | null {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement) return current;
  return document.querySelector("script[data-key][src*='widget.js'], script[src*='widget.js?']");
}

/** Where Okno is and which chat is meant; null, and a word in the console, when that is not said. */
function addressOf(script: HTMLScriptElement | null): { origin: string; key: string } | null {
  const source = script?.src ? new URL(script.src) : null;
  const origin = script?.dataset["origin"] || source?.origin || "";
  const key = script?.dataset["key"] || source?.searchParams.get("key") || "";
  if (origin && key) return { origin, key };
  const missing = key ? "its address: load it with src, or say where Okno is in data-origin" : "its key: add data-key, or ?key= to the address";
  console.error(`Okno: the chat does not know ${missing}. See Settings, the channel, "Put it on a site".`);
  return null;
}

function start(script: HTMLScriptElement, origin: string, key: string): Public {
  const { lang = "", colour = "", corner = "", theme = "", mode = "" } = script.dataset;
  const language = speech(lang || document.documentElement.lang || navigator.language);
  const isPage = mode === "page";
  const store = new Store(key);
  const host = element();
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = sheets();
  host.lang = language.language;
  host.dataset["theme"] = themeOf(theme);
  if (isPage) host.dataset["mode"] = "page";
  const visit = visitOf(language.language, walkedBefore());
  const api = new Api(origin, key, store);
  const dress = (): void => {
    const chosen = colour || talk.about?.colour || store.get("colour");
    if (COLOUR.test(chosen)) {
      host.style.setProperty("--brand", chosen);
      host.style.setProperty("--on-brand", isBright(chosen) ? INK : PAPER);
      store.set("colour", chosen);
    }
    host.dataset["corner"] = (corner || talk.about?.corner) === "left" ? "left" : "right";
  };
  const talk: Talk = new Talk(api, store, visit, () => {
    dress();
    panel.render();
  });
  dress();
  const panel = new Panel(root, talk, store, language, isPage);
  settle(host);
  visit();
  if (isPage) panel.open();
  else if (talk.hasBegun) talk.wake();
  const okno: Public = {
    open: () => panel.open(),
    close: () => panel.close(),
    toggle: () => panel.toggle(),
    identify: (proof) => talk.identify(proof),
    logout: () => talk.logout(),
  };
  return Object.assign(host, { okno }).okno;
}

let named: Public | null = null;

/** An element with this id is no variable, and gives way; a variable of the page's own stays. */
function name(okno: Public): void {
  const there = Object.getOwnPropertyDescriptor(window, "Okno");
  if (there !== undefined && there.value !== named) return;
  Object.defineProperty(window, "Okno", { value: okno, configurable: true });
  named = okno;
}

/* An asynchronous script may come before the body, and must not hold up the page after it. */
const script = ownScript();
const address = BEGUN in window ? null : addressOf(script);
if (script !== null && address !== null) {
  Object.defineProperty(window, BEGUN, { value: true });
  const calls: ((okno: Public) => void)[] = [];
  const later = <T>(call: (okno: Public) => T | Promise<T>): Promise<T> =>
    new Promise((resolve) => calls.push((okno) => resolve(call(okno))));
  name({
    open: () => void later((okno) => okno.open()),
    close: () => void later((okno) => okno.close()),
    toggle: () => void later((okno) => okno.toggle()),
    identify: (proof) => later((okno) => okno.identify(proof)),
    logout: () => void later((okno) => okno.logout()),
  });
  const begin = (): void => {
    const okno = start(script, address.origin, address.key);
    name(okno);
    for (const call of calls) call(okno);
  };
  const idle = (): void => void setTimeout(begin, 0);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", idle);
  else idle();
}
