"""Start, stop, commands, backup and restore, what is written where: what an administrator meets."""

import contextlib
import hashlib
import io
import json
import os
import re
import socket
import stat
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import httpx
import pytest

from okno.config import databases, env
from tests.database import KIND
from tests.ledger.campaign import MAIL_PASSWORD, Campaign
from tests.ledger.checker import check, pages, wait_quiet
from tests.ledger.letters import ADDRESS, letter
from tests.ledger.product import ADMIN, PASSWORD, Product
from tests.once import on_one_database
from tests.stands.processes import wait_until

IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))


def say(capsys, text, what):
    with capsys.disabled():
        print(f"\n{text} ({KIND}, {what})")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, server):
    """An installation that runs, chatting in its log, whose secrets are known words."""
    with Campaign(
        tmp_path_factory.mktemp("operation"),
        KIND,
        server=server,
        run="oper",
        settings={"OKNO_LOG_LEVEL": "DEBUG"},
    ) as found:
        found.product.start()
        yield found


@pytest.fixture
def okno(campaign):
    """The same, running again if a test has stopped it."""
    campaign.product.forget_dead()
    campaign.product.start()
    return campaign.product


def sign_in(okno):
    """A browser's session, by the sign-in form."""
    client = httpx.Client(base_url=okno.url, timeout=20, follow_redirects=True)
    form = client.get("/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    answer = client.post(
        "/sign-in/",
        data={"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
        headers={"Referer": f"{okno.url}/sign-in/"},
    )
    assert answer.status_code == 200 and "okno_console" in client.cookies, answer.text[:500]
    return client


def test_health_says_ok_and_nothing_else(okno):
    for path in ("live", "ready"):
        answer = httpx.get(f"{okno.url}/health/{path}")
        assert (answer.status_code, answer.text) == (200, "ok")


@on_one_database
def test_a_second_one_on_the_same_folder_is_refused(okno):
    done = okno.command("serve", settings={"OKNO_BIND": "127.0.0.1:0", "OKNO_SMTP_BIND": "off"})
    assert done.returncode == 1
    assert b"another okno is serving" in done.stderr


@pytest.mark.skipif(KIND == "postgres", reason="there parts may run beside it")
@pytest.mark.parametrize("part", ["web", "worker", "mailin"])
def test_a_part_beside_serve_is_refused_on_sqlite(okno, part):
    done = okno.command(part, settings={"OKNO_BIND": "127.0.0.1:0", "OKNO_SMTP_BIND": "off"})
    assert done.returncode == 1
    assert b"another okno is serving" in done.stderr


@on_one_database
def test_the_demo_says_that_it_left_a_used_desk_alone(okno):
    done = okno.command("demo")
    assert done.returncode == 1
    assert b"set up already, so the demo was not loaded" in done.stderr


@on_one_database
def test_setup_happens_once(okno):
    words = ["setup", "--email", "eve@okno.example", "--name", "Eve", "--password", "long enough 1"]
    done = okno.command(*words)
    assert done.returncode == 1
    assert b"set up already" in done.stderr
    people = "SELECT count(*) FROM access_agent"
    assert okno.database.count(people) == 1


@on_one_database
def test_an_unknown_setting_stops_the_start_and_names_the_nearest(okno):
    done = okno.command("serve", settings={"OKNO_SMTP_BINT": "127.0.0.1:2525"})
    assert done.returncode == 2
    assert b"OKNO_SMTP_BINT" in done.stderr and b"did you mean OKNO_SMTP_BIND?" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"OKNO_BIND": "8000"}, "host:port"),
        ({"OKNO_BIND": "127.0.0.1:99999"}, "99999 is no port"),
        ({"OKNO_BIND": "127.0.0.1.5:80"}, "127.0.0.1.5"),
        ({"OKNO_SMTP_BIND": "my host:25"}, "no host name"),
        ({"OKNO_BIND": "[::zz]:80"}, "::zz"),
        ({"OKNO_WORKERS": "many"}, "OKNO_WORKERS"),
        ({"OKNO_WORKERS": "0"}, "1 to 256"),
        ({"OKNO_WORKERS": "2.5"}, "not a whole number"),
        ({"OKNO_LEASE_SECONDS": "0"}, "OKNO_LEASE_SECONDS"),
        ({"OKNO_RETRY_SCALE": "nan"}, "OKNO_RETRY_SCALE"),
        ({"OKNO_UNDO_SECONDS": "-1"}, "OKNO_UNDO_SECONDS"),
        ({"OKNO_API_PER_MINUTE": "-5"}, "OKNO_API_PER_MINUTE"),
        ({"OKNO_IMAP_POLL_SECONDS": "inf"}, "OKNO_IMAP_POLL_SECONDS"),
        ({"OKNO_LOG_LEVEL": "LOUD"}, "DEBUG, INFO, WARNING"),
        ({"OKNO_PUBLIC_URL": "https://"}, "no host"),
        ({"OKNO_PUBLIC_URL": "https://help.example:99999"}, "OKNO_PUBLIC_URL"),
        ({"OKNO_SMTP_URL": "mail.example:25"}, "smtp://"),
        ({"OKNO_SMTP_URL": "smtp://user:geheim@mail.example:port"}, "cannot be read"),
        ({"OKNO_ALLOWED_HOSTS": "https://help.example"}, "without http://"),
        ({"OKNO_ALLOW_PRIVATE": "10.0.0.0/99"}, "10.0.0.0/8"),
        ({"OKNO_DATA_DIR": ""}, "name a folder"),
        ({"OKNO_SMTP_CERT": "/etc/cert.pem"}, "belong together"),
        ({"OKNO_PUBLIC_URL": "help.example"}, "http://"),
        ({"OKNO_SECRET_KEY_FILE": "/nowhere/key"}, "cannot read /nowhere/key"),
        ({"OKNO_SECRET_KEY_FILE": "/dev/null", "OKNO_SECRET_KEY": "x"}, "both set"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_line(settings, words):
    with pytest.raises(env.BadSetting) as caught:
        env.load(settings)
    assert words in caught.value.text and "\n" not in caught.value.text
    assert "geheim" not in caught.value.text


@pytest.mark.parametrize(
    "settings",
    [
        {"OKNO_BIND": "[::1]:8000"},
        {"OKNO_BIND": "off"},
        {"OKNO_BIND": "help-1.example.org:0"},
        {"OKNO_SMTP_URL": "smtp+starttls://us%40er:p%2Fw@mail:587"},
        {"OKNO_ALLOWED_HOSTS": ".example.org, help.example.net [::1]"},
        {"OKNO_ALLOW_PRIVATE": "10.0.0.0/8, mail.lan:25 [fd00::/8]:443"},
        {"OKNO_LOG_LEVEL": "debug", "OKNO_LEASE_SECONDS": "1.5", "OKNO_RETRY_SCALE": "0.01"},
    ],
)
def test_a_setting_that_can_be_used_is_taken(settings):
    env.load(settings)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://okno:geheim@db/okno", "postgresql://"),
        ("postgresql://okno:geheim@db/okno?sslmod=require", "knows no parameter sslmod"),
        ("postgresql://okno:geheim@db:port/okno", "port is no port"),
        ("postgresql://okno:geheim@db:99999/okno", "99999 is no port"),
        ("postgresql://okno:geheim%zz@db/okno", "special characters"),
        ("postgresql://", "name the database"),
    ],
)
def test_an_address_of_a_database_that_cannot_be_used_is_told_without_its_password(url, words):
    with pytest.raises(env.BadSetting) as caught:
        databases.postgresql(url)
    assert words in caught.value.text and "geheim" not in caught.value.text


