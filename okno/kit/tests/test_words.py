import random
import threading
import time

import pytest

from okno.kit.words import MAX_STEMS, MAX_TERMS, Term, query, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("обращение", "обращениями"), ("заказ", "ЗАКАЗЫ"), ("счёт", "счет"), ("Ёлка", "елки"),
        ("invoice", "Invoices"), ("refund", "refunded"), ("за\u0301мок", "замок"),
        ("до\u00adставка", "доставку"), ("и\u0306огурт", "йогурты"), ("ｗｏｒｄ", "words"),
        ("пере\u200bвод", "перевод"), ("STRASSE", "strasse"),
    ],
)  # fmt: skip
def test_forms_of_one_word_meet(one: str, other: str) -> None:
    assert stems(one) == stems(other) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []), (" -- !? ", []), ("кто-то", ["кто", "то"]), ("a_b", ["a", "b"]),
        ("Anna.K+x@Mail.Example", ["annakxmailexample", "anna", "k", "x", "mail", "exampl"]),
        ("заказ №45-78/2", ["заказ", "no45782", "no45", "78", "2"]),
        ("INV-2024/001", ["inv2024001", "inv", "2024", "001"]),
        ("12.05.2024", ["12052024", "12", "05", "2024"]),
        ("А123ВС77", ["а123вс77"]), ("iphone15", ["iphone15"]), ("日本", ["日本"]),
    ],
)  # fmt: skip
def test_stems(text: str, expected: list[str]) -> None:
    assert stems(text) == expected


@pytest.mark.parametrize(
    "text", ["+7 (495) 123-45-67", "8 495 123 45 67", "84951234567", "495.123.4567"]
)
@pytest.mark.parametrize("asked", ["+74951234567", "8(495)1234567", "+7 495 123-45-67 "])
def test_a_telephone_number_is_found_however_it_is_written(text: str, asked: str) -> None:
    assert finds(asked, f"звоните {text}, жду")


def finds(asked: str, text: str) -> bool:
    """Search as a database does it: each term is one of the words, or the beginning of one."""
    words = stems(text)
    return all(
        any(word.startswith(term.text) if term.prefix else word == term.text for word in words)
        for term in query(asked)
    )


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("не пришёл заказ", "Мой заказ не пришел вчера", True),
        ("зака", "два заказа", True), ("зака ", "два заказа", False),
        ("anna@mail.example", "пишите на Anna@mail.example", True),
        ("anna@mai", "пишите на anna@mail.example", True),
        ("anna@mail.example", "anna и mail.example", False),
        ("mail.example", "пишите на anna@mail.example", True),
        ("45-78/2", "заказ 45-78/2", True), ("78", "заказ 45-78/2", True),
        ("45782", "заказ 45-78/2", True), ("возврат денег", "возврат товара", False),
    ],
)  # fmt: skip
def test_query_finds(asked: str, text: str, found: bool) -> None:
    assert finds(asked, text) is found


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("", []), ("???", []), ("воз", [Term("воз", True)]), ("воз ", [Term("воз")]),
        ("a", [Term("a")]), ("red RED", [Term("red", True)]), ("счета за", [
            Term("счет"), Term("за", True)]),
        ("bob@mail.example", [Term("bobmailexample", True)]),
    ],
)  # fmt: skip
def test_query(asked: str, terms: list[Term]) -> None:
    assert query(asked) == terms


def test_stems_hold_nothing_that_a_database_could_cut() -> None:
    draw = random.Random(5)
    alphabet = "абвЁёйabcXYZ0123456789 .,-_/@+()'\"№#:*\\\n\u0301\u200bé日"
    for _ in range(3_000):
        text = "".join(draw.choices(alphabet, k=draw.randint(1, 40)))
        for stem in stems(text):
            assert stem.isalnum() and stem == stem.lower() and len(stem) <= 64, (text, stem)


@pytest.mark.parametrize(
    "text",
    ["a" * 500_000, "a-" * 250_000, "1." * 250_000, "1 " * 250_000, "a@" * 250_000,
     "a.b@c." * 80_000, "ﷺ" * 200_000, "слово " * 80_000, "x@" + "a." * 250_000, "1-" * 250_000,
     "a" + "\u0301\u0316" * 100_000],
)  # fmt: skip
def test_limits(text: str) -> None:
    start = time.monotonic()
    assert len(stems(text)) <= 2 * MAX_STEMS
    assert len(query(text)) <= MAX_TERMS
    assert time.monotonic() - start < 10


def test_many_threads_get_the_same_stems() -> None:
    text = "обращения клиентов и invoices приходили " * 200
    expected, wrong = stems(text), []

    def work() -> None:
        for _ in range(4):
            if stems(text) != expected:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
