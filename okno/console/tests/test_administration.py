"""Administration: invitations, agents, teams, tags, fields, audit, about, tests of channels."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from okno.access.actions import make_link
from okno.access.models import Agent, PasswordLink, Team
from okno.access.password_letters import ask_recovery
from okno.access.queries import token_actor
from okno.api.tests.conftest import make_token
from okno.console.tests.conftest import browser_of, sign_in
from okno.console.tests.mailbox import link_in, path_of, post, work
from okno.desk import actions
from okno.desk.models import Conversation, Field, Tag
from okno.kit import clock
from okno.spine import SYSTEM, unit
from okno.spine.models import Event

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["post"]
FRANK = {"name": "Frank", "email": "Frank@okno.example", "role": "agent", "language": "ru"}
NEW = {"password": "a window at night", "again": "a window at night"}


def invited(browser, **more):
    """Invite Frank; returns the link that the page shows."""
    page = browser.post("/settings/people/", {**FRANK, **more}).content.decode()
    return re.search(r'value="(http://[^"]+/invitation/[^"]+)"', page)[1]


def test_C14_an_invitation_is_a_letter_and_a_link_that_works_once(post, quick_world):
    browser = browser_of(quick_world.alice)
    link = invited(browser, teams=[quick_world.support.pk])
    assert link.startswith("http://localhost:8000/invitation/")
    assert link_in(post) == link
    frank = Agent.objects.get(name="Frank")
    assert not frank.user.has_usable_password()
    secret = link.split("/")[-2]
    assert secret not in str(list(PasswordLink.objects.values()) + list(Event.objects.values()))
    assert secret not in browser.get("/settings/people/").content.decode()
    guest = Client(raise_request_exception=False)
    assert "frank@okno.example" in guest.get(path_of(link)).content.decode()
    assert guest.post(path_of(link), NEW)["Location"] == "/sign-in/"
    assert guest.post(path_of(link), NEW).status_code == 404
    assert sign_in("frank@okno.example", NEW["password"])[1]["Location"] == "/"
    assert list(frank.teams.all()) == [quick_world.support]


def test_C14_invitations_end_after_three_days_by_a_newer_one_and_by_hand(post, quick_world):
    browser = browser_of(quick_world.alice)
    first = path_of(invited(browser))
    guest = Client()
    with clock.moved(timedelta(hours=71)):
        assert guest.get(first).status_code == 200
    with clock.moved(timedelta(hours=73)):
        assert guest.get(first).status_code == 404
    frank = Agent.objects.get(name="Frank")
    page = browser.post(f"/settings/people/{frank.pk}/invite").content.decode()
    second = path_of(re.search(r'value="(http://[^"]+/invitation/[^"]+)"', page)[1])
    assert (guest.get(first).status_code, guest.get(second).status_code) == (404, 200)
    browser.post(f"/settings/people/{frank.pk}/revoke")
    assert guest.get(second).status_code == 404
    recovery = second.replace("/invitation/", "/recovery/")
    assert guest.get(recovery).status_code == 404
    work()


def test_L1_a_stranger_who_forgot_the_password_of_an_invited_person_harms_nothing(
    post, quick_world
):
    link = path_of(invited(browser_of(quick_world.alice)))
    assert link_in(post).endswith(link)
    stranger = Client(REMOTE_ADDR="198.51.100.9")
    assert stranger.post("/recovery/", {"email": FRANK["email"]}).status_code == 200
    work()
    assert len(post.mails) == 1
    frank = Agent.objects.get(name="Frank")
    # Neither does a recovery that was made when there was a password.
    with unit(SYSTEM, "test"):
        make_link(SYSTEM, frank, "recovery")
    assert Client().get(link).status_code == 200
    assert Client().post(link, NEW).status_code == 302
    assert Client().get(link).status_code == 404


def test_without_mail_the_administrator_hands_the_link_over(quick_world):
    browser = browser_of(quick_world.alice)
    assert "hand this link over" in browser.post("/settings/people/", FRANK).content.decode()
    assert browser.post("/settings/people/", FRANK).status_code == 422
    other = browser_of(quick_world.bob)
    assert other.post("/settings/people/", {**FRANK, "email": "x@okno.example"}).status_code == 403
    for path in ("invite", "revoke", "switch", "drop-factors", ""):
        answer = other.post(f"/settings/people/{quick_world.carol.pk}/{path}", FRANK)
        assert answer.status_code == 403, path


def test_C06_who_is_switched_off_is_out_everywhere_and_their_work_waits(quick_world):
    world = quick_world
    talk = world.letter().conversation
    world.do(actions.assign, world.alice, talk, world.bob)
    browser, _ = sign_in()
    token = make_token(world.bob)
    assert browser.get("/").status_code == 200
    browser_of(world.alice).post(f"/settings/people/{world.bob.pk}/switch")
    assert browser.get("/").status_code == 302
    assert token_actor(token) is None
    assert sign_in()[0].get("/").status_code == 403
    assert Conversation.objects.get(pk=talk.pk).assignee is None
    event = Event.objects.filter(name="conversation.assigned").latest("id")
    assert event.data["after"] is None and event.actor_id == world.alice.pk


def test_an_agent_is_changed_and_the_last_administrator_stays(quick_world):
    world, browser = quick_world, browser_of(quick_world.alice)
    form = {"name": "Robert", "role": "supervisor", "teams": [world.sales.pk]}
    assert browser.post(f"/settings/people/{world.bob.pk}/", form).status_code == 302
    bob = Agent.objects.get(pk=world.bob.pk)
    assert (bob.name, bob.role, list(bob.teams.all())) == ("Robert", "supervisor", [world.sales])
    mine = f"/settings/people/{world.alice.pk}/"
    assert browser.post(mine, {"name": "Alice", "role": "agent"}).status_code == 422
    assert Agent.objects.get(pk=world.alice.pk).role == "admin"


def test_teams_are_renamed_and_deleted_only_when_nothing_belongs_to_them(quick_world):
    world, browser = quick_world, browser_of(quick_world.alice)
    world.letter()
    base = f"/settings/teams/{world.support.pk}/"
    browser.post(base + "rename", {"name": "First line"})
    assert Team.objects.get(pk=world.support.pk).name == "First line"
    page = browser.post(base + "delete", follow=True).content.decode()
    assert "conversations belong to this team" in page
    browser.post("/settings/teams/add", {"name": "Night"})
    night = Team.objects.get(name="Night")
    browser.post(f"/settings/teams/{night.pk}/delete")
    assert not Team.objects.filter(name="Night").exists()
    assert browser_of(world.bob).post(base + "rename", {"name": "x"}).status_code == 403


def test_tags_are_renamed_merged_deleted_and_brought_back(quick_world):
    world, browser = quick_world, browser_of(quick_world.alice)
    talks = [world.letter().conversation for _ in range(3)]
    for talk, name in zip(talks, ("bike", "bikes", "bike"), strict=True):
        world.do(actions.add_tag, world.alice, talk, name)
    bike, bikes = Tag.objects.get(name="bike"), Tag.objects.get(name="bikes")
    assert browser_of(world.bob).get("/settings/tags/").status_code == 403
    browser.post(f"/settings/tags/{bikes.pk}/rename", {"name": "Bike"}, follow=True)
    assert Tag.objects.get(pk=bikes.pk).name == "bikes"
    browser.post(f"/settings/tags/{bike.pk}/delete")
    assert not Tag.objects.filter(name="bike").exists()
    assert browser_of(world.alice).post("/settings/tags/undo").status_code == 404
    browser.post("/settings/tags/undo")
    bike = Tag.objects.get(name="bike")
    assert bike.conversations.count() == 2
    browser.post(f"/settings/tags/{bike.pk}/merge", {"into": bikes.pk})
    assert not Tag.objects.filter(name="bike").exists()
    assert bikes.conversations.count() == 3
    browser.post(f"/settings/tags/{bikes.pk}/rename", {"name": "cycles"})
    assert "cycles" in browser.get("/settings/tags/").content.decode()


def test_fields_are_made_ordered_filled_and_deleted(quick_world):
    world, browser = quick_world, browser_of(quick_world.alice)
    made = (
        {"label": "Order", "type": "text", "is_required": "on"},
        {"label": "Model", "type": "choice", "choices": "red\nblue\n\nred"},
        {"label": "Price", "type": "number"},
        {"label": "Paid", "type": "flag"},
    )
    for form in made:
        assert browser.post("/settings/fields/", form).status_code == 302
    wrong = {"label": "Size", "type": "choice"}
    assert browser.post("/settings/fields/", wrong).status_code == 422
    assert browser_of(world.bob).post("/settings/fields/", made[0]).status_code == 403
    model = Field.objects.get(key="model")
    assert model.choices == ["red", "blue"]
    browser.post(f"/settings/fields/{model.pk}/move", {"way": "up"})
    assert Field.objects.order_by("position").first().key == "model"
    talk = world.letter().conversation
    fill = f"/conversations/{talk.pk}/field"
    values = {"order": "A-17", "model": "blue", "price": "12,5", "paid": "yes"}
    own = browser_of(world.bob)
    for key, value in values.items():
        own.post(fill, {"field": key, "value": value})
    kept = Conversation.objects.get(pk=talk.pk).fields
    assert kept == {"order": "A-17", "model": "blue", "price": 12.5, "paid": True}
    own.post(fill, {"field": "model", "value": "green"})
    own.post(fill, {"field": "price", "value": "nan"})
    own.post(fill, {"field": "price", "value": "a lot"})
    assert Conversation.objects.get(pk=talk.pk).fields == kept
    assert browser_of(world.carol).post(fill, {"field": "paid", "value": ""}).status_code == 404
    page = own.get(f"/conversations/{talk.pk}/").content.decode()
    assert "A-17" in page and "Model" in page
    form = {"label": "Colour", "choices": "green\nred"}
    assert browser.post(f"/settings/fields/{model.pk}/", form).status_code == 302
    browser.post(f"/settings/fields/{model.pk}/delete")
    assert not Field.objects.filter(key="model").exists()


def test_a_required_field_holds_solving_until_it_is_filled(quick_world):
    world = quick_world
    browser_of(world.alice).post(
        "/settings/fields/", {"label": "Order", "type": "text", "is_required": "on"}
    )
    talk = world.letter().conversation
    own = browser_of(world.bob)
    page = own.post(f"/conversations/{talk.pk}/status", {"status": "solved"}, follow=True)
    assert "Order" in page.content.decode()
    assert Conversation.objects.get(pk=talk.pk).status == "open"
    own.post(f"/conversations/{talk.pk}/field", {"field": "order", "value": "A-17"})
    own.post(f"/conversations/{talk.pk}/status", {"status": "solved"})
    assert Conversation.objects.get(pk=talk.pk).status == "solved"


def test_the_audit_tells_who_did_what_and_only_administrators_read_it(quick_world):
    world, browser = quick_world, browser_of(quick_world.alice)
    token = make_token(world.bob)
    talk = world.letter("Very private words").conversation
    world.do(actions.set_priority, world.bob, talk, 4)
    for n in range(60):
        world.do(actions.set_priority, world.bob, talk, 1 + n % 4)
    for who in (world.bob, world.carol):
        assert browser_of(who).get("/settings/audit/").status_code == 403
    page = browser.get("/settings/audit/").content.decode()
    assert "Bob" in page and "private words" not in page and token not in page
    older = re.search(r"before=(\d+)", page)[1]
    assert "API token created" in browser.get(f"/settings/audit/?before={older}").content.decode()
    mine = browser.get(f"/settings/audit/?who={world.alice.pk}").content.decode()
    assert "Nothing like that happened" in mine
    sorted_out = browser.get("/settings/audit/?what=channels").content.decode()
    assert "API token created" in sorted_out and "/conversations/" not in sorted_out
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    assert "Nothing like" in browser.get(f"/settings/audit/?since={tomorrow}").content.decode()
    assert "Bob" in browser.get(f"/settings/audit/?until={tomorrow}").content.decode()
    for strange in ("before=x", "before=-1", "before=" + "9" * 30):
        assert browser.get(f"/settings/audit/?{strange}").status_code == 404
    for strange in ("who=999999", "who=' OR 1=1", "what=x", "since=never"):
        assert browser.get(f"/settings/audit/?{strange}").status_code == 200


def test_about_says_how_the_installation_is(quick_world):
    page = browser_of(quick_world.alice).get("/settings/about/").content.decode()
    assert "Apache-2.0" in page and "no server is set" in page
    assert browser_of(quick_world.bob).get("/settings/about/").status_code == 403
    ask_recovery("nobody@okno.example")
    with clock.moved(timedelta(minutes=5)):
        late = browser_of(quick_world.alice).get("/settings/about/").content.decode()
    assert "nobody takes it" in late


def test_a_test_letter_goes_to_who_asks_and_refusals_are_told(post, quick_world):
    browser = browser_of(quick_world.alice)
    base = f"/settings/channels/{quick_world.channel.pk}/"
    page = browser.post(base + "send-letter", follow=True).content.decode()
    assert "took a letter to alice@okno.example" in page
    assert post.mails[-1].recipients == ["alice@okno.example"]
    post.rules = [{"at": "rcpt", "do": "reply", "reply": "550 5.1.1 no such person here"}]
    page = browser.post(base + "send-letter", follow=True).content.decode()
    assert "550 5.1.1 no such person here" in page
    assert browser_of(quick_world.bob).post(base + "send-letter").status_code == 403
    page = browser.post(base + "look-in", follow=True).content.decode()
    assert "no mailbox is set" in page
