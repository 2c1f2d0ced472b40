"""Letters by SMTP: how fast they are accepted, and how fast they become conversations."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.texts import letter
from tests.stands.installation import Installation
from tests.stands.processes import StandError, free_port, wait_until

CONNECTIONS = 6
WARM_UP = 50
LONGEST_SECONDS = 15.0
MOST_WAITING = 90.0


@dataclass(frozen=True)
class Rates:
    """Letters a second, from the first byte to the last 250, and to the last conversation."""

    letters: int
    accepted: float
    stored: float


class _Client:
    """One SMTP connection, with nothing in it that costs time: the bench shares the machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")
        self._expect(b"2")
        self._say(b"EHLO bench.example", b"2")

    def _say(self, line: bytes, expected: bytes) -> None:
        self._socket.sendall(line + b"\r\n")
        self._expect(expected)

    def _expect(self, digit: bytes) -> None:
        while (line := self._answers.readline())[3:4] == b"-":
            pass
        if line[:1] != digit:
            raise StandError(f"the server said {line!r}")

    def send(self, body: bytes, to: str) -> None:
        self._say(b"MAIL FROM:<writer@client.example>", b"2")
        self._say(f"RCPT TO:<{to}>".encode(), b"2")
        self._say(b"DATA", b"3")
        self._say(body.replace(b"\r\n.", b"\r\n..") + b".", b"2")

    def close(self) -> None:
        self._say(b"QUIT", b"2")
        self._socket.close()


def send(port: int, letters: list[bytes], to: str) -> tuple[int, float]:
    """Send them over CONNECTIONS connections at once, for LONGEST_SECONDS at most; how many were
    accepted, and in how many seconds."""
    gate = threading.Barrier(CONNECTIONS + 1)
    taken = iter(letters)

    def run() -> int:
        client, sent = _Client(port), 0
        gate.wait()
        end = time.perf_counter() + LONGEST_SECONDS
        for body in taken:
            client.send(body, to)
            sent += 1
            if time.perf_counter() > end:
                break
        client.close()
        return sent

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        runs = [pool.submit(run) for _ in range(CONNECTIONS)]
        gate.wait(30)
        start = time.perf_counter()
        return sum(done.result() for done in runs), time.perf_counter() - start


def _counter(place: Installation) -> Callable[[], int]:
    """Asks how many messages are stored, by the bare driver."""
    connection: Any
    if place.database_url:
        connection = psycopg.connect(place.database_url, autocommit=True)
    else:
        connection = sqlite3.connect(
            place.data_dir / "okno.sqlite3", isolation_level=None, check_same_thread=False
        )
    return lambda: int(connection.execute("SELECT count(*) FROM desk_message").fetchone()[0])


def product(place: Installation, count: int, to: str) -> Rates:
    """`okno serve` as a child, letters in by SMTP until the last one is a conversation."""
    web, smtp = free_port(), free_port()
    settings = {"OKNO_BIND": f"127.0.0.1:{web}", "OKNO_SMTP_BIND": f"127.0.0.1:{smtp}"}
    place.start(["-m", "okno", "serve"], settings)
    wait_until(lambda: listens(smtp), 30, "okno serve")
    stored = _counter(place)
    letters = [letter(number, to) for number in range(WARM_UP + count)]
    before = stored()
    send(smtp, letters[:WARM_UP], to)
    wait_until(lambda: stored() >= before + WARM_UP, MOST_WAITING, "the first letters")
    start = time.perf_counter()
    sent, seconds = send(smtp, letters[WARM_UP:], to)
    end = before + WARM_UP + sent
    wait_until(lambda: stored() >= end, MOST_WAITING, f"{sent} letters")
    return Rates(sent, sent / seconds, sent / (time.perf_counter() - start))


def floor(place: Installation, where: str, count: int) -> float:
    """The bare sink's rate."""
    port = free_port()
    child = place.start(["-m", "bench.sink", str(port), where])
    assert child.stdout is not None
    if child.stdout.readline().strip() != "ready":
        raise StandError("the bare sink did not start")
    letters = [letter(number, "a@bench.example") for number in range(WARM_UP + count)]
    send(port, letters[:WARM_UP], "a@bench.example")
    sent, seconds = send(port, letters[WARM_UP:], "a@bench.example")
    return sent / seconds


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
