/* The browser knows the time zone: an agent who has chosen none gets it with the first page. Chromium
   in a container says "UTC", others "Etc/UTC". */

export function startZone(): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (!timeZone) return;
  const zone = /^(Etc\/)?(UTC|GMT|UCT|Zulu|Universal)$/.test(timeZone) ? "UTC" : timeZone;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `okno_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}
