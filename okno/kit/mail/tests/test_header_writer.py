"""What the writer of headers writes is read back the same by two readers that are not it."""

import random
import re
from base64 import b64decode
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import EmailMessage
from email.utils import getaddresses
from quopri import decodestring

import pytest

from okno.kit.mail import header_writer, parse
from okno.kit.mail.header_writer import ids_field, mailboxes_field, parameters_field, text_field

SEED = 20261130
COUNT = 20_000
RUSSIAN = "заказ велосипед доставка когда мы получили ваше обращение не о в и счёт № 17 жду"
ENGLISH = "Re: order the a refund Sales of I [#17] it's #5 50% (urgent) = ? _ e-mail 1,5"
OTHER = (
    "Müller Grüße naïve 日本語の件名 訂單 مرحبا 🚲 👨\u200d👩 🇷🇺 e\u0301 ё и\u0306 =?utf-8?q?x?= "
    '=? ?= =20 a=?b _ \\ " < > @ , ; : a@b.example boss@victim.example, <boss@victim.example> (c) '
    f"{'x' * 90} {'я' * 90}"
)
KINDS = [kind.split() for kind in (RUSSIAN, ENGLISH, f"{RUSSIAN} {ENGLISH} {OTHER}", OTHER)]
LOCALS = ["ivan", "ivan.petrov+tag", "o'neil", "a..b", "x.", f"support+7.{'0123456789abcdef' * 2}"]
DOMAINS = ["firma.example", "xn--80ak6aa92e.example", "a-rather-long-name-of-a-host.firma.example"]
_WORD = re.compile(r"=\?utf-8\?([bq])\?([!->@-~]*)\?=")
dice = random.Random(SEED)


def words(most: int) -> str:
    return " ".join(dice.choices(dice.choice(KINDS), k=dice.randint(1, most)))


def message_id() -> str:
    size = dice.choice([5, 20, 40, 60, 63, 64, 75, 76, 77, 80, 83, 120, 240])
    left = "".join(dice.choices("ABCDEFabcdef0123456789.+=$_-/!%?*'", k=size))
    return f"<{left}@{dice.choice(DOMAINS)}>"


def unfolded(field: str) -> str:
    """The value, by the letter of RFC 5322 section 2.2.3; checks what every line must be."""
    assert field.endswith("\r\n") and field.isascii()
    lines = field[:-2].split("\r\n")
    assert all(line.isprintable() and line == line.rstrip() for line in lines)
    assert all(line.startswith(" ") and line[1] != " " for line in lines[1:])
    for line in lines:
        # Longer only where one piece is: an id, an address.
        assert len(line) <= 76 or " " not in line.strip().split(": ")[-1]
        assert len(line) <= 998
        assert len(line) <= 76 or "=?utf-8?" not in line
    return "".join(lines).partition(":")[2].removeprefix(" ")


def decoded(value: str) -> str:
    """Encoded words as RFC 2047 says: a blank between two of them is nothing, others stay."""
    words = value.split(" ")
    out, was_word = [], False
    for word in words:
        found = _WORD.fullmatch(word)
        if found:
            assert len(word) <= 75
            coded = found[2].replace("_", " ") if found[1] == "q" else found[2]
            data = decodestring(coded.encode()) if found[1] == "q" else b64decode(coded)
            text = data.decode("utf-8")  # each holds whole characters
        else:
            text = word
        out.append(text if not out or (found and was_word) else f" {text}")
        was_word = found is not None
    return "".join(out)


def library(field: str, name: str) -> str:
    """The same by the standard library's old reader, of which only blanks at line ends are odd."""
    letter = message_from_bytes(field.encode() + b"\r\nbody\r\n", policy=policy.compat32)
    assert list(letter) == [name] and not letter.defects
    pieces = decode_header(re.sub(r"\r\n(?= )", "", letter[name]))
    return "".join(t.decode(c or "ascii") if isinstance(t, bytes) else t for t, c in pieces)


def test_random_subjects_come_back_with_every_blank() -> None:
    print(f"seed {SEED}, n = {COUNT}")
    for number in range(COUNT):
        subject = words(14)
        field = text_field("Subject", subject)
        wanted = header_writer.one_line(subject)
        assert decoded(unfolded(field)) == wanted, field
        assert library(field, "Subject").strip() == wanted, field
        assert number % 10 or parse(field.encode() + b"\r\nx").subject == wanted


def people() -> list[tuple[str, str]]:
    addresses = [f"{dice.choice(LOCALS)}@{dice.choice(DOMAINS)}" for _ in range(dice.randint(1, 4))]
    return [(words(12)[:120] if dice.random() < 0.9 else "", address) for address in addresses]


