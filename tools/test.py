"""Runs every check and test, some at a time, cheapest first, and sums up.

`--check` stops after lint, types and architecture. The last line says how many passed.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# One more than cores: many tests wait for processes to die, leases to end, pages to load.
AT_ONCE = 3
# Tests start Okno hundreds of times; what is compiled once is not compiled again.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
PLAIN = ["-p", "no:django", "-p", "no:schemathesis", "-o", "addopts=-q --import-mode=importlib"]


@dataclass(frozen=True)
class Task:
    """One command of the run."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a task printed, and how it ended."""

    task: Task
    code: int
    output: str
    seconds: float

    @property
    def passed(self) -> int:
        """Tests passed; 1 for a check that is no test run."""
        found = re.findall(r"(\d+) passed", self.output)
        return int(found[-1]) if found else int(self.code == 0)

    @property
    def failed(self) -> int:
        """Tests failed; at least 1 when the command failed."""
        found = re.findall(r"(\d+) (?:failed|errors?)\b", self.output)
        return (sum(map(int, found)) or 1) if self.code else 0


def checks() -> list[Task]:
    """What reads the code without running it."""
    run = [sys.executable, "-m"]
    return [
        Task("types", [*run, "mypy", "okno"], _scratch()),
        Task("lint", [str(BIN / "ruff"), "check", "."]),
        Task("floors", [str(BIN / "lint-imports")]),
        Task("architecture", [*run, "pytest", "tests/architecture", *PLAIN]),
        Task("front end", [sys.executable, "tools/build_frontend.py", "--check"]),
        Task("migrations", [*run, "django", "makemigrations", "--check", "--dry-run"], _scratch()),
        Task("docs", [*run, "pytest", "tests/test_docs.py"]),
    ]


def suites() -> list[Task]:
    """The tests, long ones first so that two cores end together."""
    pytest = [sys.executable, "-m", "pytest", "-rs", "--durations=12"]
    rooms = [
        str(folder.relative_to(ROOT))
        for folder in sorted((ROOT / "okno").rglob("tests"))
        if folder.is_dir() and "kit" not in folder.parts
    ]
    # Pages, doors and browsers, behind which nobody sees the kind of database: the rows they show
    # are asked for by rooms below, which the short run asks on both.
    pages = [room for room in rooms if room.startswith(("okno/console", "okno/portal"))]
    doors = ["tests/access", "tests/attacks"]
    seen = ["tests/seen"]  # browsers, which need no other kind of database than the small one
    whole = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests").glob("test_*.py"))
    whole.remove("tests/test_docs.py")
    tasks = []
    for name, database in (("SQLite", "sqlite"), ("PostgreSQL", "postgres")):
        on = {"OKNO_TEST_DATABASE": database}
        tasks.append(Task(f"the whole product on {name}", [*pytest, "-s", *whole], on))
    for name, database in (("SQLite", "sqlite"), ("PostgreSQL", "postgres")):
        on = {"OKNO_TEST_DATABASE": database}
        is_whole = database == "sqlite" or bool(os.environ.get("OKNO_TEST_LONG"))
        asked = [room for room in rooms if is_whole or room not in pages]
        tasks.append(Task(f"rooms on {name}", [*pytest, *asked], on))
        if is_whole:
            tasks.append(Task(f"doors and attacks on {name}", [*pytest, *doors], on))
    tasks.append(Task("what is seen", [*pytest, "-s", *seen], {"OKNO_TEST_DATABASE": "sqlite"}))
    tasks.append(Task("leaves and stands", [*pytest, "okno/kit", "tests/stands", *PLAIN]))
    return tasks


def _scratch() -> dict[str, str]:
    folder = ROOT / ".pytest_cache" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return {"OKNO_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "okno.config.settings"}


def perform(task: Task) -> Outcome:
    """Run one command to its end."""
    started = time.monotonic()
    done = subprocess.run(
        task.command,
        cwd=ROOT,
        env={**ENVIRONMENT, **task.environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    return Outcome(task, done.returncode, done.stdout, time.monotonic() - started)


def tell(outcome: Outcome) -> None:
    """Print what a reader wants to know of one task: all of it only when it failed."""
    mark = "✗" if outcome.code else "✓"
    print(f"{mark} {outcome.task.name}: {outcome.seconds:.0f} s", flush=True)
    if outcome.code:
        print(outcome.output[-15_000:], flush=True)
        return
    lines = outcome.output.strip().splitlines() or ["ok"]
    for line in lines[:-1]:
        if re.match(r"\.*n=|SKIPPED", line):
            print("    " + line.lstrip("."), flush=True)
    print("    " + lines[-1], flush=True)


def main() -> int:
    """Run what was asked for; 0 when all of it passed."""
    outcomes = []
    for stage in [checks()] if "--check" in sys.argv else [checks(), suites()]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for future in as_completed([pool.submit(perform, task) for task in stage]):
                outcomes.append(future.result())
                tell(outcomes[-1])
    failures = [outcome.task.name for outcome in outcomes if outcome.code]
    if failures:
        print("failed: " + ", ".join(failures))
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    print(f"{passed} passed, {failed} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
