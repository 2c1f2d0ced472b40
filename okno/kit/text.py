"""Words that people type into our pages, as they are kept: every space and joiner that means
something stays, what is not seen and only confuses goes."""

import re
from collections.abc import Iterable

# Line ends of other systems, and Unicode's own line and paragraph separators (UAX #14).
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Joiners and the break without width stand inside words and pictures: Persian and Hindi are spelled
# with them, families of emoji are held together by them, Thai words are parted by them.
_JOINERS = "\u200b\u200c\u200d\u2060"
# What `isprintable` calls unprintable beside control characters: spaces of every width (category
# Zs). "1 250 000 ₽" is written with no-break spaces, Japanese with ideographic ones.
_SPACES = "\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_KEPT = frozenset("\n\t" + _SPACES + _JOINERS)


def plain(text: str) -> str:
    """Text with one kind of line end and nothing invisible but spaces, tabs and joiners; "" when
    there is nothing else in it."""
    text = "".join(c for c in _LINE_END.sub("\n", text) if c.isprintable() or c in _KEPT)
    return text if any(c.isprintable() and c != " " for c in text) else ""


def one_line(text: str, most: int = 250) -> str:
    """The same as a subject or a name: each run of spaces is one plain space, also where a control
    character stood; cut at `most` characters."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(c if c.isprintable() or c in _JOINERS else " " for c in line)
        line = " ".join(line.split())
    return line[:most]


def initials(name: str) -> str:
    """One or two letters for a person, one for an address; "?" where there is none."""
    words = [word for word in re.split(r"[\s@._-]+", name) if word[:1].isalnum()]
    most = 1 if "@" in name else 2
    return "".join(word[0] for word in words[:most]).upper() or "?"


def folded(text: str) -> str:
    """One form of a name for comparing: case and ё do not count. Databases do not agree: SQLite
    folds the case of ASCII only, PostgreSQL that of all letters, and none ё."""
    return text.casefold().replace("ё", "е").strip()


def in_order(name: str) -> tuple[str, str]:
    """What a list of names is sorted by, the same on each database."""
    return folded(name), name


def of_that_name(known: Iterable[tuple[int, str]], name: str, but: int = 0) -> int | None:
    """The first key, except `but`, of those that have this name."""
    wanted = folded(name)
    return next((pk for pk, one in known if pk != but and folded(one) == wanted), None)
