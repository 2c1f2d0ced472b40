const TAG = "okno-chat";
/* A page that takes the chat out again and again means it. */
const MOST_RETURNS = 30;

/** Defined, or the many sites with a rule for `:not(:defined)` would hide it. */
export function element(): HTMLElement {
  if (!customElements.get(TAG)) customElements.define(TAG, class extends HTMLElement {});
  return document.createElement(TAG);
}

/** Puts the chat beside the body, which routers (Turbo and others) replace and sites transform, and
    back when the page has thrown it out with all the rest. */
export function settle(host: HTMLElement): void {
  let returns = 0;
  const put = (): void => {
    /* Turbo shows copies of pages that it kept, with a copy of the chat that does nothing. */
    for (const other of document.querySelectorAll(TAG)) if (other !== host) other.remove();
    if (!host.isConnected && returns++ < MOST_RETURNS) document.documentElement.append(host);
  };
  put();
  new MutationObserver(put).observe(document, { childList: true });
  new MutationObserver(put).observe(document.documentElement, { childList: true });
}
