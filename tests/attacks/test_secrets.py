"""E06: a secret goes in and never comes out again, by whatever door."""

import io
import logging
from argparse import Namespace
from contextlib import redirect_stdout

import pytest
from django.core.cache import cache

from okno.api.tests.conftest import Program, make_token
from okno.channels.intake import account_of
from okno.config.commands.check import check
from okno.config.commands.doctor import doctor
from okno.console.tests.conftest import browser_of, desk
from okno.desk.actions.channels import read_secrets
from okno.desk.models import Channel
from okno.portal.tests.guests import make_channel
from tests.access.routes import filled, ids
from tests.access.table import API, CONSOLE
from tests.attacks.leaks import leaks
from tests.rows import everything_stored
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]
MARKS = {
    "imap_password": "Imap-Geheimnis-4711",
    "smtp_password": "Smtp-Geheimnis-4712",
    "identity_secret": "Site-Geheimnis-4713-of-thirty-two-characters",
    "token": "",
}


def form_of(world, **more):
    return {
        "name": "Support", "team": str(world.support.pk), "language": "en", "is_active": "on",
        "address": "support@okno.example", "imap_host": "mail.okno.example", "imap_port": "993",
        "imap_security": "tls", "imap_user": "support", "start": "now", "smtp_port": "587",
        "smtp_host": "mail.okno.example", "smtp_security": "starttls", "smtp_user": "support",
        "imap_folder": "INBOX", **more,
    }  # fmt: skip


def put_in(world, browser):
    """The secrets through the pages where they are asked; the answers to that."""
    passwords = {name: MARKS[name] for name in ("imap_password", "smtp_password")}
    url = f"/settings/channels/{world.channel.pk}/"
    refused = browser.post(url, form_of(world, **passwords, imap_port="no number"))
    assert refused.status_code == 422
    saved = browser.post(url, form_of(world, **passwords), follow=True)
    assert saved.status_code == 200
    chat = make_channel("widget", "Velobaza", world.support)
    secret = {"identity_secret": MARKS["identity_secret"]}
    asked = {"name": "Velobaza", "team": "", "language": "en", "corner": "right", "names": "first"}
    again = browser.post(f"/settings/channels/{chat.pk}/", asked | secret, follow=True)
    stored = read_secrets(Channel.objects.get(pk=world.channel.pk))
    assert stored == passwords
    assert read_secrets(Channel.objects.get(pk=chat.pk)) == secret
    return [each.content.decode() for each in (refused, saved, again)]


def test_E06_secrets_never_come_out_again(ids, world, capsys, caplog):
    cache.clear()
    browser, seen = browser_of(world.alice), []
    with caplog.at_level(logging.DEBUG):
        seen += put_in(world, browser)
        asked = {"name": "x", "scope": "read", "present": PASSWORD}
        made = browser.post("/settings/tokens/", asked).content.decode()
        program = Program(make_token(world.alice, "admin"))
        for route in CONSOLE:
            answer = browser.get(filled(route, ids | {"channel_id": world.channel.pk}))
            seen.append(b"".join(answer).decode("utf-8", "replace") + str(answer.headers))
        for pk in Channel.objects.values_list("pk", flat=True):
            seen.append(browser.get(f"/settings/channels/{pk}/").content.decode())
        for key in API:
            method, path = key.split()
            if method == "GET":
                answer = program.raw("GET", path.format(**ids))
                seen.append(b"".join(answer).decode("utf-8", "replace"))
        out = io.StringIO()
        with redirect_stdout(out):
            doctor(Namespace())
            check(Namespace(files=False))
    account = account_of(Channel.objects.get(pk=world.channel.pk))
    seen += [out.getvalue(), caplog.text, everything_stored(), repr(account), str(account)]
    token = made.partition('value="okno_')[2].partition('"')[0]
    secrets = MARKS | {"token": program.token, "new token": token and "okno_" + token}
    assert [leaks(text, secrets) for text in seen if leaks(text, secrets)] == []
    assert account.secrets["imap_password"] == MARKS["imap_password"]
    with capsys.disabled():
        places = len(seen)
        print(f"\nE06 n={places} pages, answers, logs and tables, {len(secrets)} secrets: 0 seen")


def test_E06_an_empty_field_keeps_the_secret_and_a_new_one_replaces_it(world):
    browser, url = browser_of(world.alice), f"/settings/channels/{world.channel.pk}/"
    browser.post(url, form_of(world, imap_password="first", smtp_password="second"))
    browser.post(url, form_of(world, imap_password="", smtp_password="third"))
    stored = read_secrets(Channel.objects.get(pk=world.channel.pk))
    assert stored == {"imap_password": "first", "smtp_password": "third"}
