"""Charsets as letters really have them: under another's name, in <meta> only, with additions."""

from __future__ import annotations

import base64

import pytest

from okno.kit.mail import Letter, parse
from okno.kit.mail.tests import corpus

RUSSIAN = "Здравствуйте! Я заказал у вас велосипед, но он до сих пор не пришёл."
UKRAINIAN = "Доброго дня! Підкажіть, будь ласка, коли буде доставка мого замовлення?"


def case(name: str) -> Letter:
    return parse((corpus.folder("cases") / f"{name}.eml").read_bytes())


def letter(body: bytes, kind: str, subject: str = "x") -> Letter:
    return parse(
        f"From: a@b.example\r\nSubject: {subject}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        *((f"34{kind}", "Здравствуйте! Я заказал у вас велосипед") for kind in (
            "-koi8-labelled-1251", "c-1251-labelled-utf8", "d-koi8-nolabel", "e-866-labelled-1251",
            "f-mac",
        )),
        ("29-iso2022jp-nec", "①㈱ test 日本語"),
        ("29c-iso2022jp-halfkana", "ｶｷｸ ok"),
        ("29d-iso2022jp-tilde", "～－①髙"),
        ("30-utf7", "Где мой заказ? 1 + 1"),
        ("30c-utf7-unicode-1-1", "Где мой заказ?"),
        ("32-meta-ar", "أين طلبي من فضلك"),
        ("32-meta-cn", "你好，我的订单在哪里？"),
        ("32-meta-cz", "Příliš žluťoučký kůň"),
        ("32-meta-he", "שלום, איפה ההזמנה שלי?"),
        ("32-meta-kr", "제 주문은 어디에 있나요?"),
        ("32-meta-pl", "gdzie jest moje zamówienie? Żółty rower."),
        ("32-meta-ru1251", "Здравствуйте! Я заказал у вас велосипед"),
        ("32-meta-th", "สวัสดีครับ สินค้าอยู่ที่ไหน"),
        ("32-meta-vs-label", "Dzień dobry, żółty"),
        ("35-double-utf8", "Здравствуйте! Я заказал у вас велосипед"),
        ("35b-double-1251", "Здравствуйте! Я заказал у вас велосипед"),
        ("35f-cesu", "ok 😀 smile"),
        ("35h-x-mac-roman", "café naïve – ok"),
    ],
)  # fmt: skip
def test_texts_of_the_cases(name: str, words: str) -> None:
    assert words in case(name).body_text


def test_subjects_of_the_cases() -> None:
    assert case("29b-iso2022jp-subj-nec").subject == "㈱日本"
    assert case("30b-utf7-subject").subject == "Заказ"


CYRILLIC = ["cp1251", "koi8-r", "cp866", "iso8859-5"]


@pytest.mark.parametrize("label", ["windows-1251", "koi8-r", "ibm866", "iso-8859-5", "koi8-u"])
@pytest.mark.parametrize("true", CYRILLIC)
@pytest.mark.parametrize(
    "text",
    [RUSSIAN, RUSSIAN.upper(), "Где мой заказ № 77?", "ГДЕ МОЙ ЗАКАЗ", "Спасибо большое, Анна",
     "<p>Order 15: когда отправите?</p>"],
)  # fmt: skip
def test_34_a_cyrillic_charset_under_another_s_name(true: str, label: str, text: str) -> None:
    body = text.encode(true, "replace").replace(b"?" if "№" not in text else b"\0", b"?")
    seen = letter(body, f"text/plain; charset={label}")
    if "№" in text and true == "koi8-r":
        assert "Где мой заказ" in seen.body_text
    else:
        assert seen.body_text == text


