"""The words of docs/glossary.md hold in every string people read, in both languages."""

import gettext
import re
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2] / "okno"
# The house has one for its floors, and a room one of its own where clients read it.
LOCALES = sorted(PRODUCT.glob("**/locale/ru/LC_MESSAGES"))
# Only those that mean one thing: "article" and "queue" have honest uses.
NEVER_ENGLISH = ("tickets?", "canned responses?", "inboxes", "mailbox queues?")
NEVER_RUSSIAN = ("тикет[а-я]*", "заявк[а-я]*", "заявок", "кейс[а-я]*", "ярлык[а-я]*")
PLURALS = 3


def catalogue() -> dict[str, list[str]]:
    """Source strings and what stands for them in Russian."""
    found: dict[str, list[str]] = {}
    for locale in LOCALES:
        with (locale / "django.mo").open("rb") as file:
            raw = gettext.GNUTranslations(file)._catalog
        for source, translated in raw.items():
            text = source[0] if isinstance(source, tuple) else source
            if text:
                found.setdefault(text.rpartition("\x04")[2], []).append(str(translated))
    return found


WORDS = catalogue()


def name_of(locale: Path) -> str:
    return locale.relative_to(PRODUCT.parent).parts[-4]


def test_there_are_words():
    print(f"n={len(WORDS)} strings")
    assert len(WORDS) > 500
    assert {name_of(locale) for locale in LOCALES} >= {"okno", "portal"}


@pytest.mark.parametrize("word", NEVER_ENGLISH)
def test_english_says(word):
    wrong = [text for text in WORDS if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    assert not wrong


@pytest.mark.parametrize("word", NEVER_RUSSIAN)
def test_russian_says(word):
    texts = [text for texts in WORDS.values() for text in texts]
    assert not [text for text in texts if re.search(rf"\b{word}\b", text, re.IGNORECASE)]


def test_a_tag_is_no_category():
    wrong = [
        texts
        for source, texts in WORDS.items()
        if re.search(r"\btags?\b", source, re.IGNORECASE)
        and any("категори" in text.lower() for text in texts)
    ]
    assert not wrong


@pytest.mark.parametrize("locale", LOCALES, ids=name_of)
def test_every_string_is_translated_and_nobody_is_unsure(locale):
    text = (locale / "django.po").read_text()
    entries = [entry for entry in text.split("\n\n")[1:] if not entry.startswith("#~")]
    assert not [entry for entry in entries if re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE)]
    empty = re.compile(r'^msgstr(\[\d\])? ""(?!\n")', re.MULTILINE)
    assert not [entry for entry in entries if empty.search(entry)]


def test_plurals_have_the_three_forms_that_russian_has():
    texts = [(locale / "django.po").read_text() for locale in LOCALES]
    entries = [entry for text in texts for entry in text.split("\n\n")]
    plurals = [entry for entry in entries if "msgid_plural" in entry]
    assert plurals
    assert not [entry for entry in plurals if entry.count("\nmsgstr[") < PLURALS]
