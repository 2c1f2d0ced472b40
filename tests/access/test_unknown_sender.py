"""A letter whose author nobody can name opens everywhere, and locks no conversation that it joins.

RFC 5322 wants one From with one or more mailboxes; letters come with none, with several, with our
own address in it, or cannot be read at all. Each kind is taken as a letter of its own, and as one
to the reply address of a conversation that goes on.
"""

import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from okno.access.actions import change_own
from okno.api.tests.conftest import make_token
from okno.channels.email import threads
from okno.channels.email.tests.letters import run_jobs, take, write
from okno.console.tests.conftest import browser_of
from okno.console.views.conversation import PARTS
from okno.desk import actions, correspondence
from okno.desk.contract import Person
from okno.desk.models import Message
from okno.spine import unit
from tests.access.table import API, CONSOLE

pytestmark = pytest.mark.django_db
WORD = "переключатель"
# Headers that name nobody, or too many; "" leaves the header out.
NOBODY = {
    "no From": {"From": ""},
    "empty From": {"From": " "},
    "two authors": {
        "From": "Ivan <ivan@firm.example>, Olga <olga@firm.example>",
        "Sender": "Ivan <ivan@firm.example>",
    },
    "two From fields": {"From": "a@firm.example\r\nFrom: b@firm.example"},
    "a group": {"From": "Undisclosed recipients:;"},
    "no address": {"From": "Postmaster"},
    "the null address": {"From": "<>"},
    "our own address": {"From": "Support <support@okno.example>"},
    "more of a header than is read": {"From": "", "To": "support@okno.example, " * 20_000},
}
SHARED = ("47-no-from", "11-two-authors", "41-to-many", "60-reply-two-authors-kills-thread")


PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
FIELD = re.compile(r'"?{(\w+)}"?')


def ids_of(message: Message) -> dict[str, int | None]:
    return {
        "number": message.conversation_id,
        "message_id": message.pk,
        "contact_id": message.contact_id,
        "inbound_id": message.inbound_id,
        "channel_id": message.channel.pk,
    }


def pages_of(message: Message) -> list[str]:
    """Addresses of the console about this entry; the others need what it has not."""
    number = message.conversation_id
    made = [f"/conversations/{number}/part/{name}" for name in PARTS]
    for path in ("", "inbox/list", "inbox/filters", f"inbox/list?open={number}", f"?q={WORD}"):
        made.append(f"/{path}")
    made += [f"/search/typed?q={WORD}", "/?view=all", "/?view=spam", "/stuck/"]
    ids = ids_of(message)
    for route in CONSOLE:
        wanted = PARAMETER.findall(route)
        if wanted and set(wanted) <= set(ids):
            made.append("/" + PARAMETER.sub(lambda found: str(ids[found[1]]), route))
    return made


def status_of(browser: Client, method: str, path: str, **more: Any) -> int:
    """The status of one answer, whose effects are taken back."""
    before = transaction.savepoint()
    status: int = browser.generic(method, path, **more).status_code
    transaction.savepoint_rollback(before)
    return status


def opens_everywhere(world: Any, message: Message) -> int:
    """Ask every page, fragment and operation about an entry; how many were asked."""
    browser, statuses = browser_of(world.alice), {}
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for path in pages_of(message):
        for method, headers in (("GET", {}), ("GET", partial), ("POST", partial)):
            found = status_of(browser, method, path, headers=headers)
            statuses[method, path, bool(headers)] = found
    assert {ask: found for ask, found in statuses.items() if found >= 500} == {}
    thread = f"/conversations/{message.conversation_id}/"
    assert statuses["GET", thread, False] == statuses["GET", thread, True] == 200
    return len(statuses) + _operations(world, message)


def _operations(world: Any, message: Message) -> int:
    headers = {"Authorization": f"Bearer {make_token(world.alice, 'admin')}"}
    program, ids = Client(raise_request_exception=False), ids_of(message)
    asked = 0
    for key, (_, body) in API.items():
        method, path = key.split()
        data = "" if body is None else json.dumps(body)
        if set(FIELD.findall(path + data)) <= set(ids):
            path, data = (FIELD.sub(lambda f: str(ids[f[1]]), text) for text in (path, data))
            more = {"data": data, "content_type": "application/json"} if data else {}
            path = f"/api/v1{path}" + (f"?q={WORD}" if path == "/search" else "")
            status = status_of(program, method, path, headers=headers, **more)
            assert status < (400 if method == "GET" else 500), (key, status)
            asked += 1
    return asked