@pytest.mark.parametrize("charset", ["cp1251", "koi8-u", "mac-cyrillic"])
@pytest.mark.parametrize(
    "text",
    [RUSSIAN, UKRAINIAN, "ФЫВА ЙЦУК", "Щётка", "Ёж", "ООО «Юг»", "Юлия Эшкуй", "Шарф «Щегол»", "я"],
)
def test_34_a_right_name_is_believed(charset: str, text: str) -> None:
    try:
        body = text.encode(charset)
    except UnicodeEncodeError:
        pytest.skip("not in this charset")
    assert letter(body, f"text/plain; charset={charset}").body_text == text


def test_34_the_subject_too() -> None:
    word = base64.b64encode("Вопрос про мой заказ".encode("koi8-r")).decode()
    assert (
        letter(b"x", "text/plain", f"=?windows-1251?B?{word}?=").subject == "Вопрос про мой заказ"
    )


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-2", "Dzień dobry, żółty rower"),
        ("windows-1250", "Příliš žluťoučký kůň"),
        ("windows-1253", "Καλημέρα, πού είναι η παραγγελία μου"),
        ("windows-1254", "İyi günler, siparişim nerede, ağabey"),
        ("windows-1255", "שלום, איפה ההזמנה שלי"),
        ("windows-1256", "أين طلبي من فضلك"),
        ("windows-1257", "Labdien, kur ir mans pasūtījums, lūdzu"),
        ("koi8-r", RUSSIAN),
        ("koi8-u", UKRAINIAN),
        ("tis-620", "สวัสดีครับ สินค้าอยู่ที่ไหน"),
        ("euc-kr", "제 주문은 어디에 있나요"),
        ("shift_jis", "注文はどこですか"),
        ("euc-jp", "注文はどこですか"),
        ("big5", "我的訂單在哪裡"),
        ("gb2312", "我的订单在哪里"),
    ],
)
@pytest.mark.parametrize(
    "meta",
    [
        '<meta http-equiv="Content-Type" content="text/html; charset={0}">',
        "<META CHARSET='{0}'>",
        "<meta charset={0} />",
        "<?xml version='1.0' encoding='{0}'?>",
    ],
)
@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=us-ascii"])
def test_32_a_charset_that_only_the_html_names(
    charset: str, text: str, meta: str, kind: str
) -> None:
    page = f"<html><head>{meta.format(charset)}</head><p>{text}</p></html>"
    body = page.encode("cp874" if charset == "tis-620" else charset)
    assert letter(body, kind).body_text == text


def test_32_what_mime_says_wins_unless_it_is_plainly_wrong() -> None:
    page = '<meta charset="{}"><p>{}</p>'
    polish = "Proszę o informację, gdzie są żółte łóżka"
    body = page.format("iso-8859-2", polish).encode("iso-8859-2")
    for label in ("utf-8", "iso-8859-1", "x-unknown"):
        assert letter(body, f"text/html; charset={label}").body_text == polish, label
    # Rewritten on its way: the word in the text is old.
    body = page.format("windows-1251", RUSSIAN).encode()
    for kind in ("text/html", "text/html; charset=utf-8", "text/html; charset=windows-1251"):
        assert letter(body, kind).body_text == RUSSIAN, kind
    body = page.format("iso-8859-2", "Déjà vu, où est ma commande").encode("cp1252")
    assert letter(body, "text/html; charset=iso-8859-1").body_text == "Déjà vu, où est ma commande"
    body = page.format("utf-16", RUSSIAN).encode("cp1251")
    assert letter(body, "text/html; charset=windows-1251").body_text == RUSSIAN


@pytest.mark.parametrize("label", ["iso-2022-jp", "ISO-2022-JP-MS", "csISO2022JP", "cp50220"])
def test_29_japanese_with_the_characters_of_vendors(label: str) -> None:
    # JIS of ①㈱Ⅳ№ (row 13), 纊髙 (rows 89 and 92), and half-width katakana.
    body = b"\x1b$B-!-j-8-b\x1b(B a \x1b$By!|b\x1b(J b \x1b(I641\x1b(B"
    assert letter(body, f"text/plain; charset={label}").body_text == "①㈱Ⅳ№ a 纊髙 b ｶｴｱ"


