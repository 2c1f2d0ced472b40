/** JSON of plain values. Written by hand, because a host page may have given Array.prototype a
    `toJSON` of its own (Prototype 1.x), which JSON.stringify obeys. */
export function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const pairs = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${pairs.map(([name, each]) => `${JSON.stringify(name)}:${json(each)}`).join(",")}}`;
}
