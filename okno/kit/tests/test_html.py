"""Attack classes B01 (without a browser), B09, B10 and B11."""

import re
import time
from html import unescape
from html.parser import HTMLParser

import pytest
from django.utils.html import urlize
from hypothesis import given
from hypothesis import strategies as st

from okno.kit.html import (
    html_to_text,
    outgoing_html,
    remote_images,
    safe_html,
    text_to_html,
    with_links,
)  # fmt: skip
from okno.kit.html_weight import too_heavy
from okno.kit.tests.vectors import OVERLAYS, vectors

VECTORS = list(vectors())
CANONICAL = re.compile(r"(?:[^<>]|</?[a-z0-9]+(?: [a-z-]+=\"[^\"<>]*\")*>)*")
ALLOWED_TAGS = set(
    "a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd "
    "del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img "
    "ins kbd li main mark ol p pre q s samp section small span strike strong sub summary sup table "
    "tbody td tfoot th thead tr tt u ul var wbr".split()
)  # fmt: skip
LOADING = {"src", "srcset", "background", "poster", "data", "action", "formaction", "cite", "ping"}
FORBIDDEN_CSS = re.compile(
    r"url|expression|import|position|z-index|-webkit|opacity|transform|\\|inset|content|animation|"
    r"filter|var\(|calc|attr|mask|clip|behavior|margin[a-z-]*:[^;]*-|indent:[^;]*-|flex|[{}@]",
    re.I,
)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def assert_harmless(html: str, vector: str) -> None:
    """The output has one reading only, and nothing in it runs, loads or leaves its place."""
    assert CANONICAL.fullmatch(html), (vector, html)
    for tag, attributes in Tags(html).found:
        assert tag in ALLOWED_TAGS, (vector, html)
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in LOADING - {"src"}, (vector, html)
            if name == "href":
                assert re.match(r"(https?://|mailto:|tel:)", value, re.I), (vector, html)
            if name == "src":
                assert value.startswith("data:image/") and "svg" not in value, (vector, html)
            if name == "style":
                assert not FORBIDDEN_CSS.search(value), (vector, html)
        if tag == "a":
            assert attributes["rel"] == "noopener noreferrer nofollow"
            assert attributes["target"] == "_blank"


def test_B01_corpus_is_large_and_seen_by_the_check() -> None:
    assert len(set(VECTORS)) >= 300
    for vector in (
        "<script>alert(1)</script>",
        "<b onclick=x>",
        '<img src="x">',
        "<style>",
        '<a href="javascript:alert(1)">',
        '<p style="position: fixed">',
        "<p title='>'>",
    ):
        with pytest.raises((AssertionError, KeyError)):
            assert_harmless(vector, vector)


@pytest.mark.parametrize("show", [safe_html, outgoing_html])
def test_B01_nothing_executable_survives(show) -> None:
    for vector in VECTORS:
        assert_harmless(show(vector), vector)


def test_B01_nor_does_it_twice_or_surrounded() -> None:
    for vector in VECTORS:
        once = safe_html(f"<p>one</p><table><tr><td>{vector}</td></tr></table><blockquote>{vector}")
        assert_harmless(once, vector)
        assert_harmless(safe_html(unescape(once)), vector)


def test_B01_text_is_only_text() -> None:
    for vector in VECTORS:
        assert_harmless(text_to_html(vector), vector)


@pytest.mark.parametrize("style", OVERLAYS)
def test_B10_styles_that_leave_their_place(style: str) -> None:
    shown = safe_html(f'<div style="{style.replace(chr(34), "")}; color: #123456">x</div>')
    assert_harmless(shown, style)


@pytest.mark.parametrize(
    "style",
    [
        "color: red", "background-color: rgb(1, 2, 3)", "background: #fff", "font: 12px/1.5 'A B'",
        "margin: 0 auto", "padding-left: 1em", "border-top: solid #E1E1E1 1.0pt", "width: 100%",
        "font-family: Arial, \"Segoe UI\", sans-serif", "display: none", "text-align: center",
        "border-left-color: rgba(0,0,0,.5)", "letter-spacing: -0.5px", "color: red !important",
    ],
)  # fmt: skip
def test_ordinary_styles_stay(style: str) -> None:
    shown = safe_html(
        f"<p style='{style}'>x</p>" if "'" not in style else f'<p style="{style}">x</p>'
    )
    assert unescape(shown) == f'<p style="{style}">x</p>'


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>да <b>нет</b></p>", "<p>да <b>нет</b></p>"), ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("<html><head><title>t</title><style>p{}</style></head><body><p>x</body></html>", "<p>x</p>"),
        ("<table><tr><td colspan=2 bgcolor=#fff width=50%>x</table>",
         '<table><tbody><tr><td colspan="2" bgcolor="#fff" width="50%">x</td></tr></tbody></table>'),
        ("<td rowspan=65534>x</td>", "x"), ("<p class=a id=b name=c>x</p>", "<p>x</p>"),
        ("<p>a<!-- b -->c</p>", "<p>ac</p>"), ("<o:p>x</o:p>", "x"), ("", ""),
    ],
)  # fmt: skip
def test_ordinary_letters_stay(html: str, shown: str) -> None:
    assert safe_html(html) == shown


