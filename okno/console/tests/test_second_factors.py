"""Second factors: setting up, signing in, and what must not work (C17)."""

import re

import pytest
from allauth.mfa.models import Authenticator

from okno.access import limits
from okno.access.models import Count
from okno.console.tests.conftest import browser_of, sign_in
from okno.console.tests.factors import APP, code_of, connected, page_of
from okno.spine.models import Event
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def wrong(secret):
    """Six digits that are none of the codes around now."""
    good = {code_of(secret, shift) for shift in range(-3, 4)}
    return next(c for c in ("000000", "111111", "222222", "333333") if c not in good)


def test_C17_a_code_is_asked_after_the_password_and_works_once(quick_world):
    secret, _ = connected(browser_of(quick_world.bob))
    browser, answer = sign_in()
    assert answer["Location"] == "/sign-in/code/"
    assert browser.get("/")["Location"].startswith("/sign-in/")
    assert "Second step" in browser.get("/sign-in/code/").content.decode()
    browser.post("/sign-in/code/", {"code": wrong(secret)})
    assert browser.get("/").status_code == 302
    code = code_of(secret)
    assert browser.post("/sign-in/code/", {"code": code})["Location"] == "/"
    assert browser.get("/").status_code == 200
    again, _ = sign_in()
    again.post("/sign-in/code/", {"code": code})
    assert again.get("/").status_code == 302


def test_C17_a_code_is_used_up_for_all_processes(quick_world, settings):
    secret, _ = connected(browser_of(quick_world.bob))
    first, _ = sign_in()
    code = code_of(secret)
    first.post("/sign-in/code/", {"code": code})
    # Another process has a memory of its own.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    second, _ = sign_in()
    second.post("/sign-in/code/", {"code": code})
    assert (first.get("/").status_code, second.get("/").status_code) == (200, 302)


def test_C17_the_code_of_another_person_is_worth_nothing(quick_world):
    connected(browser_of(quick_world.bob))
    secret, _ = connected(browser_of(quick_world.carol))
    browser, _ = sign_in()
    browser.post("/sign-in/code/", {"code": code_of(secret)})
    assert browser.get("/").status_code == 302


def test_C17_codes_cannot_be_guessed_by_many_tries(quick_world):
    secret, _ = connected(browser_of(quick_world.bob))
    browser, _ = sign_in()
    for _ in range(5):
        browser.post("/sign-in/code/", {"code": wrong(secret)})
    page = browser.post("/sign-in/code/", {"code": code_of(secret)}).content.decode()
    assert "Too many wrong codes" in page
    assert browser.get("/").status_code == 302
    other, _ = sign_in()
    other.post("/sign-in/code/", {"code": code_of(secret)})
    assert other.get("/").status_code == 302


def test_a_recovery_code_works_once(quick_world):
    _, codes = connected(browser_of(quick_world.bob))
    for expected in (200, 302):
        browser, _ = sign_in()
        browser.post("/sign-in/code/", {"code": codes[0]})
        assert browser.get("/").status_code == expected


def test_C17_factors_change_only_with_the_present_password(quick_world):
    browser = browser_of(quick_world.bob)
    secret, sealed = page_of(browser)
    for present in ("", "wrong"):
        form = {"sealed": sealed, "code": code_of(secret), "present": present}
        assert browser.post(APP, form).status_code == 422
    assert not Authenticator.objects.exists()
    connected(browser)
    factor = Authenticator.objects.get(type="totp")
    remove = f"/settings/me/factors/{factor.pk}/remove"
    for path in (remove, "/settings/me/factors/codes", "/settings/me/factors/passkey/"):
        assert browser.post(path, {"present": "wrong", "name": "x"}).status_code == 422
    assert browser_of(quick_world.carol).post(remove, {"present": PASSWORD}).status_code == 404
    before = set(Authenticator.objects.values_list("pk", flat=True))
    assert len(before) == 2
    page = browser.post("/settings/me/factors/codes", {"present": PASSWORD}).content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", page)) == 10
    assert browser.post(remove, {"present": PASSWORD}).status_code == 302
    assert not Authenticator.objects.exists()
    told = set(Event.objects.values_list("name", flat=True))
    assert {"factor.added", "factor.removed"} <= told


def test_C17_a_secret_of_another_page_is_not_taken(quick_world):
    secret, sealed = page_of(browser_of(quick_world.carol))
    browser = browser_of(quick_world.bob)
    form = {"sealed": sealed, "code": code_of(secret), "present": PASSWORD}
    assert browser.post(APP, form).status_code == 422
    assert not Authenticator.objects.exists()


def test_secrets_of_factors_are_sealed_at_rest(quick_world):
    secret, codes = connected(browser_of(quick_world.bob))
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept and codes[0] not in kept
    assert not Event.objects.filter(data__icontains=secret[:12]).exists()


def test_an_administrator_helps_who_lost_everything(quick_world):
    connected(browser_of(quick_world.bob))
    path = f"/settings/people/{quick_world.bob.pk}/drop-factors"
    assert browser_of(quick_world.carol).post(path).status_code == 403
    assert Authenticator.objects.count() == 2
    assert browser_of(quick_world.alice).post(path).status_code == 302
    assert not Authenticator.objects.exists()
    assert sign_in()[1]["Location"] == "/"


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", '{"id": 1}', '{"id": "a", "response": {"userHandle": "zzz"}}', "1e9"]
    + ['{"rawId":"AA","id":"AA","type":"public-key","response":{}}', "\x00"],
)
def test_a_strange_passkey_signs_nobody_in(quick_world, credential):
    browser = browser_of(quick_world.bob)
    form = {"name": "x", "present": PASSWORD, "credential": credential}
    browser.get("/settings/me/factors/passkey/")
    assert browser.post("/settings/me/factors/passkey/", form).status_code == 422
    stranger, _ = sign_in(password="wrong")
    stranger.get("/sign-in/passkey/", headers={"Accept": "application/json"})
    answer = stranger.post("/sign-in/passkey/", {"credential": credential})
    assert answer.status_code == 302, answer.content[:300]
    assert stranger.get("/").status_code == 302
    assert not Authenticator.objects.exists()


def test_counts_are_forgotten(quick_world):
    limits.guess("old", {"x": ((1, 1),)})
    Count.objects.update(until=1)
    limits.guess("new", {"x": ((1, 60),)})
    assert not Count.objects.filter(key__startswith="old").exists()
