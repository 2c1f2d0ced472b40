"""Forgotten passwords and invitations: C14, C15."""

import os
import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okno.access.models import Agent, Count, PasswordLink, User
from okno.console.tests.conftest import browser_of, sign_in
from okno.console.tests.factors import connected
from okno.console.tests.mailbox import asked, link_in, path_of, post, work
from okno.kit import clock
from okno.spine.models import Event, Job
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["post"]
NEW = {"password": "a window at night", "again": "a window at night"}


def test_C14_a_letter_leads_to_a_new_password_once(post, quick_world):
    old, _ = sign_in()
    page = asked("Bob@okno.example ")
    assert "Look into your mailbox" in page.content.decode()
    link = link_in(post)
    assert link.startswith("http://localhost:8000/recovery/")
    browser = Client(raise_request_exception=False)
    assert "bob@okno.example" in browser.get(path_of(link)).content.decode()
    other = {**NEW, "again": "not the same"}
    assert browser.post(path_of(link), other).status_code == 422
    assert browser.post(path_of(link), NEW)["Location"] == "/sign-in/"
    assert browser.get("/").status_code == 302, "the link alone signs nobody in"
    assert old.get("/").status_code == 302, "old sessions end"
    assert sign_in(password=NEW["password"])[1]["Location"] == "/"
    for method in (browser.get, browser.post):
        assert method(path_of(link), NEW).status_code == 404


def test_C14_links_die_by_time_by_a_newer_one_and_by_another_password(post, quick_world):
    asked("bob@okno.example")
    first = path_of(link_in(post))
    browser = Client()
    with clock.moved(timedelta(minutes=61)):
        assert browser.get(first).status_code == 404
        assert browser.post(first, NEW).status_code == 404
    assert browser.get(first).status_code == 200
    asked("bob@okno.example")
    second = path_of(link_in(post))
    assert browser.get(first).status_code == 404
    here, _ = sign_in()
    here.post("/settings/me/password", {"present": PASSWORD, **NEW})
    assert browser.get(second).status_code == 404
    assert not PasswordLink.objects.exists()


@pytest.mark.parametrize("secret", ["%20", "x", "a" * 32, "%00", "..%2f", "null", "0"])
def test_C14_what_is_no_secret_opens_nothing(quick_world, secret):
    browser = Client(raise_request_exception=False)
    for door in ("recovery", "invitation"):
        for method in (browser.get, browser.post):
            assert method(f"/{door}/{secret}/", NEW).status_code == 404


def test_C14_the_link_does_not_follow_the_host_of_the_request(post, quick_world, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for host in ("evil.example", "evil.example:8000", "localhost:8000@evil.example"):
        headers = {"Host": host, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
        asked("bob@okno.example", headers=headers)
    assert link_in(post).startswith("http://localhost:8000/")
    assert b"evil" not in b"".join(m.raw for m in post.mails)


def test_C14_only_the_hash_is_kept_and_the_log_holds_nothing(post, quick_world):
    asked("bob@okno.example")
    assert "bob@" not in str(list(Job.objects.values_list("args", flat=True)))
    secret = path_of(link_in(post)).split("/")[2]
    rows = str(list(PasswordLink.objects.values())) + str(list(Event.objects.values()))
    assert secret not in rows
    assert not Job.objects.exists()


def test_C14_an_agent_who_is_off_gets_no_letter_and_no_way_in(post, quick_world):
    asked("bob@okno.example")
    link = path_of(link_in(post))
    Agent.objects.filter(pk=quick_world.bob.pk).update(is_active=False)
    assert Client().get(link).status_code == 404
    asked("bob@okno.example")
    work()
    assert len(post.mails) == 1


class Counting(MD5PasswordHasher):
    """A hasher that counts its work."""

    algorithm = "counting"
    times = 0

    def encode(self, password, salt):
        Counting.times += 1
        return super().encode(password, salt)


def work_of(ask, email):
    """Everything that could tell a stranger apart: answer, questions to the database, hashing."""
    cache.clear()
    Count.objects.all().delete()
    Counting.times = 0
    browser = Client(raise_request_exception=False)
    with CaptureQueriesContext(connection) as asked_of:
        answer = ask(browser, email)
    body = answer.content.decode().replace(email, "…")
    body = re.sub(r'value="\w{64}"|nonce="[^"]+"', "", body)
    return answer.status_code, body, len(asked_of), Counting.times


@pytest.mark.parametrize(
    "ask",
    [
        lambda browser, email: browser.post("/recovery/", {"email": email}),
        lambda browser, email: browser.post("/sign-in/", {"login": email, "password": "wrong"}),
    ],
    ids=["recovery", "sign-in"],
)
def test_C15_nobody_learns_which_addresses_are_known(post, quick_world, settings, capsys, ask):
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    User.objects.update(password=make_password(PASSWORD))
    times = 200 if os.environ.get("OKNO_TEST_LONG") else 5
    known = [work_of(ask, "bob@okno.example") for _ in range(times)]
    unknown = [work_of(ask, f"nobody-{n}@okno.example") for n in range(times)]
    assert set(known) == set(unknown)
    assert len(set(known)) == 1
    with capsys.disabled():
        print(f"\nC15 n={times} known and {times} unknown addresses: 0 differences")


def test_C17_a_new_password_keeps_the_second_step(post, quick_world):
    connected(browser_of(quick_world.bob))
    asked("bob@okno.example")
    Client().post(path_of(link_in(post)), NEW)
    browser, answer = sign_in(password=NEW["password"])
    assert answer["Location"] == "/sign-in/code/"
    assert browser.get("/").status_code == 302


def test_without_outgoing_mail_the_page_says_what_to_do(quick_world):
    page = Client().get("/recovery/").content.decode()
    assert "okno password --email" in page and "<form" not in page
    asked("bob@okno.example")
    assert not Job.objects.exists()
