"""A program in a process of its own, so that hostile bytes kill only the program that reads them.

The child has limits on memory and processor time, an empty environment and no files to write; it
dies with its parent. It is started again by itself after it died or was killed for being slow.

Both ways go two lengths (4 bytes each, big-endian), a head and data of these lengths.
"""

from __future__ import annotations

import ctypes
import os
import resource
import selectors
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

LENGTHS = struct.Struct(">II")
_PR_SET_PDEATHSIG = 1
_ROOT = str(Path(__file__).resolve().parents[2])


class Died(Exception):
    """The child went away before it answered."""


class Child:
    """One child; whoever holds it asks one question after the other.

    `command` starts it. An answer may take `seconds` of wall time and have `largest` bytes.
    """

    def __init__(self, command: Sequence[str], seconds: float, largest: int) -> None:
        self.seconds = seconds
        self._command = list(command)
        self._largest = largest
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
        """Head and data of the answer to a frame. Raises Died or TimeoutError.

        A child may die without any fault of the question (killed by the system, or because the
        thread that started it ended), so a question is condemned only the second time.
        """
        try:
            return self._ask_once(pieces)
        except Died:
            return self._ask_once(pieces)

    def stop(self) -> None:
        """Stop the child; the next question starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _ask_once(self, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
        try:
            return self._exchange(pieces)
        except BaseException:
            self.stop()  # a half-read answer must not meet the next question
            raise

    def _exchange(self, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
        process = self._running()
        try:
            return self._converse(process, pieces)
        except Died:
            # How it ended is known a moment after its end of the pipe is closed.
            if self._ended(process) == -signal.SIGPROF:
                raise TimeoutError from None
            raise

    @staticmethod
    def _ended(process: subprocess.Popen[bytes]) -> int | None:
        try:
            return process.wait(1.0)
        except subprocess.TimeoutExpired:
            return None

    def _converse(
        self, process: subprocess.Popen[bytes], pieces: Sequence[bytes]
    ) -> tuple[bytes, bytes]:
        assert process.stdin is not None and process.stdout is not None
        deadline = time.monotonic() + self.seconds
        for piece in pieces:
            _write(process.stdin.fileno(), piece, deadline)
        source = process.stdout.fileno()
        head_size, data_size = LENGTHS.unpack(_read(source, LENGTHS.size, deadline))
        if head_size + data_size > self._largest:
            process.kill()
            raise Died
        return _read(source, head_size, deadline), _read(source, data_size, deadline)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={"PYTHONPATH": _ROOT, "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        os.set_blocking(self._process.stdout.fileno(), False)
        return self._process


def frame(head: bytes, data: Sequence[bytes] = ()) -> list[bytes]:
    """A question or an answer as it goes through the pipe, in pieces."""
    return [LENGTHS.pack(len(head), sum(map(len, data))) + head, *data]


def _wait(descriptor: int, event: int, deadline: float) -> None:
    with selectors.PollSelector() as selector:
        selector.register(descriptor, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError


def _write(descriptor: int, data: bytes, deadline: float) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view[:1_048_576]) :]
        except BlockingIOError:
            _wait(descriptor, selectors.EVENT_WRITE, deadline)
        except OSError as error:
            raise Died from error


def _read(descriptor: int, size: int, deadline: float) -> bytes:
    pieces: list[bytes] = []
    while size:
        try:
            piece = os.read(descriptor, min(size, 1_048_576))
        except BlockingIOError:
            _wait(descriptor, selectors.EVENT_READ, deadline)
            continue
        if not piece:
            raise Died
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def serve(
    work: Callable[[bytes, bytes], Iterable[bytes]],
    source: BinaryIO,
    sink: BinaryIO,
    *,
    idle_seconds: int = 0,
    work_seconds: float = 0.0,
) -> None:
    """The child's loop: read questions and answer them until `source` ends.

    After `idle_seconds` without a question it ends too and gives its memory back; 0 is never.
    A question that takes more than `work_seconds` of processor time ends it by SIGPROF, also in
    the middle of a regular expression; 0 is no limit.
    """
    while True:
        signal.alarm(idle_seconds)
        sizes = source.read(LENGTHS.size)
        signal.alarm(0)
        if len(sizes) < LENGTHS.size:
            return
        head_size, data_size = LENGTHS.unpack(sizes)
        head, data = source.read(head_size), source.read(data_size)
        signal.setitimer(signal.ITIMER_PROF, work_seconds)
        for piece in work(head, data):
            sink.write(piece)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sink.flush()


def confine(memory: int) -> None:
    """Limit this process: bytes of memory, no core dumps, no files, and death with the parent."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the call took effect
            sys.exit()
