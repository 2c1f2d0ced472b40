"""People of the world at their browsers."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from PIL import Image

from okno.access.models import User
from okno.desk import actions
from okno.desk.contract import Incoming, Level, Person, ThreadHint
from okno.kit.blobs import File, keep
from okno.spine import SYSTEM, unit
from tests.world import PASSWORD

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de000"
    "0000c49444154789c63382127070002b6010534a675aa0000000049454e44ae426082"
)


QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def quick_world(world: Any, settings: Any) -> Any:
    """The world with a hasher that costs nothing, for tests that sign in often; no old counts."""
    settings.PASSWORD_HASHERS = QUICK
    User.objects.update(password=make_password(PASSWORD))
    cache.clear()
    return world


def sign_in(
    email: str = "bob@okno.example",
    password: str = PASSWORD,
    browser: Client | None = None,
    **headers: str,
) -> tuple[Client, Any]:
    """A browser that went through the sign-in page, and the page's answer."""
    browser = browser or Client(raise_request_exception=False, headers=headers)
    return browser, browser.post("/sign-in/", {"login": email, "password": password})


def browser_of(agent: Any) -> Client:
    """A signed-in browser; errors come as pages, as they would outside of tests."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=agent.user_id), backend=BACKEND)
    return client


def reply_from(world: Any, conversation: Any, text: str, who: str = "dan") -> Any:
    """The client writes into a conversation with its verified number."""
    incoming = Incoming(
        external_id=f"<more-{text[:8]}-{conversation.pk}@client.example>",
        sender=Person(f"{who}@client.example", who.title()),
        level=Level.VERIFIED,
        text=text,
        thread=ThreadHint(number=conversation.pk),
    )
    with unit(SYSTEM, "test"):
        return actions.receive(world.channel, incoming)


@dataclass
class Desk:
    """One conversation of Support with a bit of everything."""

    conversation: Any
    message: Any
    attachment: Any
    reply: Any
    delivery: Any
    participant: Any
    move: Any
    ids: dict[str, int]


@pytest.fixture
def desk(world: Any) -> Desk:
    """Everything that has an address of its own in the console, all of it foreign to Carol."""
    files = keep([File("plan.png", "image/png", PNG, True, "plan")])
    incoming = Incoming(
        external_id="<first@client.example>",
        sender=Person("dan@client.example", "Dan"),
        level=Level.VERIFIED,
        text="Where is my order?",
        html='<p>Where is my order?</p><img src="cid:plan">',
        subject="My order",
        copies=(Person("boss@client.example", "Boss"),),
    )
    with unit(SYSTEM, "test"):
        message = actions.receive(world.channel, incoming, files)
        conversation = message.conversation
        reply = actions.reply(SYSTEM, conversation, actions.Body("It is on its way."), then="open")
        actions.note(SYSTEM, conversation, "A secret of colleagues")
        other = actions.receive(
            world.channel,
            Incoming("<o@client.example>", Person("dan@client.example"), Level.CLAIMED, "More"),
        ).conversation
        move = actions.merge(SYSTEM, other, conversation)
        tag = actions.add_tag(SYSTEM, conversation, "order")
    participant = conversation.participants.get()
    attachment = message.attachments.get()
    delivery = reply.deliveries.first()
    ids = {
        "number": conversation.pk,
        "message_id": message.pk,
        "attachment_id": attachment.pk,
        "delivery_id": delivery.pk,
        "participant_id": participant.pk,
        "move_id": move.pk,
        "contact_id": world.dan.pk,
        "channel_id": world.channel.pk,
        "agent_id": world.bob.pk,
        "tag_id": tag.pk,
    }
    return Desk(conversation, message, attachment, reply, delivery, participant, move, ids)


def picture(kind="PNG", size=(900, 600), **more):
    """The bytes of a picture of one colour."""
    bytes_of = BytesIO()
    Image.new("RGB", size, (30, 90, 160)).save(bytes_of, kind, **more)
    return bytes_of.getvalue()
