"""Search: what is found, and what nobody finds (C08)."""

import pytest

from okno.contacts.actions import add_identity, change_contact
from okno.desk import search
from okno.desk.actions import (
    add_tag,
    bin_conversation,
    mark_spam,
    merge,
    note,
    remove_tag,
    reply,
    set_subject,
)
from okno.desk.actions.reply import Body
from okno.desk.models import Tag
from okno.desk.search import snippets
from okno.spine import SYSTEM
from okno.spine.reading import read_once, rebuild


@pytest.fixture
def find(world):
    """Numbers of the conversations an actor finds, after the readers have caught up."""

    def numbers(text, actor=None):
        while read_once():
            pass
        return [row["number"] for row in search.find(actor or world.bob, text).rows]

    return numbers


CASES = [
    ("Мой заказ всё ещё не приехал", "заказы"),
    ("Мой заказ всё ещё не приехал", "ЗАКАЗА еще"),
    ("Where are my orders?", "order"),
    ("Where are my orders?", "ORDERING"),
    ("Call +7 (495) 123-45-67 please", "8 495 1234567"),
    ("Order A-12/2024 is lost", "a-12/2024"),
    ("Write to Ivan.Petrov@Example.org", "ivan.petrov@example.org"),
    ("naïve Zażółć gęślą", "zażółć"),
    ("naïve Zażółć gęślą", "zaż"),
    ("Ελληνικά γράμματα", "ελλην"),
    ("日本語のテキスト", "日本語のテキスト"),
    ("quote \" ' & | ! * : ( ) NEAR AND OR NOT", "near and or not"),
    ("C++ and 100% of it", "100"),
    ("é as one and é as two", "é"),
]


@pytest.mark.parametrize(("text", "asked"), CASES)
def test_found_by_words(world, find, text, asked):
    number = world.letter(text, subject="").conversation_id
    world.letter("Nothing of the kind", who="eve", subject="")
    assert find(asked) == [number]


@pytest.mark.parametrize(
    "asked",
    ["", " ", '"', "'", "*", '"*', "a*b", "x' OR 1=1 --", ") OR (", "NEAR(", "^", "-", "\\", "%"]
    + ["_", "{stems}: x", "stems:x", "! & |", "a" * 300, "'" * 300, "🙂", "\u0301" * 50, "rowid:1"],
)
def test_a_query_is_words_and_nothing_else(world, find, asked):
    world.letter("Plain words")
    assert find(asked) == []


def test_found_by_what_a_conversation_is_known_by(world, find):
    found = world.letter("Hello", subject="Broken samovar").conversation
    other = world.letter("Hello", who="eve").conversation
    world.do(add_tag, world.bob, found, "Срочно")
    expected = {
        "samovar": [found.pk],
        "samovar hello": [found.pk],
        "dan@client.example": [found.pk],
        "Dan": [found.pk],
        "срочные": [found.pk],
        f"#{found.pk}": [found.pk],
        f"{other.pk}": [other.pk],
        "hello": [other.pk, found.pk],
        "hell": [other.pk, found.pk],
        "hello dan eve": [],
        "#999999": [],
    }
    for asked, numbers in expected.items():
        assert find(asked) == numbers, asked


def test_follows_changes_and_a_rebuild_finds_the_same(world, find):
    found = world.letter("First", subject="Alpha").conversation
    second = world.letter("Second", subject="Beta").conversation
    world.do(reply, world.bob, found, Body("We answered with gamma"))
    world.do(set_subject, world.bob, found, "Delta")
    world.do(add_tag, world.bob, found, "epsilon")
    world.do(change_contact, world.bob, world.dan, name="Theta")
    world.do(add_identity, world.bob, world.dan, "email", "iota@client.example")
    expected = {
        "alpha first": [found.pk],
        "delta": [found.pk],
        "gamma": [found.pk],
        "epsilon": [found.pk],
        "theta": [found.pk, second.pk],
        "iota": [found.pk, second.pk],
    }
    for asked, numbers in expected.items():
        assert find(asked) == numbers, asked
    world.do(remove_tag, world.bob, found, Tag.objects.get())
    world.do(merge, world.bob, second, found)
    assert find("epsilon") == [] and find("second delta") == [found.pk]
    asked = [*expected, "second delta", "second", "beta"]
    before = {text: find(text) for text in asked}
    rebuild("desk.search")
    assert {text: find(text) for text in asked} == before


def test_foreign_words_are_not_found(world, find):
    """C08: no hit, no snippet, no page key tells Carol or a client that the word exists."""
    found = world.letter("The password is xyzzymarker", subject="Plughmarker").conversation
    world.do(note, world.bob, found, "Notemarker for us")
    world.do(add_tag, world.bob, found, "tagmarker")
    for word in ("xyzzymarker", "plughmarker", "tagmarker", "dan@client.example", f"#{found.pk}"):
        assert find(word) == [found.pk], word
        for actor in (world.carol, world.eve, world.dan):
            page = search.find(actor, word)
            assert (page.rows, page.next) == ([], ""), (word, actor)
    for actor in (world.alice, world.bob, world.carol, SYSTEM):
        assert find("notemarker", actor) == []


def test_spam_and_bin_are_left_out_but_a_number_is_found(world, find):
    spam = world.letter("Pills marker").conversation
    binned = world.letter("Pills marker").conversation
    world.do(mark_spam, world.bob, spam)
    world.do(bin_conversation, world.bob, binned)
    assert find("marker") == []
    assert find(f"#{spam.pk}") == [spam.pk]


def test_pages_and_snippets(world, find):
    for i in range(5):
        found = world.letter(f"Filler {'word ' * 100} needle{i} {'word ' * 100} needle")
    world.do(reply, world.bob, found.conversation, Body("needle once more"))
    find("needle")
    seen, after = [], ""
    while True:
        page = search.find(world.bob, "needle", limit=2, after=after)
        seen += page.rows
        if not (after := page.next):
            break
    assert len(seen) == len({row["number"] for row in seen}) == 5
    assert all("needle" in row["snippet"] for row in seen)
    assert all(len(row["snippet"]) <= snippets.LENGTH + 2 for row in seen)
    assert [row["message_id"] for row in seen] == sorted(
        (row["message_id"] for row in seen), reverse=True
    )


def test_removed_is_gone(world, find):
    number = world.letter("Forget me please").conversation_id
    assert find("forget") == [number]
    search.remove([number])
    assert find("forget") == []


def test_a_huge_text_is_cut_not_refused(world, find):
    text = " ".join(f"слово{i}" for i in range(30_000))
    number = world.letter(text, subject="").conversation_id
    assert find("слово1") == [number]
