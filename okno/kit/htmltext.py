"""HTML of mail to the text a person sees: blocks as lines, quotations with "> ", hidden text out.

A scanner of its own, because the standard library's HTML parser needs quadratic time on crafted
input. It moves forward only, so the work is linear in the length of the input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

MAX_HTML = 1_000_000
MAX_OPEN = 500
MAX_QUOTES = 10

_NAME = re.compile(r"/?[a-zA-Z][^\s/>]{0,100}")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(style|color|bgcolor|background)\s{0,5}=\s{0,5}"
    r"""(?:"([^"]*+)"?|'([^']*+)'?|([^\s>"']+))""",
    re.I,
)
_PICTURE = re.compile(r"data:[\w/+.-]{0,60};base64,[A-Za-z0-9+/=%\s]{200,}")
_ANGLES = re.compile(r"<+(?=[^a-zA-Z/!?]|$)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SKIPPED = {
    name: re.compile(f"</{name}", re.I) for name in ("script", "style", "title", "textarea")
}
_INVISIBLE = " \t\r\n\xa0\u200b\u200c\u034f\xad\u2007\ufeff"
_VOID = {
    "br",
    "img",
    "hr",
    "meta",
    "link",
    "input",
    "area",
    "base",
    "col",
    "embed",
    "source",
    "wbr",
    "o:p",
}
_BLOCKS = {
    "div",
    "tr",
    "table",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "section",
    "article",
    "header",
    "footer",
    "center",
    "form",
    "fieldset",
    "address",
    "caption",
    "main",
    "aside",
    "nav",
    "figure",
    "body",
    "html",
    "head",
    "thead",
    "tbody",
    "tfoot",
    "li",
    "blockquote",
    "pre",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"}
_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0|"
    r"opacity\s*:\s*0?\.?0*\s*(?:[;!]|$)|(?:left|top|text-indent)\s*:\s*-\d{3,}(?:px|em|pt)"
)
_HIDDEN_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?:[\s=/>]|$)", re.I)
_SIZE = re.compile(r"font-size\s*:\s*([^;!]*)")
_NO_SIZE = re.compile(r"0+(?:\.0+)?(?:px|pt|em|rem|%)?\s*")
_TINY = re.compile(r"0*[01](?:\.\d+)?p[xt]\s*")
_COLOR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]*)")
_WHITE = re.compile(r"#fff(?:fff)?|white|transparent|rgba?\(255,255,255.*")
_PALE = re.compile(r"#(?:f[0-9a-f]){3}")
_GROUND = re.compile(
    r"background(?:-color|-image)?\s*:"
    r"(?!\s*(?:#fff(?:fff)?\b|white\b|none\b|transparent|inherit|initial))"
)


@dataclass(slots=True)
class Seen:
    """Visible text and whether there was text that a person would not see."""

    text: str
    hidden: bool
    cut: bool


@dataclass(slots=True)
class _Open:
    """An open element: what it inherits. `tiny` and `pale` text is kept but noticed."""

    name: str = ""
    gone: bool = False
    no_size: bool = False
    tiny: bool = False
    white: bool = False
    pale: bool = False
    painted: bool = False
    quotes: int = 0
    pre: bool = False


@dataclass(slots=True)
class _Page:
    """The growing text: lines, with the state of the element that is open."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=lambda: [_Open()])
    hidden: bool = False
    blanks: int = 1
    style_paints: bool = False

    @property
    def top(self) -> _Open:
        return self.stack[-1]

    def text(self, raw: str) -> None:
        text = unescape(raw) if "&" in raw else raw
        top = self.top
        unseen = top.gone or top.no_size or top.white
        if unseen or top.tiny or top.pale:
            self.hidden = self.hidden or bool(text.strip(_INVISIBLE))
        if unseen:
            return
        if self.top.pre:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for other in others:
                self.new_line(force=True)
                self.line.append(other)
            return
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (not self.line or self.line[-1].endswith(" ")):
            text = text[1:]
        if text:
            self.line.append(text)

    def new_line(self, force: bool = False) -> None:
        """End the line; an empty one counts only when `force` (a <br>)."""
        text = "".join(self.line).rstrip() if not self.top.pre else "".join(self.line)
        text = text.replace("\xa0", " ").rstrip()
        self.line = []
        if not text and not force:
            return
        self._put(text)

    def gap(self) -> None:
        """An empty line between paragraphs, never two."""
        self.new_line()
        if self.blanks == 0:
            self._put("")

    def _put(self, text: str) -> None:
        self.blanks = 0 if text else self.blanks + 1
        if self.blanks < 3:
            prefix = "> " * self.top.quotes
            self.lines.append((prefix + text).rstrip() if prefix else text)


def seen(html: str) -> Seen:
    """Text of `html` as a person sees it; at most MAX_HTML characters are read. Never raises."""
    if len(html) > MAX_HTML:
        html = _PICTURE.sub("data:,", html)
    cut = len(html) > MAX_HTML
    html = html[:MAX_HTML].replace("\0", "")
    page = _Page()
    position = 0
    while position < len(html):
        start = html.find("<", position)
        if start < 0:
            page.text(html[position:])
            break
        if start > position:
            page.text(html[position:start])
        position = _markup(html, start, page)
    page.new_line()
    while page.lines and not page.lines[-1].strip("> "):
        page.lines.pop()
    return Seen("\n".join(page.lines).strip("\n"), page.hidden, cut)


def _markup(html: str, start: int, page: _Page) -> int:
    """Handle the markup at `start`; where the text goes on."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        return len(html) if end < 0 else end + 3
    if html.startswith(("<!", "<?"), start):
        end = html.find(">", start)
        return len(html) if end < 0 else end + 1
    match = _NAME.match(html, start + 1)
    if match is None:
        angles = _ANGLES.match(html, start)
        end = angles.end() if angles else start + 1
        page.text(html[start:end])
        return end
    name = match.group().lower()
    end = _tag_end(html, match.end())
    if name.startswith("/"):
        _close(name[1:], page)
    elif name in _SKIPPED:
        return _skip(html, name, end, page)
    else:
        _open(name, html[match.end() : min(end, match.end() + 10_000)], page)
    return end


