import { htmx } from "./page.ts";

/* A conversation opened from the list changes nothing in the list but which row is marked, so the
   server is told that the list stays and need not write it again. */

function openRow(source: Element | undefined): HTMLElement | null {
  return source instanceof HTMLElement && source.matches("[data-row]") ? source : null;
}

/** A draft that was typed shows in the row of its conversation: then the list comes anew. */
function hasDraft(): boolean {
  return (document.querySelector("#draft-state")?.textContent ?? "") !== "";
}

/** The address of a thing of the list, with the conversation that is open now. */
function withOpen(address: string, number: string): string {
  const [path = "", query = ""] = address.split("?");
  const given = new URLSearchParams(query);
  given.set("open", number);
  return `${path}?${given}`;
}

function mark(row: HTMLElement): void {
  for (const other of document.querySelectorAll("[data-row][aria-current]")) {
    other.removeAttribute("aria-current");
  }
  row.setAttribute("aria-current", "true");
  row.classList.remove("is-unread");
  const number = row.closest("li")?.id.replace("row-", "") ?? "";
  const list = document.querySelector<HTMLElement>("#list");
  if (list?.dataset["liveUrl"]) list.dataset["liveUrl"] = withOpen(list.dataset["liveUrl"], number);
  const many = document.querySelector("#many");
  for (const name of ["action", "hx-post"]) {
    const address = many?.getAttribute(name);
    if (address) many?.setAttribute(name, withOpen(address, number));
  }
}

export function startRows(): void {
  htmx.on("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (openRow(ctx.sourceElement) && !hasDraft()) ctx.request.headers["Okno-List"] = "stays";
  });
  htmx.on("htmx:after:swap", (event) => {
    const row = openRow(event.detail.ctx.sourceElement);
    if (row?.isConnected) mark(row);
  });
}
