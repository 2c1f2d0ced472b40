/** Elements by hand: no HTML is ever parsed, so any policy of the host page allows it. */
type Child = Node | string | null | undefined | false;
type Handler = (event: Event) => void;
type Value = string | number | boolean | Handler | undefined;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon from the text of its SVG file. */
export function icon(source: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const inside = source.slice(source.indexOf(">", source.indexOf("<svg")));
  for (const [, tag = "", rest = ""] of inside.matchAll(/<(\w+)([^>]*)\/>/g)) {
    const part = document.createElementNS(SVG, tag);
    for (const [, name = "", value = ""] of rest.matchAll(/([\w-]+)="([^"]*)"/g)) {
      part.setAttribute(name, value);
    }
    svg.append(part);
  }
  return svg;
}

const LINK = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,:;!?)\]}'’]/g;

/** Text with its web addresses as links. */
export function linked(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(at, found.index));
    const attributes = { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow" };
    parts.push(h("a", attributes, found[0]));
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== "");
}

/** Draws a picture without an address: the host's policy may forbid every image source. */
export async function draw(blob: Blob, canvas: HTMLCanvasElement, widest: number): Promise<void> {
  const picture = await createImageBitmap(blob);
  const scale = Math.min(1, (widest * devicePixelRatio) / picture.width);
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
}

/** Saves bytes as a file on the visitor's machine. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
