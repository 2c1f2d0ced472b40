import { onEach } from "./page.ts";

/** On a phone the tabs are pushed sideways: the one that is open must not be out of sight. */
export function startTabs(): void {
  onEach(".tabs > [aria-current]", HTMLElement, (tab) => {
    const row = tab.parentElement;
    if (row === null) return;
    const [here, whole] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += here.left - whole.left - (whole.width - here.width) / 2;
  });
}
