import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.stands.postgres import Postgres
from tests.stands.processes import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


def test_committed_rows_survive_a_crash(server: Postgres) -> None:
    url = server.create_database("crash")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE letter (body text)")
        connection.execute("INSERT INTO letter VALUES ('письмо')")
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    open_unit = psycopg.connect(url)
    open_unit.execute("INSERT INTO letter VALUES ('never committed')")
    server.restart_immediate()
    with pytest.raises(psycopg.OperationalError):
        open_unit.execute("SELECT 1")
    open_unit.close()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT body FROM letter").fetchall() == [("письмо",)]


def test_sessions_can_be_ended_and_databases_copied(server: Postgres) -> None:
    url = server.create_database("first")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE letter (body text)")
    session = psycopg.connect(url)
    assert server.terminate_backends("first") == 1
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    session.close()
    with psycopg.connect(server.create_database("second", template="first")) as connection:
        assert connection.execute("SELECT count(*) FROM letter").fetchone() == (0,)
    server.drop_database("second")


def test_it_dies_with_a_killed_parent() -> None:
    code = """
import threading, time
from tests.stands.postgres import Postgres
server = Postgres()
thread = threading.Thread(target=server.start)
thread.start(); thread.join()
print(server.pid, server.dir, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pid, folder = parent.stdout.readline().split()
    os.kill(int(pid), 0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not Path(folder, "data", "postmaster.pid").exists(), 10, "its end")
    subprocess.run(["rm", "-r", folder], check=True)
