"""B02: words of strangers in every other field, on every page there is.

Which fields there are the database says, and which pages the table of doors; so a new field or a
new page is asked too.
"""

import pytest
from django.core.cache import cache
from django.test import Client

from okno.api.tests.conftest import Program, make_token
from okno.console.tests.conftest import browser_of, desk
from okno.desk.models import Conversation, Field
from okno.portal.tests.guests import make_channel
from tests.access.routes import filled, ids
from tests.access.table import API, CONSOLE
from tests.attacks.markers import MARKS, Marks, mark_everything

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]


def test_B02_a_marker_in_every_field_is_markup_on_no_page(ids, world, desk, capsys):
    mark = MARKS[0]
    visit = dict.fromkeys(("title", "page", "browser", "email", "zone", "name", "referrer"), mark)
    visit |= {"pages": [mark], "path": [mark]}
    Conversation.objects.update(fields={Field.objects.get().key: mark}, visit=visit)
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
