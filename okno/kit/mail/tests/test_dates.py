"""54: the Date of a letter is right or none, never hours off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from okno.kit.mail import parse
from okno.kit.mail.dates import instant
from okno.kit.mail.tests import corpus

AT_TWO = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["54-date-bad", "54e-date-msk"])
def test_54_of_the_cases(name: str) -> None:
    assert parse((corpus.folder("cases") / f"{name}.eml").read_bytes()).date == AT_TWO


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 30 Nov 2026 05:00:00 +0300 (MSK)",
        " Mon,30 Nov 26 05:00:00+03:00",
        "Пн, 30 ноя 2026 05:00:00 +0300",
        "понедельник, 30 ноября 2026 г., 05:00 +0300",
        "30 ноября 2026 г. 05:00:00 MSK",
        "понеділок, 30 листопада 2026 04:00:00 EET",
        "Mo, 30 November 2026 03:00:00 MEZ",
        "lun., 30 nov. 2026 03:00:00 +0100",
        "lunes, 30 de noviembre de 2026 03:00:00 +0100",
        "Mon Nov 30 05:00:00 MSK 2026",
        "Mon Nov 30 05:00:00 2026 +0300",
        "Nov 30, 2026 5:00:00 AM +0300",
        "30-Nov-2026 05:00:00 +0300",
        "30.11.2026 05:00:00 +0300",
        "2026-11-30T05:00:00.123+03:00",
        "2026-11-30 02:00:00Z",
        "Mon, 30 Nov 2026 05:00:00 Moscow Standard Time",
        "Mon, 30 Nov 2026 05:00:00 (Московское время)",
        "Mon, 30 Nov 2026 05:00:00 Russian Standard Time",
        "Mon, 30 Nov 2026 05:00:00 RTZ 2 (зима)",
        "Mon, 30 Nov 2026 05:00:00 GMT+3",
        "Mon, 30 Nov 2026 05:00:00 UTC+03:00",
        "Mon, 30 Nov 2026 05:00:00 Europe/Moscow",
        "Mon, 30 Nov 2026 07:00:00 YEKT",
        "Mon, 30 Nov 2026 12:00:00 VLAT",
        "Sun, 29 Nov 2026 21:00:00 EST",
        "Mon, 30 Nov 2026 02:00:00 -0000",
    ],
)
def test_54_dates_that_people_s_programs_write(text: str) -> None:
    found = instant(text)
    assert found is not None and found.replace(microsecond=0) == AT_TWO


@pytest.mark.parametrize(
    ("text", "month"),
    [("янв", 1), ("февраля", 2), ("мар", 3), ("марта", 3), ("апр.", 4), ("мая", 5), ("июн", 6)]
    + [("июля", 7), ("авг", 8), ("сент.", 9), ("окт", 10), ("ноя", 11), ("декабря", 12)]
    + [("січня", 1), ("лютого", 2), ("березня", 3), ("червня", 6), ("липня", 7), ("серпня", 8)],
)
def test_54_months_by_name(text: str, month: int) -> None:
    found = instant(f"вт, 3 {text} 2026 12:00:00 +0300")
    assert found == datetime(2026, month, 3, 9, 0, tzinfo=UTC)


def test_54_a_weekday_is_no_month() -> None:
    assert instant("mar., 5 mai 2026 12:00:00 +0200") == datetime(2026, 5, 5, 10, 0, tzinfo=UTC)
    assert instant("Mar, 30 Nov 2026 12:00:00 +0100") == datetime(2026, 11, 30, 11, 0, tzinfo=UTC)


def test_54_moscow_was_four_hours_ahead_for_some_years() -> None:
    assert instant("1 Jul 2012 12:00:00 MSK") == datetime(2012, 7, 1, 8, 0, tzinfo=UTC)
    assert instant("1 Jul 2010 12:00:00 MSD") == datetime(2010, 7, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 30 Nov 2026 05:00:00",
        "Mon Nov 30 05:00:00 2026",
        "Mon, 30 Nov 2026 05:00:00 XYZ",
        "Mon, 30 Nov 2026 05:00:00 +9900",
        "Mon, 30 Nov 2026 05:00:00 +0275",
        "Mon, 30 Nov 2026 05:00:00 Etc/GMT-3",
        "Mon, 30 Nov 2026 05:00:00 EST5EDT",
        "Mon, 30 Nov 2026 05:00:00 IST",
        "Mon, 30 Nov 2026 05:00:00 3",
        "Mon, 30 Nov 2026 05:00:00 Mars/Olympus",
        "Mon, 30 Lis 2026 05:00:00 +0100",
        "11/30/2026 05:00:00 +0300",
        "Mon, 31 Nov 2026 05:00:00 +0300",
        "Mon, 30 Nov 2026 25:00:00 +0300",
        "30 Nov 2026",
        "05:00",
        "1 " * 200,
    ],
)
def test_54_what_may_mean_two_instants_is_none(text: str) -> None:
    assert instant(text) is None
