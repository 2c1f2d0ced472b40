import { htmx } from "./page.ts";

/** Keeps the number of [data-title-count="12"] in front of the page's title: "(12) Inbox". */
function showCount(): void {
  const count = document.querySelector<HTMLElement>("[data-title-count]")?.dataset["titleCount"];
  const bare = document.title.replace(/^\(\d+\) /, "");
  const title = count === undefined || count === "0" || count === "" ? bare : `(${count}) ${bare}`;
  if (title !== document.title) document.title = title;
}

export function startTitle(): void {
  showCount();
  htmx.on("htmx:after:swap", showCount);
}
