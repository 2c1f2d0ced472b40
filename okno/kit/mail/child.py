"""The parser in a process of its own, so that a hostile letter kills only itself.

The child has limits on memory, an empty environment and no files to write; it dies with its
parent. It is started again by itself after it died or was killed for being slow.
"""

from __future__ import annotations

import ctypes
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from okno.kit.mail import mime, wire
from okno.kit.mail.letter import Letter, Unreadable
from okno.kit.mail.parse import parse

MEMORY = 512 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_ROOT = str(Path(__file__).resolve().parents[3])


class _Died(Exception):
    """The child went away before it answered."""


class Parser:
    """Parses letters in a persistent child; threads take turns.

    `seconds` is the wall time one letter may take. `command` starts the child; tests put one of
    their own in its place.
    """

    def __init__(self, seconds: float = 10.0, command: Sequence[str] = ()) -> None:
        self.seconds = seconds
        self._command = list(command) or [sys.executable, "-m", "okno.kit.mail.child"]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Parser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def parse(self, raw: bytes, authserv_id: str = "") -> Letter:
        """The Letter of `raw`. Raises Unreadable, also when the child dies or takes too long."""
        if len(raw) > mime.MAX_MAIL:
            raise Unreadable("mail_too_big")
        with self._lock:
            # A child may die without any fault of the letter (killed by the system, or because
            # the thread that started it ended), so a letter is condemned only the second time.
            for last in (False, True):
                try:
                    head, data = self._exchange(wire.request(raw, authserv_id))
                    break
                except _Died as error:
                    self._stop()
                    if last:
                        raise Unreadable("parser_died") from error
                except TimeoutError as error:
                    self._stop()
                    raise Unreadable("parser_timeout") from error
                except BaseException:
                    self._stop()  # a half-read answer must not meet the next letter
                    raise
        return wire.read_answer(head, data)

    def close(self) -> None:
        """Stop the child; the next parse starts another."""
        with self._lock:
            self._stop()

    def _exchange(self, pieces: list[bytes]) -> tuple[bytes, bytes]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        deadline = time.monotonic() + self.seconds
        for piece in pieces:
            _write(process.stdin.fileno(), piece, deadline)
        source = process.stdout.fileno()
        head_size, data_size = wire.LENGTHS.unpack(_read(source, wire.LENGTHS.size, deadline))
        if head_size + data_size > wire.MAX_ANSWER:
            raise _Died
        return _read(source, head_size, deadline), _read(source, data_size, deadline)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
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

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


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
            raise _Died from error


def _read(descriptor: int, size: int, deadline: float) -> bytes:
    pieces: list[bytes] = []
    while size:
        try:
            piece = os.read(descriptor, min(size, 1_048_576))
        except BlockingIOError:
            _wait(descriptor, selectors.EVENT_READ, deadline)
            continue
        if not piece:
            raise _Died
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def serve(parse_letter: Callable[[bytes, str], Letter], source: BinaryIO, sink: BinaryIO) -> None:
    """The child's loop: read requests and answer them until `source` ends."""
    while True:
        head = source.read(wire.LENGTHS.size)
        if len(head) < wire.LENGTHS.size:
            return
        name_size, raw_size = wire.LENGTHS.unpack(head)
        authserv_id = source.read(name_size).decode()
        raw = source.read(raw_size)
        for piece in _answer(parse_letter, raw, authserv_id):
            sink.write(piece)
        sink.flush()


def _answer(
    parse_letter: Callable[[bytes, str], Letter], raw: bytes, authserv_id: str
) -> list[bytes]:
    try:
        return wire.answer(parse_letter(raw, authserv_id))
    except Unreadable as refused:
        return wire.refusal(refused.reason)
    except MemoryError:
        return wire.refusal("out_of_memory")
    except Exception as error:  # a fault of the parser sets aside one letter, not the batch
        return wire.refusal(f"parser_fault_{type(error).__name__}")


def confine() -> None:
    """Limit this process: memory, no core dumps, no files, and death with the parent."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the call took effect
            sys.exit()


def main() -> None:
    """Entry point of the child."""
    confine()
    serve(lambda raw, name: parse(raw, authserv_id=name), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
