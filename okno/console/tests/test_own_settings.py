"""An agent's own settings, password and devices, page by page."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from okno.access.models import Agent, Session
from okno.access.sessions import SessionStore
from okno.console.tests.conftest import browser_of, sign_in
from okno.kit import clock
from okno.spine.models import Event
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another window at dusk"


def test_own_settings_are_saved_and_take_effect(quick_world):
    browser = browser_of(quick_world.bob)
    form = {
        "name": "Bob the Builder",
        "language": "ru",
        "timezone": "Asia/Novosibirsk",
        "theme": "dark",
        "signature": "Bob, with love",
    }
    assert browser.post("/settings/me/", form).status_code == 302
    bob = Agent.objects.get(pk=quick_world.bob.pk)
    assert (bob.name, bob.language, bob.theme, bob.has_keys) == (form["name"], "ru", "dark", False)
    page = browser.get("/settings/me/").content.decode()
    assert 'data-theme="dark"' in page and 'data-keys="off"' in page and 'lang="ru"' in page
    assert browser.post("/settings/me/", {**form, "timezone": "Mars/Base"}).status_code == 422
    event = Event.objects.get(name="agent.settings_changed")
    assert "Bob the Builder" not in str(event.data)


def test_C18_a_new_password_ends_all_other_sessions(quick_world):
    here, _ = sign_in()
    thief, _ = sign_in()
    assert thief.get("/settings/me/").status_code == 200
    form = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert here.post("/settings/me/password", {**form, "present": "wrong"}).status_code == 422
    assert here.post("/settings/me/password", {**form, "again": "other"}).status_code == 422
    weak = {**form, "password": "password123", "again": "password123"}
    assert here.post("/settings/me/password", weak).status_code == 422
    assert thief.get("/settings/me/").status_code == 200
    assert here.post("/settings/me/password", form).status_code == 302
    assert here.get("/settings/me/").status_code == 200
    assert thief.get("/settings/me/").status_code == 302
    assert sign_in()[1].status_code == 422
    assert sign_in(password=NEW)[1].status_code == 302


def test_C18_sessions_are_listed_and_ended(quick_world):
    here, _ = sign_in(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0"})
    other, _ = sign_in(**{"User-Agent": "Mozilla/5.0 (iPhone) CriOS/140 Safari/604.1"})
    sign_in("carol@okno.example")
    page = here.get("/settings/me/sign-in/").content.decode()
    assert "Firefox · Linux" in page and "Chrome · iPhone" in page and "127.0.0.1" in page
    names = re.findall(r"/sessions/(\w{24})/end", page)
    assert len(names) == 2
    for key in Session.objects.values_list("session_key", flat=True):
        assert key not in page
    strange = browser_of(quick_world.carol)
    for name in names:
        assert strange.post(f"/settings/me/sessions/{name}/end").status_code == 404
    assert here.post("/settings/me/sessions/end-others").status_code == 302
    assert other.get("/").status_code == 302 and here.get("/").status_code == 200
    assert here.post("/settings/me/sessions/end-all")["Location"] == "/sign-in/"
    assert here.get("/").status_code == 302
    assert Event.objects.filter(name="sessions.ended").count() == 2


def test_C18_a_session_gets_a_new_key_at_sign_in(quick_world):
    browser = Client()
    browser.get("/sign-in/")
    session = browser.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    browser.cookies["okno_console"] = planted
    sign_in(browser=browser)
    assert browser.cookies["okno_console"].value != planted
    victim = Client()
    victim.cookies["okno_console"] = planted
    assert victim.get("/").status_code == 302


def test_C18_sessions_end_unused_and_when_old(quick_world):
    browser, _ = sign_in()
    with clock.moved(timedelta(days=13)):
        assert browser.get("/").status_code == 200
    with clock.moved(timedelta(days=26)):
        assert browser.get("/").status_code == 200
    with clock.moved(timedelta(days=31)):
        assert browser.get("/").status_code == 302
    idle, _ = sign_in()
    with clock.moved(timedelta(days=15)):
        assert idle.get("/").status_code == 302


def test_a_session_says_whose_it_is(quick_world):
    browser, _ = sign_in()
    row = Session.objects.get(user=quick_world.bob.user)
    assert SessionStore(row.session_key)["device"] == row.device
    browser.post("/sign-out/")
    assert not Session.objects.filter(user=quick_world.bob.user).exists()
