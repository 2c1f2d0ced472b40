"""The contract of .importlinter, tried on small houses that break it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, floors_of_house


def lint(folder: Path, files: dict[str, str]) -> tuple[bool, str]:
    """Build a house of `files` in `folder`; returns (contract kept, what the linter said)."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        for room in place.relative_to(folder).parents[:-1]:
            (folder / room / "__init__.py").touch()
        place.write_text(text)
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config"]
    done = subprocess.run(
        [*command, str(ROOT / ".importlinter")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, re.sub(r"\s+", " ", done.stdout + done.stderr)


def test_a_sound_house_stands(tmp_path: Path) -> None:
    kept, said = lint(
        tmp_path,
        {
            "okno/kit/text.py": "",
            "okno/desk/actions.py": "from okno.kit import text",
            "okno/console/pages.py": "from okno.desk import actions",
            "okno/kit/tests/test_text.py": "from okno.console import pages",
            "okno/kit/mail/tests/test_mail.py": "from okno.desk import actions",
        },
    )
    assert kept, said


def test_a_crooked_house_falls(tmp_path: Path) -> None:
    kept, said = lint(
        tmp_path,
        {
            "okno/kit/text.py": "def f():\n    from okno.desk import actions",
            "okno/desk/actions.py": "",
            "okno/sla/readers.py": "from okno.routing import actions",
            "okno/routing/actions.py": "",
            "okno/assist/caps.py": "from okno.automation import actions",
            "okno/automation/actions.py": "",
            "okno/cellar/actions.py": "",
        },
    )
    assert not kept
    assert "okno.kit is not allowed to import okno.desk" in said, "upwards, though deferred"
    assert "okno.sla is not allowed to import okno.routing" in said, "a neighbour"
    assert "okno.assist is not allowed to import okno.automation" in said, "a neighbour"
    assert "okno.cellar" in said, "a package that no floor lists"


def test_floors_are_read_lowest_first() -> None:
    floors = floors_of_house()
    assert floors[0] == {"kit"}
    assert {"console", "portal", "api"} in floors
    assert "config" in floors[-2]
