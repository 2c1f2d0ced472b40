"""C01 for people outside: every open address with keys, tokens and ids that are not theirs.

What is foreign, switched off, expired, forged or of another kind of channel meets the very same
answer as what has never been. A new open address must be listed here.
"""

import json
import re
import uuid
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from okno.channels.form import ids as tokens
from okno.desk.actions import change_channel, note
from okno.desk.models import Attachment, Channel, Conversation, Message
from okno.kit import clock, crypto
from okno.portal.form import pages, stamps
from okno.portal.tests.forms import FILLED, Person, worked
from okno.portal.tests.guests import Visitor, make_channel, proof, work
from tests.access.table import OPEN

pytestmark = pytest.mark.django_db
GET, POST = ("get",), ("post",)
# Of the chat's script: methods, and whether the visitor's token opens it.
CHAT = {
    "chat/<str:key>/": (GET, False),
    "chat/<str:key>/session": (POST, False),
    "chat/<str:key>/identify": (POST, False),
    "chat/<str:key>/messages": (("get", "post"), True),
    "chat/<str:key>/seen": (POST, True),
    "chat/<str:key>/typing": (POST, True),
    "chat/<str:key>/visit": (POST, True),
    "chat/<str:key>/transcript": (GET, True),
    "chat/<str:key>/transcript/mail": (POST, True),
    "chat/<str:key>/files/<id:attachment_id>": (GET, True),
    "chat/<str:key>/files/<id:attachment_id>/preview": (GET, True),
    "chat/<str:key>/people/<slug:picture>": (GET, False),
}
FORM = {
    "form/<str:key>/": ("get", "post"),
    "form/<str:key>/sent/<str:mark>/": GET,
}
REQUEST = {
    "request/<id:number>/<str:token>/": GET,
    "request/<id:number>/<str:token>/reply": POST,
    "request/<id:number>/<str:token>/status": POST,
    "request/<id:number>/<str:token>/confirm": POST,
    "request/<id:number>/<str:token>/files/<id:attachment_id>/": GET,
    "request/<id:number>/<str:token>/files/<id:attachment_id>/preview": GET,
}
# Those that hold nothing of anyone, or whose keys are tested elsewhere.
ELSEWHERE = {
    "demo/shop/": "the demo's shop; absent without its channel",
    "health/live": "says that the process lives",
    "health/ready": "C24 in test_doors.py",
    "invitation/<str:secret>/": "C14 in console/tests/test_recovery.py",
    "recovery/": "C15",
    "recovery/<str:secret>/": "C14 in console/tests/test_recovery.py",
    "sign-in/": "C15",
    "sign-in/code/": "C17",
    "sign-in/passkey/": "C17",
    "sign-out/": "ends the own session",
    "widget-<slug:version>.js": "the script of that hash, D05",
    "widget.js": "the one script for all",
}


@dataclass
class Outside:
    """Two chats and two forms with a person each, and things of theirs that others may not have."""

    mine: Visitor
    theirs: Visitor
    other: Visitor
    form: Channel
    their_form: Channel
    off: Channel
    off_form: Channel
    my_request: str
    their_request: str
    my_mark: str
    my_file: int
    their_file: int
    note_file: int


def request_file(channel: Channel) -> int:
    found = Attachment.objects.filter(message__conversation__channel=channel)
    return found.values_list("pk", flat=True)[0]


