"""H3: a hostile text costs as much as its length, and never seconds.

For each text function and each pattern, 1 MB may take at most 2.6 times the processor time of 0.5
MB (minimum of at least three). What takes less than a tenth of a second is left alone.
"""

from __future__ import annotations

import gc
import os
import re
import resource
import time
from collections.abc import Callable

import pytest

from okno.kit import html, html_weight, htmltext
from okno.kit import words as search_words
from okno.kit.mail import (
    Unreadable,
    addresses,
    charsets,
    contents,
    params,
    parse,
    replies,
    text,
    tnef,
    words,
)

HALF = 500_000
MOST = 2.6
NEGLIGIBLE = 0.1
# No function may take as long as the parser's child may live.
MOST_SECONDS = 2.0
# For all functions on one pattern; what is worse than slow is ended by it.
SECONDS = 60


def _letter(head: str) -> Callable[[str], object]:
    def read(body: str) -> object:
        try:
            return parse(head.encode() + b"\r\n\r\n" + body.encode("utf-8", "replace"))
        except Unreadable as refused:
            return refused

    return read


def _header(name: str) -> Callable[[str], object]:
    """A letter whose headers all have this name, as long as they may be."""

    def read(value: str) -> object:
        flat = value.replace("\n", " ").replace("\r", " ")[:240_000].encode("utf-8", "replace")
        lines = [flat[at : at + 15_000] for at in range(0, len(flat), 15_000)]
        field = f"{name}: ".encode()
        try:
            return parse(b"".join(field + line + b"\r\n" for line in lines) + b"\r\nx")
        except Unreadable as refused:
            return refused

    return read


PLAIN = "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8"
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "tidy": text.tidy,
    "unflow": lambda given: text.unflow(given, False),
    "uuencoded": lambda given: text.cut_uuencoded(given.encode("utf-8", "replace")),
    "reply": replies.reply_text,
    "seen": htmltext.seen,
    "safe": html.safe_html,
    "remote images": html.remote_images,
    "text to html": html.text_to_html,
    "heavy": html_weight.too_heavy,
    "charset": lambda given: charsets.decode(given.encode("utf-8", "replace") + b"\xcf", "cp1251"),
    "no charset": lambda given: charsets.decode(given.encode("utf-8", "replace") + b"\xcf\xcf\xff"),
    "controls": charsets.normalise,
    "encoded words": words.decode_words,
    "base64": lambda given: words.unbase64(given.encode("utf-8", "replace")),
    "parameters": lambda given: params.parse(b"x/y; " + given.encode("utf-8", "replace")),
    "two forms": lambda given: contents.differ(given, given[::-1]),
    "winmail": lambda given: tnef.extract(b"\x78\x9f\x3e\x22" + given.encode("utf-8", "replace")),
    "stems": search_words.stems,
    "letter": _letter(PLAIN),
    "flowed letter": _letter(PLAIN + "; format=flowed"),
    "html letter": _letter("From: a@b.example\r\nContent-Type: text/html; charset=utf-8"),
    "report": _letter("From: mailer-daemon@b.example\r\nSubject: failed\r\nReturn-Path: <>"),
    "parts": _letter("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x"),
    "from": _header("From"),
    "to": _header("To"),
    "subject": _header("Subject"),
    "type": _header("Content-Type"),
    "date": _header("Date"),
    "references": _header("References"),
    "verdict": _header("Authentication-Results"),
}
UNITS: dict[str, str] = {
    "blanks": " ",
    "hard blanks": "\xa0",
    "line ends": "\n",
    "blank lines": " \n",
    "letters": "a",
    "dashes": "-",
    "ruled words": "____mail____x\n",
    "long rulers": "_" * 399 + "\n",
    "separators": "-----Original Message-----\n",
    "mail": "----mail",
    "uuencoded begin": "begin 644 a\n",
    "uuencoded without data": "begin 644 a\nend\n",
    "uuencoded lines": "begin 644 a\n" + "M" + "A" * 60 + "\n",
    "empty styles": "<style></style>",
    "open styles": "<style>",
    "comments": "<!--",
    "open tags": "<a ",
    "unclosed attributes": '<p style="' + "style='" * 1_000 + ">",
    "quotes in tags": "<a b='\">",
    "blocks": "<div>",
    "fonts": "<font size=1>x",
    "wide numbers": '<td width="1' + " " * 20_000 + 'x">',
    "urls in styles": '<p style="background:url(' + " " * 20_000 + '">',
    "markers": "On Mon wrote:\n",
    "long markers": "x" * 390 + " a@b wrote:\n",
    "fields": "From: a\nSent: b\n",
    "quotations": "> " * 150 + "\n",
    "closings": "С уважением,\n",
    "fences": "```\n",
    "encoded words": "=?utf-8?q?a",
    "encoded words without an end": "=?a?q?b ",
    "base64 words": "=?utf-8?B?0K/",
    "escaped quotes": '\\"',
    "escaped brackets": "(\\",
    "open quotes": '"a',
    "parameters": ';a="',
    "continuations": ";a*1*=%41",
    "addresses": "a@a.a ",
    "ats": "a@",
    "ids": "<a@b> ",
    "entities": "&lt;",
    "headers": "X: y\n",
    "delimiters": "--x\n\n",
    "recipients": "final-recipient: \n\n",
    "escapes": "\x1b$B",
    "meta": "<meta charset=",
    "rtf": "{\\rtf1\\'d0 ",
    "utf-7": "+BBM ",
    "code": "a1-1/",
    "telephones": "+1 (1",
    "combining marks": "a\u0301\u0301",
}


