"""What an administrator's tools see and do: backups under load, files gone, rows astray, modes of
files, leftovers, a full disk."""

import base64
import os
import sqlite3
import stat
import subprocess
import tarfile
import threading
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.database import KIND
from tests.ledger.product import Product
from tests.stands.processes import wait_until

FILE = base64.b64encode(b"hello" * 40_000).decode()


@pytest.fixture
def okno(tmp_path, server):
    """An installation that is set up and does not run."""
    with Product(tmp_path / "data", KIND, server=server) as product:
        product.set_up()
        yield product


def execute(okno, *statements):
    """Change rows behind the product's back, as a tool would that switches the rules off."""
    if okno.installation.database_url:
        with psycopg.connect(okno.installation.database_url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement)
        return
    connection = sqlite3.connect(okno.folder / "okno.sqlite3", timeout=20)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def open_with_file(okno):
    """A conversation with a file in its first letter; the answer of the API."""
    file = {"filename": "a.txt", "content_type": "text/plain", "content_base64": FILE}
    with okno.client() as client:
        data = {
            "channel": client.get("/channels").json()["items"][0]["id"],
            "requester": {"address": "dan@client.example"},
            "text": "Hello",
            "attachments": [file],
        }
        return client.post("/conversations", json=data)


@pytest.mark.skipif(KIND == "postgres", reason="pg_dump reads a snapshot of its own")
def test_h5_a_backup_ends_while_somebody_writes_ten_times_a_second(okno, tmp_path, capsys):
    """Over 16 MB, which was one step of copying; each commit between two steps began it anew."""
    path, size = okno.folder / "okno.sqlite3", 40_000_000
    execute(okno, "CREATE TABLE ballast (bytes BLOB)", "CREATE TABLE written (n INTEGER)",
            f"INSERT INTO ballast VALUES (randomblob({size}))")  # fmt: skip
    began, stop = threading.Event(), threading.Event()
    longest = [0.0]

    def write():
        connection = sqlite3.connect(path, timeout=20, isolation_level=None)
        number = 0
        while not stop.is_set():
            number += 1
            at = time.monotonic()
            connection.execute("INSERT INTO written VALUES (?)", [number])
            longest[0] = max(longest[0], time.monotonic() - at)
            began.set()
            stop.wait(0.02)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    began.wait(20)
    try:
        at = time.monotonic()
        output = okno.must("backup", str(tmp_path / "busy.tar"))
        seconds = time.monotonic() - at
    finally:
        stop.set()
        writer.join()
    written = okno.database.count("SELECT count(*) FROM written")
    with capsys.disabled():
        print(f"\nH5 n={written} writes, {seconds:.1f} s, longest write {longest[0]:.2f} s")
    assert "Backup:" in output and (tmp_path / "busy.tar").stat().st_size > size
    copy = tmp_path / "copy"
    copy.mkdir()
    with tarfile.open(tmp_path / "busy.tar") as archive:
        archive.extract("database", copy, filter="data")
    found = sqlite3.connect(copy / "database")
    assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    (numbers,) = found.execute("SELECT count(*) - max(n) FROM written").fetchone()
    assert numbers == 0, "a snapshot holds every write up to its moment, and none of later"
    found.close()


def test_h5_a_backup_without_a_file_of_a_row_fails_in_words(okno, tmp_path):
    okno.start()
    assert open_with_file(okno).status_code == 201
    target = tmp_path / "backup.tar"
    okno.must("backup", str(target))
    good = target.read_bytes()
    (name,) = okno.database.rows("SELECT storage FROM desk_attachment")[0]
    (okno.folder / "files" / name[:2] / name[2:4] / name).unlink()
    done = okno.command("backup", str(target))
    assert done.returncode == 1
    words = done.stderr.decode()
    assert "attachment" in words and "missing" in words and "Traceback" not in words
    # Neither is the last whole one written over, nor lost what could be saved.
    assert target.read_bytes() == good
    assert tarfile.is_tarfile(tmp_path / "backup.tar.incomplete")
    said = okno.command("doctor")
    assert said.returncode == 1 and "1 files of rows are missing" in said.stdout.decode()


def test_doctor_sees_rows_that_lead_nowhere(okno):
    okno.start()
    assert open_with_file(okno).status_code == 201
    assert b"foreign keys" not in okno.command("doctor").stdout
    execute(okno, "DELETE FROM contacts_identity", "DELETE FROM contacts_contact")
    said = okno.command("doctor")
    assert said.returncode == 1
    assert "foreign keys: 1 rows of desk_conversation lead nowhere" in said.stdout.decode()


@pytest.mark.skipif(KIND == "sqlite", reason="LISTEN is PostgreSQL's")
def test_doctor_sees_that_nobody_listens(okno):
    okno.start()
    lost = b"none of them listens"
    wait_until(lambda: lost not in okno.command("doctor").stdout, 20, "the listener")
    okno.stop()
    address = okno.installation.database_url
    with psycopg.connect(address, application_name="okno") as connection:
        # As a process whose listener a pooler has swallowed.
        connection.execute("SELECT 1")
        assert lost in okno.command("doctor").stdout


