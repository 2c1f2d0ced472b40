/** What the server sends: a conversation's number, if it is about one, and which parts changed. */
export interface Hint {
  readonly conversation?: number;
  readonly parts: readonly string[];
}

/** From the shared worker to a page: the text of a hint as it came, or the state of the stream. */
export type ToPage =
  | { readonly kind: "hint"; readonly text: string }
  | { readonly kind: "state"; readonly state: "open" | "lost" | "reload" };

export type ToWorker = { readonly kind: "join"; readonly stream: string } | { readonly kind: "leave" };

/** Reads the data of a stream's entry; null if it is no hint of ours. */
export function readHint(text: string): Hint | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("parts" in value)) return null;
  const { parts } = value;
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string")) return null;
  if (!("conversation" in value)) return { parts };
  return typeof value.conversation === "number" ? { conversation: value.conversation, parts } : null;
}