def test_every_parameter_of_libpq_is_honoured():
    """`sslmode` was dropped once, and with it the encryption that it asks for."""
    found = databases.postgresql(
        "postgresql://okno:p%40ss@one,two:5433/desk?sslmode=verify-full&sslrootcert=/ca.pem"
        "&target_session_attrs=read-write&connect_timeout=9&options=-c%20work_mem%3D8MB"
    )
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("one,two", ",5433", "desk")
    assert (found["USER"], found["PASSWORD"]) == ("okno", "p@ss")
    options = found["OPTIONS"]
    assert options["sslmode"] == "verify-full" and options["sslrootcert"] == "/ca.pem"
    assert options["target_session_attrs"] == "read-write" and options["connect_timeout"] == "9"
    assert options["options"].endswith(" -c work_mem=8MB") and "timezone=UTC" in options["options"]


@on_one_database
def test_secrets_come_from_files(okno, tmp_path):
    key = tmp_path / "key"
    key.write_text((okno.folder / "secret.key").read_text() + "\n")
    key.chmod(0o600)
    moved = okno.folder / "secret.key"
    moved.rename(tmp_path / "away")
    try:
        done = okno.command("check", settings={"OKNO_SECRET_KEY_FILE": str(key)})
        assert done.returncode == 0, done.stderr
        assert not moved.exists()
    finally:
        (tmp_path / "away").rename(moved)


