"""The first day of a new agent: a team, and hours as on their wall (findings 4 and 10)."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from okno.access.models import Agent, Team
from okno.console.tests.conftest import browser_of
from okno.kit import clock
from okno.spine.models import Event
from tests.stands.browser import browser, in_browser, sign_in, window
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
PEOPLE = "/settings/people/"


def boxes(page):
    """The boxes of the teams, and whether they are ticked."""
    return re.findall(r'<input type="checkbox" name="teams"[^>]*>', page.content.decode())


def test_the_only_team_is_ticked_for_somebody_who_is_invited(world):
    alice = browser_of(world.alice)
    assert [("checked" in box) for box in boxes(alice.get(PEOPLE))] == [False, False]
    Team.objects.exclude(pk=world.support.pk).delete()
    page = alice.get(PEOPLE)
    assert ["checked" in box for box in boxes(page)] == [True]
    # One box is still a field with its label, and a choice with its own.
    html = page.content.decode()
    assert re.search(r"<legend[^>]*>Teams</legend>.*?<span>Support</span>", html, re.S)
    # Who is really to be in none can be: the tick is taken for what it is.
    form = {"name": "Olga", "email": "olga@okno.example", "role": "agent", "language": "en"}
    alice.post(PEOPLE, form)
    assert not Agent.objects.get(name="Olga").teams.exists()
    assert ["checked" in box for box in boxes(alice.post(PEOPLE, {"name": "x"}))] == [False]


def test_an_empty_list_says_when_one_is_in_no_team(world):
    world.letter()
    world.bob.teams.clear()
    bob = browser_of(world.bob)
    for view in ("waiting", "open", "mine"):
        page = bob.get(f"/?view={view}").content.decode()
        assert "You are in no team yet" in page and "Ask an administrator" in page
    world.bob.teams.add(world.sales)
    page = bob.get("/").content.decode()
    assert "in no team" not in page and "All clear" in page
    assert "in no team" not in browser_of(world.alice).get("/?view=spam").content.decode()


def test_the_browser_s_zone_is_taken_once_and_stays_editable(world):
    bob = browser_of(world.bob)
    bob.cookies["okno_zone"] = "Mars/Base"
    bob.get("/")
    assert Agent.objects.get(pk=world.bob.pk).timezone == ""
    bob.cookies["okno_zone"] = "Europe/Moscow"
    with clock.held_at(datetime(2026, 11, 21, 2, 57, tzinfo=UTC)):
        talk = world.letter().conversation
        page = bob.get(f"/conversations/{talk.pk}/").content.decode()
    assert ">05:57<" in page
    assert Agent.objects.get(pk=world.bob.pk).timezone == "Europe/Moscow"
    assert Event.objects.filter(name="agent.settings_changed").count() == 1
    # Another browser, on a journey, changes nothing; the person does.
    bob.cookies["okno_zone"] = "Asia/Tokyo"
    bob.get("/")
    assert Agent.objects.get(pk=world.bob.pk).timezone == "Europe/Moscow"
    form = {"name": "Bob", "language": "en", "timezone": "UTC"}
    assert bob.post("/settings/me/", form).status_code == 302
    bob.get("/")
    assert Agent.objects.get(pk=world.bob.pk).timezone == "UTC"
    stranger = Client()
    stranger.cookies["okno_zone"] = "Europe/Moscow"
    assert stranger.get("/").status_code == 302


def test_zones_are_listed_from_west_to_east_by_what_clocks_show(world):
    page = browser_of(world.bob).get("/settings/me/").content.decode()
    assert '<option value="Europe/Moscow">UTC+03:00 · Moscow (Europe)</option>' in page
    offsets = re.findall(r"UTC([+-]\d\d:\d\d) ·", page)
    minutes = [int(o[0] + "1") * (int(o[1:3]) * 60 + int(o[4:])) for o in offsets]
    assert minutes == sorted(minutes) and len(minutes) > 300
    assert '<option value="UTC" selected>' in page


@in_browser
@pytest.mark.django_db(transaction=True)
def test_the_first_page_after_sign_in_is_in_the_zone_of_the_browser(live_world, live_server):
    live_world.letter()
    with browser() as chromium:
        page = window(chromium).new_page()
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.wait_for_selector("#list")
    assert Agent.objects.get(pk=live_world.bob.pk).timezone == "Europe/Moscow"
