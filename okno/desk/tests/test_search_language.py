"""The query language: what is read out of a question, and that no question is a wrong one."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from okno.desk.search import dates
from okno.desk.search.language import LONGEST, Asked, Given, as_text, read
from okno.desk.search.operators import BY_NAME
from okno.desk.search.problems import Unclear, nearest
from okno.desk.search.snippets import LENGTH, marked, snippet
from okno.kit import clock, words
from okno.kit.layouts import switched


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("", Asked()),
        ("lost order", Asked("lost order")),
        ('"not arrived" order', Asked("  order", ("not arrived",))),
        ("«не пришёл»", Asked(" ", ("не пришёл",))),
        ("order -refund", Asked("order  ", (), ("refund",))),
        ('order -"my money"', Asked("order  ", (), ("my money",))),
        ("#12", Asked("#12", number=12)),
        (" №12 ", Asked(" #12 ", number=12)),
        ("12", Asked("12", number=12)),
        ("#0", Asked("#0")),
        ("status:open", Asked(" ", (), (), (Given("status", "open", False, "status:open"),))),
        ("-Tag:vip x", Asked("  x", (), (), (Given("tag", "vip", True, "-Tag:vip"),))),
        (
            'метка:"очень срочно"',
            Asked(" ", (), (), (Given("метка", "очень срочно", False, 'метка:"очень срочно"'),)),
        ),
        ("tag:", Asked(" ", (), (), (Given("tag", "", False, "tag:"),))),
        ("https://shop.example/a?b=c", Asked("https://shop.example/a?b=c")),
        ("12:30", Asked("12:30")),
        ("8 495 123-45-67", Asked("8 495 123-45-67")),
        ("anna@", Asked("anna@")),
        ("- -- -!", Asked("- -- -!")),
        ('"', Asked(" ")),
    ],
)
def test_what_is_read(question, expected):
    assert read(question) == expected


def test_words_of_a_phrase_are_whole_and_the_last_word_is_a_beginning():
    assert read('"red lamps" gre').terms == [
        words.Term("red"), words.Term("lamp"), words.Term("gre", prefix=True)
    ]  # fmt: skip
    assert read("gre ").terms == [words.Term("gre")]
    assert read("gre status:open").terms == [words.Term("gre")]


def test_a_refused_operator_becomes_words():
    asked = read("order stauts:open")
    assert as_text(asked, asked.operators).text.split() == ["stauts", "open", "order"]


PIECES = st.sampled_from(
    [*BY_NAME, ":", "-", '"', "«", "#", "\0", "NEAR(", "*", "^", "' OR 1=1", "{", "\\", " ", "12",
     "\ud800", "ё", "me", "open", "a@b.example", "2026-13-40", "NOT", "AND", "%", "_", "\u202e"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join))
def test_C11_every_question_is_read(question):
    asked = read(question)
    stems = [term.text for term in asked.terms + asked.unwanted]
    assert all(stem.isalnum() for stem in stems)
    assert len(asked.operators) <= 12
    again = as_text(asked, asked.operators)
    assert again.operators == () and again.terms is not None


def test_C11_ten_thousand_characters_are_cut():
    assert read("a" * 10_000).is_cut
    assert len(read("слово " * 2_000).text) <= LONGEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", "2026-11-01"), ("01.11.2026", "2026-11-01"), ("1.11.26", "2026-11-01"),
        ("1.11", "2026-11-01"), ("2026-11", "2026-11-01"), ("2025", "2025-01-01"),
        ("today", "2026-11-21"), ("Вчера", "2026-11-20"), ("7d", "2026-11-14"),
        ("7д", "2026-11-14"), ("2 недели", "2026-11-07"), ("2w", "2026-11-07"),
    ],
)  # fmt: skip
def test_days(text, expected):
    with clock.held_at(datetime(2026, 11, 21, 22, 30, tzinfo=UTC)), timezone.override("UTC"):
        assert dates.day(text).date().isoformat() == expected


def test_a_day_begins_where_its_reader_is():
    held = clock.held_at(datetime(2026, 11, 21, 22, 30, tzinfo=UTC))
    with held, timezone.override("Europe/Moscow"):
        assert dates.day("today").isoformat() == "2026-11-22T00:00:00+03:00"


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01", "32.1.2026", "0000", "9999y", "99999", "²"]
)
def test_what_is_no_day(text):
    with pytest.raises(Unclear):
        dates.day(text)


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_unclear(text):
    try:
        dates.day(text)
    except Unclear:
        pass


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [("stauts", BY_NAME, "status"), ("стaтус", BY_NAME, "статус"), ("zzz", BY_NAME, ""),
     ("opne", ["open", "closed"], "open"), ("", ["open"], "")],
)  # fmt: skip
def test_nearest(word, known, expected):
    assert nearest(word, known) == expected


def test_found_words_are_marked_in_every_form():
    terms = read("заказ lam").terms
    pieces = marked("Мои Заказы: лампа, lamps <b>", terms)
    assert [text for text, is_found in pieces if is_found] == ["Заказы", "lamps"]
    assert "".join(text for text, _ in pieces) == "Мои Заказы: лампа, lamps <b>"


def test_a_snippet_is_around_the_word():
    text = "filler " * 200 + "needle" + " filler" * 200
    piece = snippet(text, read("needle").terms)
    assert "needle" in piece and len(piece) <= LENGTH + 2
    assert piece.startswith("…") and piece.endswith("…")
    assert snippet("short", read("needle").terms) == "short"


@given(st.text(max_size=300), st.text(max_size=30))
def test_a_marked_text_is_the_same_text(text, question):
    assert "".join(piece for piece, _ in marked(text, read(question).terms)) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ghbdtn", "привет"), ("руддщ", "hello"), ("ghbdtn мир", ""), ("123", ""), ("Pfrfp", "Заказ")],
)
def test_the_other_layout(typed, meant):
    assert switched(typed) == meant
