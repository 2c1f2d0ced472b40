"""The secret key: never made in silence, never the wrong one, changed without losing anything."""

import json
import re
import secrets

import httpx
import pytest

from tests.database import KIND
from tests.ledger.product import ADMIN, PASSWORD, Product
from tests.stands.processes import StandError

on_postgresql = pytest.mark.skipif(KIND == "sqlite", reason="SQLite is not shared")

# What a new key must not lose: the secret of a channel, of a person's app, and of a waiting letter.
FILL = """
import django; django.setup()
from allauth.mfa.models import Authenticator
from django.test import RequestFactory
from okno.access.models import User
from okno.access import system_mail
from okno.desk.actions import change_channel
from okno.desk.models import Channel
from okno.kit import crypto
from okno.spine import SYSTEM, unit, queue
user = User.objects.get()
with unit(SYSTEM, "test"):
    channel = Channel.objects.get(kind="email")
    change_channel(SYSTEM, channel, secrets={"smtp_password": "Kornblume"})
    queue.enqueue(system_mail.JOB, {"sealed": crypto.seal("Kornblume")}, key="kept")
queue.Job.objects.update(run_at="2999-01-01T12:00:00Z")
Authenticator.objects.create(
    user=user, type="totp", data={"secret": crypto.seal("Kornblume"), "plain": "Kornblume"}
)
"""
READ = """
import django; django.setup()
from allauth.mfa.models import Authenticator
from okno.desk.actions.channels import read_secrets
from okno.desk.models import Channel
from okno.kit import crypto
from okno.spine.models import Job
data = Authenticator.objects.get().data
print(read_secrets(Channel.objects.get(kind="email"))["smtp_password"],
      crypto.unseal(data["secret"]), data["plain"],
      crypto.unseal(Job.objects.get(key="kept").args["sealed"]))
"""
FOUND = " ".join(["Kornblume"] * 4) + "\n"


@pytest.fixture
def okno(tmp_path, server):
    """An installation that is set up and not running: two processes where that can be."""
    parts = ("web", "worker") if KIND == "postgres" else ("serve",)
    with Product(tmp_path / "data", KIND, server=server, parts=parts) as product:
        product.set_up()
        yield product


def run(okno, program, **settings):
    done = okno.installation.run(["-c", program], settings=settings)
    if done.returncode:
        raise StandError(done.stderr)
    return done.stdout


def refused(done, words):
    assert done.returncode in (1, 2), done
    assert words in done.stderr.decode() + done.stdout.decode()
    assert b"Traceback" not in done.stderr
    return True


@on_postgresql
def test_a_node_without_its_key_makes_none(okno, tmp_path):
    """The folder is not mounted, or its name is wrong."""
    astray = {"OKNO_DATA_DIR": str(tmp_path / "astray")}
    for words in (["web"], ["worker"], ["mailin"], ["migrate"], ["serve"], ["check"]):
        assert refused(okno.command(*words, settings=astray), "OKNO_SECRET_KEY is not set")
    assert refused(okno.command("doctor", settings=astray), "there is no secret key")
    assert not (tmp_path / "astray").exists()


def test_commands_that_change_nothing_leave_nothing_behind(okno, tmp_path):
    astray = {"OKNO_DATA_DIR": str(tmp_path / "astray"), "OKNO_DATABASE_URL": ""}
    for words in (["check"], ["worker"], ["backup", str(tmp_path / "x")]):
        assert refused(okno.command(*words, settings=astray), "nothing is set up in")
    assert refused(okno.command("doctor", settings=astray), "nothing is set up in")
    assert not (tmp_path / "astray").exists()


def test_a_key_that_is_gone_is_not_made_anew_beside_its_database(okno, tmp_path):
    (okno.folder / "secret.key").rename(tmp_path / "key")
    assert refused(okno.command("serve"), "secret.key")
    assert refused(okno.command("doctor"), "there is no secret key")
    assert not (okno.folder / "secret.key").exists()


def test_a_node_with_another_key_is_refused(okno, tmp_path):
    okno.must("migrate")
    other = {"OKNO_SECRET_KEY": secrets.token_urlsafe(48)}
    okno.start()
    for words in (["web"], ["worker"], ["mailin"]) if KIND == "postgres" else []:
        assert refused(okno.command(*words, settings=other), "belongs to another secret key")
    file = tmp_path / "backup.tar"
    assert refused(okno.command("backup", str(file), settings=other), "another secret key")
    assert not file.exists()
    assert refused(okno.command("migrate", settings=other), "another secret key")
    assert refused(okno.command("doctor", settings=other), "another secret key")
    assert okno.is_ready() and not okno.has_died()


def test_a_database_that_remembers_no_key_is_judged_by_its_secrets(okno):
    """As one is that an earlier version made."""
    run(okno, FILL)
    other = {"OKNO_SECRET_KEY": secrets.token_urlsafe(48)}
    assert refused(okno.command("migrate", settings=other), "another secret key")
    okno.must("migrate")


def signed_in(url):
    client = httpx.Client(base_url=url, timeout=20, follow_redirects=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/sign-in/").text)
    form = {"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    answer = client.post("/sign-in/", data=form, headers={"Referer": f"{url}/sign-in/"})
    assert answer.status_code == 200 and "okno_console" in client.cookies
    return client


def is_signed_in(client):
    return client.get("/settings/me/", follow_redirects=False).status_code == 200


def test_a_new_key_takes_the_place_of_the_old_one(okno):
    """Sessions and everything sealed go on while both are given; then the old one is not needed."""
    okno.start()
    client = signed_in(okno.url)
    assert is_signed_in(client)
    run(okno, FILL)
    old = (okno.folder / "secret.key").read_text()
    new = okno.must("key", "new").strip()
    assert len(new) == 64
    both = {"OKNO_SECRET_KEY": new, "OKNO_SECRET_KEY_OLD": f"{secrets.token_urlsafe(48)} {old}"}
    okno.stop()
    okno.installation._settings |= both
    okno.start()
    assert is_signed_in(client), "the session of the old key"
    assert run(okno, READ) == FOUND
    # The other node comes later, with the old key: it could not read what this one seals.
    later = {"OKNO_SECRET_KEY": old, "OKNO_SECRET_KEY_OLD": ""}
    done = okno.must("key", "reseal")
    assert "1 channels, 1 second factors, 1 jobs" in done
    assert "0 channels, 0 second factors, 0 jobs" in okno.must("key", "reseal")
    assert refused(okno.command("backup", "/dev/null/x", settings=later), "another secret key")
    alone = {"OKNO_SECRET_KEY": new, "OKNO_SECRET_KEY_OLD": ""}
    assert run(okno, READ, **alone) == FOUND
    assert okno.command("doctor", settings=alone).stdout.count(b"key") == 0
    kept = json.dumps(okno.database.rows("SELECT data FROM mfa_authenticator"))
    assert kept.count("Kornblume") == 1
