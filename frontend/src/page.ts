import htmx from "htmx.org";

export { htmx };

/** Calls `act` for each element that matches now and for each that a swap brings later. */
export function onEach<T extends Element>(
  selector: string,
  kind: new () => T,
  act: (element: T) => void,
): void {
  const scan = (root: Element): void => {
    for (const element of [root, ...root.querySelectorAll(selector)]) {
      if (element instanceof kind && element.matches(selector)) act(element);
    }
  };
  const start = (): void => scan(document.body);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  htmx.onLoad((root) => scan(root));
}

/** The nearest matching ancestor of an event's target, itself included. */
export function closest<T extends Element>(
  event: Event,
  selector: string,
  kind: new () => T,
): T | null {
  const found = event.target instanceof Element ? event.target.closest(selector) : null;
  return found instanceof kind ? found : null;
}

export function isShown(element: Element): boolean {
  return element.checkVisibility({ visibilityProperty: true });
}
