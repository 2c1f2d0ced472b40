"""Spaces and joiners of all scripts survive our pages; what only confuses does not."""

import unicodedata

import pytest

from okno.kit.text import one_line, plain

SPACES = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) == "Zs"]
JOINERS = ["\u200b", "\u200c", "\u200d", "\u2060"]


@pytest.mark.parametrize("space", SPACES, ids=lambda c: f"U+{ord(c):04X}")
def test_no_space_of_any_width_joins_two_words(space):
    assert plain(f"в{space}магазине") == f"в{space}магазине"
    assert one_line(f"в{space}магазине") == "в магазине"


@pytest.mark.parametrize("joiner", JOINERS, ids=lambda c: f"U+{ord(c):04X}")
def test_joiners_stay_in_words_and_pictures(joiner):
    word = f"می{joiner}خواهم"
    assert plain(word) == word and one_line(word) == word


def test_a_price_a_family_and_a_paragraph():
    price = "1\u202f250\u202f000\xa0₽ в\xa0магазине"
    assert plain(price) == price
    assert one_line(price) == "1 250 000 ₽ в магазине"
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    assert plain(family) == family and one_line(family) == family
    assert plain("a\r\nb\rc\u2028d\u2029e\x85f") == "a\nb\nc\nd\ne\nf"


def test_what_is_not_seen_and_only_confuses_goes():
    for hidden in ("\0", "\x1b", "\x7f", "\ufeff", "\u202e", "\u2066", "\ud800", "\xad"):
        assert plain(f"pay{hidden}pal") == "paypal"
        assert one_line(f"pay{hidden}pal") == "pay pal"
    assert one_line("a\n\tb\0c", 3) == "a b"
    assert plain(" \n\xa0\u200b ") == ""
