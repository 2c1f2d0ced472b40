"""What the SMTP sink keeps, in memory and as JSON lines: letters taken and faults made."""

import base64
import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Mail:
    """A letter the sink has taken: the receiving side will see it, whatever the sender was told.

    `reply` is the answer meant for the final dot (None: the connection was cut instead), `replied`
    whether it went out. `at` is in seconds since 1970. `options` are the words after MAIL FROM.
    """

    number: int
    connection: int
    helo: str
    sender: str
    recipients: list[str]
    options: list[str]
    raw: bytes
    has_tls: bool
    user: str | None
    reply: str | None
    replied: bool = False
    at: float = field(default_factory=time.time)


@dataclass
class Fault:
    """A rule that acted: in which connection, at what stage, doing what, with which reply."""

    connection: int
    stage: str
    do: str
    reply: str
    sender: str
    rcpt: str
    at: float = field(default_factory=time.time)


class Record:
    """Letters and faults, appended to `log` line by line (flushed) if there is one."""

    def __init__(self, log: Path | None = None) -> None:
        self.mails: list[Mail] = []
        # A log that is carried on keeps its numbers apart from the new ones.
        self._before = len(read_log(log)[0]) if log else 0
        self.faults: list[Fault] = []
        self._log = log.open("a", encoding="utf-8") if log else None
        self._lock = threading.Lock()

    def next_number(self) -> int:
        """The number for the next letter: 1 for the first in the log."""
        return self._before + len(self.mails) + 1

    def add(self, item: Mail | Fault) -> None:
        """Keep `item`."""
        if isinstance(item, Mail):
            self.mails.append(item)
            raw = base64.b64encode(item.raw).decode()
            self.note("mail", **(asdict(item) | {"raw": raw}))
        else:
            self.faults.append(item)
            self.note("fault", **asdict(item))

    def replied(self, mail: Mail) -> None:
        """Note that the answer to the final dot of `mail` went out."""
        mail.replied = True
        self.note("replied", number=mail.number)

    def note(self, event: str, **values: Any) -> None:
        """Append one line to the log."""
        if self._log:
            with self._lock:
                self._log.write(json.dumps({"event": event, **values}) + "\n")
                self._log.flush()

    def close(self) -> None:
        """Close the log."""
        if self._log:
            self._log.close()


def read_log(log: Path) -> tuple[list[Mail], list[Fault], dict[str, Any]]:
    """What a sink's log says: letters, faults, and the last line of each other event by name."""
    mails: dict[int, Mail] = {}
    faults: list[Fault] = []
    others: dict[str, Any] = {}
    lines = log.read_text(encoding="utf-8").split("\n")[:-1] if log.exists() else []
    for line in lines:
        values = json.loads(line)
        event = values.pop("event")
        if event == "mail":
            mails[values["number"]] = Mail(**values | {"raw": base64.b64decode(values["raw"])})
        elif event == "fault":
            faults.append(Fault(**values))
        elif event == "replied":
            mails[values["number"]].replied = True
        else:
            others[event] = values
    return list(mails.values()), faults, others
