"""Several processes on one PostgreSQL: how they begin, change version, and are told apart."""

import os
import subprocess
import sys

import psycopg
import pytest

from okno.config.schema import MIGRATION_LOCK
from tests import database
from tests.ledger.product import APART, Product
from tests.stands.installation import HOUSE
from tests.stands.postgres import Postgres
from tests.stands.processes import wait_until

pytestmark = pytest.mark.skipif(
    os.environ.get("OKNO_TEST_DATABASE") != "postgres", reason="one process serves on SQLite"
)


@pytest.fixture(scope="module")
def server():
    given = getattr(database, "server", None)
    if given is not None:
        yield given
        return
    with Postgres() as own:
        yield own


@pytest.fixture
def empty(tmp_path, server):
    """Three parts that do not run yet, on a database without a table."""
    with Product(
        tmp_path / "data", "postgres", server=server, parts=APART, is_empty=True
    ) as product:
        yield product


@pytest.fixture
def okno(tmp_path, server):
    """Three parts that do not run yet, on a database that is ready."""
    with Product(tmp_path / "data", "postgres", server=server, parts=APART) as product:
        yield product


def begin(product, *words):
    """Start a command; its output is read when it ends."""
    return subprocess.Popen(
        [sys.executable, "-m", "okno", *words],
        env=product.installation.env,
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def connect(product):
    return psycopg.connect(product.installation.database_url)


def said(product, words):
    return product.log.read_text().count(words) if product.log.exists() else 0


def test_two_migrations_wait_for_each_other(empty):
    """The right to migrate is with a third at first, so that both are seen to wait for it."""
    with connect(empty) as third:
        third.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        both = [begin(empty, "migrate") for _ in range(2)]
        lines = [child.stdout.readline() for child in both]
        assert all("Another process prepares the database" in line for line in lines), lines
        assert empty.database.count("SELECT count(*) FROM pg_tables WHERE tablename ~ '^desk'") == 0
    outputs = [child.communicate(timeout=120)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0], outputs
    assert sorted("Preparing" in output for output in outputs) == [False, True]
    assert empty.command("doctor").stdout.count(b"migrate") == 0


def test_a_migration_does_not_make_others_wait_for_who_holds_a_table(okno):
    """A dump holds its tables for minutes; a migration that waits lets nobody past."""
    with connect(okno) as dump, connect(okno) as writer:
        dump.execute("SET idle_in_transaction_session_timeout = '60s'")
        dump.execute("DROP TRIGGER spine_event_no_change ON spine_event")
        dump.commit()
        dump.execute("LOCK TABLE spine_event IN ROW EXCLUSIVE MODE")
        migrating = begin(okno, "migrate")
        assert "Preparing" in migrating.stdout.readline()
        assert "trying again" in migrating.stdout.readline()
        for _ in range(3):
            # In between it waits again; each of these would wait for the dump, for ever.
            writer.execute("SET statement_timeout = '30s'")
            writer.execute("LOCK TABLE spine_event IN ROW EXCLUSIVE MODE")
            writer.commit()
        assert migrating.poll() is None
        dump.commit()
    assert migrating.wait(60) == 0
    assert okno.command("migrate").stdout == b""
    guards = "SELECT count(*) FROM pg_trigger WHERE tgname = 'spine_event_no_change'"
    assert okno.database.count(guards) == 1


def test_parts_wait_in_one_line_until_the_database_is_ready(empty):
    empty.start(is_ready=False)
    waiting = "Waiting: the database is of another version: run `okno migrate`"
    wait_until(lambda: said(empty, waiting) == len(APART), 40, "all parts to wait")
    assert [part.code for part in empty.running.values()] == [None] * len(APART)
    empty.must("migrate")
    empty.wait_ready()
    assert said(empty, "Waiting") == len(APART)
    assert said(empty, "Traceback") == 0


def test_parts_wait_for_a_database_that_does_not_answer_yet(okno):
    away = {"OKNO_DATABASE_URL": "postgresql://okno@127.0.0.1:9/okno"}
    part = okno.start_part("worker", settings=away)
    wait_until(lambda: said(okno, "the database does not answer") == 1, 40, "it to wait")
    assert part.code is None
    done = okno.command("doctor", settings=away)
    assert done.returncode == 1
    assert b"OKNO_DATABASE_URL" in done.stdout and b"migrate" not in done.stdout
    assert done.stdout.count("✗".encode()) == 1
    done = okno.command("migrate", settings=away)
    assert done.returncode == 1
    assert b"cannot be used" in done.stderr and b"Traceback" not in done.stderr


def test_an_older_version_refuses_a_newer_database(okno):
    """It would fail at columns it does not fill, and pass over events for which it has no reader;
    one that runs already goes on, so that an upgrade can go round the nodes."""
    okno.start()
    with connect(okno) as newer:
        newer.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('desk', '9999_of_a_newer_version', now())"
        )
    for words in (["migrate"], ["web"], ["worker"], ["mailin"]):
        done = okno.command(*words)
        assert done.returncode == 1, words
        assert b"newer version" in done.stderr and b"Traceback" not in done.stderr
    assert b"newer version" in okno.command("doctor").stdout
    assert okno.is_ready()
    assert not okno.has_died()
