"""Both languages are complete, and one thing has one word."""

import re
import runpy
import subprocess
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.utils import translation

from okno.console import when
from okno.console.tests.conftest import browser_of
from okno.spine import contract

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "okno" / "locale" / "ru" / "LC_MESSAGES"
FOLDERS = sorted((ROOT / "okno").glob("**/locale/ru/LC_MESSAGES"))
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-4])
NEVER = re.compile(r"(?i)\b(тикет|заявк|категори|ticket|canned)\w*")


@pytest.fixture(scope="module")
def russian() -> GNUTranslations:
    with (FOLDER / "django.mo").open("rb") as file:
        return GNUTranslations(file)


@every_folder
def test_every_string_has_its_russian(folder):
    blocks = (folder / "django.po").read_text().split("\n\n")[1:]
    empty = [b for b in blocks if re.search(r'(?m)^msgstr(\[\d\])? ""$(?!\n")', b)]
    assert empty == []
    assert not any("fuzzy" in block for block in blocks)


@every_folder
def test_the_compiled_words_are_those_of_the_source(folder, tmp_path):
    made = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "-o", made, folder / "django.po"], check=True)
    assert made.read_bytes() == (folder / "django.mo").read_bytes()


@every_folder
def test_no_word_is_used_that_we_never_use(folder):
    text = (folder / "django.po").read_text()
    assert NEVER.findall(text) == []


def test_sentences_of_events_and_reasons_of_verbs_are_translated(russian):
    words = {kind.sentence for kind in contract.events if kind.sentence}
    words |= set(runpy.run_path(str(ROOT / "tools" / "messages.py"))["plain_words"]())
    missing = [word for word in words if word and russian.gettext(word) == word]
    assert missing == []


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "1 мин"), (5, "5 мин"), (61, "1 ч"), (60 * 24, "1 день"), (60 * 72, "3 дня"),
     (60 * 24 * 11, "11 дней"), (60 * 24 * 21, "21 день")],
)  # fmt: skip
def test_durations_are_counted_in_russian(minutes, words):
    with translation.override("ru"):
        assert when.span(minutes * 60) == words


@pytest.mark.django_db
def test_an_agent_is_spoken_to_in_their_language_and_zone(world):
    world.bob.language, world.bob.timezone = "ru", "Asia/Yekaterinburg"
    world.bob.save()
    letter = world.letter()
    page = browser_of(world.bob).get(f"/conversations/{letter.conversation_id}/").content.decode()
    assert '<html lang="ru">' in page
    assert "Ждут нас" in page
    assert "Ответственный" in page
