import random
import re
import threading
import time

import pytest

from okno.kit.word_forms import MOST_FORMS, forms
from okno.kit.words import MAX_OTHERS, MAX_STEMS, MAX_TERMS, Term, query, stems


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
        ("", []), (" -- !? ", []), ("кто-то", ["ктот", "кто", "то"]), ("a_b", ["a", "b"]),
        ("Anna.K+x@Mail.Example", ["annakxmailexample", "anna", "k", "x", "mail", "exampl"]),
        ("заказ №45-78/2", 
            ["заказ", "no45782", "no45", "78", "2", "no4578", "782", "4578", "45782"]),
        ("INV-2024/001", 
            ["inv2024001", "inv", "2024", "001", "inv2024", "2024001", "2024"]),
        ("12.05.2024", ["12052024", "12", "05", "2024", "1205", "052024"]),
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
        or set(term.others) & set(words)
        or (term.parts and set(term.parts) <= set(words))
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


# Words whose forms a stemmer parts, in families; each form finds each other one.
FAMILIES = """
заявка заявок; ошибка ошибок ошибками; замок замка; звонок звонка звонков; чехол чехла чехлы
деньги денег деньгам; письмо писем письмами; пришел пришла пришло придет прийти
день дня дней днями; перекресток перекрёстке; окно окон; песня песен; стекло стёкол; число чисел
копейка копеек; чашка чашек; полотенце полотенец; кольцо колец; сестра сестёр; отец отца отцов
ноготь ногтя; угол угла; костёр костра; ветер ветра; судьба судеб; свадьба свадеб; тюрьма тюрем
заём займа; боец бойца; огонёк огонька; подарок подарка; значок значка; кусок куска; рынок рынка
посылка посылок; покупка покупок; доставка доставок; скидка скидок; рассылка рассылок; ссылка ссылок
кнопка кнопок; карточка карточек; точка точек; трубка трубок; наклейка наклеек; крышка крышек
ремень ремня; камень камня; корень корня; уровень уровня; лев льва; сон сна снов; лёд льда; шов швы
нужен нужна нужный; должен должна; доступен доступный доступна; лёгкий легок; важен важное
ушёл ушла уйдёт уйти; нашёл нашли найти найду; зашла зайти зайдет; подошел подойдёт подошла
перешли перейти; вышел вышла выйдет выйти; разошёлся разошлись; обошлось обойдется
помог помогла помогу поможет помочь; смог смогла смогут сможет; принес принесла; исчез исчезла
привез привезли; оплатить оплачу оплачен оплачена оплатили; отправить отправлен отправлю
купил куплен куплю; возвратить возвращен; доставить доставлен доставят; требовать требует требовал
имя имени имен; время времени; гражданин граждане гражданами; котенок котята; человек люди людьми
ребенок дети детей; друг друзья друзей; мать матери; лимит лимите лимита; магазин магазина магазине
"""


@pytest.mark.parametrize("family", [f.strip() for f in re.split(r"[;\n]", FAMILIES) if f.strip()])
def test_every_form_of_a_russian_word_finds_every_other(family: str) -> None:
    forms = family.split()
    lost = [(a, b) for a in forms for b in forms if not finds(f"{a} ", b)]
    assert lost == []


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("кот", "кто"), ("договор", "дорога"), ("товар", "творог"), ("заказ", "закон"),
        ("номер", "нора"), ("счет", "считать"), ("оплата", "плата"), ("лампа", "лама"),
        ("вход", "выход"), ("адрес", "адвокат"), ("размер", "разум"), ("цена", "оценка"),
    ],
)  # fmt: skip
def test_other_words_are_not_found(asked: str, text: str) -> None:
    assert not finds(f"{asked} ", text) and not finds(f"{text} ", asked)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("12345/7", "АБ-12345/7"), ("12345/7 ", "заказ АБ-12345/7."), ("АБ-12345 ", "АБ-12345/7"),
        ("2.0.1", "v2.0.1"), ("v2.0.1", "версия 2.0.1"), ("45-78/2", "№45-78/2"),
        ("2024/001", "INV-2024/001"), ("wifi", "Wi-Fi"), ("Wi-Fi", "wifi"), ("wi-fi", "wi fi"),
        ("интернет магазин", "интернет-магазин"), ("интернет-магазина", "интернет магазин"),
        ("онлайн-оплата", "онлайноплата"), ("1250000", "1 250 000,50"), ("1250000", "1 250 000"),
        ("1250000", "1\u00a0250\u202f000,50 ₽"), ("1 250 000", "1250000"),
        ("1 250 000", "1 250 000,50"), ("1250000", "1,250,000.50"), ("1250000", "1.250.000,50"),
        ("1250000 ", "сумма 1250000,50"), ("123-45-67", "+7 495 123-45-67"),
    ],
)  # fmt: skip
def test_codes_and_amounts_are_found_by_their_parts(asked: str, text: str) -> None:
    assert finds(asked, text)


def test_forms_of_any_word_are_few_and_plain() -> None:
    draw = random.Random(11)
    for _ in range(3_000):
        word = "".join(draw.choices("абвгдежзийклмнопрстуфхцчшщъыьэюя", k=draw.randint(1, 45)))
        found = forms(word)
        assert len(found) <= MOST_FORMS and word not in found
        assert all(form.isalpha() and len(form) < 64 for form in found), word
        (term,) = query(f"{word} ")
        assert len(term.others) <= MAX_OTHERS


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("", []), ("???", []), ("inv", [Term("inv", True)]), ("inv ", [Term("inv")]),
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
    start = time.process_time()
    assert len(stems(text)) <= 2 * MAX_STEMS
    assert len(query(text)) <= MAX_TERMS
    assert time.process_time() - start < 10


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
