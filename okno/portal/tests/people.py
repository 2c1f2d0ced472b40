"""The other side of a browser journey, as a process of the installation: prints JSON.

python -m okno.portal.tests.people prepare https://shop.example
python -m okno.portal.tests.people answer "Good day"
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.config.settings")
django.setup()

from okno.access.models import Agent  # noqa: E402
from okno.desk import actions  # noqa: E402
from okno.desk.contract import Incoming, Level, Person  # noqa: E402
from okno.desk.models import Channel, Conversation, Delivery, Message  # noqa: E402
from okno.portal.tests.guests import make_channel  # noqa: E402
from okno.spine import SYSTEM, unit  # noqa: E402
from tests.world import build_world  # noqa: E402


def prepare(*origins):
    """People, a chat and a form; prints their public keys."""
    world = build_world()
    settings = {"origins": list(origins), "typing_preview": True, "answer_minutes": 5, "demo": True}
    chat = make_channel("widget", "Велобаза", world.support, **settings)
    form = make_channel("form", "Велобаза", world.support, origins=list(origins))
    return {"chat": chat.public_key, "form": form.public_key}


def _newest():
    return Agent.objects.get(name="Bob"), Conversation.objects.order_by("-pk").first()


def answer(text):
    """Bob answers the newest conversation."""
    bob, talk = _newest()
    with unit(bob, "test"):
        return {"message": actions.reply(bob, talk, actions.Body(text)).pk}


def note(text):
    """Bob leaves a note on it."""
    bob, talk = _newest()
    with unit(bob, "test"):
        return {"note": actions.note(bob, talk, text).pk}


def letter(html):
    """A designed letter arrives; prints the number of its conversation."""
    with unit(SYSTEM, "test"):
        incoming = Incoming(
            "<designed@client.example>",
            Person("dan@client.example", "Dan"),
            Level.CLAIMED,
            "As text",
            html=html,
            subject="A designed letter",
        )
        channel = Channel.objects.get(name="Support")
        return {"number": actions.receive(channel, incoming).conversation_id}


def look():
    """What came in."""
    return {
        "in": list(
            Message.objects.filter(direction="in").order_by("pk").values_list("text", flat=True)
        ),
        "states": list(Delivery.objects.order_by("pk").values_list("state", flat=True)),
    }


if __name__ == "__main__":
    verb, *given = sys.argv[1:]
    print(json.dumps(globals()[verb](*given)))
