"""Ratios in one run: `python -m bench [--write] [--only PART,...]`."""

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench import crowd, letters, live, machine, report, sizes, start
from bench.report import Figure
from tests.stands.installation import KINDS, Installation
from tests.stands.postgres import Postgres
from tests.stands.processes import StandError, free_port, wait_until

PARTS = ("start", "receive", "letters", "reply", "scale", "chat", "streams", "crowd", "full")
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
ADDRESS = "support@bench.example"
MEMORY = Path("/dev/shm")
# As `bench.corpus` makes them.
IN_A_CONVERSATION = 5


class House:
    """Where installations on one kind of database are made, in a folder that goes at the end."""

    def __init__(self, kind: str, parent: Path | None) -> None:
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix="okno-bench-", dir=parent))
        self.folder.chmod(0o755)
        self.server = Postgres(self.folder / "server") if kind == "postgres" else None
        self._number = 0

    def __enter__(self) -> "House":
        if self.server is not None:
            self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.server is not None:
            self.server.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """A new one with its channel, agent and first client."""
        self._number += 1
        with Installation(self.folder / str(self._number), self.kind, self.server) as made:
            inside(made, "prepare")
            yield made

    def twin(self, place: Installation) -> str:
        """A copy of its database, which must be at rest."""
        if self.server is not None:
            return self.server.create_database(f"twin_{self._number}", _name(place.database_url))
        path = self.folder / f"twin_{self._number}.sqlite3"
        original = sqlite3.connect(place.data_dir / "okno.sqlite3")
        with closing(original), closing(sqlite3.connect(path)) as copy:
            original.backup(copy)
        return str(path)

    def empty_database(self) -> str:
        """Where the bare sink keeps its letters."""
        if self.server is not None:
            return self.server.create_database(f"bare_{self._number}")
        return str(self.folder / f"bare_{self._number}.sqlite3")


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def inside(place: Installation, *words: str) -> dict[str, Any]:
    """Run a part of the benchmark in a process of that installation."""
    done = place.run(["-m", "bench.inside", *words], timeout_seconds=300)
    if done.returncode:
        raise StandError(f"bench {words[0]} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _race(house: House, name: str, count: int) -> dict[str, Any]:
    """One race of `bench.inside`, between an installation and a copy of its database."""
    with house.installation() as place:
        words = [name, house.twin(place), str(count)]
        if name == "post":
            port = free_port()
            place.start(["-m", "okno", "web"], {"OKNO_BIND": f"127.0.0.1:{port}"})
            wait_until(lambda: letters.listens(port), 60, "okno web")
            words.append(f"http://127.0.0.1:{port}")
        return inside(place, *words)


def receive(house: House, name: str, count: int, *, in_memory: bool = False) -> Iterator[Figure]:
    """A new sender and a known one."""
    for race, what in (("new", "receive, new sender"), ("known", "receive, known sender")):
        found = _race(house, race, count)
        what += ", no disk" if in_memory else ""
        values = (found["product"], found["floor"], found["ratio"])
        yield Figure(what, name, "ms", *values, None if in_memory else 0.6, is_aim_ratio=True)


def reply(house: House, name: str, count: int) -> Iterator[Figure]:
    """The verb, and the API."""
    for race, what in (("reply", "reply, the verb"), ("post", "reply, POST to the API")):
        found = _race(house, race, count)
        yield Figure(what, name, "ms", found["product"], found["floor"], found["ratio"], 4.0)


def mail(house: House, name: str, count: int) -> Iterator[Figure]:
    """Letters by SMTP, accepted and stored."""
    with house.installation() as place:
        bare = letters.floor(place, house.empty_database(), count)
        rates = letters.product(place, count, ADDRESS)
    accepted = "letters accepted" if rates.letters == count else f"{rates.letters} letters accepted"
    yield Figure(accepted, name, "/s", rates.accepted, bare, rates.accepted / bare)
    ratio = rates.stored / bare
    yield Figure("letters to conversations", name, "/s", rates.stored, bare, ratio, 500)


def talk(house: House, name: str, visitors: int) -> Iterator[Figure]:
    """Messages of visitors, and how soon an agent's page hears of one."""
    with house.installation() as place:
        found = live.chat(place, visitors, 200)
    yield Figure("chat messages accepted", name, "/s", found.accepted, aim=1_600)
    among = f"with {found.visitors:,} visitors' pages open"
    yield Figure(f"chat, POST to page, median, {among}", name, "ms", found.median, aim=10)
    yield Figure(f"chat, POST to page, p99, {among}", name, "ms", found.slowest, aim=50)


def pages(house: House, name: str, count: int) -> Iterator[Figure]:
    """Memory of open pages; nothing for none."""
    if not count:
        return
    with house.installation() as place:
        found = live.streams(place, count)
    yield Figure(f"memory with {found.count:,} open pages", name, "MB", found.total_mb, aim=500)


@contextmanager
def filled(house: House, messages: int) -> Iterator[Installation]:
    """An installation with a desk of so many messages, each taken in once."""
    with house.installation() as place:
        if messages:
            done = place.run(["-m", "bench.corpus", str(messages)], timeout_seconds=900)
            if done.returncode:
                raise StandError(f"bench corpus failed:\n{done.stderr[-3000:]}")
        yield place


def at_once(house: House, name: str, messages: int) -> Iterator[Figure]:
    """Eight agents on a full desk."""
    with filled(house, messages) as place:
        found = crowd.crowd(place, messages // IN_A_CONVERSATION)
    yield Figure("conversation pages, eight at once", name, "/s", found.pages, aim=110)
    yield Figure("replies by the API, eight at once", name, "/s", found.replies, aim=170)


def full(house: House, name: str, given: argparse.Namespace) -> Iterator[Figure]:
    """What comes in and goes out, on a desk of the larger size and on an empty one."""
    sizes = (0, max(given.sizes))
    for what, rate, measured in (
        ("receive, new sender, full desk", None, partial(_raced, "new", given.rounds * 20)),
        ("reply, the verb, full desk", None, partial(_raced, "reply", given.rounds * 10)),
        ("letters to conversations, full desk", 450, partial(_stored, given.letters)),
        ("chat messages accepted, full desk", 600, _chatted),
    ):
        empty, large = (measured(house, size) for size in sizes)
        unit, ratio = ("/s", large / empty) if rate else ("ms", empty / large)
        yield Figure(what, name, unit, large, empty, ratio, 1 / 1.1, is_aim_ratio=True)
        if rate:
            yield Figure(f"{what}, the rate", name, unit, large, aim=rate)
    yield from heard(house, name, given)


def heard(house: House, name: str, given: argparse.Namespace) -> Iterator[Figure]:
    """How soon an agent's page hears of a message on a full desk."""
    with filled(house, max(given.sizes)) as place:
        found = live.chat(place, given.visitors, 200)
    for part, value, aim in (("median", found.median, 12), ("p99", found.slowest, 50)):
        yield Figure(f"chat, POST to page, {part}, full desk", name, "ms", value, aim=aim)


def _raced(race: str, count: int, house: House, messages: int) -> float:
    with filled(house, messages) as place:
        return float(inside(place, race, house.twin(place), str(count))["product"])


def _stored(count: int, house: House, messages: int) -> float:
    with filled(house, messages) as place:
        return letters.product(place, count, ADDRESS).stored


def _chatted(house: House, messages: int) -> float:
    with filled(house, messages) as place:
        return live.accepted(place)


def begin(house: House, name: str) -> Iterator[Figure]:
    """A start, and the memory afterwards."""
    with house.installation() as place:
        found = start.started(place)
    yield Figure("start, until it answers", name, "ms", found.milliseconds, aim=1_500)
    yield Figure("memory, idle", name, "MiB", found.idle_mib, aim=150)


def measure(given: argparse.Namespace) -> Iterator[Figure]:
    """Every figure that was asked for, as it is found."""
    for kind in given.databases:
        with House(kind, given.folder) as house:
            parts = _parts(house, NAMES[kind], given)
            for part in PARTS:
                if part in given.only:
                    yield from parts[part]()
        if "receive" in given.only and kind == "sqlite" and MEMORY.is_dir():
            with House(kind, MEMORY) as house:
                yield from receive(house, NAMES[kind], given.rounds * 20, in_memory=True)


def _parts(
    house: House, name: str, given: argparse.Namespace
) -> dict[str, Callable[[], Iterable[Figure]]]:
    largest = max(given.sizes)
    return {
        "start": partial(begin, house, name),
        "receive": partial(receive, house, name, given.rounds * 20),
        "reply": partial(reply, house, name, given.rounds * 10),
        "letters": partial(mail, house, name, given.letters),
        "chat": partial(talk, house, name, given.visitors),
        # Streams do not touch the database.
        "streams": partial(pages, house, name, given.pages if house.kind == "sqlite" else 0),
        "crowd": partial(at_once, house, name, largest),
        "full": partial(full, house, name, given),
        "scale": partial(sizes.compared, house.installation, name, given.sizes, given.rounds * 50),
    }


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    listed = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--only", type=listed, default=PARTS, help="of " + ",".join(PARTS))
    parser.add_argument("--databases", type=listed, default=KINDS, help="of " + ",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=6, help="of 20 turns each")
    parser.add_argument("--letters", type=int, default=2_000)
    numbers = lambda text: [int(number) for number in text.split(",")]  # noqa: E731
    parser.add_argument(
        "--sizes", type=numbers, default=(10_000, 100_000), help="messages; the first is the floor"
    )
    parser.add_argument("--visitors", type=int, default=1_000, help="pages open during the chat")
    parser.add_argument("--pages", type=int, default=10_000, help="open pages of agents")
    parser.add_argument("--folder", type=Path, help="where the databases are; on a real disk")
    return parser.parse_args()


def main() -> int:
    """Measure and print; 0 unless something could not be measured."""
    given = _given()
    figures: list[Figure] = []
    folder = given.folder or Path(tempfile.gettempdir())
    about = machine.describe(folder)
    for name, text in about.items():
        print(f"{name}: {text}", flush=True)
    for figure in measure(given):
        figures.append(figure)
        print("  " + "  ".join(figure.cells()), flush=True)
    print("\n" + report.plain(figures))
    if given.write:
        report.write(
            about,
            figures,
            letters=given.letters,
            connections=letters.CONNECTIONS,
            seconds=letters.LONGEST_SECONDS,
            crowded=max(given.sizes),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