@pytest.fixture
def outside(world):
    cache.clear()
    before, pages.WAIT_SECONDS = pages.WAIT_SECONDS, 0.0
    chat = make_channel("widget", "Velobaza", world.support)
    mine, theirs = Visitor(chat).start(), Visitor(chat, address="203.0.113.8").start()
    other = Visitor(make_channel("widget", "Other", world.sales)).start()
    for visitor in (mine, theirs, other):
        visitor.upload("SECRET words", SimpleUploadedFile("plan.txt", b"SECRET file"))
    form = make_channel("form", "Velobaza", world.support)
    their_form = make_channel("form", "Others", world.sales)
    file = SimpleUploadedFile("bill.txt", b"SECRET bill")
    my_request = Person(form).request(text="SECRET one", files=[file])
    file = SimpleUploadedFile("bill.txt", b"SECRET bill")
    person = Person(their_form, address="203.0.113.10")
    their_request = person.request(text="SECRET two", email="eve@client.example", files=[file])
    waiting = Person(form).send(subject="Later")["Location"]
    work()
    off, off_form = (make_channel(kind, "Off", world.support) for kind in ("widget", "form"))
    for channel in (off, off_form):
        world.do(change_channel, world.alice, channel, is_active=False)
    talk = Conversation.objects.filter(channel=chat).order_by("pk")[0]
    world.do(note, world.bob, talk, "SECRET note")
    files = list(Attachment.objects.filter(message__conversation__channel=chat).order_by("pk"))
    row = files[0]
    noted = Attachment.objects.create(
        note=talk.notes.get(), name="x", content_type="text/plain", size=1, sha256=row.sha256,
        storage=row.storage,
    )  # fmt: skip
    yield Outside(
        mine, theirs, other, form, their_form, off, off_form, my_request, their_request,
        waiting.rstrip("/").rpartition("/")[2], files[0].pk, files[1].pk, noted.pk,
    )  # fmt: skip
    pages.WAIT_SECONDS = before


def told(answer, *own):
    """Status and body of an answer, without what the asker put into the address."""
    body = b"".join(answer).decode("utf-8", "replace")
    for word in own:
        body = body.replace(str(word), "…")
    return answer.status_code, re.sub(r'value="\w{64}"', "", body)


def filled(route, **values):
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(values[found[1]]), route)


BODY = json.dumps({"id": str(uuid.uuid4()), "text": "SECRET sent", "email": "a@b.example"})