def mailboxes(value: str) -> list[tuple[str, str]]:
    """Names and addresses of a list, read by RFC 5322 section 3.4 before words are decoded."""
    token = re.compile(r'"(?:[^"\\]|\\.)*"|<(?:"[^"]*"|[^"<>])*>|,|[^\s",<>]+| ')
    tokens = token.findall(value)
    assert "".join(tokens) == value
    found: list[tuple[str, str]] = []
    while tokens:
        end = tokens.index(",") if "," in tokens else len(tokens)
        one, tokens = tokens[:end], tokens[end + 1 :]
        shown = "".join(one[:-1]).strip() if one[-1].startswith("<") else ""
        if shown.startswith('"'):
            shown = re.sub(r"\\(.)", r"\1", shown[1:-1])
        address = one[-1][1:-1] if one[-1].startswith("<") else "".join(one).strip()
        found.append((decoded(shown), address.replace('"', "")))
    return found


def test_random_names_stay_one_phrase_and_bring_no_address() -> None:
    print(f"seed {SEED}, n = {COUNT}")
    for number in range(COUNT):
        wanted = [(header_writer.one_line(name), address) for name, address in people()]
        field = mailboxes_field("To", wanted)
        value = unfolded(field)
        assert mailboxes(value) == wanted, field
        found = [address.replace('"', "") for _, address in getaddresses([value])]
        assert found == [address for _, address in wanted], field
        ours = parse(field.encode() + b"\r\nx").to if number % 10 == 0 else ()
        assert not ours or [a.address for a in ours] == [address for _, address in wanted], field


def test_random_lists_of_ids_come_back_as_they_are() -> None:
    print(f"seed {SEED}, n = {COUNT}")
    for number in range(COUNT):
        wanted = [message_id() for _ in range(dice.choice([1, 1, 2, 5, 20]))]
        field = ids_field("References", wanted)
        assert unfolded(field).split(" ") == wanted
        letter = message_from_bytes(field.encode() + b"\r\nx\r\n", policy=policy.compat32)
        assert letter["References"].split() == wanted
        assert number % 10 or list(parse(field.encode() + b"\r\nx").references) == wanted


@pytest.mark.parametrize("text", ["<a b@x>", "<a@x", "a@x", "<я@x>", "<a@x>\r\nBcc: b@x", "<<a@x>"])
def test_what_is_no_id_is_left_out(text: str) -> None:
    assert ids_field("In-Reply-To", [text]) == ""


def test_random_names_of_files_come_back() -> None:
    print(f"seed {SEED}, n = {COUNT // 4}")
    for _ in range(COUNT // 4):
        name = header_writer.one_line(words(12)[:200])
        field = parameters_field("Content-Disposition", "attachment", {"filename": name})
        unfolded(field)
        letter = message_from_bytes(field.encode() + b"\r\nx\r\n", policy=policy.compat32)
        assert letter.get_filename() == name, field
        modern = message_from_bytes(field.encode() + b"\r\nx\r\n", policy=policy.default)
        assert isinstance(modern, EmailMessage) and modern.get_content_disposition() == "attachment"


def test_a_short_ASCII_name_needs_no_quotes_and_a_long_one_is_quoted_and_folded() -> None:
    assert mailboxes_field("To", [("Dan Brown", "d@x")]) == "To: Dan Brown <d@x>\r\n"
    name = "Long Name With Many Words That Goes On And On, And Then Some More Words To Fold It"
    value = unfolded(mailboxes_field("To", [(name, "d@x")]))
    assert value == f'"{name}" <d@x>'


def test_an_address_outside_ASCII_stays_as_it_is() -> None:
    assert mailboxes_field("To", [("", "почта@x.example")]) == "To: почта@x.example\r\n"


def test_the_subject_is_legible_where_it_is_plain() -> None:
    field = text_field("Subject", "Re: Заказ 5 [#17]")
    assert field.startswith("Subject: Re: =?utf-8?b?") and field.endswith("?= 5 [#17]\r\n")
    assert text_field("Subject", "") == "Subject:\r\n"


def test_encoded_words_end_behind_a_blank_where_there_is_one() -> None:
    """Python 3.11 reads a blank between encoded words of a name: no word may come out in two."""
    name = "Мария Александровна Клиентова из Велобазы на Садовой улице в Москве"
    field = mailboxes_field("To", [(name, "maria@client.example")])
    letter = message_from_bytes(field.encode() + b"\r\nx\r\n", policy=policy.default)
    (to,) = letter["To"].addresses
    assert to.display_name.split() == name.split()
    short = mailboxes_field("Cc", [("", "d@x"), ("не обращение в доставка", "d@x")])
    assert short.count("=?utf-8?") == 1
