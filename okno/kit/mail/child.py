"""The parser in a process of its own, so that a hostile letter kills only itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import BinaryIO

from okno.kit import confined
from okno.kit.mail import mime, wire
from okno.kit.mail.letter import Letter, Unreadable
from okno.kit.mail.parse import parse

MEMORY = 512 * 1024 * 1024
# Of processor time, so that a busy machine makes no honest letter unreadable (attack A14).
WORK_SECONDS = 2.0


class Parser:
    """Parses letters in a persistent child; threads take turns.

    A letter may take WORK_SECONDS of processor time and `seconds` of wall time. `command` starts
    the child; tests put one of their own in its place.
    """

    def __init__(self, seconds: float = 20.0, command: Sequence[str] = ()) -> None:
        command = list(command) or [sys.executable, "-m", "okno.kit.mail.child"]
        self._child = confined.Child(command, seconds, wire.MAX_ANSWER)
        self._lock = threading.Lock()

    def __enter__(self) -> Parser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, raw: bytes, authserv_id: str = "") -> Letter:
        """The Letter of `raw`. Raises Unreadable, also when the child dies or takes too long."""
        if len(raw) > mime.MAX_MAIL:
            raise Unreadable("mail_too_big")
        with self._lock:
            try:
                head, data = self._child.ask(confined.frame(authserv_id.encode(), [raw]))
            except confined.Died as error:
                raise Unreadable("parser_died") from error
            except TimeoutError as error:
                raise Unreadable("parser_timeout") from error
        return wire.read_answer(head, data)

    def close(self) -> None:
        """Stop the child; the next parse starts another."""
        with self._lock:
            self._child.stop()


def serve(parse_letter: Callable[[bytes, str], Letter], source: BinaryIO, sink: BinaryIO) -> None:
    """The child's loop: read requests and answer them until `source` ends."""
    confined.serve(
        lambda name, raw: _answer(parse_letter, raw, name.decode()),
        source,
        sink,
        work_seconds=WORK_SECONDS,
    )


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
    """Limit this process."""
    confined.confine(MEMORY)


def main() -> None:
    """Entry point of the child."""
    confine()
    serve(lambda raw, name: parse(raw, authserv_id=name), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
