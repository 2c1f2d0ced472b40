"""Runs every check and test, in the order in which a failure is cheapest, and sums up.

`--check` stops after lint, types and architecture. The last line says how many passed.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PLAIN = ["-p", "no:django", "-p", "no:schemathesis", "-o", "addopts=-q --import-mode=importlib"]


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and extra environment of each check."""
    run = [sys.executable, "-m"]
    return [
        ("lint", [str(BIN / "ruff"), "check", "okno", "tests", "tools", "bench", "conftest.py"], {}),
        ("floors", [str(BIN / "lint-imports")], {}),
        ("architecture", [*run, "pytest", "tests/architecture", *PLAIN], {}),
        ("front end", [sys.executable, "tools/build_frontend.py", "--check"], {}),
        ("migrations", [*run, "django", "makemigrations", "--check", "--dry-run"], _scratch()),
        ("types", [*run, "mypy", "okno"], _scratch()),
    ]


def suites() -> list[tuple[str, list[str], dict[str, str]]]:
    """The test suite, part by part."""
    pytest = [sys.executable, "-m", "pytest", "--durations=5"]
    return [
        ("leaves and stands", [*pytest, "okno/kit", "tests/stands", *PLAIN], {}),
        ("suite on SQLite", [*pytest, *_rooms()], {"OKNO_TEST_DATABASE": "sqlite"}),
        ("suite on PostgreSQL", [*pytest, *_rooms()], {"OKNO_TEST_DATABASE": "postgres"}),
    ]


def _rooms() -> list[str]:
    rooms = [p.parent for p in sorted((ROOT / "okno").glob("*/tests")) if p.parent.name != "kit"]
    others = [p for p in sorted((ROOT / "tests").iterdir()) if p.name.startswith("test_")]
    return [str(p.relative_to(ROOT)) for p in (*rooms, *others)]


def _scratch() -> dict[str, str]:
    folder = ROOT / ".pytest_cache" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return {"OKNO_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "okno.config.settings"}


def main() -> int:
    """Run what was asked for; 0 when all of it passed."""
    todo = checks() + ([] if "--check" in sys.argv else suites())
    passed = failed = 0
    failures = []
    for name, command, extra in todo:
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **extra}, text=True, capture_output=True
        )
        output = done.stdout + done.stderr
        seconds = time.monotonic() - started
        counted = re.findall(r"(\d+) passed", output)
        passed += int(counted[-1]) if counted else int(done.returncode == 0)
        print(f"{'✓' if done.returncode == 0 else '✗'} {name}: {seconds:.0f} s", flush=True)
        for line in output.splitlines():
            if line.startswith(("n=", "okno: ")):
                print(f"    {line}", flush=True)
        if done.returncode:
            failures.append(name)
            lost = re.findall(r"(\d+) (?:failed|errors?)", output)
            failed += sum(map(int, lost)) or 1
            print(output[-12_000:], flush=True)
        else:
            print("    " + (output.strip().splitlines() or ["ok"])[-1], flush=True)
    if failures:
        print("failed: " + ", ".join(failures))
    print(f"{passed} passed, {failed} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
