"""Hostile words poured through every door by which words come in."""

import itertools
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from okno.api.tests.conftest import Program, make_token
from okno.channels.email.tests.letters import take
from okno.desk import actions
from okno.desk.models import Conversation, Draft
from okno.portal.form import pages
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.instead import instead

MARKER = "'\"></title></textarea></script><img src=x onerror=alert(1)>kumquat"
_numbers = itertools.count(1)


@dataclass
class Poured:
    """Where hostile words stand by now."""

    conversations: list[int]
    letters: list[int]
    chat: Any
    visitor: Visitor
    request_url: str


def designed(html: str, sender: str = "dan@client.example") -> bytes:
    """A letter with a text and a designed form, hostile in each header that is shown."""
    number = next(_numbers)
    name = Header(MARKER, "utf-8").encode()
    head = (
        f"From: {name} <{sender}>\r\nTo: support@okno.example\r\nSubject: {name}\r\n"
        f"Message-ID: <hostile-{number}@client.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="=b="\r\n\r\n'
    )
    parts = "".join(
        f"--=b=\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{body}\r\n"
        for kind, body in (("plain", f"kumquat {html}"), ("html", html))
    )
    return (head + parts + "--=b=--\r\n").encode("utf-8", "surrogateescape")


def pour(world: Any, bundles: list[str]) -> Poured:
    """Every bundle as a letter, some by the API, the form, the chat and our own answers too."""
    came = [take(world.channel, designed(html)) for html in bundles]
    first = came[0].conversation
    for message in came[1:]:
        world.do(actions.merge, world.bob, message.conversation, first)
    talks = [first.pk, _by_api(world, bundles[-2], bundles[-1])]
    chat = make_channel("widget", "Velobaza", world.support)
    visitor = Visitor(chat).start()
    for html in bundles[:4]:
        assert visitor.write(html[:9_000], name=MARKER)[0] == 200
    url = _by_form(world, bundles[0])
    work()
    for talk in Conversation.objects.exclude(pk__in=talks).filter(merged_into=None):
        talks.append(talk.pk)
        _answer(world, talk, bundles[1])
    _answer(world, first, bundles[2])
    html = _clean("".join(bundles[:3]))
    world.do(actions.save_draft, world.alice, first, "kumquat", html="<p>x</p>")
    # Past our own sanitiser: the editor must not trust what the server says.
    Draft.objects.update(html=html)
    world.do(actions.create_saved_reply, world.alice, MARKER[:60], MARKER, html=_clean(bundles[3]))
    return Poured(talks, [message.pk for message in came], chat, visitor, url)


def _answer(world: Any, talk: Conversation, html: str) -> None:
    html = _clean(html)
    body = actions.Body(f"kumquat {html}"[:9_000], html=html)
    world.do(actions.reply, world.bob, Conversation.objects.get(pk=talk.pk), body)
    world.do(actions.note, world.bob, talk, f"kumquat {html}"[:9_000])
    work()


def _by_api(world: Any, html: str, more: str) -> int:
    program = Program(make_token(world.bob))
    asked = {"address": "eve@client.example", "name": "x"}
    status, made = program(
        "POST",
        "/conversations",
        {"channel": world.channel.pk, "requester": asked, "text": "kumquat", "html": _clean(html),
         "subject": MARKER},
        Idempotency_Key="hostile-1",
    )  # fmt: skip
    assert status == 201, made
    number = made["number"]
    for kind in ("messages", "notes"):
        data = {"text": _clean(more)} | ({"html": _clean(more)} if kind == "messages" else {})
        key = f"hostile-{kind}"
        status, said = program("POST", f"/conversations/{number}/{kind}", data, Idempotency_Key=key)
        assert status == 201, said
    return int(number)


def _clean(html: str) -> str:
    # The API and the forms refuse a NUL, and PostgreSQL keeps none; this is about what is taken.
    return html.replace("\0", "")


def _by_form(world: Any, html: str) -> str:
    form = make_channel("form", "Velobaza", world.support)
    with instead(pages, WAIT_SECONDS=0.0):
        name = "<img src=x onerror=alert(1)>.html"
        upload = SimpleUploadedFile(name, b"<script>alert(1)</script>")
        return Person(form).request(
            name=MARKER, subject=MARKER, text=f"kumquat {_clean(html)}"[:9_000], files=[upload]
        )


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()
    with instead(pages, WAIT_SECONDS=0.0):
        yield


def by_mail(world, name, data, declared):
    """A letter with the file and, as its own words, the type that its sender declares."""
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = "dan@client.example", "support@okno.example"
    letter["Message-ID"] = f"<file-{next(_numbers)}@client.example>"
    letter.set_content("See the file")
    letter.add_attachment(data, maintype="application", subtype="x-told", filename="told-name")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "")
    raw = letter.as_bytes().replace(b"application/x-told", declared.replace("\r\n", "").encode())
    raw = raw.replace(b"told-name", quoted.encode())
    return take(world.channel, raw)
