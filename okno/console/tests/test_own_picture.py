"""An agent's own picture: drawn anew by us, seen by colleagues and by visitors they wrote to."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from okno.access.models import Agent
from okno.console.tests.conftest import browser_of, picture
from okno.desk import actions
from okno.desk.models import Conversation
from okno.kit.blobs import store
from okno.portal.tests.guests import Visitor, make_channel, work
from okno.spine.models import Event

pytestmark = pytest.mark.django_db
SECRET = b"taken at home, by my own camera"


def upload(agent, data, name="me.png"):
    file = SimpleUploadedFile(name, data, "image/png")
    answer = browser_of(agent).post("/settings/me/picture", {"picture": file}, follow=True)
    agent.refresh_from_db()
    return answer.content.decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_drawn_anew_and_shown_to_colleagues(world, kind):
    talk = world.letter().conversation
    world.do(actions.reply, world.bob, talk, actions.Body("Here I am"))
    upload(world.bob, picture(kind) + SECRET)
    assert world.bob.picture
    assert Event.objects.filter(name="agent.picture_changed").count() == 1
    address = f"/agents/pictures/{world.bob.picture}"
    page = browser_of(world.alice).get(f"/conversations/{talk.pk}/").content.decode()
    assert address in page
    shown = browser_of(world.carol).get(address)
    assert shown.status_code == 200
    assert shown["Content-Type"] == "image/jpeg"
    assert SECRET not in shown.content
    assert max(Image.open(BytesIO(shown.content)).size) <= 384
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["Cache-Control"] == "private, no-cache"
    again = browser_of(world.carol).get(address, headers={"If-None-Match": shown["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "cannot be read"),
        (b"<html>", "cannot be read"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\0\xff\xff" * 2 + b"\x08\x02\0\0\0",
            "cannot be read",
        ),
        (b"\xff\xd8\xff\xe0" + b"\0" * (5 * 1024 * 1024), "larger than 5 MB"),
    ],
    ids=["svg", "html", "bomb", "large"],
)
def test_what_is_no_picture_or_too_large_is_refused_in_words(world, data, words):
    assert words in upload(world.bob, data)
    assert world.bob.picture == ""


def test_a_picture_is_replaced_and_removed_with_its_file(world):
    upload(world.bob, picture())
    first = world.bob.picture
    upload(world.bob, picture("JPEG"))
    second = world.bob.picture
    assert second != first
    assert not store().exists(first)
    browser_of(world.bob).post("/settings/me/picture", {"remove": "1"})
    world.bob.refresh_from_db()
    assert world.bob.picture == ""
    assert not store().exists(second)
    assert browser_of(world.alice).get(f"/agents/pictures/{second}").status_code == 404
    told = Event.objects.filter(name="agent.picture_changed").order_by("id")
    assert [event.data["has_picture"] for event in told] == [True, True, False]


def chat(world, channel, text):
    """A visitor who wrote, and their conversation."""
    visitor = Visitor(channel).start()
    assert visitor.write(text)[0] == 200
    work()
    return visitor, Conversation.objects.get(messages__text=text)


def test_a_visitor_sees_the_picture_of_who_answered_and_of_nobody_else(world):
    channel = make_channel("widget", "Velobaza", world.support)
    visitor, talk = chat(world, channel, "Hello")
    stranger, _ = chat(world, channel, "Also hello")
    for agent in (world.bob, world.alice):
        upload(agent, picture())
    world.do(actions.reply, world.bob, talk, actions.Body("Good day"))
    work()
    bob, alice = (Agent.objects.get(pk=a.pk).picture for a in (world.bob, world.alice))
    ours = [message for message in visitor.history() if message["from"] == "us"]
    assert [message["picture"] for message in ours] == [bob]
    shown = visitor.raw("GET", f"people/{bob}")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert visitor.raw("GET", f"people/{alice}").status_code == 404
    assert stranger.raw("GET", f"people/{bob}").status_code == 404
    assert Visitor(channel).raw("GET", f"people/{bob}").status_code == 401


def test_a_site_that_shows_no_names_shows_no_faces(world):
    channel = make_channel("widget", "Velobaza", world.support, names="channel")
    visitor, talk = chat(world, channel, "Hello")
    upload(world.bob, picture())
    world.do(actions.reply, world.bob, talk, actions.Body("Good day"))
    work()
    assert [m["picture"] for m in visitor.history() if m["from"] == "us"] == [""]
    assert visitor.raw("GET", f"people/{world.bob.picture}").status_code == 404