REMOTE = """<img src="https://t.test/1.gif"><img src="//t.test/2.gif" srcset="https://t.test/3 2x,
http://t.test/4 1x"><table background="http://t.test/5"><tr><td background=//t.test/6 style="background:
url('https://t.test/7')"></table><video poster=https://t.test/x></video><link href=https://t.test/x>
<style>@import url(https://t.test/x)</style><img src="HTTPS://T.test/8"><img src=" https://t.test/1.gif ">"""


def test_B09_remote_pictures_are_listed_and_left_out() -> None:
    assert "t.test" not in safe_html(REMOTE).lower()
    listed = remote_images(REMOTE)
    assert [address[-1] for address in listed] == ["f", "f", "3", "4", "5", "6", "7", "8"]
    assert remote_images("<p>none</p><img src=cid:x><img src='data:image/png;base64,AA'>") == []


def test_B09_remote_pictures_come_through_the_proxy_when_asked() -> None:
    asked: list[str] = []

    def proxy(url: str) -> str:
        asked.append(url)
        return f"/picture/{len(asked)}"

    shown = safe_html(REMOTE, remote=proxy)
    assert asked == ["https://t.test/1.gif", "https://t.test/2.gif", "HTTPS://T.test/8",
                     "https://t.test/1.gif"]  # fmt: skip
    assert shown.count('src="/picture/') == 4
    assert "t.test" not in shown.lower()


def test_pictures_of_the_letter() -> None:
    html = "<img src='cid:a%40b@mail.test' alt=x><img src='CID:&quot;&gt;<b>'>"
    assert safe_html(html) == '<img alt="x"><img>'
    shown = safe_html(html, cid=lambda name: f"/file/{len(name)}")
    assert shown == '<img src="/file/15" alt="x"><img src="/file/5">'
    assert safe_html("<img src='data:image/png;base64,iVBO Rw=='>").startswith(
        '<img src="data:image/png'
    )


def test_links_open_outside_without_a_trace() -> None:
    rel = 'target="_blank" rel="noopener noreferrer nofollow"'
    for good in ("https://a.test/?x=1", "HTTP://a.test", "mailto:a@b.test", "tel:+7495"):
        assert set(safe_html(f"<a href='{good}' rel=opener target=_top>x</a>").split('"')) >= {
            good, "_blank", "noopener noreferrer nofollow",
        }  # fmt: skip
    for bad in (
        "x",
        "/x",
        "//x.test",
        "#x",
        "javascript:1",
        "data:,x",
        "cid:x",
        "ftp://x",
        "http:",
    ):
        assert "href" not in safe_html(f"<a href='{bad}'>x</a>"), bad
    assert rel.split()[0] in safe_html("<a>x</a>")


@pytest.mark.parametrize(
    ("program", "quote"),
    [
        ("Gmail", '<div class="gmail_quote gmail_quote_container"><div dir=ltr class=gmail_attr>On'
                  '</div><blockquote class="gmail_quote" style="border-left:1px solid">old</blockquote></div>'),
        ("Apple Mail", "<blockquote type=cite><div>old</div></blockquote>"),
        ("Thunderbird", '<blockquote type="cite" cite="mid:x@y">old</blockquote>'),
        ("Yandex", "<blockquote><p>old</p></blockquote>"),
        ("Mail.ru", '<blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">'
                    "old</blockquote>"),
        ("Yahoo", '<div id="ydp5yahoo_quoted_1" class="yahoo_quoted">old</div>'),
        ("Proton", '<div class="protonmail_quote">old</div>'),
        ("Outlook web", '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From</div><div>old</div>'),
        ("Outlook", '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
                    "<p>From</p></div></div><p>old</p>"),
    ],
)  # fmt: skip
def test_quoted_letters_are_folded(program: str, quote: str) -> None:
    shown = safe_html(f"<div><p>my answer</p>{quote}</div>")
    before, folded = shown.split('<details class="quoted"><summary>…</summary>')
    assert (before, "old" in folded) == ("<div><p>my answer</p>", True)
    assert folded.endswith("</details></div>")
    alone = safe_html(f"<div>{quote}</div>")
    assert alone.count('<details class="quoted" open="">') == 1
    assert_harmless(shown, program)


def test_answers_between_quotations_stay_visible() -> None:
    shown = safe_html(
        "<blockquote>a<blockquote>b</blockquote></blockquote>yes<blockquote>c</blockquote>no"
    )
    assert re.sub(r"<details.*?</details>", "[]", shown) == "[]yes[]no"
    indented = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>'
    assert "<details" not in safe_html(indented)