@pytest.mark.parametrize("label", ["euc-jp", "x-euc-jp", "cp51932"])
def test_29_the_same_in_euc(label: str) -> None:
    body = b"\xad\xa1\xad\xea a \xf9\xa1 \x8e\xb6 \xc6\xfc\xcb\xdc\x8f\xb0\xa1"
    assert letter(body, f"text/plain; charset={label}").body_text == "①㈱ a 纊 ｶ 日本丂"


@pytest.mark.parametrize("text", ["注文はどこですか", "ランプ、～－￤", "漢字とkanaと123"])
def test_29_plain_japanese_is_read_as_before(text: str) -> None:
    sjis = text.encode("cp932")
    assert letter(sjis, "text/plain; charset=shift_jis").body_text == text
    plain = text.replace("～－￤", "")
    for name, label in (("iso2022_jp", "iso-2022-jp"), ("euc_jp", "euc-jp")):
        assert letter(plain.encode(name), f"text/plain; charset={label}").body_text == plain


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "cp1251"])
@pytest.mark.parametrize(
    "text", [RUSSIAN + "\nЖдём.", "Où est ma commande, s'il vous plaît? Déjà été"]
)
def test_35_what_was_encoded_twice_is_put_right_and_noticed(text: str, wrong: str) -> None:
    """What the wrong charset has no character for goes through as its number."""
    twice = "".join(_char(byte, wrong) for byte in text.encode())
    seen = letter(twice.encode(), "text/plain; charset=utf-8", twice.split("\n")[0])
    assert seen.body_text == text and "text_repaired" in seen.notices
    assert seen.subject == text.split("\n")[0]


def _char(byte: int, charset: str) -> str:
    try:
        return bytes((byte,)).decode(charset)
    except UnicodeDecodeError:
        return chr(byte)


@pytest.mark.parametrize(
    "text",
    [RUSSIAN, "Â°C, Ã sign, 5 €", "СССР и РСФСР: Р. С. Сидоров", "РОССИЯ, г. РЯЗАНЬ", "naïve café",
     "Как в письме: «Ð—Ð´Ñ€Ð°Ð²» вместо слов?\nНичего не понятно.\nПомогите!"],
)  # fmt: skip
def test_35_honest_texts_are_left_alone(text: str) -> None:
    seen = letter(text.encode(), "text/plain; charset=utf-8")
    assert seen.body_text == text and "text_repaired" not in seen.notices


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-mac-roman", "mac_roman", "café – naïve"),
        ("macintosh", "mac_roman", "café – naïve"),
        ("x-mac-ce", "mac_latin2", "žluťoučký kůň"),
        ("x-mac-greek", "mac_greek", "Καλημέρα"),
        ("x-mac-turkish", "mac_turkish", "İyi günler ağabey"),
        ("windows-874", "cp874", "สวัสดีครับ"),
        ("iso-8859-11", "cp874", "สวัสดีครับ"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("windows-949", "cp949", "똠방각하"),
        ("unicode-2-0-utf-8", "utf-8", "привет"),
        ("dos-866", "cp866", "Привет, как дела"),
    ],
)
def test_35_names_of_charsets(label: str, codec: str, text: str) -> None:
    assert letter(text.encode(codec), f"text/plain; charset={label}").body_text == text


def test_30_utf_7_brings_no_markup_past_anybody() -> None:
    seen = letter(
        b"+ADw-script+AD4-alert(1)+ADw-/script+AD4- +BD8EQAQ4-", "text/html; charset=utf-7"
    )
    assert seen.body_text == "при"
    assert letter(b"+ADw-b+AD4-", "text/plain").body_text == "+ADw-b+AD4-"


def test_35_halves_of_characters() -> None:
    body = b"a \xed\xa0\xbd\xed\xb8\x80 b"
    for kind in ("text/plain; charset=utf-8", "text/plain", "text/plain; charset=cesu-8"):
        assert letter(body, kind).body_text == "a 😀 b", kind
