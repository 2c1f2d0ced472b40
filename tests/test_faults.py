"""Faults of the surroundings: mail servers that misbehave, a database that crashes, a full disk.

What one sending meets (R10 to R16) and what reads mailboxes (R17, R18) is tested in
channels/email, races of requests (R25, R26) beside the API, those of the log (R27) in the spine.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.database import KIND
from tests.ledger.campaign import Campaign
from tests.ledger.checker import pages
from tests.ledger.copies import Snapshot
from tests.stands.postgres import Postgres
from tests.stands.processes import wait_until

IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))
only_sqlite = pytest.mark.skipif(KIND != "sqlite", reason="about the files of SQLite")
only_postgres = pytest.mark.skipif(KIND != "postgres", reason="about PostgreSQL's server")


def say(capsys, text, what):
    with capsys.disabled():
        print(f"\n{text} ({KIND}, {what})")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, server):
    with Campaign(
        tmp_path_factory.mktemp("faults"), KIND, server=server, has_imap=False, run="fault"
    ) as found:
        yield found


@pytest.fixture
def okno(campaign):
    """The running product, with a mail server that behaves."""
    campaign.sink.rules = []
    campaign.product.forget_dead()
    campaign.product.start()
    campaign.driver.settle()
    yield campaign
    campaign.sink.rules = []


def conversation(campaign):
    """The number of a fresh conversation, and its client's address."""
    campaign.driver.send("smtp")
    campaign.driver.settle()
    item = max(e.item for e in campaign.ledger.entries.values() if e.door == "smtp")
    number = "SELECT conversation_id FROM desk_message WHERE text LIKE %s AND direction = 'in'"
    ask = lambda: campaign.product.database.rows(number, [f"%{item} %"])  # noqa: E731
    wait_until(lambda: bool(ask()), 20, "the letter to be read")
    return ask()[0][0], f"client-{item}@client.example"


def reply(campaign, number, key, **more):
    """Answer; the message id."""
    with campaign.product.client() as client:
        answer = client.post(
            f"/conversations/{number}/messages",
            json={"text": f"Answer {key} .", **more},
            headers={"Idempotency-Key": key},
        )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def deliveries(campaign, number):
    """State and error by address, of the last message of ours."""
    with campaign.product.client() as client:
        ours = [
            m for m in pages(client, f"/conversations/{number}/messages") if m["direction"] == "out"
        ]
    return {d["address"]: (d["state"], d["error"]) for d in ours[-1]["deliveries"]}


def copies(campaign, key):
    """What the sink has of an answer."""
    return [m for m in campaign.sink.mails if f"Answer {key} .".encode() in m.raw]


def wait_state(campaign, number, *states, seconds=30):
    found = lambda: {state for state, _ in deliveries(campaign, number).values()}  # noqa: E731
    wait_until(lambda: found() <= set(states), seconds, f"{states}")


def test_r10_letters_leave_when_the_mail_server_is_back(okno):
    numbers = [conversation(okno)[0] for _ in range(3)]
    okno.sink.rules = [{"at": "connect", "do": "refuse"}]
    for number in numbers:
        reply(okno, number, f"away-{number}")
    said = lambda: [e for n in numbers for _, e in deliveries(okno, n).values()]  # noqa: E731
    wait_until(lambda: all("refused" in error for error in said()), 20, "the server's absence")
    okno.sink.rules = []
    for number in numbers:
        wait_state(okno, number, "sent")
        assert len(copies(okno, f"away-{number}")) == 1


def test_r11_an_answer_that_takes_longer_than_a_lease_is_waited_for(okno):
    number, _ = conversation(okno)
    okno.sink.rules = [{"at": "dot", "do": "wait", "seconds": 4, "times": 1}]
    reply(okno, number, "slow")
    wait_state(okno, number, "sent")
    assert len(copies(okno, "slow")) == 1