def going_on(world: Any, **more: str) -> tuple[Message, str]:
    """A conversation that was answered, and the address that replies to it go to."""
    first = take(world.channel, write(more))
    conversation = first.conversation
    world.do(actions.reply, world.bob, conversation, actions.Body("Soon."))
    return first, threads.reply_address(threads.Thread(conversation.pk), "support@okno.example")


@pytest.mark.parametrize("kind", NOBODY)
def test_a_letter_of_nobody_opens_everywhere(world, kind):
    message = take(world.channel, write(NOBODY[kind], f"Где {WORD}?"))
    print(f"{kind}: n={opens_everywhere(world, message)}")
    page = browser_of(world.bob).get(f"/conversations/{message.conversation_id}/").content.decode()
    assert WORD in page or message.notices[0] == "unreadable"
    if message.identity is None:
        assert "Unknown sender" in page


@pytest.mark.parametrize("kind", NOBODY)
def test_a_letter_of_nobody_to_a_reply_address_locks_nothing(world, kind):
    first, address = going_on(world)
    named = {"To": address} if "To" not in NOBODY[kind] else {}
    raw = write({**NOBODY[kind], **named}, f"Где {WORD}?")
    message = take(world.channel, raw, address)
    for entry in {row.conversation_id: row for row in (message, first)}.values():
        opens_everywhere(world, entry)
    page = browser_of(world.bob).get(f"/conversations/{first.conversation_id}/").content.decode()
    assert "Where is my order?" in page
    if message.conversation_id == first.conversation_id and message.identity is None:
        assert message.is_new_sender
        assert "Who wrote this cannot be told." in page
    correspondence.everything(first.identity)
    world.do(actions.reply, world.bob, first.conversation, actions.Body("Here it is."))
    run_jobs()
    assert first.conversation.messages.filter(text="Here it is.").get().deliveries.count() == 1


@pytest.mark.parametrize("name", SHARED)
def test_such_letters_of_the_sample_open(world, shared_data, name):
    first, address = going_on(world)
    raw = (shared_data / "cases" / f"{name}.eml").read_bytes()
    message = take(world.channel, raw.replace(b"REPLY-ADDRESS", address.encode()), address)
    for entry in {row.conversation_id: row for row in (message, first)}.values():
        opens_everywhere(world, entry)


def test_a_letter_of_nobody_to_the_address_of_an_aside_locks_nothing(world):
    first, _ = going_on(world)
    expert = Person("parts@maker.example", "Parts")
    text = actions.Body("In stock?")
    world.do(actions.forward, world.bob, first.conversation, world.channel, expert, text)
    aside = Message.every.exclude(aside=None).get()
    thread = threads.Thread(aside.aside_id, is_aside=True)
    to = threads.reply_address(thread, "support@okno.example")
    message = take(world.channel, write({"From": "", "To": to}, f"Где {WORD}?"), to)
    assert message.aside_id == aside.aside_id
    opens_everywhere(world, message)
    page = browser_of(world.bob).get(f"/conversations/{first.conversation_id}/").content.decode()
    assert "Unknown sender" in page and "Who wrote this cannot be told." in page


def test_what_nobody_wrote_is_split_off_and_merged(world):
    first, address = going_on(world)
    message = take(world.channel, write({"From": "", "To": address}, f"Где {WORD}?"), address)
    lone = take(world.channel, write({"From": ""}, "Nobody again"))
    assert message.conversation_id == first.conversation_id != lone.conversation_id
    world.do(actions.split, world.bob, first.conversation, [message])
    message.refresh_from_db()
    assert message.conversation_id != first.conversation_id
    opens_everywhere(world, message)
    world.do(actions.merge, world.bob, message.conversation, lone.conversation)
    message.refresh_from_db()
    assert message.conversation_id == lone.conversation_id
    opens_everywhere(world, message)


def test_the_page_says_unknown_sender_in_russian_too(world):
    message = take(world.channel, write({"From": ""}))
    with unit(world.bob, "test"):
        change_own(world.bob, world.bob, language="ru")
    page = browser_of(world.bob).get(f"/conversations/{message.conversation_id}/").content.decode()
    assert "Неизвестный отправитель" in page