def modes(folder):
    return {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}


def test_m4_what_lay_open_is_closed_by_the_next_command(okno):
    """`install -d`, `mkdir` and systemd's StateDirectory make a folder that everybody reads."""
    okno.start()
    assert open_with_file(okno).status_code == 201
    okno.stop()
    for path in modes(okno.folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
    said = okno.command("doctor")
    assert said.returncode == 1 and b"others on this machine may read" in said.stdout
    okno.must("check")
    assert [path for path, mode in modes(okno.folder).items() if mode & 0o077] == []
    assert b"others on this machine" not in okno.command("doctor").stdout


def test_m4_a_new_folder_is_closed_whatever_the_umask(tmp_path, server):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    before = os.umask(0o000)
    try:
        with Product(folder, KIND, server=server, is_empty=True) as product:
            product.must("demo")
            product.start()
            found = modes(folder)
            assert len(found) > 2
            assert [path for path, mode in found.items() if mode & 0o077] == []
    finally:
        os.umask(before)


def test_m4_a_folder_of_everybody_and_what_is_not_ours_stay_as_they_are(okno):
    other = okno.folder / "other"
    other.write_text("not ours")
    other.chmod(0o644)
    okno.folder.chmod(0o1777)
    okno.must("check")
    assert stat.S_IMODE(okno.folder.stat().st_mode) == 0o1777
    assert stat.S_IMODE(other.stat().st_mode) == 0o644
    assert okno.command("doctor").returncode == 1


def test_m8_leftovers_of_kills_go_at_the_next_start(okno, tmp_path):
    """Half files at once, those without a row when they are a day old; no backup has them."""
    okno.start()
    assert open_with_file(okno).status_code == 201
    okno.kill()
    half = okno.folder / "files" / "unfinished" / ("a" * 32)
    young, old = (okno.folder / "files" / (c * 2) / (c * 2) / (c * 32) for c in "bc")
    for path in (half, young, old):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left behind")
    yesterday = time.time() - 25 * 3600
    (name,) = okno.database.rows("SELECT storage FROM desk_attachment")[0]
    named = okno.folder / "files" / name[:2] / name[2:4] / name
    for path in (old, named):
        os.utime(path, (yesterday, yesterday))
    okno.must("backup", str(tmp_path / "with.tar"))
    with tarfile.open(tmp_path / "with.tar") as archive:
        assert [n for n in archive.getnames() if "unfinished" in n] == []
    okno.forget_dead()
    okno.start()
    wait_until(lambda: not half.exists() and not old.exists(), 20, "the sweep")
    assert young.exists() and named.exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MB."""
    place = tmp_path / "small"
    place.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(place)]
    if os.geteuid() or subprocess.call(call, stderr=subprocess.DEVNULL):
        pytest.skip("needs a small file system of its own: run as root where mount is allowed")
    yield place
    subprocess.call(["umount", "-l", str(place)])


def fill(place: Path) -> Path:
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return ballast


def test_m8_a_full_disk_is_told_and_keeps_no_rubbish(small_disk, server):
    with Product(small_disk / "data", KIND, server=server) as okno:
        okno.set_up()
        okno.start()
        assert open_with_file(okno).status_code == 201
        ballast = fill(small_disk)
        answer = httpx.get(f"{okno.url}/health/ready")
        assert (answer.status_code, answer.text) == (503, "fail")
        assert httpx.get(f"{okno.url}/health/live").status_code == 200
        for _ in range(3):
            refused = open_with_file(okno)
            assert refused.status_code == 503, refused.text
            assert refused.headers["content-type"] == "application/problem+json"
            assert "room" in refused.json()["detail"], refused.text
        assert list((okno.folder / "files" / "unfinished").iterdir()) == []
        ballast.unlink()
        assert httpx.get(f"{okno.url}/health/ready").status_code == 200
        assert open_with_file(okno).status_code == 201


def test_the_first_code_is_printed_until_there_is_an_administrator_and_never_logged(
    tmp_path, server
):
    with Product(tmp_path / "data", KIND, server=server, is_empty=True) as okno:
        log = tmp_path / "stderr.log"
        with log.open("w") as stderr:
            chatty = {"OKNO_LOG_LEVEL": "DEBUG"}
            child = okno.installation.start(["-m", "okno", "serve"], chatty, stderr)
        assert child.stdout is not None
        printed = next(line for line in child.stdout if "code" in line)
        code = printed.split()[-1]
        wait_until(okno.is_ready, 40, "the pages")
        assert okno.must("setup", "--code").split()[-1] == code
        assert httpx.get(okno.url).status_code == 200
        words = ("--email", "alice@okno.example", "--name", "Alice", "--password", "long enough 1")
        okno.must("setup", *words)
        assert okno.command("setup", "--code").returncode == 1
        assert httpx.get(okno.url).status_code == 302
        child.terminate()
        child.wait(20)
        assert code not in log.read_text() and "DEBUG" in log.read_text()
        child = okno.installation.start(["-m", "okno", "serve"])
        wait_until(okno.is_ready, 40, "the pages")
        child.terminate()
        assert child.stdout is not None and "code" not in child.stdout.read()
