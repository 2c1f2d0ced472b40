"""HTML of strangers made fit to show, HTML of our editor made fit to send.

The second wall behind it is the sandboxed frame with its own content security policy.
"""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape

import nh3
from django.utils.html import urlize

from okno.kit.html_weight import too_heavy
from okno.kit.htmltext import to_text as html_to_text

__all__ = [
    "html_to_text",
    "outgoing_html",
    "remote_images",
    "safe_html",
    "text_to_html",
    "with_links",
]

Rewrite = Callable[[str], str]

# The text of a letter that is too heavy to be shown as HTML is read so far.
MAX_TEXT_VIEW = 300_000
MAX_STYLE = 5_000
_LINK_REL = "noopener noreferrer nofollow"

_TAGS = {
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "i", "img", "ins", "kbd", "li", "main", "mark", "ol", "p", "pre", "q", "s", "samp", "section",
    "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_OUTGOING_TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h3", "i", "img", "li", "ol", "p", "pre",
    "s", "span", "strong", "u", "ul",
}  # fmt: skip
# Removed with all they hold; other unknown elements leave their text.
_REMOVED = {
    "applet", "audio", "canvas", "embed", "frameset", "iframe", "math", "noembed", "noframes",
    "noscript", "object", "option", "plaintext", "script", "select", "style", "svg", "template",
    "textarea", "title", "video", "xmp",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"align", "bgcolor", "class", "dir", "height", "id", "lang", "style", "title", "valign",
          "width"},
    "a": {"href"}, "img": {"alt", "src"}, "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"}, "ol": {"start", "type"}, "li": {"value"},
    "td": {"colspan", "nowrap", "rowspan"}, "th": {"colspan", "nowrap", "rowspan"},
    "col": {"span"}, "colgroup": {"span"}, "blockquote": {"type"},
}  # fmt: skip
_OUTGOING_ATTRIBUTES = {"a": {"href"}, "img": {"alt", "height", "src", "width"}, "ol": {"start"}}
_SOURCES = {"*": {"background", "style"}, "img": {"src", "srcset"}}
_NUMBERS = {
    "border", "cellpadding", "cellspacing", "colspan", "height", "rowspan", "span", "start",
    "value", "width",
}  # fmt: skip
_FREE = {"alt", "title"}
_PROPERTIES = {
    "background", "background-color", "border-collapse", "border-radius", "border-spacing", "clear",
    "color", "direction", "display", "float", "font", "font-family", "font-size", "font-style",
    "font-weight", "height", "letter-spacing", "line-height", "list-style-type", "max-height",
    "max-width", "min-height", "min-width", "overflow-wrap", "table-layout", "text-align",
    "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width",
    "word-break", "word-wrap",
}  # fmt: skip
_SIDES = re.compile(
    r"(?:margin|padding)(?:-(?:top|right|bottom|left))?"
    r"|border(?:-(?:top|right|bottom|left))?(?:-(?:width|style|color))?"
)
# No backslash (escapes), no colon, no function but colours: nothing can be loaded or hidden in it.
_CSS_VALUE = re.compile(r"(?:[\w\s#%.,+'\"/!-]|(?:rgba?|hsla?)\([\d\s.,%/]*\))*", re.I | re.A)
_DISPLAY = re.compile(r"(?:none|block|inline(?:-block)?|list-item|table[a-z-]*)(?: *!important)?")
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\x00-\x1f\x7f]", re.I)
_REMOTE = re.compile(r"(?:https?:)?//[^\s/]", re.I)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[\w+/=\s]*", re.I | re.A)
_CID = re.compile(r"cid:[\w.@+-]{1,200}", re.A)
_PLAIN = re.compile(r"[\w #%.,'()+-]{0,200}")
_CSS_URL = re.compile(r"url\(\s*+['\"]?\s*([^'\")\s]{1,2000})", re.I)
# Gmail, Yahoo, Proton, Tutanota, Zoho, Outlook for Mac, in this order.
_QUOTE_CLASS = re.compile(
    r"gmail_quote\w*|(?:\w*?yiv\d+|ydp\w+?)?yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra"
    r"|OutlookMessageHeader"
)
# Outlook on the web and the new Outlook: the quoted letter follows this header.
_QUOTE_ID = {"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container"}
# Outlook for Windows and Apple's Outlook: the line above the header of the quoted letter.
_QUOTE_LINE = re.compile(r'style="[^"]*border-top: ?solid #(?:E1E1E1|B5C4DF) 1\.0pt', re.I)
_TOKEN = re.compile(r'<(?P<end>/?)(?P<name>[a-z0-9]+)(?P<more>(?: [a-z-]+="[^"]*")*)>')
_EMPTY = {"br", "col", "hr", "img", "wbr"}
_MAY_LINK = re.compile(r"""[^\s<>"'][.@:][^\s<>"']""")


