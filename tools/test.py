"""Runs every check and test, some at a time, cheapest first, and sums up.

    python tools/test.py                 everything
    python tools/test.py --check         lint, types, architecture, docs
    python tools/test.py --room desk     one room (or a path such as tests/seen), on both databases

What a task prints is shown as it comes, with the task's name before it. A test that failed is run
once more alone: one that then passes is listed as unsteady, and more than MOST_UNSTEADY of them
fail the run. Next time what failed comes first. The last line says how many passed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# More than cores: half of the time tests wait for processes to die, leases to end, pages to load.
AT_ONCE = 4
MOST_UNSTEADY = 2
CACHE = ROOT / ".pytest_cache"
# Tests start Okno hundreds of times; what is compiled once is not compiled again.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
PLAIN = ["-p", "no:django", "-p", "no:schemathesis", "-o", "addopts=-q --import-mode=importlib"]


@dataclass(frozen=True)
class Task:
    """One command of the run; `is_pytest` when it can be asked for single tests."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    is_pytest: bool = False

    @property
    def cache(self) -> Path:
        """Where pytest remembers what failed; each task's own, because they run side by side."""
        return CACHE / re.sub(r"\W+", "-", self.name)

    def remembered(self) -> list[str]:
        """Tests that failed when last run, by pytest's ids."""
        file = self.cache / "v" / "cache" / "lastfailed"
        return list(json.loads(file.read_text())) if file.is_file() else []


@dataclass(frozen=True)
class Outcome:
    """What a task printed, how it ended, and which of its tests passed when run once more."""

    task: Task
    code: int
    output: str
    seconds: float
    unsteady: tuple[str, ...] = ()

    @property
    def failures(self) -> list[str]:
        """Tests that failed, by pytest's ids."""
        lines = self.output.splitlines()
        return [
            test
            for test in self.task.remembered()
            if any(line.startswith((f"FAILED {test}", f"ERROR {test}")) for line in lines)
        ]

    @property
    def passed(self) -> int:
        """Tests passed; 1 for a check that is no test run."""
        found = re.findall(r"(\d+) passed", self.output)
        return (int(found[-1]) if found else int(self.code == 0)) + len(self.unsteady)

    @property
    def failed(self) -> int:
        """Tests failed; at least 1 when the command failed."""
        found = re.findall(r"(\d+) (?:failed|errors?)\b", self.output.rpartition("\n")[2])
        return max(sum(map(int, found)) - len(self.unsteady), 1) if self.code else 0


def checks() -> list[Task]:
    """What reads the code without running it."""
    run = [sys.executable, "-m"]
    return [
        Task("types", [*run, "mypy", "okno"], _scratch()),
        Task("lint", [str(BIN / "ruff"), "check", "."]),
        Task("floors", [str(BIN / "lint-imports")]),
        _pytest("architecture", ["tests/architecture", *PLAIN]),
        Task("front end", [sys.executable, "tools/build_frontend.py", "--check"]),
        Task("migrations", [*run, "django", "makemigrations", "--check", "--dry-run"], _scratch()),
        _pytest("docs", ["tests/test_docs.py"]),
    ]


def suites() -> list[Task]:
    """The tests, long ones first so that all that run at once end together."""
    rooms = [
        str(folder.relative_to(ROOT))
        for folder in sorted((ROOT / "okno").rglob("tests"))
        if folder.is_dir() and "kit" not in folder.parts
    ]
    pages = [room for room in rooms if room.startswith(("okno/console", "okno/portal"))]
    whole = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests").glob("test_*.py"))
    whole.remove("tests/test_docs.py")
    parts = {
        "the whole product": ["-s", *whole],
        "pages": pages,
        "rooms": [room for room in rooms if room not in pages],
        "doors and attacks": ["tests/access", "tests/attacks"],
        "what is seen": ["-s", "tests/seen"],
    }
    # Browsers never see the kind of database, and neither do those behind pages and doors: the
    # rows these show are asked for by rooms below, which the short run asks on both.
    is_long = bool(os.environ.get("OKNO_TEST_LONG"))
    once = {"what is seen"} if is_long else {"what is seen", "pages", "doors and attacks"}
    tasks = []
    for part, asked in parts.items():
        for name, database in (("PostgreSQL", "postgres"), ("SQLite", "sqlite")):
            if database == "sqlite" or part not in once:
                on = {"OKNO_TEST_DATABASE": database}
                tasks.append(_pytest(f"{part} on {name}", asked, on))
    return [*tasks, _pytest("leaves and stands", ["okno/kit", "tests/stands", *PLAIN])]


