"""Boards: what holds for seconds, in memory, the same in every process."""

import itertools
import json
import threading

import pytest
from django.db import connection, connections

from okno.kit import siblings
from okno.spine import boards, wake
from okno.spine.models import Event
from tests.instead import instead
from tests.stands.processes import wait_until

numbers = itertools.count(1)
PAST = -1


@pytest.fixture
def board():
    with instead(boards.boards, _items={**boards.boards._items}):
        yield boards.Board(f"test-{next(numbers)}", 600)


def test_a_line_is_told_once_and_wipes_itself(board):
    told = []
    end = board.listen(told.append)
    for _ in range(3):
        board.take(7, "anna", ["Anna"])
    assert (told, board.read(7)) == ([7], {"anna": ["Anna"]})
    board.take(7, "anna", ["Anna", "more"])
    board.take(7, "anna", None)
    board.take(7, "anna", None)
    assert (told, board.read(7)) == ([7, 7, 7], {})
    board.seconds = PAST
    board.take(8, "oleg", 1)
    board.seconds = 600
    assert board.read(8) == {}
    board.sweep()
    end()
    board.take(9, "oleg", 1)
    assert told == [7, 7, 7, 8, 8]


def test_a_renewed_line_stays(board):
    board.seconds = PAST
    board.take(7, "anna", 1)
    board.seconds = 600
    board.take(7, "anna", 1)
    board.sweep()
    assert board.read(7) == {"anna": 1}


def test_invented_authors_do_not_fill_the_memory(board):
    for number in range(boards.MOST_LINES + 30):
        board.take(7, f"tab {number}", 1)
    assert len(board.read(7)) == boards.MOST_LINES


@pytest.mark.django_db(transaction=True)
def test_lines_pass_between_processes_and_are_in_no_log(board):
    """On PostgreSQL: the other process is another connection that notifies and listens."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no NOTIFY: siblings tell each other, as the next test shows")
    stop = threading.Event()
    bell = threading.Thread(target=wake.listen, args=(stop,))
    bell.start()
    try:
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute(f"LISTEN {boards.CHANNEL}")
            told = json.dumps(["elsewhere", board.name, 7, "anna", ["Анна", "слова"]])

            def has_come():
                cursor.execute("SELECT pg_notify(%s, %s)", [boards.CHANNEL, told])
                return bool(board.read(7))

            # The bell begins to listen a moment after its thread was started.
            wait_until(has_come, 5, "a line from another process")
            assert board.read(7) == {"anna": ["Анна", "слова"]}
            board.write(7, "oleg", ["Олег"])
            heard = (json.loads(n.payload) for n in other.connection.notifies(timeout=5))
            [ours] = itertools.islice((line[1:] for line in heard if line[3] == "oleg"), 1)
        assert ours == [board.name, 7, "oleg", ["Олег"]]
        assert not Event.objects.exists()
        other.close()
    finally:
        stop.set()
        bell.join(5)


@pytest.mark.django_db(transaction=True)
def test_lines_pass_between_the_processes_of_one_command(board):
    """On SQLite: the other process is the far end of the sockets that their parent makes."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL tells by NOTIFY")
    ours, theirs = siblings.circle(2)
    before = list(wake._siblings)
    stop = threading.Event()
    bell = threading.Thread(target=wake.listen, args=(stop,))
    wake.join(ours)
    bell.start()
    try:
        told = json.dumps(["elsewhere", board.name, 7, "anna", ["Анна", "слова"]])
        theirs.tell(f"{boards.CHANNEL} {told}")
        wait_until(lambda: bool(board.read(7)), 5, "a line from another process")
        assert board.read(7) == {"anna": ["Анна", "слова"]}
        board.write(7, "oleg", ["Олег"])
        [said] = theirs.hear(5)
        channel, _, line = said.partition(" ")
        assert (channel, json.loads(line)[1:]) == (
            boards.CHANNEL,
            [board.name, 7, "oleg", ["Олег"]],
        )
        assert not Event.objects.exists()
    finally:
        stop.set()
        bell.join(5)
        wake._siblings[:] = before