def safe_html(html: str, *, cid: Rewrite | None = None, remote: Rewrite | None = None) -> str:
    """`html` of a letter with nothing in it that runs, loads, or leaves its place.

    `cid` gives the address for the picture of a Content-ID (RFC 2392), `remote` the address of our
    proxy for a picture elsewhere; without them such pictures have no source. Quoted letters are
    folded in `<details class="quoted">`. HTML over the limits comes back as its text.
    """
    if too_heavy(html):
        return text_to_html(html_to_text(html[:MAX_TEXT_VIEW]))

    def picture(source: str) -> str | None:
        if source[:4].lower() == "cid:":
            return cid(unescape(source[4:].strip())) if cid else None
        if _REMOTE.match(source):
            return remote("https:" + source if source[0] == "/" else source) if remote else None
        return source if _PICTURE.fullmatch(source) else None

    return _fold(_clean(html, _TAGS, _ATTRIBUTES, _filter(picture)))


def outgoing_html(html: str) -> str:
    """What an agent's editor sent, reduced to simple text forms, links and pictures by cid."""
    if too_heavy(html):
        return text_to_html(html_to_text(html[:MAX_TEXT_VIEW]))

    def picture(source: str) -> str | None:
        return source if _CID.fullmatch(source) else None

    return _clean(html, _OUTGOING_TAGS, _OUTGOING_ATTRIBUTES, _filter(picture))


def remote_images(html: str) -> list[str]:
    """Addresses on other servers that `html` would load as pictures; each once, in order."""
    found: dict[str, None] = {}

    def note(tag: str, name: str, value: str) -> None:
        if tag not in _TAGS or name not in {"src", "srcset", "background", "style"}:
            return
        if name == "style":
            sources = _CSS_URL.findall(value)
        elif name == "srcset":
            sources = [each.split()[0] for each in value.split(",") if each.strip()]
        else:
            sources = [value.strip()]
        found.update((each, None) for each in sources if _REMOTE.match(each))

    if not too_heavy(html):
        _clean(html, _TAGS, _SOURCES, note)
    return list(found)


