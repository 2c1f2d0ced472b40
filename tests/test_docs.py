"""Docs that drift fail: each setting, command, event and decision has its place."""

import re
from pathlib import Path

from okno.channels.contract import adapters
from okno.config import cli, env
from okno.config.docs import events_page, settings_page

ROOT = Path(__file__).resolve().parent.parent
PAGES = [p for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))]


def test_settings_and_events_pages_are_what_the_code_says():
    wrong = "run `python tools/docs.py`"
    assert (ROOT / "docs/operate/settings.md").read_text() == settings_page(), wrong
    assert (ROOT / "docs/extend/events.md").read_text() == events_page(), wrong


def test_every_command_is_described():
    page = (ROOT / "docs/operate/commands.md").read_text()
    for name in cli.command_names():
        assert f"`okno {name}" in page, name


def test_every_kind_has_its_words():
    text = "\n".join(p.read_text() for p in PAGES).lower()
    for adapter in adapters:
        assert adapter.label.lower() in text or adapter.kind in text, adapter.kind


def test_no_link_leads_nowhere():
    looked = 0
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
            looked += 1
    print(f"n={looked} links")
    assert looked > 20


def test_every_decision_is_listed():
    listed = (ROOT / "docs/adr/README.md").read_text()
    for page in (ROOT / "docs/adr").glob("0*.md"):
        assert page.name in listed


def test_every_setting_says_what_it_is_for():
    assert all(len(s.help) > 10 for s in env.SETTINGS)
