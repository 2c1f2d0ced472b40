"""How much work a piece of HTML would make for a sanitiser, told in linear time.

A parser that follows the standard needs quadratic time for deep nesting, for formatting elements
opened again in each new paragraph (HTML, 13.2.4.3: 48 kB of `<font>` take a second), for content
that stands in a table but in no cell (800 kB: 11 s) and for many attributes on one tag. The
figures here are upper bounds: wherever this scanner and a parser could disagree, an element counts
as still open, or the whole text as uncertain, which only a short one may be. In a short text end
tags are taken as they are meant, so that careless letters (`<li><p>` never closed) are shown.
"""

import re

MAX_LENGTH = 1_000_000
MAX_DEPTH = 1_000
MAX_ATTRIBUTES = 1_000
MAX_REOPENED = 1_000_000
MAX_ENTITIES = 50_000
# Characters of one text that are written as entities: ammonia moves the rest of it for each.
MAX_ESCAPED = 5_000
MAX_UNMATCHED = 20_000_000
MAX_UNCERTAIN = 10_000

_ATTRIBUTE = (
    r"[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+"
    r"""(?:"[^"]*+"|'[^']*+'|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+|(?=>)))?+"""
)
# The tokens of HTML, 13.2.5; a tag that never ends takes the rest with it.
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?:[!?]|/(?![a-zA-Z]))[^>]*+>?"
    rf"|<(?P<end>/?)(?P<name>[a-zA-Z][^ \t\n\f\r/>]*+)(?P<more>(?:[ \t\n\f\r/]++|{_ATTRIBUTE})*+)>"
    r"|</?[a-zA-Z].*+",
    re.S,
)
_ONE_ATTRIBUTE = re.compile(_ATTRIBUTE)
# Identical ones are opened again three times at most (HTML, "Noah's Ark clause"). A new <a> closes
# the one before, so <a> does not add up.
_FORMATTING = re.compile(
    r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])"
    r"""(?P<plain>(?:\s++[\w-]++(?:=(?:"[^"<>]*+"|'[^'<>]*+'|[\w#%.,-]++))?+)*+\s*+>)?""",
    re.I,
)
_RAW = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
# In these the names above may be ordinary elements.
_FOREIGN = {"svg", "math", "select"}
_UNCERTAIN = re.compile(r"<noscript|<plaintext|<!\[CDATA\[|<script[^<]*<!--", re.I)
_PARENTS = {
    "tr": {"table", "tbody", "thead", "tfoot"}, "td": {"tr"}, "th": {"tr"}, "tbody": {"table"},
    "thead": {"table"}, "tfoot": {"table"}, "caption": {"table"}, "colgroup": {"table"},
    "col": {"table", "colgroup"},
}  # fmt: skip
_TABLE = {"table", "tbody", "thead", "tfoot", "tr", "colgroup"}
# Without content; and those that a fragment's parser passes over.
_SINGLE = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "html", "head", "body",
}  # fmt: skip
_CLOSED_BY_SAME = {"p", "li", "dd", "dt"}


class _Heavy(Exception):
    """Over a limit, whatever follows."""


def too_heavy(html: str) -> bool:
    """Whether `html` is longer, deeper or more work than a sanitiser should be given."""
    marks = html.count("<")
    if len(html) > MAX_LENGTH or html.count("&") > MAX_ENTITIES:
        return True
    if any(text.count("&") + text.count("\xa0") > MAX_ESCAPED for text in html.split("<")):
        return True
    if marks * _formatting(html) > MAX_REOPENED:
        return True
    scan = _Scan(html, trusting=marks <= MAX_UNCERTAIN)
    try:
        scan.run()
    except _Heavy:
        return True
    return scan.uncertain and marks > MAX_UNCERTAIN


def _formatting(html: str) -> int:
    """How many formatting elements a parser can have to open again at once, at most."""
    seen: dict[str, int] = {}
    odd = 0
    for found in _FORMATTING.finditer(html):
        if found["plain"] is None:
            odd += 1
        else:
            seen[found.group()] = seen.get(found.group(), 0) + 1
    return odd + sum(min(3, count) for count in seen.values())


class _Scan:
    """The elements open at each place, at least those that a parser has open there."""

    def __init__(self, html: str, trusting: bool) -> None:
        self._html, self._trusting = html, trusting
        self._stack: list[str] = [""]
        self._tables = self._foreign = self._unmatched = 0
        self.uncertain = _UNCERTAIN.search(html) is not None

    def run(self) -> None:
        """Go through the tokens; _Heavy as soon as a limit is passed."""
        position = 0
        while token := _TOKEN.search(self._html, position):
            if self._stack[-1] in _TABLE and self._html[position : token.start()].strip():
                self.uncertain = True
            position = token.end()
            if token["name"] is None:
                self._other(token)
                continue
            name = token["name"].lower() if token["name"].isascii() else token["name"]
            self._attributes(token["more"])
            if token["end"]:
                self._close(name)
            else:
                self._open(name)
                if name in _RAW:
                    position = self._skip(name, position)

    def _other(self, token: re.Match[str]) -> None:
        if token.group()[1] not in "!?/" and len(token.group()) > 5_000:
            raise _Heavy

    def _attributes(self, text: str) -> None:
        if len(text) > 2 * MAX_ATTRIBUTES and len(_ONE_ATTRIBUTE.findall(text)) > MAX_ATTRIBUTES:
            raise _Heavy

    def _open(self, name: str) -> None:
        top = self._stack[-1]
        if name in _PARENTS:
            self.uncertain = self.uncertain or top not in _PARENTS[name]
        elif top in _TABLE:
            self.uncertain = True
        if name in _SINGLE or (name == top and name in _CLOSED_BY_SAME):
            return
        self._stack.append(name)
        self._tables += name == "table"
        self._foreign += name in _FOREIGN
        if len(self._stack) > MAX_DEPTH:
            raise _Heavy

    def _close(self, name: str) -> None:
        if name in _SINGLE:
            return
        if self._stack[-1] == name:
            self._drop(len(self._stack) - 1)
            return
        self.uncertain = self.uncertain or self._tables > 0
        self._unmatched += len(self._stack)
        if self._unmatched > MAX_UNMATCHED:
            raise _Heavy
        if self._trusting and name in self._stack:
            self._drop(len(self._stack) - 1 - self._stack[::-1].index(name))

    def _drop(self, place: int) -> None:
        for name in self._stack[place:]:
            self._tables -= name == "table"
            self._foreign -= name in _FOREIGN
        del self._stack[place:]

    def _skip(self, name: str, position: int) -> int:
        """Where the text in an element of raw text ends: before its own end tag."""
        if self._foreign:
            self.uncertain = True
        end = re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.I | re.A).search(self._html, position)
        return end.start() if end else len(self._html)