def _seconds(work: Callable[[str], object], unit: str, size: int) -> float:
    """Processor time for so much of a pattern with something behind it."""
    given = (unit * (size // len(unit) + 1))[: size - 1] + "x"
    begin = time.process_time()
    work(given)
    return time.process_time() - begin


def _times(work: Callable[[str], object], unit: str) -> tuple[float, float]:
    """The least of up to five for 0.5 MB and 1 MB; fewer where the first say that all is well."""
    half, whole = float("inf"), _seconds(work, unit, 2 * HALF)
    for _ in range(5):
        if whole < NEGLIGIBLE:
            return whole, whole
        half = min(half, _seconds(work, unit, HALF))
        if whole <= MOST * half:
            break
        whole = min(whole, _seconds(work, unit, 2 * HALF))
    return half, whole


def _findings(pattern: str, say: Callable[[str], None]) -> None:
    for name, work in FUNCTIONS.items():
        say(f"{name}: ")
        half, whole = _times(work, UNITS[pattern])
        is_well = whole <= MOST * half and whole <= MOST_SECONDS
        say("ok\n" if is_well else f"{half:.2f} s for 0.5 MB, {whole:.2f} s for 1 MB\n")


def _apart(work: Callable[[Callable[[str], None]], None]) -> str:
    """What `work` says in a process of its own, as far as it came within its limit."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            # Collecting what other tests have left would count as work on a pattern.
            gc.disable()
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            work(lambda text: os.write(sink, text.encode()))  # type: ignore[arg-type]
        finally:
            os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize("pattern", UNITS)
def test_H3_processor_time_grows_with_the_length(pattern: str) -> None:
    said = _apart(lambda say: _findings(pattern, say)).splitlines()
    assert [line for line in said if not line.endswith(": ok")] == []
    assert len(said) == len(FUNCTIONS)


def test_H3_the_check_itself_sees_a_square() -> None:
    """The first regular expression that this table was made for."""
    old = re.compile(r"[ \t\xa0]+(?=\n|\Z)")
    half, whole = _times(lambda given: old.sub("", given[::128] + "x"), " ")
    assert whole > MOST * half
    assert addresses.parse('"' + '\\"' * 8_000)[0] == ()
