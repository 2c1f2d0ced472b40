"""Reading changes nothing, forged forms are refused, caches keep nothing (C19, C22, C23, C24)."""

import re

import pytest
from django.test import Client

from okno.console.tests.conftest import browser_of, desk, quick_world, sign_in
from tests.access.routes import asked, filled, ids
from tests.access.table import CONSOLE, OPEN
from tests.rows import everything
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids", "quick_world"]


def test_C19_nothing_changes_when_everything_is_read(ids, world, capsys):
    browser = browser_of(world.alice)
    browser.get("/settings/me/")
    before = everything()
    for route in (*CONSOLE, *OPEN):
        if route not in ("sign-out/",):
            answer = browser.get(filled(route, ids))
            assert answer.status_code in (200, 302, 404, 405), (route, answer.status_code)
    assert everything() == before
    with capsys.disabled():
        print(f"\nC19 n={len(CONSOLE) + len(OPEN)} addresses read by the administrator: 0 changes")


@pytest.mark.parametrize("forged", ["no token", "empty token", "foreign token", "foreign origin"])
def test_C19_no_form_is_taken_without_its_token(ids, world, forged, capsys):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies = browser_of(world.alice).cookies
    page = browser.get("/settings/me/").content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = {
        "empty token": {"csrfmiddlewaretoken": ""},
        "foreign token": {"csrfmiddlewaretoken": "a" * 64},
        "foreign origin": {"csrfmiddlewaretoken": token},
    }.get(forged, {})
    headers = {"Origin": "https://evil.example"} if forged == "foreign origin" else {}
    before, times = everything(), 0
    for route in CONSOLE:
        answer = browser.post(filled(route, ids), form, headers=headers)
        assert answer.status_code == 403, (route, answer.status_code)
        times += 1
    assert everything() == before
    assert browser.post("/sign-out/", form, headers=headers).status_code == 403
    assert browser.get("/").status_code == 200
    with capsys.disabled():
        print(f"\nC19 n={times} forms with {forged}: 0 taken")


def test_C22_no_private_page_stays_in_a_cache(ids, world, capsys):
    browser, times = browser_of(world.alice), 0
    for route in CONSOLE:
        answer = asked(browser, "get", filled(route, ids))
        kept = answer["Cache-Control"]
        assert "no-store" in kept or "private" in kept, (route, kept)
        assert "Cookie" in answer.get("Vary", ""), route
        assert "public" not in kept, route
        times += 1
    with capsys.disabled():
        print(f"\nC22 n={times} private addresses: 0 may be kept by a shared cache")


POISON = {
    "X-Forwarded-Host": "evil.example",
    "X-Host": "evil.example",
    "X-Original-URL": "/settings/",
    "X-Rewrite-URL": "/settings/",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Scheme": "nothttps",
    "Accept": "evil/example",
    "Accept-Language": "evil",
}


def test_C22_headers_of_a_stranger_do_not_show_up_in_pages(quick_world):
    for path in ("/sign-in/", "/recovery/", "/api/v1/openapi.json", "/nowhere/"):
        answer = Client().get(path, headers=POISON)
        assert "evil" not in answer.content.decode() + str(answer.headers), path


def test_C22_a_foreign_host_is_refused_in_the_right_form(quick_world):
    for host in ("evil.example", "localhost:8000@evil.example", "", "a b"):
        page = Client().get("/sign-in/", headers={"Host": host})
        assert page.status_code == 400 and "evil" not in page.content.decode()
        problem = Client().get("/api/v1/tags", headers={"Host": host})
        assert problem.status_code == 400
        assert problem["Content-Type"] == "application/problem+json"


LEADS_AWAY = [
    "//evil.example", "///evil.example", "////evil.example", "https://evil.example",
    "http://evil.example", "HTTPS://evil.example", "https:evil.example", "https:/evil.example",
    "\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\\/evil.example",
    "\t//evil.example", " //evil.example", "\r\n//evil.example", "/\t/evil.example",
    "/\n/evil.example", "//evil.example\\@localhost", "//localhost@evil.example",
    "http://localhost@evil.example", "http://localhost:8000@evil.example/",
    "http://localhost:8000.evil.example", "http://evil.example#localhost",
    "http://evil.example?localhost:8000", "//evil%2eexample", "%2f%2fevil.example",
    "https%3a%2f%2fevil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
    "//[::1]", "//127.0.0.1", "//localhost", "//localhost:9000", "http://localhost:9000/",
    "ftp://localhost:8000/", "http:///evil.example", "//evil。example", "/%5cevil.example",
]  # fmt: skip


def test_C23_sign_in_leads_nowhere_but_home(quick_world, capsys):
    for target in LEADS_AWAY:
        browser = Client(raise_request_exception=False)
        form = {"login": "bob@okno.example", "password": PASSWORD, "next": target}
        answer = browser.post("/sign-in/", form)
        assert answer.status_code == 302
        where = answer["Location"]
        assert where == "/" or re.match(r"/[^/\\]", where), (target, where)
        page = Client().get("/sign-in/", {"next": target}).content.decode()
        assert f'href="{target}"' not in page
    for good in ("/settings/me/", "/conversations/1/?view=open"):
        form = {"login": "bob@okno.example", "password": PASSWORD, "next": good}
        assert Client().post("/sign-in/", form)["Location"] == good
    with capsys.disabled():
        print(f"\nC23 n={len(LEADS_AWAY)} addresses that lead away: 0 followed")


HIDDEN = [
    "admin/", "admin/doc/", "setup/", "install/", "welcome/", "debug/", "__debug__/", "silk/",
    "metrics", "status", "server-status", "phpinfo.php", ".env", ".git/config", "docs", "redoc",
    "swagger", "graphql", "api/docs", "api/v1/docs", "api/schema", "api/v1/schema", "actuator",
    "console/", "static/../secret.key", "static/%2e%2e/secret.key", "data/okno.sqlite3",
    "okno.sqlite3", "secret.key", "files/", "media/", "accounts/signup/", "sign-up/",
    "accounts/login/", "accounts/password/reset/", "mfa/", "i18n/setlang/",
]  # fmt: skip


def test_C24_nothing_of_setting_up_or_debugging_is_open(quick_world, capsys):
    for path in HIDDEN:
        for browser in (Client(raise_request_exception=False), sign_in()[0]):
            answer = browser.get(f"/{path}")
            text = answer.content.decode()
            assert answer.status_code in (404, 400), (path, answer.status_code)
            assert "Traceback" not in text and "DJANGO" not in text and "urlpatterns" not in text
    first = {"name": "M", "email": "m@evil.example", "password": NEW, "language": "en"}
    assert Client().post("/", first).status_code == 302
    assert sign_in("m@evil.example", NEW)[1].status_code == 422
    with capsys.disabled():
        print(f"\nC24 n={len(HIDDEN)} addresses of tools: 0 open")


NEW = "a window at night"


def test_C24_health_says_only_whether(quick_world):
    for path in ("/health/live", "/health/ready"):
        assert len(Client().get(path).content) < 40


def test_private_cookies_are_closed(quick_world, settings):
    browser, answer = sign_in()
    for name in ("okno_console", "okno_device"):
        cookie = answer.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    page = browser.get("/settings/me/")
    csrf = page.cookies["okno_csrf"]
    assert csrf["httponly"] and csrf["samesite"] == "Lax"
