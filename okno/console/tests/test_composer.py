"""The composer's doors: drafts with files, recipients, asking once, going on, taking back."""

import re

import pytest

from okno.console.composer import greets_client
from okno.console.tests.conftest import PNG, browser_of
from okno.desk import actions
from okno.desk.contract import Person
from okno.desk.models import Attachment, Delivery, Draft, Message, Note

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(world):
    return world.letter().conversation


@pytest.fixture
def bob(world):
    return browser_of(world.bob)


def path(talk, name=""):
    return f"/conversations/{talk.pk}/{name}"


def upload(bob, talk, tmp_path, name="plan.txt", data=b"Monday", **more):
    file = tmp_path / name
    file.write_bytes(data)
    with file.open("rb") as opened:
        return bob.post(path(talk, "draft/files"), {"files": opened, **more})


def test_a_draft_keeps_everything_and_a_reload_loses_nothing(bob, talk, tmp_path):
    form = {
        "html": "<div>Hello <b>Dan</b></div><script>x()</script>",
        "mode": "reply",
        "cc": "boss@client.example",
        "bcc": "audit@firm.example",
    }
    bob.post(path(talk, "draft"), form)
    assert "plan.txt" in upload(bob, talk, tmp_path).content.decode()
    draft = Draft.objects.get()
    assert (draft.text, draft.html) == ("Hello Dan", "<div>Hello <b>Dan</b></div>")
    page = bob.get(path(talk)).content.decode()
    for word in ("boss@client.example", "audit@firm.example", "plan.txt", "Hello &lt;b&gt;Dan"):
        assert word in page, word
    assert "Draft:" in bob.get("/?view=open").content.decode()


def test_what_lies_with_the_draft_is_sent_with_the_letter(bob, talk, tmp_path):
    upload(bob, talk, tmp_path)
    upload(bob, talk, tmp_path, "shown.png", PNG, inline="1")
    upload(bob, talk, tmp_path, "dropped.png", PNG, inline="1")
    shown = Attachment.objects.get(name="shown.png")
    html = f'<div>See <img src="cid:{shown.content_id}"></div>'
    sent = bob.post(path(talk, "write"), {"html": html, "mode": "reply"})
    assert sent.status_code == 302
    message = Message.objects.get(direction="out")
    names = {a.name: a.is_inline for a in message.attachments.all()}
    assert names == {"plan.txt": False, "shown.png": True}
    assert not Draft.objects.exists()
    picture = message.attachments.get(name="shown.png")
    assert f'src="/attachments/{picture.pk}/preview"' in bob.get(path(talk)).content.decode()


def test_a_file_of_a_draft_is_its_writers_alone(world, bob, talk, tmp_path):
    upload(bob, talk, tmp_path)
    file = Attachment.objects.get()
    assert bob.get(f"/attachments/{file.pk}/").status_code == 200
    alice = browser_of(world.alice)
    assert alice.get(f"/attachments/{file.pk}/").status_code == 404
    alice.post(path(talk, f"draft/files/{file.pk}/remove"))
    assert Attachment.objects.exists()
    bob.post(path(talk, f"draft/files/{file.pk}/remove"))
    assert not Attachment.objects.exists()


def test_copies_are_those_named_in_the_form(world, bob, talk):
    world.do(actions.add_participant, world.bob, talk, Person("b@c.example"))
    assert 'value="b@c.example"' in bob.get(path(talk)).content.decode()
    bob.post(path(talk, "write"), {"text": "Only you", "cc": "", "key": "1"})
    bob.post(path(talk, "write"), {"text": "All", "cc": "b@c.example", "bcc": "d@e.example"})
    one, two = Message.objects.filter(direction="out").order_by("pk")
    assert [d.role for d in one.deliveries.all()] == ["to"]
    assert sorted(d.role for d in two.deliveries.all()) == ["bcc", "cc", "to"]


@pytest.mark.parametrize(
    ("text", "greets"),
    [
        ("Hello Dan,\nit is on its way", True),
        ("Добрый день, Анна!", True),
        ("Здравствуйте", True),
        ("Hi @Bob, can you look?", False),
        ("History of this order is odd", False),
        ("The client says hello", False),
    ],
)
def test_what_looks_like_a_reply(text, greets):
    assert greets_client(text) is greets