def ask(method, path, token="", data=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    given = {"data": BODY, "content_type": "application/json"} if method == "post" else {}
    if data is not None:
        given = {"data": data}
    cache.clear()  # limits have tests of their own
    browser = Client(raise_request_exception=False, headers=headers)
    return getattr(browser, method)(path, **given)


def test_C01_every_open_address_is_listed():
    listed = {*CHAT, *FORM, *REQUEST, *ELSEWHERE}
    assert set(OPEN) - listed == set(), "say here what a stranger with a wrong key meets"
    assert listed - set(OPEN) == set(), "these addresses are gone"


def stored():
    return Message.every.count(), Conversation.objects.count(), Attachment.objects.count()


def test_C01_a_key_that_opens_nothing_is_like_none(outside, capsys):
    """Absent, of another kind, of a channel that is off, cut, in capitals; with a good token."""
    o, asked, before = outside, 0, stored()
    chat_key, form_key = o.mine.channel.public_key, o.form.public_key
    wrong_chat = ["absent-key", form_key, o.off.public_key, chat_key[:-1], chat_key.swapcase()]
    wrong_form = ["absent-key", chat_key, o.off_form.public_key, form_key[:-1], form_key.swapcase()]
    routes = [(route, methods, wrong_chat) for route, (methods, _) in CHAT.items()]
    routes += [(route, methods, wrong_form) for route, methods in FORM.items()]
    for route, methods, keys in routes:
        for method in methods:
            answers = set()
            for key in keys:
                path = filled(route, key=key, attachment_id=o.my_file, mark=o.my_mark, picture="x")
                answers.add(told(ask(method, path, o.mine.token), key))
                asked += 1
            assert len(answers) == 1, (route, method, [a[0] for a in answers])
            [(status, body)] = answers
            assert status == 404 and "SECRET" not in body, (route, method, status)
    assert stored() == before
    with capsys.disabled():
        print(f"\nC01 n={asked} questions with keys that open nothing: all like an absent one")


def expired(outside):
    """A token that a site vouched for two days ago."""
    person = Visitor(outside.mine.channel)
    with clock.held_at(clock.now() - clock.timedelta(days=2)):
        given = proof(person.channel, exp=int(clock.now().timestamp()) + 600)
        return person("POST", "identify", {"proof": given})[1]["token"]


def test_C01_a_token_that_opens_nothing_is_like_none(outside, capsys):
    """None, forged, of another channel, expired, of a request, of an agent's session."""
    o, asked, before = outside, 0, stored()
    key = o.mine.channel.public_key
    wrong = [
        "", "x", o.mine.token[:-1], o.mine.token + "0", o.other.token, expired(o),
        o.my_request.split("/")[3], o.mine.token.partition(".")[0] + "." + crypto.new_token(),
    ]  # fmt: skip
    for route, (methods, needs_token) in CHAT.items():
        if not needs_token:
            continue
        for method in methods:
            path = filled(route, key=key, attachment_id=o.my_file, picture="x")
            answers = {told(ask(method, path, token)) for token in wrong}
            asked += len(wrong)
            assert answers == {(401, '{"error": "token"}')}, (route, method, answers)
    assert stored() == before
    with capsys.disabled():
        print(f"\nC01 n={asked} questions with tokens that open nothing: 0 answered, 0 stored")


def test_C01_a_foreign_file_is_like_none(outside, capsys):
    """Of another visitor, another channel, a note, a request: by each of the doors to files."""
    o, asked = outside, 0
    foreign = [999999, o.their_file, o.note_file, request_file(o.form), request_file(o.their_form)]
    routes = [route for route in (*CHAT, *REQUEST) if "attachment_id" in route]
    for route in routes:
        of_chat = route in CHAT
        number, token = o.my_request.split("/")[2:4]
        own = o.my_file if of_chat else request_file(o.form)
        values = {"key": o.mine.channel.public_key, "number": number, "token": token}
        token = o.mine.token if of_chat else ""
        answers = set()
        for pk in {*foreign, o.my_file} - {own}:
            path = filled(route, attachment_id=pk, **values)
            answers.add(told(ask("get", path, token), path))
            asked += 1
        assert len(answers) == 1, (route, answers)
        [(status, body)] = answers
        assert status == 404 and "SECRET" not in body, route
        if not route.endswith("/preview"):
            mine = ask("get", filled(route, attachment_id=own, **values), token)
            assert told(mine)[0] == 200, route
    with capsys.disabled():
        print(f"\nC01 n={asked} questions for foreign files by {len(routes)} doors: 0 opened")


def test_C01_a_link_to_a_request_opens_that_one_alone(outside, capsys):
    o, asked, before = outside, 0, stored()
    number, token = o.my_request.split("/")[2:4]
    their_number, their_token = o.their_request.split("/")[2:4]
    chat_message = Message.objects.filter(conversation__channel__kind="widget").earliest("pk")
    wrong = [
        (999999, token), (number, "none"), (number, their_token), (their_number, token),
        (number, token[:-1]), (number, token.upper()), (number, token + "0"),
        (chat_message.conversation_id, token),
        # Well signed, but for a message of another kind of channel, or for none.
        (chat_message.conversation_id,
         tokens.token(chat_message.conversation_id, chat_message.pk)),
        (999999, tokens.token(999999, 999999)),
    ]  # fmt: skip
    assert wrong[5][1] != token
    for route, methods in REQUEST.items():
        for method in methods:
            answers = set()
            for one, two in wrong:
                path = filled(route, number=one, token=two, attachment_id=request_file(o.form))
                stamp = stamps.new(f"request:{token.partition('-')[0]}")
                data = {"text": "SECRET sent", "stamp": stamp, "work": "0", "is_done": "1"}
                answers.add(told(ask(method, path, data=data if method == "post" else None)))
                asked += 1
            assert len(answers) == 1, (route, method, [a[0] for a in answers])
            [(status, body)] = answers
            assert status == 404 and "SECRET" not in body, (route, method)
    assert stored() == before
    assert not Conversation.objects.exclude(status="open").exists()
    assert Client().get(o.my_request).status_code == 200
    with capsys.disabled():
        print(f"\nC01 n={asked} questions with links to other requests: 0 answered, 0 changed")


def test_C01_a_mark_and_a_stamp_are_good_for_their_form_alone(outside):
    """What one form has signed opens and stores nothing at another."""
    o = outside
    absent = told(ask("get", f"/form/{o.form.public_key}/sent/1-none/"), o.form.public_key)
    for key, mark in (
        (o.their_form.public_key, o.my_mark), (o.form.public_key, o.my_mark[:-1]),
        (o.form.public_key, "999999" + o.my_mark[o.my_mark.index("-"):]),
    ):  # fmt: skip
        assert told(ask("get", f"/form/{key}/sent/{mark}/"), key) == absent
    assert absent[0] == 404
    stamp = stamps.new(f"form:{o.form.pk}")
    given = {**FILLED, "stamp": stamp, "work": worked(stamp)}
    before = stored()
    assert ask("post", f"/form/{o.their_form.public_key}/", data=given).status_code == 422
    work()
    assert stored() == before
