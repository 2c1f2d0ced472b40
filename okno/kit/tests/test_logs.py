"""M7, M1: what a log tells of a failure, and how often."""

import errno
import io
import logging

import pytest

from okno.kit import logs
from okno.kit.failures import OwnWords, name_of, told

SECRET = "Parole-Kornblume-7"


@pytest.fixture
def written():
    """A logger whose lines are read; its records are made as everywhere in Okno."""
    before, sink = logging.getLogRecordFactory(), io.StringIO()
    logging.setLogRecordFactory(logs.Record)
    handler = logging.StreamHandler(sink)
    handler.addFilter(logs.Calm())
    log = logging.Logger("okno.test")
    log.addHandler(handler)
    yield log, lambda: sink.getvalue()
    logging.setLogRecordFactory(before)


class Refused(Exception):
    sqlstate = "23505"


def failing():
    try:
        raise Refused(f"DETAIL: Key (address)=({SECRET}) exists")
    except Refused as error:
        raise ValueError(f"no: {SECRET}") from error


def test_M7_a_failure_is_its_class_its_code_and_its_places(written):
    log, text = written
    try:
        failing()
    except ValueError as error:
        log.exception("job failed: %s", error)
        log.warning("again", exc_info=True)
        assert told(error).endswith("ValueError")
    assert SECRET not in text()
    assert "Refused 23505" in text() and "job failed: ValueError" in text()
    assert "test_logs.py" in text() and "in failing" in text()


def test_M7_codes_that_a_person_can_look_up():
    assert name_of(OSError(errno.ENOSPC, SECRET)) == "OSError ENOSPC"
    assert name_of(OSError(SECRET)) == "OSError"
    assert name_of(OwnWords("its worker died each time")) == "OwnWords: its worker died each time"
    assert name_of(KeyError(SECRET)) == "KeyError"


@pytest.mark.parametrize(
    "path",
    [
        "/recovery/{}/", "/invitation/{}/", "/request/12/{}/", "/request/12/{}/reply",
        "/form/abc/sent/{}/", "/chat/x?token={}", "Authorization: Bearer okno_{}",
    ],
)  # fmt: skip
def test_M7_what_opens_something_is_not_in_an_address(written, path):
    log, text = written
    log.warning("Forbidden (%s): %s", "CSRF cookie not set.", path.format(SECRET))
    assert SECRET not in text() and path.partition("{")[0] in text()


def test_M7_a_line_is_one_line_and_not_long(written):
    log, text = written
    log.warning("said: %s", "a\r\n2026-01-01 CRITICAL forged\x1b[2J" + "x" * 10_000)
    assert text().count("\n") == 1 and len(text()) < 600 and "\x1b" not in text()


def test_M7_what_the_loop_says_of_tasks_shows_no_words(written):
    log, text = written
    log.name = "asyncio"
    log.error(f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{SECRET}')>")
    log.error(f"Exception in callback wake('{SECRET}') at x.py:1\nhandle: <Handle>")
    assert SECRET not in text() and "Task exception was never retrieved" in text()


def test_M1_a_flood_of_lines_alike_is_cut_and_others_pass(written):
    log, text = written
    for number in range(5_000):
        log.error("socket.accept() out of system resource: %s", number)
    log.error("something else")
    lines = text().splitlines()
    assert len(lines) == logs.MOST_ALIKE + 1
    assert "left out" in lines[-2] and lines[-1] == "something else"
