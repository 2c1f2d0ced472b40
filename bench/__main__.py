"""Ratios in one run: `python -m bench [--write] [--only receive,letters,reply,scale]`."""

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench import letters, machine, report
from bench.report import Figure
from tests.stands.installation import KINDS, Installation
from tests.stands.postgres import Postgres
from tests.stands.processes import StandError, free_port, wait_until

PARTS = ("receive", "letters", "reply", "scale")
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
ADDRESS = "support@bench.example"
MEMORY = Path("/dev/shm")


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


def scale(house: House, name: str, sizes: Sequence[int], rounds: int) -> Iterator[Figure]:
    """List, thread and search on a small desk and on larger ones."""
    found: dict[int, dict[str, float]] = {}
    for count in sizes:
        with house.installation() as place:
            for module, words in (("corpus", [count]), ("scale", [count, rounds])):
                command = ["-m", f"bench.{module}", *map(str, words)]
                # A million messages take half an hour to make.
                done = place.run(command, timeout_seconds=60 + count // 200)
                if done.returncode:
                    raise StandError(f"bench {module} failed:\n{done.stderr[-3000:]}")
            found[count] = json.loads(done.stdout)
    small, *larger = sizes
    for count in larger:
        for part, aim in (("list", None), ("thread", None), ("search", 8.0)):
            values = (found[count][part], found[small][part])
            what = f"{part}, {count:,} messages"
            yield Figure(what, name, "ms", *values, values[0] / values[1], aim)


def measure(given: argparse.Namespace) -> Iterator[Figure]:
    """Every figure that was asked for, as it is found."""
    for kind in given.databases:
        name = NAMES[kind]
        with House(kind, given.folder) as house:
            if "receive" in given.only:
                yield from receive(house, name, given.rounds * 20)
            if "reply" in given.only:
                yield from reply(house, name, given.rounds * 10)
            if "letters" in given.only:
                yield from mail(house, name, given.letters)
            if "scale" in given.only:
                yield from scale(house, name, given.sizes, given.rounds * 50)
        if "receive" in given.only and kind == "sqlite" and MEMORY.is_dir():
            with House(kind, MEMORY) as house:
                yield from receive(house, name, given.rounds * 20, in_memory=True)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    listed = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--only", type=listed, default=PARTS, help="of " + ",".join(PARTS))
    parser.add_argument("--databases", type=listed, default=KINDS, help="of " + ",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=6, help="of 20 turns each")
    parser.add_argument("--letters", type=int, default=2_000)
    sizes = lambda text: [int(size) for size in text.split(",")]  # noqa: E731
    parser.add_argument(
        "--sizes", type=sizes, default=(10_000, 100_000), help="messages; the first is the measure"
    )
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
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