@pytest.mark.parametrize(
    ("html", "sent"),
    [
        ("<p>a <strong>b</strong><br><em>c</em></p><h3>d</h3>", None),
        ("<ul><li>a</li></ul><ol start=\"3\"><li>b</li></ol><blockquote>c</blockquote>", None),
        ("<pre><code>x</code></pre><u>y</u><s>z</s><span>w</span>", None),
        ('<img src="cid:one@okno.test" width="10" alt="x">', None),
        ("<h1>a</h1><div>b</div><table><tr><td>c", "a<div>b</div>c"),
        ("<img src=http://x.test/1>", "<img>"),
        ("<p style='color:red' class=x id=y onclick=z>a</p>", "<p>a</p>"),
        ("<img src='data:image/png;base64,AA'><img src='cid:a b'>", "<img><img>"),
    ],
)  # fmt: skip
def test_outgoing(html: str, sent: str | None) -> None:
    assert outgoing_html(html) == (html if sent is None else sent)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""), ("a\nb\r\n\r\n\nc", "<p>a<br>b</p><p>c</p>"), ("<b> & \"", "<p>&lt;b&gt; &amp; &quot;</p>"),
        ("see https://a.test/x(1)?a=1&b=2.", "<p>see [https://a.test/x(1)?a=1&amp;b=2].</p>"),
        ("(https://a.test/x)", "<p>([https://a.test/x])</p>"), ("ftp://x javascript:alert(1)", None),
        ("«http://сайт.рф»,", "<p>«[http://сайт.рф]»,</p>"), ("a.b@c.test, x", "<p>[a.b@c.test], x</p>"),
        ('https://a.test/"onclick=alert(1)', "<p>[https://a.test/]&quot;onclick=alert(1)</p>"),
    ],
)  # fmt: skip
def test_text_to_html(text: str, html: str | None) -> None:
    short = re.sub(r'<a href="(?:mailto:)?([^"]*)" rel="[^"]*" target="_blank">\1</a>', r"[\1]",
                   text_to_html(text))  # fmt: skip
    assert short == (f"<p>{text}</p>" if html is None else html)


def test_html_to_text() -> None:
    assert html_to_text("<p>a<br>b</p><script>c</script>") == "a\nb"


FONTS = "".join(f"<font color=c{number}>" for number in range(500))
HEAVY = {
    "nested": "<div>" * 50_000 + "x" + "</div>" * 50_000,
    "hidden in comments": "<div><!--</div>-->" * 50_000,
    "hidden in attributes": '<div><a title="</div>">' * 40_000,
    "hidden after raw text": "<style><!--</style>" + "<div>" * 100_000,
    "hidden in foreign text": "<svg><title><!--</title>" + "<div>" * 100_000,
    "hidden by noscript": '<noscript><!--</noscript><a title="-->' + "<div>" * 100_000,
    "out of scope": "<div><table><td></div></td></table>" * 25_000,
    "adoption": "<b><div></b>" * 80_000,
    "implied ends": "<p><div></p>" * 80_000,
    "list items": "<li><div><li><ul></div>" * 40_000,
    "headings": "<h1><div><h2></h1>" * 50_000,
    "forms": "<form><div></form>" * 50_000,
    "odd letters": "<lin\u212a>" * 150_000,
    "odd spaces": '<div\xa0a="><div>">' * 50_000,
    "formatting": f"<p>{FONTS}</p>" + "<p>x</p>" * 100_000,
    "in a table": "<table>" + "x<b></b>" * 100_000,
    "in a table, ends only": "<table>" + "x</p>" * 150_000,
    "in a table, closed early": "<table><tr><td><x></tr>" + "y<b></b>" * 100_000,
    "attributes": "<p " + " ".join(f"a{number}" for number in range(140_000)) + ">",
    "attributes without end": "<p " + " ".join(f"a{number}" for number in range(140_000)),
    "entities": "&notit;" * 140_000,
    "foreign ends": "<div>" * 900 + "</x>" * 200_000,
    "too long": "<p>x</p>" * 130_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_B11_heavy_letters_are_shown_as_text(name: str) -> None:
    start = time.process_time()
    assert too_heavy(HEAVY[name])
    assert time.process_time() - start < 10
    shown = safe_html(HEAVY[name])
    assert set(re.findall(r"<(\w+)", shown)) <= {"p", "br"}
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "html",
    [
        "<p style='color:red'>hello <b>x</b></p>" * 20_000, "<" * 999_999, "<!--" * 240_000,
        "<table>" + ("<tr>" + "<td>1</td>" * 10 + "</tr>") * 5_000 + "</table>",
        "<div>" + "<p>text" * 50_000 + "</div>", "<ul>" * 900 + "<li>" * 150_000, "<!" * 499_999,
        "<div>" * 990 + "x" + "</div>" * 990, "<i>x</i>" * 100_000,
        "<p class=MsoNormal><span lang=RU>текст<o:p></o:p></span></p>" * 9_000,
        "<table>" + "<tr><td><p>loose<td><font>cells</tr>" * 1_000, "<li><p>x</li>" * 2_000,
    ],
)  # fmt: skip
def test_B11_what_is_let_through_is_quick(html: str) -> None:
    assert not too_heavy(html)
    start = time.process_time()
    safe_html(html)
    assert time.process_time() - start < 10


@given(st.text("ab.@:/<>&\"' \n1wcom", max_size=40))
def test_links_are_djangos_wherever_they_are_looked_for(text: str) -> None:
    assert with_links(text) == urlize(text, nofollow=True, autoescape=True)