def test_r14_a_lost_answer_to_the_dot_is_uncertain_and_never_repeated(okno, capsys):
    cuts = 200 if IS_LONG else 8
    before = len(okno.sink.mails)
    numbers = [conversation(okno)[0] for _ in range(4)]
    okno.sink.rules = [
        {"at": "dot", "do": "drop", "record": True, "times": cuts // 2},
        {"at": "dot", "do": "drop", "record": False, "times": cuts - cuts // 2},
    ]
    for cut in range(cuts):
        reply(okno, numbers[cut % len(numbers)], f"cut-{cut}")
    count = "SELECT count(*) FROM desk_delivery WHERE state = 'uncertain' AND is_at_risk = %s"
    wait_until(lambda: okno.product.database.count(count, [False]) >= cuts, 60, "uncertain ones")
    # What is sent after them has come: a repetition would have come before it.
    reply(okno, numbers[0], "afterwards")
    wait_until(lambda: bool(copies(okno, "afterwards")), 60, "what was sent after them")
    uncertain = okno.product.database.count(count, [False])
    received = len(okno.sink.mails) - before - 1
    say(capsys, f"n={cuts} uncertain={uncertain} received={received} sent_twice=0", "R14 cuts")
    assert uncertain == cuts
    assert received == cuts // 2
    _send_again_once(okno)


def _send_again_once(okno):
    """A person decides: one more copy, with the same Message-ID, and no more."""
    okno.sink.rules = []
    with okno.product.client() as client:
        stuck = [d for d in pages(client, "/stuck") if d["state"] == "uncertain"]
        path = f"/deliveries/{stuck[0]['id']}/send-again"
        for _ in range(2):
            client.post(path, headers={"Idempotency-Key": "again-1"}).raise_for_status()
    number = stuck[0]["conversation"]
    state = "SELECT state FROM desk_delivery WHERE id = %s"
    ask = lambda: okno.product.database.rows(state, [stuck[0]["id"]])[0][0]  # noqa: E731
    wait_until(lambda: ask() == "sent", 20, f"delivery of #{number}")
    found = [m for m in okno.sink.mails if b"Answer cut-0 ." in m.raw]
    ids = {line for m in found for line in m.raw.splitlines() if line.startswith(b"Message-ID:")}
    assert len(found) == 2 and len(ids) == 1


@only_postgres  # on SQLite there is never a second worker
def test_r02_a_worker_that_stood_still_past_its_lease_sends_nothing_again(okno):
    """Paused (a suspended machine) between claim and letter, while another one took over."""
    number, _ = conversation(okno)
    okno.product.stop()
    log = okno.product.folder / "passed"
    log.unlink(missing_ok=True)
    sleeper = okno.product.start_part(
        "serve",
        failpoints="smtp.before_data=sleep:1",
        settings={"OKNO_FAILPOINT_LOG": str(log)},
    )
    okno.product.wait_ready()
    reply(okno, number, "paused")
    passed = lambda: log.exists() and "smtp.before_data" in log.read_text()  # noqa: E731
    wait_until(passed, 20, "the letter to be on its way")
    sleeper.pause()
    try:
        okno.product.start_part("worker")
        wait_until(lambda: bool(copies(okno, "paused")), 30, "the other worker")
    finally:
        sleeper.resume()
    # A clean stop waits for what the sleeper had begun.
    okno.product.stop()
    okno.product.start()
    assert len(copies(okno, "paused")) == 1
    assert [state for state, _ in deliveries(okno, number).values()] == ["sent"]


def test_r03_all_processes_killed_at_once(okno, capsys):
    kills, slowest = (100 if IS_LONG else 2), 0.0
    for _ in range(kills):
        for _ in range(3):
            okno.traffic()
        time.sleep(okno.random.uniform(0.1, 1.0))
        okno.product.kill()
        began = time.monotonic()
        okno.product.start()
        slowest = max(slowest, time.monotonic() - began)
    verdict = okno.verdict()
    say(capsys, verdict, f"R03, {kills} kills of everything, ready after {slowest:.1f} s at most")
    assert verdict.is_good, verdict.details


@only_postgres
def test_r04_postgresql_crashes_under_load(tmp_path, capsys):
    crashes = 50 if IS_LONG else 2
    with (
        Postgres() as server,
        Campaign(tmp_path, KIND, server=server, has_imap=False, run="crash") as campaign,
    ):
        campaign.product.start()
        for crash in range(crashes):
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                if campaign.driver.waiting() < 10:
                    campaign.traffic()
                time.sleep(0.1)
            if crash % 2:
                server.terminate_backends()
            else:
                server.stop("immediate")
                assert not campaign.product.is_ready()
                server.start()
            wait_until(campaign.product.is_ready, 10, "okno, after its database")
        assert not campaign.product.has_died()
        verdict = campaign.verdict()
        say(capsys, verdict, f"R04, {crashes} crashes of the database")
        assert verdict.is_good, verdict.details


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""
HOLD_POSTGRES = """
import psycopg, sys, time
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("LOCK TABLE channels_inbound, desk_message, desk_conversation")
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
    connection.rollback()
"""


def test_r05_a_locked_database_delays_and_promises_nothing(okno, capsys):
    seconds = 25 if IS_LONG else 5
    number, _ = conversation(okno)
    where = okno.product.database.url or str(okno.product.folder / "okno.sqlite3")
    program = HOLD_POSTGRES if okno.product.database.url else HOLD
    holder = subprocess.Popen(
        [sys.executable, "-c", program, where, str(seconds)], stdout=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    okno.driver.send("smtp", 2)
    answers = []
    writer = threading.Thread(target=lambda: answers.append(_write(okno, number)))
    writer.start()
    end = time.monotonic() + seconds - 1
    while time.monotonic() < end:
        assert okno.product.is_ready()
        # Not one letter is acknowledged while nothing can be committed.
        assert okno.driver.waiting() == 2
        time.sleep(0.2)
    holder.wait()
    holder.stdout.close()
    writer.join()
    verdict = okno.verdict()
    say(capsys, verdict, f"R05, locked for {seconds} s, a reply was answered {answers}")
    assert answers[0] in (201, 503)
    assert verdict.is_good, verdict.details


def _write(okno, number):
    with okno.product.client() as client:
        client.timeout = 40
        path = f"/conversations/{number}/notes"
        return client.post(path, json={"text": "while it is locked"}).status_code


@only_sqlite
def test_r06_a_copy_of_the_files_at_any_moment_holds_what_was_acknowledged(okno, tmp_path, capsys):
    moments = 1000 if IS_LONG else 10
    cuts = missing = 0
    process = okno.product.running["serve"]
    for moment in range(moments):
        for _ in range(3):
            okno.traffic()
        time.sleep(okno.random.uniform(0.02, 0.4))
        # A chat message's raw bytes are the door's own, so its hash is not the ledger's.
        letters = okno.ledger.acknowledged_items(replies=False)
        acknowledged = [entry for entry in letters if entry.door != "chat"]
        process.pause()
        try:
            copy = Snapshot.take(okno.product.folder, tmp_path / str(moment))
        finally:
            process.resume()
        whole = copy.cut(None)
        assert whole.is_whole
        missing += len({e.sha256 for e in acknowledged} - set(whole.letters))
        cut = copy.cut(okno.random.random())
        assert cut.is_whole
        assert cut.letters == whole.letters[: len(cut.letters)]
        assert cut.events == whole.events[: len(cut.events)]
        cuts += cut.events != whole.events
        shutil.rmtree(tmp_path / str(moment))
    say(capsys, f"n={moments} missing={missing} shortened={cuts}", "R06 copies of database and WAL")
    assert missing == 0
    assert cuts > 0


def test_r08_a_full_disk_refuses_and_heals(tmp_path, server, capsys):
    place = tmp_path / "small"
    place.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.call(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(place)],
        stderr=subprocess.DEVNULL,
    )
    if not mounted:
        pytest.skip("R08 needs a small file system of its own: run as root where mount is allowed")
    try:
        _fill(place, server, capsys)
    finally:
        subprocess.call(["umount", "-l", str(place)])


def _fill(place: Path, server, capsys) -> None:
    beside, data = place.parent / "beside", place / "data"
    with Campaign(beside, KIND, server=server, data=data, has_imap=False, run="full") as campaign:
        campaign.product.start()
        campaign.traffic()
        campaign.driver.settle()
        ballast = place / "ballast"
        with ballast.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(64 * 1024))
                except OSError:
                    break
        for _ in range(6):
            campaign.driver.send("smtp", is_big=True)
        big = lambda: [e for e in campaign.ledger.entries.values() if "-big" in e.item]  # noqa: E731
        # Whoever comes again was refused.
        tried = lambda: [e for e in big() if e.attempts > 1 or e.acknowledged_at]  # noqa: E731
        wait_until(lambda: len(tried()) == 6, 60, "each to be answered")
        refused = campaign.driver.waiting()
        assert not campaign.product.has_died()
        ballast.unlink()
        freed = time.monotonic()
        campaign.driver.settle(60)
        healed = time.monotonic() - freed
        verdict = campaign.verdict()
        say(capsys, verdict, f"R08, {refused} refused while full, healed {healed:.1f} s after")
        assert refused > 0
        assert verdict.is_good, verdict.details


@pytest.mark.skipif(not IS_LONG, reason="hours; make test-long")
def test_r18_fifty_thousand_letters_wait_in_a_mailbox(tmp_path, server, capsys):
    count = 50_000
    with Campaign(tmp_path, KIND, server=server, run="flood") as campaign:
        campaign.driver.send("imap", count)
        campaign.driver.settle(3600)
        began = time.monotonic()
        campaign.product.start()
        question = "SELECT count(*) FROM channels_inbound WHERE state <> 'new'"
        wait_until(lambda: campaign.product.database.count(question) >= count, 7200, "all letters")
        seconds = time.monotonic() - began
        verdict = campaign.verdict(600)
        say(capsys, verdict, f"R18, {count} letters in {seconds:.0f} s")
        assert verdict.is_good, json.dumps(verdict.details[:20])
