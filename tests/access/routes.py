"""Every route of the product as an address that can be asked."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from okno.access.actions import create_token, set_picture
from okno.channels.models import Inbound
from okno.console.tests.conftest import picture as drawn
from okno.desk.actions.fields import create_field
from okno.desk.models import Press, SavedReply, View
from okno.kit import clock, photos
from okno.spine import SYSTEM, unit
from okno.spine.models import Job, Parked, Schedule
from tests.access.table import API

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def routes(patterns: Any = None, base: str = "") -> Iterator[str]:
    """Every route of the product as text."""
    for item in get_resolver().url_patterns if patterns is None else patterns:
        text = base + str(item.pattern)
        if isinstance(item, URLPattern):
            yield text
        else:
            yield from routes(item.url_patterns, text)


def filled(route: str, ids: dict[str, Any]) -> str:
    """A route as an address; a parameter without an object fails, so that none is forgotten."""
    return "/" + PARAMETER.sub(lambda found: str(ids[found[2]]), route)


@pytest.fixture
def ids(world: Any, desk: Any) -> dict[str, Any]:
    """One object for each parameter: of the team Support, or, where things have owners, of Bob."""
    with unit(SYSTEM, "test"):
        press = Press.objects.create(agent=world.bob)
        view = View.objects.create(name="Ours", owner=world.bob)
        saved = SavedReply.objects.create(name="Hello", text="Hello", team=world.support)
        field = create_field(SYSTEM, "Order", "text")
        token, _ = create_token(SYSTEM, world.bob)
        factor = Authenticator.objects.create(user=world.bob.user, type="totp", data={})
        inbound = Inbound.objects.create(
            channel=world.channel, external_id="<a@b>", sha256="0", size=9, body=b"To: a\r\n\r\nb"
        )
        desk.message.inbound_id = inbound.pk
        desk.message.save()
        set_picture(world.bob, world.bob, picture := photos.keep(drawn()))
    now = clock.now()
    job = Job.objects.create(name="channels.deliver", run_at=now, failed_at=now, created_at=now)
    timer = Schedule.objects.create(name="conversation.wake", key="x", due_at=now, failed_at=now)
    parked = Parked.objects.create(
        reader="desk.search",
        event_id=1,
        subject_type="conversation",
        subject_id=1,
        error="no",
        created_at=now,
    )
    return desk.ids | {
        "press_id": press.pk,
        "view_id": view.pk,
        "saved_id": saved.pk,
        "field_id": field.pk,
        "token_id": token.pk,
        "team_id": world.support.pk,
        "factor_id": factor.pk,
        "inbound_id": inbound.pk,
        "job_id": job.pk,
        "parked_id": parked.pk,
        "timer_id": timer.pk,
        "picture": picture,
        "kind": "email",
        "name": "messages",
        "secret": "none",
        "key": "none",
        "mark": "1-none",
        "token": "none",
        "version": "none",
    }


def asked(browser: Client, method: str, path: str, **more: Any) -> Any:
    """An answer, whose effects are taken back: each question meets the same world."""
    cookies, before = browser.cookies.copy(), transaction.savepoint()
    answer = getattr(browser, method)(path, **more)
    transaction.savepoint_rollback(before)
    browser.cookies = cookies
    return answer


def sent(key: str, ids: dict[str, Any]) -> tuple[str, str, str]:
    """Method, address and body of an operation, about the objects there are."""
    method, path = key.split()
    body = API[key][1]
    data = "" if body is None else json.dumps(body)
    number = lambda found: str(ids[found[1]])  # noqa: E731 - used twice, here only
    return (
        method,
        "/api/v1" + re.sub(r"{(\w+)}", number, path),
        re.sub(r'"{(\w+)}"', number, data),
    )
