"""Setting up: the first minute, channels, people, keys."""

import pytest
from django.test import Client

from okno.access.models import Agent, ApiToken, Team
from okno.access.queries import token_actor
from okno.console.tests.conftest import browser_of
from okno.desk.actions import read_secrets
from okno.desk.models import Channel

pytestmark = pytest.mark.django_db
FIRST = {
    "name": "Alice Morning",
    "email": "alice@okno.example",
    "password": "a window at dusk",
    "address": "support@okno.example",
    "language": "en",
}


def test_the_first_page_makes_an_administrator_and_then_is_gone(db):
    browser = Client()
    assert "Welcome to Okno" in browser.get("/").content.decode()
    weak = browser.post("/", {**FIRST, "password": "password123"})
    assert weak.status_code == 422
    done = browser.post("/", FIRST, follow=True)
    assert "Okno is ready" in done.content.decode()
    agent = Agent.objects.get()
    made = {channel.kind: channel.address for channel in Channel.objects.all()}
    assert agent.role == "admin"
    assert made == {"email": "support@okno.example", "widget": "", "form": ""}
    again = Client().post("/", {**FIRST, "email": "mallory@okno.example"})
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


def test_a_key_is_shown_once_and_dies_when_revoked(world):
    browser = browser_of(world.alice)
    page = browser.post("/settings/tokens/", {"name": "Sync", "scope": "read"}).content.decode()
    token = ApiToken.objects.get()
    start = page.index(token.prefix)
    text = page[start : page.index('"', start)]
    assert token_actor(text).agent == world.alice
    assert text not in browser.get("/settings/tokens/").content.decode()
    assert browser_of(world.bob).post(f"/settings/tokens/{token.pk}/revoke").status_code == 404
    browser.post(f"/settings/tokens/{token.pk}/revoke")
    assert token_actor(text) is None
