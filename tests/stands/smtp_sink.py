"""An SMTP server that keeps what it gets and misbehaves when told to.

In this process, or in one of its own that outlives a kill of the product under test:

    with SmtpSink() as sink:
        sink.rules = [{"at": "dot", "do": "drop", "times": 1}]
        ...
        assert sink.mails[0].recipients == ["anna@client.test"]

    with SmtpSinkProcess(tmp_path) as sink:  # the same properties
        ...

    python -m tests.stands.smtp_sink --port 2525 --log mails.jsonl --script rules.json

The rules are told in smtp_rules.py; the script is a JSON list of them, read again when the file
changes (replace it in one step). The letters and faults are told in smtp_record.py.
"""

import argparse
import asyncio
import json
import signal
import ssl
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from tests.stands.certificate import Certificate, make_certificate
from tests.stands.loops import LoopThread
from tests.stands.processes import Child, free_port, wait_until
from tests.stands.smtp_listener import Listener
from tests.stands.smtp_record import Fault, Mail, Record, read_log
from tests.stands.smtp_rules import Rules
from tests.stands.smtp_session import House

RuleList = Sequence[dict[str, Any]]
TlsMode = Literal["starttls", "implicit"]
ROOT = Path(__file__).parents[2]


class SmtpSink:
    """A sink in a thread of this process.

    `users` (names and passwords) makes mail need a login. `tls` offers STARTTLS or speaks TLS from
    the start, with `certificate` or one for localhost. `is_strict` refuses letters that break the
    standards (see Session). `log` gets a line per letter and fault.
    """

    def __init__(
        self,
        log: Path | None = None,
        users: dict[str, str] | None = None,
        tls: TlsMode | None = None,
        certificate: Certificate | None = None,
        is_strict: bool = True,
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="okno-smtp-") if tls else None
        self._record = Record(log)
        house = House(Rules(), self._record, users or {}, is_strict=is_strict)
        if self._folder:
            certificate = certificate or make_certificate(Path(self._folder.name))
            house.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            house.tls.load_cert_chain(certificate.chain, certificate.key)
        self.certificate = certificate
        self._listener = Listener(house, self.port, tls == "implicit")
        self._loop = LoopThread()
        self._rules: RuleList = []

    @property
    def mails(self) -> list[Mail]:
        """The letters taken so far."""
        return list(self._record.mails)

    @property
    def faults(self) -> list[Fault]:
        """The faults made so far."""
        return list(self._record.faults)

    @property
    def connections(self) -> int:
        """How many connections were taken so far."""
        return self._listener.connections

    @property
    def peak(self) -> int:
        """The most connections that were open at a time."""
        return self._listener.peak

    @property
    def rules(self) -> RuleList:
        """The rules in force; setting them starts their counters anew."""
        return self._rules

    @rules.setter
    def rules(self, rules: RuleList) -> None:
        self._loop.run(self._listener.obey(Rules(rules)))
        self._rules = rules

    def start(self) -> None:
        """Start listening."""
        self._loop.start()
        self.rules = self._rules

    def stop(self) -> None:
        """Stop listening, cut what is open."""
        self._loop.run(self._listener.close())
        self._loop.stop()
        self._record.close()
        if self._folder:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class SmtpSinkProcess:
    """A sink in a process of its own, with its log and script in `dir`.

    It ends with the process that made it, but not with the product that sends mail to it. Without
    `keep_log` an old log in `dir` is removed.
    """

    def __init__(self, dir: Path, port: int | None = None, keep_log: bool = False) -> None:
        self.port = port or free_port()
        self.log = dir / "mails.jsonl"
        self._script = dir / "rules.json"
        self._output = dir / "output"
        self._child: Child | None = None
        self._rules: RuleList = []
        if not keep_log:
            self.log.unlink(missing_ok=True)

    @property
    def mails(self) -> list[Mail]:
        """The letters taken so far."""
        return read_log(self.log)[0]

    @property
    def faults(self) -> list[Fault]:
        """The faults made so far."""
        return read_log(self.log)[1]

    @property
    def rules(self) -> RuleList:
        """The rules in force; setting them starts their counters anew."""
        return self._rules

    @rules.setter
    def rules(self, rules: RuleList) -> None:
        Rules(rules)  # a mistake shows here, not in the other process
        before = self._obeyed()
        self._rules = rules
        draft = self._script.with_suffix(".new")
        draft.write_text(json.dumps(rules), encoding="utf-8")
        draft.replace(self._script)
        if self._child:
            wait_until(lambda: self._obeyed() > before, 5, "the sink to take its rules")

    def _obeyed(self) -> int:
        return int(read_log(self.log)[2].get("rules", {"count": 0})["count"])

    def start(self) -> None:
        """Start the process and return when it listens (or refuses, as the rules say)."""
        self.rules = self._rules
        before = self._obeyed()
        options = {"port": self.port, "log": self.log, "script": self._script}
        words = [f"--{name}={value}" for name, value in options.items()]
        program = [sys.executable, "-m", "tests.stands.smtp_sink"]
        self._child = Child([*program, *words], self._output, signal.SIGTERM, cwd=ROOT)
        wait_until(lambda: self._obeyed() > before, 10, f"the sink; its output is {self._output}")

    def stop(self) -> None:
        """End the process; the log stays."""
        if self._child:
            self._child.stop()
            self._child = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


async def _serve_script(port: int, log: Path | None, script: Path | None) -> None:
    count = read_log(log)[2].get("rules", {"count": 0})["count"] if log else 0
    record = Record(log)
    listener = Listener(House(Rules(), record), port, is_implicit_tls=False)
    seen: tuple[int, int] | None = None
    while True:
        stat = script.stat() if script and script.exists() else None
        now = (stat.st_mtime_ns, stat.st_ino) if stat else (0, 0)
        if now != seen:
            seen = now
            text = script.read_text(encoding="utf-8") if script and stat else "[]"
            await listener.obey(Rules(json.loads(text)))
            count += 1
            record.note("rules", count=count)
        await asyncio.sleep(0.05)


def main() -> None:
    """Run as a program; see the top of this file."""
    parser = argparse.ArgumentParser(prog="python -m tests.stands.smtp_sink")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, help="JSON lines, appended to")
    parser.add_argument("--script", type=Path, help="JSON list of rules")
    options = parser.parse_args()
    asyncio.run(_serve_script(options.port, options.log, options.script))


if __name__ == "__main__":
    main()
