/* Only for the stories: icons by <i data-icon="reply">, the theme and the language by the address. */
const wanted = new URLSearchParams(location.search);
if (wanted.has("theme")) document.documentElement.dataset.theme = wanted.get("theme");
if (wanted.get("lang") === "en") {
  document.documentElement.lang = "en";
  for (const element of document.querySelectorAll("[data-en]")) {
    const words = element.dataset.en;
    if (element.matches("input, textarea")) element.placeholder = words;
    else if (element.childElementCount === 0) element.textContent = words;
    else [...element.childNodes].findLast((node) => node.nodeType === 3 && node.data.trim()).data = words;
  }
  for (const element of document.querySelectorAll("[data-en-label]")) {
    element.setAttribute("aria-label", element.dataset.enLabel);
  }
}
for (const place of document.querySelectorAll("i[data-icon]")) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/okno/console/static/okno/icons.svg#${place.dataset.icon}`);
  svg.setAttribute("class", place.dataset.icon === "mark" ? "mark" : "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  place.replaceWith(svg);
}
for (const link of document.querySelectorAll("a[data-story]")) link.search = location.search;
