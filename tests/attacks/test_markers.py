"""B02: words of strangers in every other field, on every page there is.

Which fields there are the database says, and which pages the table of doors; so a new field or a
new page is asked too.
"""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db.models import CharField, Model, TextField
from django.test import Client

from okno.api.tests.conftest import Program, make_token
from okno.console.tests.conftest import browser_of, desk
from okno.desk.models import Conversation, Field
from okno.portal.tests.guests import make_channel
from tests.access.table import API, CONSOLE
from tests.access.test_table import filled, ids

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]
ROOMS = ("access", "contacts", "desk")
MARKS = ("'\"></title></textarea><x-kumquat onclick=alert(1)>", "'\"><x-kumquat>", "<x-kumquat>")
# Written by the product itself and read by it, never by the words of a person.
OURS = {
    "password", "secrets", "public_key", "storage", "sha256", "external_id", "kind", "key",
    "name_key",
    "language", "timezone", "theme", "session_key", "session_data", "secret", "token_hash", "hash",
    "content_type", "type", "sort", "icon", "level", "role", "state", "status", "direction",
    "content_id", "prefix", "digest",
}  # fmt: skip


def wordy() -> Iterator[tuple[type[Model], str, int]]:
    """Every column that may hold words of somebody: model, name, longest value."""
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS:
            continue
        for column in model._meta.concrete_fields:
            is_words = isinstance(column, CharField | TextField) and not column.choices
            if is_words and not column.primary_key and column.name not in OURS:
                yield model, column.name, column.max_length or 10_000


def mark_everything(marks: tuple[str, ...] = MARKS) -> int:
    """Put the longest marker that fits into each column of each row; how many columns took one."""
    count = 0
    for model, name, longest in wordy():
        fit = [mark for mark in marks if len(mark) + 6 <= longest]
        if not fit:
            continue
        for row in model._base_manager.all():
            model._base_manager.filter(pk=row.pk).update(**{name: f"{fit[0]}{row.pk}"})
        count += 1
    return count


class Marks(HTMLParser):
    """Finds markers that became elements or attributes, and those that stayed words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.broken: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("x-kum") or any(name.startswith("on") for name, _ in attrs):
            self.broken.append(self.get_starttag_text() or tag)


def test_B02_a_marker_in_every_field_is_markup_on_no_page(ids, world, desk, capsys):
    mark = MARKS[0]
    visit = dict.fromkeys(("title", "page", "browser", "email", "zone", "name", "referrer"), mark)
    own = {Field.objects.get().key: mark, "visit": {**visit, "pages": [mark], "path": [mark]}}
    Conversation.objects.update(fields=own)
    columns = mark_everything()
    cache.clear()
    browser, shown, pages = browser_of(world.alice), 0, 0
    extra = ["/?q=kumquat", "/search/typed?q=kum", "/?view=open", "/?tag=x-kumquat"]
    for path in [*(filled(route, ids) for route in CONSOLE), *extra]:
        answer = browser.get(path)
        assert answer.status_code < 500, (path, answer.status_code)
        text = b"".join(answer).decode("utf-8", "replace")
        if "html" not in answer["Content-Type"]:
            assert answer["Content-Type"].startswith(("text/plain", "application/", "image/"))
            assert answer["X-Content-Type-Options"] == "nosniff", path
            continue
        assert Marks(text).broken == [], path
        shown += "kumquat" in text
        pages += 1
    assert shown >= 25
    with capsys.disabled():
        print(f"\nB02 n={columns} columns on {pages} pages, {shown} of which show one: 0 markup")


def test_B02_answers_for_programs_and_clients_are_no_pages(ids, world, desk, capsys):
    mark_everything()
    make_channel("form", MARKS[1], world.support)
    program, count = Program(make_token(world.alice, "admin")), 0
    for key in API:
        method, path = key.split()
        if method != "GET":
            continue
        answer = program.raw("GET", path.format(**ids))
        kind = answer["Content-Type"]
        assert kind.startswith("application/") or answer["Content-Disposition"][:6] == "attach"
        assert answer["X-Content-Type-Options"] == "nosniff", path
        count += 1
    form = make_channel("form", MARKS[0], world.support, intro=MARKS[0])
    chat = make_channel("widget", MARKS[0], world.support, greeting=MARKS[0])
    for path in (f"/form/{form.public_key}/", f"/chat/{chat.public_key}/"):
        for query in ("", "?lang=<x-kumquat>", "?name='\"><x-kumquat>&subject=<x-kumquat>"):
            answer = Client().get(path + query)
            assert answer.status_code == 200
            assert Marks(answer.content.decode()).broken == [], path
            count += 1
    with capsys.disabled():
        print(f"\nB02 n={count} answers of the API, the form and the chat: 0 markup")