@on_one_database
def test_the_pipes_exit_codes_are_those_of_sysexits(okno):
    raw, _ = letter("oper-pipe-90001")
    deliver = ("mail", "deliver", "--to")
    assert okno.command(*deliver, ADDRESS, input=raw).returncode == os.EX_OK
    assert okno.command(*deliver, ADDRESS, input=raw).returncode == os.EX_OK
    assert okno.command(*deliver, "nobody@okno.example", input=raw).returncode == os.EX_NOUSER
    large = raw + b"x" * 26 * 1024 * 1024
    assert okno.command(*deliver, ADDRESS, input=large).returncode == os.EX_DATAERR
    away = {"OKNO_DATABASE_URL": "postgresql://okno@127.0.0.1:9/okno"}
    assert okno.command(*deliver, ADDRESS, input=raw, settings=away).returncode == os.EX_TEMPFAIL
    # Any other code would send the letter back to the client.
    unusable = {"OKNO_SMTP_BINT": "1"}
    done = okno.command(*deliver, ADDRESS, input=raw, settings=unusable)
    assert done.returncode == os.EX_TEMPFAIL, done.stderr
    seen = "SELECT count(*) FROM channels_inbound WHERE sha256 = %s"
    assert okno.database.count(seen, [hashlib.sha256(raw).hexdigest()]) == 1


@on_one_database
def test_sigterm_ends_it_within_ten_seconds_with_streams_open(okno, capsys):
    client = sign_in(okno)
    ended, opened = [], threading.Semaphore(0)

    def listen():
        with client.stream("GET", "/live", timeout=30) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/event-stream"
            for line in answer.iter_lines():
                if line.startswith("retry:"):
                    opened.release()
        ended.append(time.monotonic())

    pages_open = [threading.Thread(target=listen, daemon=True) for _ in range(5)]
    for page in pages_open:
        page.start()
    for _ in pages_open:
        assert opened.acquire(timeout=10)
    process = okno.running["serve"]
    seconds = okno.stop()
    say(capsys, f"n={len(pages_open)} stop_seconds={seconds:.1f}", "SIGTERM with open streams")
    for page in pages_open:
        page.join(5)
    assert seconds < 10
    assert process.code == 0
    # Each stream was ended by the server, not torn off.
    assert len(ended) == len(pages_open)


def test_a_stream_tells_of_a_new_letter(campaign, okno):
    client = sign_in(okno)
    hints = []
    with client.stream("GET", "/live", timeout=30) as answer:
        lines = answer.iter_lines()
        next(lines)
        campaign.driver.send("smtp")
        for line in lines:
            if line.startswith("data:"):
                hints.append(json.loads(line[5:]))
                break
    assert hints[0]["conversation"] > 0 and "list" in hints[0]["parts"]


