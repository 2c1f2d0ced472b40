"""The Date of a letter as an instant: right, or none where it could mean two.

RFC 5322, section 3.3, and what programs write instead: months in other languages, dates of ISO 8601
and with dots, zones by name or in words. A date without a zone is no instant, and an unknown zone
is not UTC: either would be hours off.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MAX_DATE = 200
# By their first letters. Left out is what means two months, such as "lis" in Polish and Croatian.
_MONTHS = (
    "jan ene gen янв січ sty led tammi студ ocak ιαν",
    "feb fev fév фев лют lut úno uno helmi şub φεβ",
    "mar мар mär mrz mrt бер březen bře maal сак μαρ",
    "apr avr abr апр кві kwi dub huhti крас nis απρ",
    "may mai mag maj mei май мая тра kvě touko máj μαι",
    "jun juin giu июн чер cze červen červn kesä чэр haz ιουν",
    "jul juil lug июл лип lipi lipc červenc červenec heinä ліп tem ιουλ",
    "aug août aou ago авг сер sie elo жні ağu αυγ",
    "sep set сен вер wrz zář syys eyl σεπ",
    "oct okt ott out окт жов paź říj loka кас eki οκτ",
    "nov ноя листоп marras лістап kas νοε",
    "dec dez dic déc дек гру gru pro joulu снеж ara δεκ",
)
_NAMES = sorted(
    ((name, number) for number, names in enumerate(_MONTHS, 1) for name in names.split()),
    key=lambda pair: -len(pair[0]),
)
# Names that mean one zone; CST, IST, AST and the like mean two, the first of them by RFC 5322.
_HOURS = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2,
    "mesz": 2, "eet": 2, "eest": 3, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6,
    "mst": -7, "pdt": -7, "pst": -8, "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9,
    "hkt": 8, "sgt": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "trt": 3, "мск": 3,
    "msk": 3, "msd": 4, "samt": 4, "yekt": 5, "omst": 6, "novt": 7, "krat": 7, "irkt": 8,
    "yakt": 9, "vlat": 10, "magt": 11, "sakt": 11, "pett": 12, "almt": 5, "uzt": 5, "get": 4,
    "azt": 4,
}  # fmt: skip
_MOSCOW = re.compile(r"moscow|москов|москв|russian standard|russia tz 2|rtz 2|\bмск\b|\bmsk\b")
# Moscow was four hours ahead between these days.
_FOUR_HOURS = (datetime(2011, 3, 27), datetime(2014, 10, 26))
_OFFSET = re.compile(r"(?<![\w.:/-])(?:(?:gmt|utc)\s?)?([+-])(\d{1,2})(?::?(\d{2}))?(?![\d:.])")
_AREA = re.compile(r"\b(?:africa|america|asia|atlantic|australia|europe|pacific)/[a-z_]+", re.I)
_TIME = re.compile(
    r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(am|pm|a\.m\.|p\.m\.)?"
)
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?!\d)")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_AFTER_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)?[\s.-]{0,3}(?:de\s|of\s)?([^\W\d_]+)")
_POSIX = re.compile(r"\betc/|[a-z]{3}\d[a-z]{3}")
_COMMENT = re.compile(r"\([^()]*\)?")


def instant(text: str) -> datetime | None:
    """The instant that a Date header names, in UTC; None where it names none for sure."""
    text = text[:MAX_DATE].strip().lower()
    plain = _COMMENT.sub(" ", text)
    clock = _TIME.search(plain)
    if clock is None:
        return None
    before, after = plain[: clock.start()], plain[clock.end() :]
    day = _day(before, after)
    if day is None:
        return None
    try:
        local = datetime(*day, *_hours(clock))
        zone = _zone(after, local) or _zone_in_words(text, local)
        return None if zone is None else local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _hours(clock: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = int(clock[1]), int(clock[2]), min(int(clock[3] or 0), 59)
    if clock[4]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if clock[4][0] == "p" else 0)
    return hour, minute, second


def _day(before: str, after: str) -> tuple[int, int, int] | None:
    """(year, month, day) of what stands before the time; a year alone may stand after it."""
    for text in (before.removesuffix("t"), after):
        if found := _ISO.search(text):
            return int(found[1]), int(found[2]), int(found[3])
        if found := _DOTTED.search(text):
            return _year(found[3]), int(found[2]), int(found[1])
    # asctime puts the year last; some programs the whole day.
    for text in (before, f"{before} {_only_year(after)}", after):
        month = _month_in(text)
        numbers = _NUMBER.findall(text)
        if month and len(numbers) >= 2:
            first, second = numbers[:2]
            if len(first) == 4:
                first, second = second, first
            return _year(second), month, int(first)
    return None


def _month_in(text: str) -> int:
    """The month behind the day's number, else the word before it: "mar., 5 mai", "Nov 30"."""
    if (found := _AFTER_DAY.search(text)) and (month := _month(found[1])):
        return month
    words = _WORD.findall(text)
    return next(filter(None, map(_month, reversed(words))), 0)


def _only_year(after: str) -> str:
    found = re.search(r"(?<![\d+:-])\d{4}(?![\d:])", after)
    return found.group() if found else ""


def _month(word: str) -> int:
    return next((number for name, number in _NAMES if word.startswith(name)), 0)


def _year(digits: str) -> int:
    """RFC 5322, section 4.3: two digits up to 49 are of this century, three count from 1900."""
    year = int(digits)
    if len(digits) <= 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _zone(after: str, local: datetime) -> tzinfo | None:
    """The zone written behind the time: an offset, a name, or both when they agree or differ."""
    if _POSIX.search(after):  # its signs are the other way round, or it names two
        return None
    if found := _OFFSET.search(after):
        return _offset(found)
    if re.match(r"\s*[+-]?\d", re.sub(r"\b(?:19|20)\d\d\b", " ", after)):
        return None  # an offset, but none that there is
    for word in _WORD.findall(after):
        if word == "msk" or word == "мск":
            return _moscow(local)
        if word in _HOURS:
            return timezone(timedelta(hours=_HOURS[word]))
    return None


def _offset(found: re.Match[str]) -> tzinfo | None:
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if found[1] == "-" else size)


def _zone_in_words(text: str, local: datetime) -> tzinfo | None:
    """ "Moscow Standard Time", "(Московское время)", "Europe/Moscow"."""
    if _MOSCOW.search(text):
        return _moscow(local)
    if area := _AREA.search(text):
        name = "/".join(part.title() for part in area.group().split("/"))
        try:
            return ZoneInfo(name.replace("_Of_", "_of_"))
        except (ValueError, OSError, KeyError):
            return None
    found = re.search(r"\((?:gmt|utc)?\s?([+-])(\d{1,2})(?::?(\d{2}))?\)", text)
    return _offset(found) if found else None


def _moscow(local: datetime) -> tzinfo:
    is_four = _FOUR_HOURS[0] <= local < _FOUR_HOURS[1]
    return timezone(timedelta(hours=4 if is_four else 3))
