"""Who gets in, asked of every address there is."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern

from okno.console import urls
from okno.console.tests.conftest import browser_of

pytestmark = pytest.mark.django_db
OPEN_TO_ALL = {
    "", "sign-in/", "sign-out/", "sign-in/code/", "sign-in/passkey/",
    "recovery/", "recovery/<str:secret>/", "invitation/<str:secret>/",
}  # fmt: skip
ABSENT = 10**12
PARAMETER = re.compile(r"<(\w+):(\w+)>")
OF_CONVERSATIONS = {
    "number", "message_id", "attachment_id", "delivery_id", "participant_id", "move_id",
}  # fmt: skip


def routes() -> list[str]:
    """Every route of the console as text."""
    return [str(item.pattern) for item in urls.urlpatterns if isinstance(item, URLPattern)]


def address(route: str, ids: dict[str, int]) -> str:
    """A route with its parameters filled in; absent ids for those not given."""

    def fill(match: re.Match[str]) -> str:
        kind, name = match.groups()
        words = {"name": "messages", "kind": "email"}
        return words.get(name, "none") if kind != "id" else str(ids.get(name, ABSENT))

    return "/" + PARAMETER.sub(fill, route)


def test_there_are_routes_to_ask():
    assert len(routes()) > 50


@pytest.mark.parametrize("route", [r for r in routes() if r not in OPEN_TO_ALL])
def test_a_stranger_is_sent_to_sign_in(route, desk):
    browser = Client(raise_request_exception=False)
    for method in (browser.get, browser.post):
        page = method(address(route, desk.ids))
        assert page.status_code == 302, route
        assert page["Location"].startswith("/sign-in/?next="), route
    partial = browser.get(address(route, desk.ids), headers={"HX-Request": "true"})
    assert partial.status_code == 401


def test_what_is_foreign_and_what_is_absent_look_the_same(world, desk):
    browser = browser_of(world.carol)
    asked = 0
    for route in routes():
        names = {name for _, name in PARAMETER.findall(route)}
        if not names & OF_CONVERSATIONS or route.startswith("stuck/"):
            continue
        for method in (browser.get, browser.post):
            foreign = method(address(route, desk.ids))
            absent = method(address(route, {}))
            assert foreign.status_code == absent.status_code, route
            assert foreign.status_code in (404, 405), route
            assert masked(foreign) == masked(absent), route
            asked += foreign.status_code == 404
    assert asked > 30


def masked(page):
    """A page without its CSRF token, which is masked anew each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page.content)


def test_the_list_the_counts_and_the_cards_hold_nothing_foreign(world, desk):
    browser = browser_of(world.carol)
    pages = ["/", "/?view=open", "/inbox/list?view=open", "/inbox/filters"]
    pages += [f"/contacts/{world.dan.pk}/"]
    for page in pages:
        text = browser.get(page).content.decode()
        assert "My order" not in text, page
        assert 'class="count' not in text, page


def test_someone_without_an_agent_is_refused(world):
    world.bob.is_active = False
    world.bob.save()
    assert browser_of(world.bob).get("/").status_code == 403


def test_a_form_without_its_token_is_refused(world, desk):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = browser_of(world.alice).cookies
    page = browser.post(f"/conversations/{desk.conversation.pk}/status", {"status": "solved"})
    assert page.status_code == 403
    assert "too old" in page.content.decode()


def test_private_pages_carry_their_headers(world, desk):
    page = browser_of(world.bob).get("/")
    assert page["Cache-Control"] == "no-store"
    policy = page["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; script-src 'nonce-")
    assert "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-" in policy
    assert "unsafe" not in policy
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in page["Permissions-Policy"]


def test_no_page_holds_inline_script_or_style(world, desk):
    browser = browser_of(world.alice)
    for path in ("/", f"/conversations/{desk.conversation.pk}/", "/settings/", "/write/"):
        text = browser.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", text), path


def test_the_settings_of_django_find_nothing_wrong():
    call_command("check")
