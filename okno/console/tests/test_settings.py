"""Setting up: the first minute, channels, people, keys."""

import pytest
from django.test import Client

from okno.access.actions import create_token, make_link
from okno.access.models import Agent, ApiToken, PasswordLink, Team, User
from okno.access.queries import token_actor
from okno.channels.setup import set_up_code
from okno.console.tests.conftest import browser_of
from okno.desk.actions import read_secrets
from okno.desk.models import Channel
from okno.spine import SYSTEM, unit
from okno.spine.models import Event
from tests.world import PASSWORD, hashed_password

pytestmark = pytest.mark.django_db
FIRST = {
    "name": "Alice Morning",
    "email": "alice@okno.example",
    "password": "a window at dusk",
    "address": "support@okno.example",
    "language": "en",
}


def test_the_first_page_asks_for_the_code_that_the_server_printed(db):
    browser = Client()
    page = browser.get("/").content.decode()
    assert "okno setup --code" in page and set_up_code() not in page
    for wrong in ("", "AAAA-BBBB-CCCC", set_up_code()[:-1], set_up_code() + "A", "é" * 12):
        refused = browser.post("/", {**FIRST, "code": wrong})
        assert refused.status_code == 422
    assert not Agent.objects.exists()
    # As it is typed from a screen.
    typed = set_up_code().lower().replace("-", " ")
    assert browser.post("/", {**FIRST, "code": typed}).status_code == 302
    assert Agent.objects.get().role == "admin"


def test_guesses_at_the_first_code_are_counted(db):
    browser = Client()
    for _ in range(10):
        browser.post("/", {**FIRST, "code": "AAAA-BBBB-CCCC"})
    refused = browser.post("/", {**FIRST, "code": set_up_code()})
    assert refused.status_code == 422 and "Too many tries" in refused.content.decode()
    assert not Agent.objects.exists()


def test_the_first_page_makes_an_administrator_and_then_is_gone(db):
    browser = Client()
    assert "Welcome to Okno" in browser.get("/").content.decode()
    first = FIRST | {"code": set_up_code()}
    weak = browser.post("/", {**first, "password": "password123"})
    assert weak.status_code == 422
    done = browser.post("/", first, follow=True)
    assert "Okno is ready" in done.content.decode()
    agent = Agent.objects.get()
    made = {channel.kind: channel.address for channel in Channel.objects.all()}
    assert agent.role == "admin"
    assert made == {"email": "support@okno.example", "widget": "", "form": ""}
    again = Client().post("/", {**first, "email": "mallory@okno.example"})
    assert again.status_code == 302
    assert Agent.objects.count() == 1


def test_a_channel_is_changed_and_its_secrets_are_never_shown(world):
    browser = browser_of(world.alice)
    kind, pk = world.channel.kind, world.channel.pk
    form = {
        "name": "Support",
        "team": world.support.pk,
        "language": "en",
        "is_active": "on",
        "address": "Help@Okno.example",
        "imap_host": "imap.okno.example",
        "imap_port": "993",
        "imap_security": "tls",
        "imap_password": "sesame of imap",
        "smtp_security": "starttls",
        "plus_address": "on",
    }
    page = browser.post(f"/settings/channels/{pk}/", form, follow=True)
    assert page.status_code == 200
    channel = Channel.objects.get(pk=pk)
    assert channel.address == "help@okno.example"
    assert channel.settings["imap_port"] == 993
    assert read_secrets(channel)["imap_password"] == "sesame of imap"
    assert "sesame" not in page.content.decode()
    # An empty password leaves the old one.
    browser.post(f"/settings/channels/{pk}/", {**form, "imap_password": ""})
    assert read_secrets(Channel.objects.get(pk=pk))["imap_password"] == "sesame of imap"

    bad = browser.post(f"/settings/channels/add/{kind}/", {**form, "address": "nowhere"})
    assert bad.status_code == 422
    taken = browser.post(f"/settings/channels/add/{kind}/", form)
    assert "another channel has this address already" in taken.content.decode()
    assert browser_of(world.bob).get(f"/settings/channels/{pk}/").status_code == 403


