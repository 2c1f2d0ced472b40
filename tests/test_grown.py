"""Several processes on one PostgreSQL: how they begin, change version, and are told apart."""

import contextlib
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from okno.config.schema import MIGRATION_LOCK
from tests.database import KIND
from tests.ledger.product import APART, Product
from tests.stands.certificate import make_certificate
from tests.stands.installation import HOUSE
from tests.stands.postgres import Postgres
from tests.stands.processes import Folder, wait_until

pytestmark = pytest.mark.skipif(KIND != "postgres", reason="one process serves on SQLite")


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


def test_a_reader_of_a_new_version_has_its_place_before_anything_else_happens(okno):
    """Although there is nothing to migrate: else what happens until a worker looks is lost to it.
    One that stands somewhere already stays there."""
    at = "SELECT last_id FROM spine_cursor WHERE reader = 'email.sent_copy'"
    event = (
        "INSERT INTO spine_event (name, version, subject_type, subject_id, actor_type, via, depth,"
        " at, data) VALUES ('team.created', 1, 'team', 1, 'system', 'test', 0, now(), '{}')"
        " RETURNING id"
    )
    with connect(okno) as database:
        database.execute("DELETE FROM spine_cursor")
        newest = database.execute(event).fetchone()[0]
    okno.must("migrate")
    assert okno.database.count(at) == newest
    with connect(okno) as database:
        database.execute("UPDATE spine_cursor SET last_id = 0")
    okno.must("migrate")
    assert okno.database.count(at) == 0


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


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server with TLS, which asks the role "okno" for its password."""
    folder = tmp_path_factory.mktemp("tls")
    with Postgres() as own:
        made = make_certificate(folder)
        data = own.dir / "data"
        for source, name in ((made.chain, "server.crt"), (made.key, "server.key")):
            target = data / name
            target.write_bytes(source.read_bytes())
            target.chmod(0o600)
            Folder.give(target, own.dir.owner())
        with psycopg.connect(own.url, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE okno SUPERUSER LOGIN PASSWORD '{SECRET}'")
            admin.execute("ALTER SYSTEM SET ssl = on")
            rules = data / "pg_hba.conf"
            rules.write_text("host all okno 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
            admin.execute("SELECT pg_reload_conf()")
        own.authority = made.authority
        wait_until(lambda: _is_guarded(own), 20, "the new rules")
        yield own


def _is_guarded(server):
    try:
        psycopg.connect(server.url.replace("postgres@", "okno@") + "?sslmode=require").close()
    except psycopg.OperationalError as error:
        return "password" in str(error)
    return False


SECRET = "Kornblume 7/@:%"


def test_sslmode_and_hosts_of_the_address_are_honoured(tmp_path, server, guarded):
    """Both of two processes; one that cannot have what it asks for does not start in the clear."""
    with Product(tmp_path / "data", "postgres", server=server, parts=("web", "worker")) as plain:
        url = plain.installation.database_url
        part = plain.start_part("web", settings={"OKNO_DATABASE_URL": url + "?sslmode=require"})
        wait_until(lambda: said(plain, "does not support SSL"), 40, "the refusal")
        assert part.code is None and not plain.is_ready()
        part.stop()
    with Product(tmp_path / "tls", "postgres", server=guarded, parts=("web", "worker")) as okno:
        url = okno.installation.database_url
        name = url.rpartition("/")[2]
        hosts = f"127.0.0.1:9,127.0.0.1:{guarded.port}"
        okno.installation.database_url = (
            f"postgresql://okno:{quote(SECRET, safe='')}@{hosts}/{name}"
            f"?sslmode=verify-full&sslrootcert={guarded.authority}&target_session_attrs=read-write"
        )
        okno.start()
        sessions = (
            "SELECT count(*), count(*) FILTER (WHERE s.ssl) FROM pg_stat_ssl s"
            " JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'okno' AND a.datname = %s"
        )
        with psycopg.connect(url) as looking:
            total, encrypted = looking.execute(sessions, [name]).fetchone()
        assert total == encrypted > 2


def test_no_password_stands_in_the_process_list(tmp_path, guarded):
    """While pg_dump waits for a table that somebody holds, everybody may read its command line."""
    with Product(tmp_path / "data", "postgres", server=guarded) as okno:
        okno.set_up()
        url = okno.installation.database_url
        name = url.rpartition("/")[2]
        okno.installation.database_url = (
            f"postgresql://okno:{quote(SECRET, safe='')}@127.0.0.1:{guarded.port}/{name}"
        )
        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE desk_message IN ACCESS EXCLUSIVE MODE")
            backup = begin(okno, "backup", str(tmp_path / "backup.tar"))
            wait_until(lambda: bool(command_lines("pg_dump")), 40, "pg_dump")
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            wait_until(lambda: okno.database.count(waits) == 1, 40, "it to wait")
            seen = command_lines("pg_dump") + command_lines("okno")
        output = backup.communicate(timeout=120)[0]
        assert backup.returncode == 0, output
        assert [line for line in seen if "Kornblume" in line] == []
        assert any("dbname=" in line and name in line for line in seen), seen


def command_lines(program):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if program in line:
                found.append(line)
    return found