def room(name: str) -> list[Task]:
    """The tests of one room of okno/, or of a file or folder by its path."""
    path = next((p for p in (ROOT / "okno" / name, ROOT / name) if p.exists()), None)
    if path is None:
        sys.exit(f"there is no okno/{name} and no {name}")
    asked = [str(path.relative_to(ROOT))]
    if asked[0].startswith(("okno/kit", "tests/stands", "tests/architecture")):
        return [_pytest(name, [*asked, *PLAIN])]
    return [
        _pytest(f"{name} on {kind}", ["-s", *asked], {"OKNO_TEST_DATABASE": database})
        for kind, database in (("SQLite", "sqlite"), ("PostgreSQL", "postgres"))
    ]


def _pytest(name: str, asked: list[str], environment: dict[str, str] | None = None) -> Task:
    """A run of pytest that begins with what failed last time and lists what fails now."""
    options = ["-rsfE", "--durations=12", "--failed-first"]
    task = Task(name, [], environment or {}, is_pytest=True)
    command = [sys.executable, "-m", "pytest", *options, "-o", f"cache_dir={task.cache}", *asked]
    return replace(task, command=command)


def _scratch() -> dict[str, str]:
    folder = ROOT / ".pytest_cache" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return {"OKNO_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "okno.config.settings"}


def perform(task: Task) -> Outcome:
    """Run one command to its end, showing what it prints."""
    started = time.monotonic()
    process = subprocess.Popen(
        task.command,
        cwd=ROOT,
        env={**ENVIRONMENT, **task.environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        print(f"{task.name}: {line}", end="", flush=True)
    code = process.wait()
    return Outcome(task, code, "".join(lines).rstrip(), time.monotonic() - started)


def run_all(tasks: list[Task]) -> list[Outcome]:
    """Run tasks, some at a time, last time's failures first; then what failed now, alone."""
    tasks = sorted(tasks, key=lambda task: not task.remembered())
    outcomes = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in as_completed([pool.submit(perform, task) for task in tasks]):
            outcomes.append(future.result())
            tell(outcomes[-1])
    return [once_more(outcome) if outcome.code == 1 else outcome for outcome in outcomes]


def once_more(outcome: Outcome) -> Outcome:
    """Run the failed tests of a task again, each alone on the machine."""
    if not outcome.task.is_pytest:
        return outcome
    plain = PLAIN if PLAIN[-1] in outcome.task.command else []
    failures = outcome.failures
    again = [
        replace(
            outcome.task,
            name=f"{outcome.task.name}, once more",
            command=[sys.executable, "-m", "pytest", "-s", test, *plain],
        )
        for test in failures
    ]
    passed = [test for test, task in zip(failures, again, strict=True) if not perform(task).code]
    is_settled = bool(failures) and len(passed) == len(failures)
    return replace(outcome, unsteady=tuple(passed), code=0 if is_settled else outcome.code)


def tell(outcome: Outcome) -> None:
    """Print how a task ended."""
    mark = "✗" if outcome.code else "✓"
    last = outcome.output.rpartition("\n")[2] or "ok"
    print(f"{mark} {outcome.task.name}: {outcome.seconds:.0f} s: {last}", flush=True)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only what reads the code")
    parser.add_argument(
        "--room", default="", help="only one room: desk, channels/email, tests/seen"
    )
    return parser.parse_args()


def main() -> int:
    """Run what was asked for; 0 when all of it passed."""
    given = _given()
    tasks = room(given.room) if given.room else checks()
    if not (given.check or given.room):
        tasks += suites()
    outcomes = run_all(tasks)
    print()
    for outcome in outcomes:
        tell(outcome)
    for outcome in outcomes:
        for test in outcome.failures if outcome.code and outcome.task.is_pytest else ():
            if test not in outcome.unsteady:
                print(f"failed: {test} ({outcome.task.name})")
    unsteady = [f"{test} ({o.task.name})" for o in outcomes for test in o.unsteady]
    for test in unsteady:
        print(f"unsteady: {test}")
    failed = [outcome.task.name for outcome in outcomes if outcome.code]
    if failed:
        print("failed: " + ", ".join(failed))
    if len(unsteady) > MOST_UNSTEADY:
        print(f"{len(unsteady)} unsteady tests, {MOST_UNSTEADY} at most: mend their causes")
    print(f"{sum(o.passed for o in outcomes)} passed, {sum(o.failed for o in outcomes)} failed")
    return 1 if failed or len(unsteady) > MOST_UNSTEADY else 0


if __name__ == "__main__":
    sys.exit(main())
