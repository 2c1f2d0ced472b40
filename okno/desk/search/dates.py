"""Days as people type them in two languages."""

import re
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from okno.desk.search.problems import Unclear
from okno.kit import clock

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?", re.ASCII)
_AGO = re.compile(r"([0-9]{1,4})\s?([a-zа-яё]{1,9})")
_NAMED = {
    "today": 0, "сегодня": 0,
    "yesterday": 1, "вчера": 1, "позавчера": 2,
    "week": 7, "неделя": 7, "неделю": 7,
    "month": 30, "месяц": 30,
    "year": 365, "год": 365,
}  # fmt: skip
_UNITS = {
    **dict.fromkeys(("d", "day", "days", "д", "дн", "день", "дня", "дней"), 1),
    **dict.fromkeys(("w", "week", "weeks", "н", "нед", "неделя", "недели", "недель"), 7),
    **dict.fromkeys(("m", "month", "months", "м", "мес", "месяц", "месяца", "месяцев"), 30),
    **dict.fromkeys(("y", "year", "years", "г", "год", "года", "лет"), 365),
}
OFFERED = ("today", "yesterday", "7d", "30d")
OFFERED_RUSSIAN = ("сегодня", "вчера", "7д", "30д")


def day(text: str) -> datetime:
    """The instant at which that day begins where the reader is; raises Unclear.

    `2026-11-01`, `2026-11`, `2026`, `01.11.2026`, `1.11`, "yesterday", `7d`, and in Russian.
    """
    word = text.strip().lower()
    today = timezone.localtime(clock.now()).date()
    try:
        found = _counted(word, today) or _written(word, today)
        if found is None or found.year < 1971:
            raise Unclear(text, [*_NAMED, *OFFERED])
        return datetime.combine(found, time.min, timezone.get_current_timezone())
    except (ValueError, OverflowError) as error:
        raise Unclear(text, [*_NAMED, *OFFERED]) from error


def _counted(word: str, today: date) -> date | None:
    if word in _NAMED:
        return today - timedelta(days=_NAMED[word])
    if (ago := _AGO.fullmatch(word)) and ago[2] in _UNITS:
        return today - timedelta(days=int(ago[1]) * _UNITS[ago[2]])
    return None


def _written(word: str, today: date) -> date | None:
    if found := _ISO.fullmatch(word):
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    if found := _DOTTED.fullmatch(word):
        year = int(found[3] or today.year)
        return date(year + 2000 if year < 100 else year, int(found[2]), int(found[1]))
    return None
