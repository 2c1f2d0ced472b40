"""Access after it was taken away: pages, streams, tokens, files (C02, C06, C07, C09)."""

import asyncio

import pytest
from django.test import Client

from okno.access import actions as access
from okno.api.tests.conftest import Program, make_token
from okno.console import live
from okno.console.tests.conftest import browser_of, desk, quick_world, sign_in
from okno.desk import actions
from okno.desk.models import Attachment, Conversation, Participant
from okno.spine import SYSTEM, unit
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "quick_world"]
NEW = "a window at night"
ENDS_KEYS = ("switched off", "new password")


def key_of(browser):
    return browser.cookies["okno_console"].value


@pytest.mark.parametrize("how", ["switched off", "new password", "signed out", "all ended"])
def test_C06_page_stream_and_token_refuse_at_once(quick_world, how):
    world = quick_world
    browser, _ = sign_in()
    token = make_token(world.bob)
    assert live.viewer_of(key_of(browser)) == world.bob
    if how == "switched off":
        world.do(access.change_agent, world.alice, world.bob, is_active=False)
    elif how == "new password":
        world.do(access.change_password, world.bob, world.bob, NEW)
    elif how == "signed out":
        browser.post("/sign-out/")
    else:
        world.do(access.sign_out, world.bob, world.bob)
    assert live.viewer_of(key_of(browser)) is None
    assert browser.get("/inbox/list").status_code == 302
    answer = Program(token)("GET", "/conversations")[0]
    # A new password ends keys too, unless one asks to keep them; leaving a device does not.
    assert answer == (401 if how in ENDS_KEYS else 200)
    # An open stream asks again within a minute.
    assert live.RECHECK_SECONDS <= 60


def test_C06_who_leaves_a_team_sees_it_no_more(quick_world, desk):
    world, number = quick_world, desk.conversation.pk
    browser, program = browser_of(world.bob), Program(make_token(world.bob))
    assert browser.get(f"/conversations/{number}/").status_code == 200
    world.do(access.change_agent, world.alice, world.bob, teams=[world.sales])
    assert browser.get(f"/conversations/{number}/").status_code == 404
    assert browser.get(f"/attachments/{desk.attachment.pk}/").status_code == 404
    assert program("GET", f"/conversations/{number}")[0] == 404
    assert "My order" not in browser.get("/").content.decode()
    assert live.viewer_of(key_of(browser)) is not None


def test_C02_a_file_goes_where_its_conversation_goes(quick_world, desk):
    world = quick_world
    path = f"/attachments/{desk.attachment.pk}/"
    bob, carol, program = (
        browser_of(world.bob),
        browser_of(world.carol),
        Program(make_token(world.bob)),
    )
    answer = bob.get(path)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert carol.get(path).status_code == 404
    assert Client().get(path).status_code == 302
    world.do(actions.move_to_team, world.alice, desk.conversation, world.sales)
    assert bob.get(path).status_code == 404
    assert program.raw("GET", path.rstrip("/")).status_code == 404
    assert carol.get(path).status_code == 200


def test_C02_names_of_files_on_disk_are_nowhere_in_addresses(quick_world, desk):
    storage = Attachment.objects.get(pk=desk.attachment.pk).storage
    page = browser_of(quick_world.bob).get(f"/conversations/{desk.conversation.pk}/")
    assert storage not in page.content.decode()


def stream(*headers):
    """The status that a request for the stream gets."""
    told = []

    async def receive():
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message):
        told.append(message)

    async def now(work, *args):
        return work(*args)

    class Hub:
        """Nobody may get this far."""

    scope = {"headers": [(k.encode(), v.encode()) for k, v in headers]}
    asyncio.run(live.live(Hub(), now, scope, receive, send))
    return told[0]["status"]


@pytest.mark.parametrize("cookie", ["", "okno_console=", "okno_console=%", "okno_console=*", "x"])
def test_C07_a_stream_without_a_session_is_refused(quick_world, cookie):
    assert stream(("cookie", cookie)) == 403


def test_C07_a_stream_from_a_foreign_page_is_refused(quick_world):
    browser, _ = sign_in()
    cookie = ("cookie", f"okno_console={key_of(browser)}")
    for site in ("cross-site", "same-site", "anything"):
        assert stream(cookie, ("sec-fetch-site", site)) == 403
    host = ("host", "okno.example")
    for origin in (
        "https://evil.example", "null", "https://okno.example.evil.example",
        "https://okno.example:444", "okno.example", "https://evil.example/okno.example",
    ):  # fmt: skip
        assert stream(cookie, host, ("origin", origin)) == 403, origin


def test_C09_nothing_is_merged_moved_or_linked_with_what_is_foreign(quick_world, desk):
    world = quick_world
    mine = world.letter(who="eve").conversation
    Conversation.objects.filter(pk=mine.pk).update(team=world.sales)
    foreign = desk.conversation.pk
    carol, program = browser_of(world.carol), Program(make_token(world.carol))
    before = list(Conversation.objects.order_by("pk").values("pk", "merged_into", "team"))
    people = Participant.objects.count()
    for source, target in ((mine.pk, foreign), (foreign, mine.pk)):
        answer = carol.post(f"/conversations/{source}/merge", {"into": target})
        assert answer.status_code in (302, 404)
        assert program("POST", f"/conversations/{source}/merge", {"into": target})[0] == 404
    split = {"messages": [desk.message.pk]}
    assert program("POST", f"/conversations/{mine.pk}/split", split)[0] in (404, 422)
    carol.post(f"/conversations/{mine.pk}/split", {"message": desk.message.pk})
    assert list(Conversation.objects.order_by("pk").values("pk", "merged_into", "team")) == before
    assert Participant.objects.count() == people


def test_E11_a_key_dies_with_its_agent_and_comes_back_with_them(quick_world):
    world = quick_world
    program = Program(make_token(world.bob))
    with unit(SYSTEM, "test"):
        access.change_agent(SYSTEM, world.bob, is_active=False)
    assert program("GET", "/tags")[0] == 401
    with unit(SYSTEM, "test"):
        access.change_agent(SYSTEM, world.bob, role="light", is_active=True)
    assert program("GET", "/tags")[0] == 200
    assert program("POST", "/contacts", {"name": "x"})[0] == 403, "never more than the agent"


def test_E11_a_key_in_an_address_is_refused_and_logged_nowhere(quick_world, caplog):
    token = make_token(quick_world.bob)
    for name in ("token", "access_token", "api_key", "key", "Authorization"):
        answer = Client().get(f"/api/v1/tags?{name}={token}")
        assert answer.status_code == 401
    assert token not in caplog.text
    assert PASSWORD not in caplog.text