def _tag_end(html: str, position: int) -> int:
    """Position after the ">" of a tag; a ">" inside a quoted attribute does not count."""
    plain = html.find(">", position)
    if plain < 0:
        return len(html)
    inside = html[position:plain]
    if inside.count('"') % 2 == 0 and inside.count("'") % 2 == 0:
        return plain + 1
    quote = '"' if inside.count('"') % 2 else "'"
    closing = html.find(quote, plain, plain + 5_000)
    end = html.find(">", closing) if closing >= 0 else -1
    between = html[closing + 1 : end] if end >= 0 else "<"
    return plain + 1 if "<" in between or "=" in inside.rpartition(quote)[2] else end + 1


def _skip(html: str, name: str, position: int, page: _Page) -> int:
    """Jump over an element whose content is not text; without an end it swallows the rest."""
    end = _SKIPPED[name].search(html, position)
    stop = end.start() if end else len(html)
    if name == "style" and "background" in html[position : min(stop, position + 50_000)].lower():
        page.style_paints = True
    return stop


def _open(name: str, attributes: str, page: _Page) -> None:
    if name == "br":
        page.new_line(force=True)
        return
    if name == "hr":
        page.new_line()
        page.line.append("-----")
        page.new_line()
        return
    if name in _PARAGRAPHS:
        page.gap()
    elif name in _BLOCKS:
        page.new_line()
    if name == "li" and not page.top.gone:
        page.line.append("- ")
    elif name in ("td", "th") and page.line:
        page.line.append(" ")
    if name in _VOID or (attributes.endswith("/>") and name not in _BLOCKS):
        return
    if len(page.stack) < MAX_OPEN:
        page.stack.append(_state(name, attributes, page))


def _state(name: str, attributes: str, page: _Page) -> _Open:
    """What the new element shows, from its style and what it inherits."""
    top = page.top
    found = {
        key.lower(): (double or single or bare)
        for key, double, single, bare in _ATTRIBUTE.findall(attributes)
    }
    style = unescape(found.get("style", "")).lower()
    new_ground = "bgcolor" in found or "background" in found or bool(_GROUND.search(style))
    painted = top.painted or page.style_paints or new_ground
    color = _COLOR.search(style)
    ink = (color.group(1) if color else found.get("color", "")).replace(" ", "").lower()
    sized = _SIZE.search(style)
    size = sized.group(1) if sized else ""
    # A table does not inherit the size where there is no doctype, as in most mail.
    inherits = not sized and name != "table"
    gone = name == "template" or bool(_GONE.search(style) or _HIDDEN_ATTRIBUTE.search(attributes))
    return _Open(
        name=name,
        gone=top.gone or gone,
        no_size=top.no_size if inherits else bool(_NO_SIZE.fullmatch(size)),
        tiny=top.tiny if inherits else bool(_TINY.fullmatch(size)),
        white=not painted and (bool(_WHITE.fullmatch(ink)) if ink else top.white),
        pale=not painted and (bool(_PALE.fullmatch(ink)) if ink else top.pale),
        painted=painted,
        quotes=min(top.quotes + (name == "blockquote"), MAX_QUOTES),
        pre=top.pre or name == "pre",
    )


def _close(name: str, page: _Page) -> None:
    if name in _BLOCKS:
        page.new_line()
    for index in range(len(page.stack) - 1, max(0, len(page.stack) - 20), -1):
        if page.stack[index].name == name:
            del page.stack[index:]
            break
    if name in _PARAGRAPHS:
        page.gap()


def to_text(html: str) -> str:
    """The visible text of `html`."""
    return seen(html).text