def test_agents_and_teams_are_added_by_an_administrator_only(world):
    form = {
        "name": "Frank",
        "email": "frank@okno.example",
        "role": "agent",
        "language": "ru",
        "teams": [world.support.pk],
    }
    assert browser_of(world.bob).post("/settings/people/", form).status_code == 403
    browser = browser_of(world.alice)
    browser.post("/settings/people/", form)
    frank = Agent.objects.get(name="Frank")
    assert list(frank.teams.all()) == [world.support]
    browser.post("/settings/teams/add", {"name": "Night"})
    assert Team.objects.filter(name="Night").exists()
    browser.post(f"/settings/people/{frank.pk}/switch")
    frank.refresh_from_db()
    assert not frank.is_active
    assert browser_of(frank).get("/").status_code == 403


def test_m5_a_session_alone_makes_no_key(world):
    browser = browser_of(world.alice)
    made = {"name": "Sync", "scope": "admin"}
    for present in ({}, {"present": ""}, {"present": "a guess"}):
        assert browser.post("/settings/tokens/", made | present).status_code == 422
    assert not ApiToken.objects.exists()
    for _ in range(6):
        browser.post("/settings/tokens/", made | {"present": "a guess"})
    assert browser.post("/settings/tokens/", made | {"present": PASSWORD}).status_code == 422
    assert not ApiToken.objects.exists()


NEW = {"present": PASSWORD, "password": "a door in the sea", "again": "a door in the sea"}
ENDS = {
    "a new password": lambda b, link: b.post("/settings/me/password", NEW | b.more),
    "everywhere": lambda b, link: b.post("/settings/me/sessions/end-all", b.more),
    "all others": lambda b, link: b.post("/settings/me/sessions/end-others", b.more),
    "a link": lambda b, link: b.post(f"/recovery/{link}/", NEW | b.more),
}


@pytest.mark.parametrize("way", ENDS)
def test_m5_keys_end_with_the_sessions_unless_their_owner_keeps_them(world, way):
    with unit(SYSTEM, "test"):
        _, of_bob = create_token(SYSTEM, world.bob, name="Bob's")
    for more, is_kept in (({"keep_tokens": "on"}, True), ({}, False)):
        User.objects.filter(pk=world.alice.user_id).update(password=hashed_password())
        with unit(SYSTEM, "test"):
            _, text = create_token(SYSTEM, world.alice, name="Till receipts")
            link = make_link(SYSTEM, world.alice, PasswordLink.Purpose.RECOVERY)
        world.alice.user.refresh_from_db()
        browser = browser_of(world.alice)
        page = browser.get("/settings/me/sign-in/").content.decode()
        assert "Till receipts" in page and "keep_tokens" in page
        browser.more = more
        assert ENDS[way](browser, link).status_code == 302
        assert (token_actor(text) is not None) == is_kept
    assert token_actor(of_bob) is not None
    # The one that was kept the first time ends with the other.
    assert Event.objects.filter(name="token.revoked").count() == 2


def test_a_key_is_shown_once_and_dies_when_revoked(world):
    browser = browser_of(world.alice)
    made = {"name": "Sync", "scope": "read", "present": PASSWORD}
    page = browser.post("/settings/tokens/", made).content.decode()
    token = ApiToken.objects.get()
    start = page.index(token.prefix)
    text = page[start : page.index('"', start)]
    assert token_actor(text).agent == world.alice
    assert text not in browser.get("/settings/tokens/").content.decode()
    assert browser_of(world.bob).post(f"/settings/tokens/{token.pk}/revoke").status_code == 404
    browser.post(f"/settings/tokens/{token.pk}/revoke")
    assert token_actor(text) is None
