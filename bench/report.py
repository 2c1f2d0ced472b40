"""Figures as a table, for the terminal and for docs/benchmarks.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"

_PAGE = """# Benchmarks

`make bench` measures again, in minutes; `.venv/bin/python -m bench --write` also writes
this page. Machines are noisy, so read the **ratios**: the product and a bare floor take turns in
one run, on the same disk, with the same durability (a commit survives loss of power). Read times
beside the bare Django view, one that says "ok" in a new project's middleware, without a socket.

{machine}

{table}

## What is measured

- **Start, memory.** `okno serve` on a desk that is set up, from the start of the process to the
  first answer of `/health/ready`, and the proportional set size of its processes together five
  seconds later. Aims: 1.5 s,
  150 MiB.
- **Receive.** One client's message in a unit of work: sender, conversation, message, events. The
  floor: the bare driver (`sqlite3`, `psycopg`) repeats the very statements, rows fetched, in one
  transaction. Aim: at least 60 % of the floor's speed.
- **Receive, no disk.** The same in memory (`/dev/shm`), where a commit costs nothing: what is left
  is our own code against C. Read it first: where a sync costs milliseconds, the rows with a disk
  mostly compare the disk with itself.
- **Letters.** {letters:,} small letters in Russian and English (or as many as {seconds:.0f} seconds
  allow) to `okno serve` over {connections} SMTP connections: how many a second are accepted (250
  after the commit), and how many from the first byte until the last one is a conversation. The
  floor: aiosmtpd with one INSERT and commit a letter, neither parsed nor threaded. Aim: 500 a
  second to the conversation.
- **Reply.** An agent's answer is stored with its delivery: the verb, and a POST to the API over one
  kept connection. The floor: its statements by the bare driver. Aim: 4 ms.

- **List, thread, search.** The 95th percentile of a page of the list, an opened conversation and
  fourteen sorts of questions (common and rare words, beginnings of words, operators, addresses,
  words that occur nowhere) as an agent of one of eight teams asks them, in-process. The "floor" is
  the same on a desk of 10,000 messages: the ratio says what growth costs, and 100 % is nothing.
  `python -m bench --only scale --sizes 10000,1000000` measures a million. Aim for search: 8 ms.

- **Chat.** Eight connections write as fast as they are answered (200 after the commit; the median
  of five rounds, each with new connections, since the machine deals them out to the processes by
  chance); then one message at a time, from the visitor's POST until the agent's open page hears
  of it, while many visitors' pages are open too. Aims: 1,600 a second, 10 ms (p99 50).
- **Eight agents at once.** Whole pages of conversations, and replies by the API, over eight kept
  connections on a desk of {crowded:,} messages, in rounds like the chat's. Aims: 110 pages and 170
  replies a second.
- **Full desk.** Letters, chat, receive and reply on a desk of {crowded:,} messages and items taken
  in. The floor is the same on an empty desk: 91 % is 1.1 times slower. Aims on it: 450 letters and
  600 chat messages a second; 12 ms (p99 50) until an agent's page hears of one.
- **Open pages.** Proportional set size of all processes with that many streams. Aim: 500 MB.

The clients, the databases and the product share the machine's cores.
"""


@dataclass(frozen=True)
class Figure:
    """One row. `aim` is met when the value it speaks of is at least (for ms: at most) that."""

    what: str
    database: str
    unit: str
    product: float
    floor: float | None = None
    ratio: float | None = None
    aim: float | None = None
    is_aim_ratio: bool = False

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        return (
            self.what,
            self.database,
            f"{self._number(self.product)} {self.unit}",
            "" if self.floor is None else f"{self._number(self.floor)} {self.unit}",
            "" if self.ratio is None else f"{self.ratio:.0%}",
            self._verdict(),
        )

    def _number(self, value: float) -> str:
        return f"{value:.2f}" if self.unit == "ms" else f"{value:.0f}"

    def _verdict(self) -> str:
        if self.aim is None:
            return ""
        if self.is_aim_ratio and self.ratio is not None:
            missed = "" if self.ratio >= self.aim else f", missed by {self.aim - self.ratio:.0%}"
            return f"{self.aim:.0%}{missed or ', met'}"
        is_cost = self.unit != "/s"
        is_met = self.product <= self.aim if is_cost else self.product >= self.aim
        factor = self.product / self.aim if is_cost else self.aim / self.product
        return f"{self.aim:g} {self.unit}, " + ("met" if is_met else f"missed {factor:.1f} times")


HEADS = ("", "database", "Okno", "floor", "of the floor", "aim")


def plain(figures: Sequence[Figure]) -> str:
    """Columns for a terminal."""
    rows = [HEADS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def write(machine: dict[str, str], figures: Sequence[Figure], **numbers: float) -> None:
    """Write the page; `numbers` are the letters, connections and seconds it speaks of."""
    lines = ["| " + " | ".join(HEADS) + " |", "|---|---|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(figure.cells()) + " |" for figure in figures]
    about = "\n".join(f"- {name}: {text}" for name, text in machine.items())
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(_PAGE.format(machine=about, table="\n".join(lines), **numbers))