def test_g02_nobody_else_can_read_or_write_the_data(campaign, okno):
    campaign.driver.send("smtp", is_big=True)
    campaign.driver.settle()
    assert stat.S_IMODE((okno.folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(okno.folder.stat().st_mode) & 0o077 == 0
    modes = {}
    for path in [okno.folder, *okno.folder.rglob("*")]:
        # A file that is being finished moves meanwhile.
        with contextlib.suppress(FileNotFoundError):
            modes[path] = path.stat().st_mode
    assert [p for p, mode in modes.items() if mode & stat.S_IWOTH] == []
    mails = {p: mode for p, mode in modes.items() if "files" in p.parts}
    assert mails and [p for p, mode in mails.items() if mode & 0o077] == []


MARKER = "Parole-Kornblume-7"


def test_g01_no_secret_and_no_word_of_a_client_is_in_the_log(campaign, okno, capsys):
    """At DEBUG, after letters, answers, a failed delivery, a wrong password and a broken letter."""
    campaign.driver.settle()
    raw = letter("oper-smtp-90002")[0]
    campaign.hand_over(raw.replace(b"where is my order?", MARKER.encode()))
    campaign.hand_over(b"Subject: %s\r\n\r\n=\xff\x00%s" % (MARKER.encode(), MARKER.encode()))
    campaign.sink.rules = [{"at": "dot", "do": "reply", "reply": "550 5.7.1 no", "times": 1}]
    find = "SELECT conversation_id FROM desk_message WHERE text LIKE %s"
    ask = lambda: okno.database.rows(find, [f"%{MARKER}%"])  # noqa: E731
    wait_until(lambda: bool(ask()), 20, "the marked letter")
    with okno.client() as client:
        path = f"/conversations/{ask()[0][0]}"
        for words in ({"text": MARKER}, {"text": MARKER + " again"}, {"text": 7, "html": MARKER}):
            client.post(f"{path}/messages", json=words)
        client.post(f"{path}/notes", json={"text": MARKER})
        client.get("/search", params={"q": MARKER})
    browser = sign_in(okno)
    browser.get("/", params={"q": MARKER})
    wrong = httpx.Client(base_url=okno.url)
    wrong.post("/sign-in/", data={"login": ADMIN, "password": MARKER})
    campaign.driver.send("imap", 1, answered=1)
    campaign.driver.settle()
    wait_quiet(okno, campaign.ledger, 20)
    campaign.sink.rules = []
    log = okno.log.read_text(errors="replace")
    secrets = {
        "words of a client": MARKER,
        "a password": PASSWORD,
        "the mailbox's password": MAIL_PASSWORD,
        "a token": okno.token,
        "a session": browser.cookies["okno_console"],
        "the key": (okno.folder / "secret.key").read_text(),
    }
    found = [what for what, text in secrets.items() if text in log]
    say(capsys, f"n={len(log.splitlines())} markers={len(found)}", "G01 lines of log at DEBUG")
    assert "DEBUG" in log
    assert found == []


def restored(campaign, file, folder, server):
    """A new installation filled from a backup, with the same mail servers around it."""
    product = Product(folder, KIND, server=server, sink_port=campaign.sink.port, is_empty=True)
    product.token = campaign.product.token
    output = product.must("restore", str(file))
    return product, output


def test_r33_r34_backup_under_load_restored_elsewhere(campaign, okno, server, tmp_path, capsys):
    file = tmp_path / "backup.tar"
    # Some answers cannot leave: they must be held in the copy, whatever becomes of the original.
    campaign.driver.settle()
    campaign.sink.rules = [{"at": "connect", "do": "refuse"}]
    campaign.driver.send("smtp", 3, answered=3)
    campaign.driver.settle()
    before = {e.item for e in campaign.ledger.acknowledged_items()}
    stop = threading.Event()

    def load():
        while not stop.is_set():
            if campaign.driver.waiting() < 6:
                campaign.traffic()
            time.sleep(0.1)

    loading = threading.Thread(target=load)
    loading.start()
    killed = okno.command("backup", str(file), settings={"OKNO_FAILPOINTS": "backup.mid=kill"})
    assert killed.returncode == -9 and not file.exists()
    okno.must("backup", str(file))
    # The original goes on, past what the copy holds.
    held = len(campaign.ledger.acknowledged_items())
    came = lambda: len(campaign.ledger.acknowledged_items()) > held  # noqa: E731
    wait_until(came, 30, "something that came after the backup")
    stop.set()
    loading.join()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    campaign.sink.rules = []
    original = campaign.verdict()
    assert original.is_good, original.details
    numbers = highest_ids(okno)
    okno.stop()
    _judge_copy(campaign, file, tmp_path / "copy", server, before, numbers, capsys)


def highest_ids(okno):
    tables = {"desk_conversation": "number", "desk_message": "id", "spine_event": "id"}
    return {t: okno.database.count(f"SELECT max({key}) FROM {t}") for t, key in tables.items()}


def _judge_copy(campaign, file, folder, server, before, numbers, capsys):
    sent = len(campaign.sink.mails)
    copy, output = restored(campaign, file, folder, server)
    with copy:
        held = int(re.search(r"(\d+) outgoing messages are held", output)[1])
        assert held >= 3
        copy.start()
        # The mailbox remembers what came since; the copy takes it in again, once.
        wanted = {e.item for e in campaign.ledger.acknowledged_items() if e.door == "imap"}
        missing = absent_after(copy, before | wanted, 20)
        verdict = check(copy, campaign.ledger, campaign.sink.mails, is_complete=False)
        say(capsys, f"{verdict} held={held} missing={len(missing)}", "R33 R34 restored copy")
        assert missing == set()
        assert verdict.shown_twice == 0 and verdict.altered == 0 and verdict.broken == 0
        assert len(campaign.sink.mails) == sent, "a restored copy sent something by itself"
        assert all(highest_ids(copy)[table] != number for table, number in numbers.items())
        _release_one(copy, campaign, sent)
        new = open_one(copy)
        assert new > numbers["desk_conversation"]


def absent_after(okno, items, seconds):
    """Which of the items have not come in, after some time for them to come."""
    end = time.monotonic() + seconds
    while (missing := {m for m in items if not is_there(okno, m)}) and time.monotonic() < end:
        time.sleep(0.3)
    return missing


def is_there(okno, item):
    find = "SELECT count(*) FROM desk_message WHERE text LIKE %s"
    return okno.database.count(find, [f"%{item} .%"]) == 1


def _release_one(copy, campaign, sent):
    with copy.client() as client:
        held = [d for d in pages(client, "/stuck") if d["is_held"]]
        client.post(f"/deliveries/{held[0]['id']}/send-again").raise_for_status()
    wait_until(lambda: len(campaign.sink.mails) == sent + 1, 20, "the released message")


def open_one(okno):
    with okno.client() as client:
        channel = pages(client, "/channels")[0]["id"]
        data = {"channel": channel, "requester": {"address": "new@client.example"}, "text": "New"}
        answer = client.post("/conversations", json=data)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def an_archive(path, *entries, manifest=None):
    """A tar file; entries are names with contents, or ready TarInfo."""
    with tarfile.open(path, "w") as archive:
        text = json.dumps(manifest or {"format": 1, "database": vendor(), "sha256": "0" * 64})
        for entry in (("manifest.json", text.encode()), ("secret.key", b"k" * 60), *entries):
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            archive.addfile(info, io.BytesIO(entry[1]))
    return path


def vendor():
    return "postgresql" if KIND == "postgres" else "sqlite"


def a_link(kind, target):
    info = tarfile.TarInfo("files/link")
    info.type, info.linkname = kind, target
    return info


ESCAPED = Path(tempfile.gettempdir()) / f"okno-escaped-{os.getpid()}"
DATABASE = ("database", b"not the one that was hashed")
HOSTILE = {
    "name above": (DATABASE, ("../escaped", b"x")),
    "name above inside": (DATABASE, ("files/../../escaped", b"x")),
    "absolute name": (DATABASE, (str(ESCAPED), b"x")),
    "symbolic link": (DATABASE, a_link(tarfile.SYMTYPE, "/etc/passwd")),
    "hard link": (DATABASE, a_link(tarfile.LNKTYPE, "secret.key")),
    "device": (DATABASE, a_link(tarfile.CHRTYPE, "")),
    "damaged database": (DATABASE,),
    "no database": (),
    "foreign name": (DATABASE, ("serve.lock", b"x")),
    "the key twice": (DATABASE, ("secret.key", b"other")),
}


def not_quite(folder):
    """Files that are no archive, or not a whole one."""
    whole = an_archive(folder / "whole", ("database", b"x" * 50_000)).read_bytes()
    for name, data in {"empty": b"", "text": b"hello\n" * 200, "cut": whole[:20_000]}.items():
        (folder / name).write_bytes(data)
        yield folder / name


def test_e12_a_hostile_or_damaged_archive_changes_nothing(server, tmp_path, capsys):
    folder = tmp_path / "archives"
    folder.mkdir()
    files = [an_archive(folder / f"{n}.tar", *HOSTILE[what]) for n, what in enumerate(HOSTILE)]
    files += not_quite(folder)
    with Product(tmp_path / "blank", KIND, server=server, is_empty=True) as blank:
        done = blank.installation.run(["-m", "tests.ledger.restoring", *map(str, files)])
        assert done.returncode == 0, done.stderr
        answers = json.loads(done.stdout.splitlines()[-1])
        assert {p.name for p in blank.folder.iterdir()} - {"secret.key"} == set()
        absent = blank.command("restore", str(folder / "absent"))
    say(capsys, f"n={len(files)} taken={answers.count(None)}", "E12 hostile and damaged archives")
    assert None not in answers
    assert (absent.returncode, len(absent.stderr.splitlines())) == (1, 1), absent.stderr
    assert not ESCAPED.exists() and not list(tmp_path.rglob("escaped"))


def test_a_used_installation_is_not_restored_over(okno, tmp_path):
    file = an_archive(tmp_path / "any.tar", ("database", b"x"))
    done = okno.command("restore", str(file))
    assert done.returncode == 1
    assert b"into an empty one" in done.stderr


def test_a_killed_restore_serves_nothing_and_can_be_repeated(okno, server, tmp_path):
    file = tmp_path / "backup.tar"
    okno.must("backup", str(file))
    with Product(tmp_path / "again", KIND, server=server, is_empty=True) as copy:
        for point in ("restore.mid", "restore.after_database_before_hold"):
            killed = copy.command(
                "restore", str(file), settings={"OKNO_FAILPOINTS": f"{point}=kill"}
            )
            assert killed.returncode == -9
        # Everything is there, but what is on its way out is not held yet.
        done = copy.command("worker")
        assert done.returncode == 1 and b"restore" in done.stderr
        copy.must("restore", str(file))
        assert copy.command("check", "--files").returncode == 0
        assert [p.name for p in copy.folder.iterdir() if "restore" in p.name] == []
        same = "SELECT count(*) FROM desk_message"
        assert copy.database.count(same) == okno.database.count(same)


@on_one_database
def test_a_taken_port_is_told_in_one_line(okno):
    quiet = {"OKNO_LOG_LEVEL": "WARNING"}
    okno.stop()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for part, name in (("mailin", "OKNO_SMTP_BIND"), ("web", "OKNO_BIND")):
            done = okno.command(part, settings={name: f"127.0.0.1:{port}", **quiet})
            assert done.returncode == 1
            assert str(port) in done.stderr.decode().splitlines()[-1]
            assert b"Traceback" not in done.stderr
