"""The demo with one thing of each kind, as a process of the installation; prints its pages as JSON.

    python -m tests.seen.demo

`pages` are the addresses of whole pages an administrator can open, one for each route of the
resolver; `doors` are for people without a session; `unreached` are the routes that showed nothing.
"""

import json
import os
import re

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.config.settings")
django.setup()

from django.test import Client  # noqa: E402
from django.urls import URLPattern, get_resolver  # noqa: E402

from okno.access.actions import change_own, create_agent, make_link, set_picture  # noqa: E402
from okno.access.models import Agent, User  # noqa: E402
from okno.desk import actions  # noqa: E402
from okno.desk.actions.fields import create_field  # noqa: E402
from okno.desk.contract import Incoming, Level, Person  # noqa: E402
from okno.desk.models import Channel  # noqa: E402
from okno.kit import photos  # noqa: E402
from okno.kit.blobs import File, keep  # noqa: E402
from okno.spine import SYSTEM, unit  # noqa: E402

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de000"
    "0000c49444154789c63382127070002b6010534a675aa0000000049454e44ae426082"
)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
OPEN = [{"name": "status", "operator": "is", "value": ["open"]}]
# Not for a browser's window: programs read them, or they are parts of a page.
NO_PAGES = ("api/", "health/", "live", "static/")


def routes(patterns, before=""):
    """Each address of the product as Django writes it."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def furnish(anna):
    """Adds what the demo has none of; returns the values of the routes' parameters."""
    mail = Channel.objects.get(kind="email")
    files = keep([File("plan.png", "image/png", PIXEL, True, "plan")])
    letter = Incoming(
        "<designed@client.example>",
        Person("nina@client.example", "Nina Weiss"),
        Level.CLAIMED,
        "Please look at the plan.",
        html='<h1>The plan</h1><p>Please look at it.</p><img src="cid:plan" alt="plan">',
        subject="The plan",
    )
    with unit(SYSTEM, "seen"):
        message = actions.receive(mail, letter, files)
    with unit(anna, "seen"):
        change_own(anna, anna, language="en")
        set_picture(anna, anna, picture := photos.keep(PIXEL))
        guest = create_agent(anna, "new@velobaza.example", "Ivo Lind")
        reply = actions.reply(anna, message.conversation, actions.Body("It is good."), then="open")
        field = create_field(anna, "Order number", "text")
        view = actions.save_view(anna, "Orders", OPEN)
        invitation = make_link(anna, guest, "invitation")
        recovery = make_link(anna, Agent.objects.get(name="Kate Marlow"), "recovery")
    return {
        "number": message.conversation_id,
        "message_id": message.pk,
        "attachment_id": message.attachments.get().pk,
        "delivery_id": reply.deliveries.get().pk,
        "contact_id": message.contact_id,
        "agent_id": guest.pk,
        "channel_id": mail.pk,
        "field_id": field.pk,
        "view_id": view.pk,
        "saved_id": 1,
        "agents/picture": picture,
        "kind": "email",
        "name": "thread",
        "invitation/secret": invitation,
        "recovery/secret": recovery,
        "chat/key": Channel.objects.get(kind="widget").public_key,
        "form/key": Channel.objects.get(kind="form").public_key,
    }


def address(route, values):
    """The route with the demo's values; what the demo has none of becomes 1."""
    room = route.partition("/")[0]

    def value(found):
        name = found[1]
        return str(values.get(f"{room}/{name}", values.get(name, 1)))

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value, route)


def sort(values):
    """Every address opened once: pages and the routes that show nothing."""
    anna, stranger = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")
    anna.force_login(User.objects.get(email="anna@velobaza.example"), backend=BACKEND)
    told = {"pages": [], "doors": [], "unreached": []}
    for route in routes(get_resolver().url_patterns):
        if route.startswith(NO_PAGES):
            continue
        path = address(route, values)
        for who, client in (("pages", anna), ("doors", stranger)):
            answer = client.get(path)
            body = b"" if answer.streaming else answer.content
            if answer.status_code == 404 and who == "pages":
                told["unreached"].append(route)
            elif answer.status_code == 200 and b"<html" in body:
                told[who].append(path)
                break
    return told


if __name__ == "__main__":
    found = furnish(Agent.objects.get(name="Анна Реброва"))
    print(json.dumps(sort(found)))
