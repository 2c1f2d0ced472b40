"""Gathers the product's words into okno/locale and compiles them; needs GNU gettext.

    python tools/messages.py            # after a change of words: gather, then translate the .po
    python tools/messages.py --compile  # after translating: make the .mo that is committed

Beside Django's own marks (`gettext`, `{% translate %}`) two kinds of plain English are gathered,
because floors without pages do not translate: the sentence of each event, and the reasons with
which verbs refuse.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ROOT / "okno"
FLOORS = ("spine", "access", "contacts", "desk", "automation", "channels")
REFUSALS = {"ValueError", "Denied", "Forbidden", "Outdated"}


def plain_words() -> Iterator[str]:
    """Sentences of events and reasons of refusals, as they stand in the code."""
    for floor in FLOORS:
        for path in sorted((PRODUCT / floor).rglob("*.py")):
            if "tests" not in path.parts:
                yield from _of_file(path)


def _of_file(path: Path) -> Iterator[str]:
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call):
            continue
        if getattr(call.func, "id", "") in REFUSALS:
            yield from (_text(argument) for argument in call.args[:1])
        yield from (_text(word.value) for word in call.keywords if word.arg == "sentence")


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _django(*arguments: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        names = {"DJANGO_SETTINGS_MODULE": "okno.config.settings", "PYTHONPATH": str(ROOT)}
        environ = os.environ | names | {"OKNO_DATA_DIR": folder}
        command = [sys.executable, "-m", "django", *arguments]
        subprocess.run(command, cwd=PRODUCT, env=environ, check=True)


def gather() -> None:
    """Bring the .po files up to date; new words have an empty translation."""
    words = sorted(set(filter(None, plain_words())))
    listed = PRODUCT / "plain_words.py"
    listed.write_text("".join(f"gettext({word!r})\n" for word in words))
    try:
        _django("makemessages", "-l", "ru", "--no-location", "--no-obsolete", "-i", "tests")
    finally:
        listed.unlink()


def main() -> int:
    """Do what was asked; returns the exit code."""
    if shutil.which("msgfmt") is None:
        print("messages: GNU gettext is not installed: run tools/install_test_tools.sh")
        return 1
    if "--compile" in sys.argv:
        _django("compilemessages")
    else:
        gather()
    return 0


if __name__ == "__main__":
    sys.exit(main())
