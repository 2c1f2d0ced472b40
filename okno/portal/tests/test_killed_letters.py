"""M3 and R02: a worker killed on its way with -9 sends neither an answer nor a letter of the
installation twice, and what may have arrived is shown to a person."""

import json
from email import message_from_bytes

import pytest

from tests.stands.installation import Installation
from tests.stands.smtp_sink import SmtpSink

PROGRAM = ["-m", "okno.portal.tests.killed"]
BEFORE = ["outbox.after_claim", "outbox.between_channels", "smtp.before_data"]
AFTER = ["smtp.after_final_dot_before_reply", "smtp.after_reply_before_commit"]


@pytest.fixture
def okno(tmp_path):
    with SmtpSink() as sink:
        given = {"OKNO_RETRY_SCALE": "0", "SINK_PORT": str(sink.port)}
        house = Installation(tmp_path / "okno", settings=given)
        house.sink = sink
        try:
            yield house
        finally:
            house.close()


def do(okno, *verbs):
    """What the last verb says."""
    done = okno.run([*PROGRAM, *verbs])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def killed_at(okno, point, time=1):
    done = okno.run([*PROGRAM, "work"], {"OKNO_FAILPOINTS": f"{point}=kill@{time}"})
    assert done.returncode == -9, done.stderr


def names(okno):
    return [message_from_bytes(mail.raw)["Message-ID"] for mail in okno.sink.mails]


@pytest.mark.parametrize("point", BEFORE + AFTER)
def test_R02_an_answer_to_a_request(okno, point):
    do(okno, "prepare", "answer")
    # The page passes the last one first.
    killed_at(okno, point, 2 if point == AFTER[1] else 1)
    seen = do(okno, "work", "look")
    state = "uncertain" if point in AFTER else "sent"
    assert seen == {"deliveries": [["form", "sent"], ["letter", state]], "failed": [], "waiting": 0}
    assert len(okno.sink.mails) <= 1 and (state == "uncertain" or len(okno.sink.mails) == 1)


@pytest.mark.parametrize("point", ["job.after_claim", "smtp.before_data", *AFTER])
def test_M3_a_letter_of_the_installation(okno, point):
    do(okno, "prepare", "letter")
    killed_at(okno, point)
    seen = do(okno, "work", "look")
    if point not in AFTER:
        assert (len(names(okno)), seen["failed"], seen["waiting"]) == (1, [], 0)
        return
    assert len(names(okno)) <= 1 and seen["waiting"] == 0
    [why] = seen["failed"]
    assert "may have arrived" in why
    assert do(okno, "decide", "work", "look")["failed"] == [] and len(set(names(okno))) == 1