def text_to_html(text: str) -> str:
    """`text` as paragraphs; addresses of pages and mailboxes become links."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text)]
    return "".join(
        "<p>" + "".join(_linked(part)).replace("\n", "<br>") + "</p>"
        for part in paragraphs
        if part.strip()
    )


def with_links(text: str) -> str:
    """`text` escaped, with Django's links (`urlize`), which are looked for only where there may be
    some: each needs a dot, an @ or a colon inside a word."""
    if _MAY_LINK.search(text):
        return str(urlize(text, nofollow=True, autoescape=True))
    return escape(text)


def _clean(
    html: str,
    tags: set[str],
    attributes: dict[str, set[str]],
    attribute_filter: Callable[[str, str, str], str | None],
) -> str:
    return nh3.clean(
        html,
        tags=tags,
        clean_content_tags=_REMOVED,
        attributes=attributes,
        attribute_filter=attribute_filter,
        link_rel=_LINK_REL,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    )


def _filter(picture: Callable[[str], str | None]) -> Callable[[str, str, str], str | None]:
    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value.strip() if tag == "a" and _LINK.match(value.strip()) else None
        if name == "src":
            return picture(value.strip()) if tag == "img" else None
        return _attribute(name, value)

    return keep


def _attribute(name: str, value: str) -> str | None:
    if name == "style":
        return _style(value)
    if name == "class":
        return "quote" if any(_QUOTE_CLASS.fullmatch(each) for each in value.split()) else None
    if name == "id":
        return value if value in _QUOTE_ID else None
    if name in _NUMBERS:
        return value if re.fullmatch(r"\s*\d{1,4}(?:\.\d+)?\s*+(?:%|px)?\s*", value) else None
    if name in _FREE or _PLAIN.fullmatch(value):
        return value
    return None


def _style(style: str) -> str | None:
    kept = []
    for declaration in style[:MAX_STYLE].split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if _harmless(name, value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept) or None


def _harmless(name: str, value: str) -> bool:
    if name not in _PROPERTIES and not _SIDES.fullmatch(name):
        return False
    if not _CSS_VALUE.fullmatch(value) or value.count('"') % 2 or value.count("'") % 2:
        return False
    if name == "display":
        return _DISPLAY.fullmatch(value.lower()) is not None
    # Negative distances would move text over other text.
    return not (name.startswith(("margin", "text-indent")) and "-" in value)


def _fold(html: str) -> str:
    """Wrap each outermost quotation; open when there is nothing else to read."""
    spans = list(_quotes(html))
    if not spans:
        return html
    starts = [*(start for start, _ in spans), len(html)]
    outside = [html[a:b] for a, b in zip([0, *(end for _, end in spans)], starts, strict=True)]
    said = any("<img" in part or unescape(_TOKEN.sub("", part)).strip() for part in outside)
    head = '<details class="quoted">' if said else '<details class="quoted" open="">'
    pieces = [outside[0]]
    for (start, end), rest in zip(spans, outside[1:], strict=True):
        pieces += [head, "<summary>\u2026</summary>", html[start:end], "</details>", rest]
    return "".join(pieces)


def _quotes(html: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each outermost quotation in `html`, which is the sanitiser's own output."""
    opened: list[re.Match[str]] = []
    begin, outer, follows = -1, 0, False
    for token in _TOKEN.finditer(html):
        if token["end"]:
            if begin >= 0 and len(opened) == outer + (not follows):
                yield begin, token.start() if follows else token.end()
                begin = -1
            del opened[-1:]
            continue
        if begin < 0:
            follows = _is_header(token)
            if follows or _is_quote(token):
                begin, outer = token.start(), len(opened)
                if follows and _opens_with(html, opened, begin):
                    # Outlook puts its header alone into a <div>; the letter comes after that.
                    begin, outer = opened[-1].start(), outer - 1
        if token["name"] not in _EMPTY:
            opened.append(token)
    if begin >= 0:
        yield begin, len(html)


def _opens_with(html: str, opened: list[re.Match[str]], begin: int) -> bool:
    if not opened or opened[-1]["name"] != "div":
        return False
    return not html[opened[-1].end() : begin].strip()


def _is_header(token: re.Match[str]) -> bool:
    return token["name"] == "div" and (
        ' id="' in token["more"] or _QUOTE_LINE.search(token["more"]) is not None
    )


def _is_quote(token: re.Match[str]) -> bool:
    if token["name"] == "blockquote":
        # Gmail's and Outlook's "indent" is a blockquote with a style that draws no line.
        return "border: none" not in token["more"] or 'class="quote"' in token["more"]
    return token["name"] in ("div", "section") and 'class="quote"' in token["more"]


_ADDRESS = re.compile(
    r"(?P<page>https?://[^\s<>\"']{1,2000})"
    r"|(?<![\w.+-])(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.I,
)


def _linked(text: str) -> Iterator[str]:
    position = 0
    for found in _ADDRESS.finditer(text):
        address = found.group().rstrip(".,;:!?*_»”’")
        if address.endswith(")") and "(" not in address:
            address = address[:-1]
        target = address if found["page"] else "mailto:" + address
        yield escape(text[position : found.start()])
        yield f'<a href="{escape(target)}" rel="{_LINK_REL}" target="_blank">{escape(address)}</a>'
        position = found.start() + len(address)
    yield escape(text[position:])