def test_a_note_that_greets_is_asked_about_once(bob, talk):
    form = {"text": "Hello Dan, sorry!", "mode": "note", "key": "n1"}
    asked = bob.post(path(talk, "write"), form)
    assert asked.status_code == 422 and "Hello Dan, sorry!" in asked.content.decode()
    assert not Note.objects.exists()
    assert bob.post(path(talk, "write"), {**form, "sure": "1"}).status_code == 302
    assert Note.objects.get().text == "Hello Dan, sorry!"


def test_send_and_next_opens_the_following_one(world, bob, talk):
    second = world.letter().conversation
    address = path(talk, "write?view=open")
    gone = bob.post(address, {"text": "Done", "then": "next"})
    assert gone["Location"] == f"/conversations/{second.pk}/?view=open"
    talk.refresh_from_db()
    assert talk.status == "pending"


def test_a_letter_is_taken_back_from_the_toast(world, bob, talk):
    bob.post(path(talk, "write"), {"text": "Too early", "then": "solved"})
    page = bob.get(path(talk)).content.decode()
    undo = re.search(r'action="(/messages/\d+/unsend)"', page)[1]
    assert "Leaves in 10 s" in page
    assert browser_of(world.alice).post(undo).status_code == 403
    assert browser_of(world.carol).post(undo).status_code == 404
    back = bob.post(undo)
    assert back.status_code == 200 and "Too early" in back.content.decode()
    assert not Delivery.objects.exists()
    talk.refresh_from_db()
    assert talk.status == "open"


def test_forwarding_quotes_the_message_and_goes_aside(world, bob, talk):
    world.do(actions.note, world.bob, talk, "zanzibar")
    message = talk.messages.get()
    page = bob.post(path(talk, f"forward/{message.pk}")).content.decode()
    assert "Where is my order?" in Draft.objects.get().text and 'value="forward" checked' in page
    assert "zanzibar" not in Draft.objects.get().text
    form = {"text": Draft.objects.get().text, "mode": "forward", "to": "dan@client.example"}
    assert bob.post(path(talk, "write"), form).status_code == 422
    form["to"] = "parts@maker.example"
    assert bob.post(path(talk, "write"), form).status_code == 302
    assert "aside to parts@maker.example" in bob.get(path(talk)).content.decode()
    assert Message.objects.filter(direction="out").count() == 0


def test_offers_are_filled_and_hostile_names_stay_text(world, bob, talk):
    world.do(actions.create_saved_reply, world.alice, "Greeting", "Hello {{client.name}}!")
    head = talk.requester
    head.name = "<script>alert(1)</script>"
    head.save()
    offer = bob.get(path(talk, "saved-replies?q=greet")).content.decode()
    assert "<script>" not in offer and "Hello &lt;script&gt;" in offer
    assert "Alice" in bob.get(path(talk, "colleagues?q=al")).content.decode()
    assert "Carol" not in bob.get(path(talk, "colleagues")).content.decode()


def test_saved_replies_are_kept_in_the_settings(world):
    alice = browser_of(world.alice)
    home = "/settings/saved-replies/"
    form = {"name": "Thanks", "text": "Thank you, {{client.nmae}}", "audience": "all"}
    wrong = alice.post(f"{home}add", form)
    assert wrong.status_code == 422 and "client.name" in wrong.content.decode()
    form["text"] = "Thank you, {{client.name}}"
    assert alice.post(f"{home}add", form).status_code == 302
    page = alice.get(f"{home}?q=thank").content.decode()
    saved = re.search(r"/settings/saved-replies/(\d+)/", page)[1]
    assert "Anna Field" in alice.post(f"{home}preview", form).content.decode()
    alice.post(f"{home}{saved}/remove")
    assert "Thank you" not in alice.get(f"{home}?q=thank").content.decode().split("toasts")[0]
    alice.post(f"{home}{saved}/restore")
    assert "Thanks" in alice.get(f"{home}?q=thank").content.decode()
    assert browser_of(world.bob).post(f"{home}{saved}/remove").status_code == 403
