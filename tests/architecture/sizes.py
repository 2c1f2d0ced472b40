"""How big a thing may grow, what it may be called, and what may not hide from the linter."""

import ast
import math
import re

from tests.architecture.rule import Findings, python, rule
from tests.architecture.source import File, House, imports_in

FILE_WALL, TEST_FILE_WALL, FUNCTION_WALL = 400, 600, 50
FILE_P90, FUNCTION_P90 = 200, 25
EMPTY_NAMES = re.compile(r"(utils?|helpers?|services?|misc|common)")
HAND_WRITTEN = (".py", ".ts", ".css", ".html")


def hand_written(file: File) -> bool:
    built = {"static", "dist", "public"} & set(file.parts)
    return file.name.endswith(HAND_WRITTEN) and not file.is_migration and not built


def function_lengths(file: File) -> list[tuple[int, int, str]]:
    """(line, lines from `def` to the end, name); decorators are tables, not code."""
    return [(f.lineno, (f.end_lineno or f.lineno) - f.lineno + 1, f.name) for f in file.functions]


def p90(sizes: list[int]) -> int:
    """The nearest-rank 90th percentile; 0 for nothing."""
    return sorted(sizes)[math.ceil(len(sizes) * 0.9) - 1] if sizes else 0


@rule(
    hand_written,
    bad=[("okno/desk/models.py", "x = 1\n" * 401), ("okno/desk/tests/test_a.py", "x = 1\n" * 601)],
    good=[
        ("okno/desk/models.py", "x = 1\n" * 400),
        ("okno/desk/tests/test_a.py", "x = 1\n" * 600),
        ("okno/desk/migrations/0001_initial.py", "x = 1\n" * 900),
    ],
)
def file_size(file: File, house: House) -> Findings:
    wall = TEST_FILE_WALL if file.is_test else FILE_WALL
    if len(file.lines) > wall:
        yield (
            wall,
            f"{len(file.lines)} lines, the wall is {wall}: split it by the nouns it holds "
            "(actions/conversation.py, actions/tag.py), or find what does not belong here",
        )


@rule(
    python,
    bad=[("okno/desk/actions.py", "def reply():\n" + "    x = 1\n" * 50)],
    good=[("okno/desk/actions.py", "def reply():\n" + "    x = 1\n" * 49)],
)
def function_size(file: File, house: House) -> Findings:
    for line, length, name in function_lengths(file):
        if length > FUNCTION_WALL:
            yield (
                line,
                f"{name}() has {length} lines, the wall is {FUNCTION_WALL}: give its steps names",
            )


@rule(
    hand_written,
    bad=[
        ("okno/desk/utils.py", ""),
        ("okno/desk/helpers/tags.py", ""),
        ("okno/kit/mail_utils.py", ""),
        ("frontend/src/common.ts", ""),
    ],
    good=[("okno/kit/text.py", ""), ("okno/kit/commonmark.py", "")],
)
def telling_names(file: File, house: House) -> Findings:
    for part in file.parts:
        words = part.split(".")[0].lower().split("_")
        if any(EMPTY_NAMES.fullmatch(word) for word in words):
            yield 1, f"'{part}' says nothing: name the file by the noun or verb it holds"


@rule(
    lambda file: file.is_python and file.parts[0] == "okno" and not file.is_test,
    bad=[("okno/lost/actions.py", "")],
    good=[("okno/desk/actions.py", "")],
)
def visible_package(file: File, house: House) -> Findings:
    here = file.path.rpartition("/")[0]
    if not any(other.path == f"{here}/__init__.py" for other in house.files):
        yield 1, f"{here}/ has no __init__.py, so the floors are not checked in it: add one"


@rule(
    python,
    bad=[
        ("okno/desk/actions.py", "def f():  # no" + "qa: C901\n    pass\n"),
        ("okno/desk/actions.py", "import os  # no" + "qa: F401, PLC0415\n"),
        ("okno/desk/actions.py", "# ruff: no" + "qa\n"),
        ("okno/desk/actions.py", "# mypy: ignore" + "-errors\n"),
        ("okno/desk/actions.py", "x = y  # type: ig" + "nore\n"),
    ],
    good=[("okno/desk/actions.py", "x = y  # type: ig" + "nore[attr-defined]\n")],
)
def walls_are_not_silenced(file: File, house: House) -> Findings:
    silenced = re.compile(
        r"#\s*(?:noqa\b(?!:)|noqa:.*\b(?:C901|PLC0415|PLR09\d\d)\b|ruff:\s*noqa|flake8:\s*noqa"
        r"|mypy:\s*ignore-errors|type:\s*ignore(?!\[))"
    )
    for number, line in enumerate(file.lines, 1):
        if silenced.search(line):
            yield number, "do not switch a wall off: mend the code, or name the one error code"


@rule(
    python,
    bad=[
        ("okno/desk/actions.py", "def f():\n    from okno.access import rules\n"),
        ("okno/desk/actions.py", "def f():\n    from . import queries\n"),
        ("okno/desk/actions.py", "def f():\n    import okno.desk.queries\n"),
        ("okno/desk/actions.py", "import importlib\nx = importlib.import_module('okno.access')\n"),
        ("okno/desk/actions.py", "x = apps.get_model('desk', 'Tag')\n"),
    ],
    good=[
        ("okno/desk/actions.py", "from okno.access import rules\ndef f():\n    import json\n"),
        ("okno/config/kinds.py", "x = import_string('okno.channels.pigeon.adapter.Pigeon')\n"),
    ],
)
def no_deferred_imports(file: File, house: House) -> Findings:
    advice = "move it to the top; if that makes a circle, turn the call round (registry, event)"
    for function in file.functions:
        inside = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
        for line, full, _ in imports_in(file, inside):
            if full.split(".")[0] == "okno":
                yield line, f"imports {full} inside {function.name}(): {advice}"
    if file.is_product and file.package not in {"config", "kit"}:
        for call in file.all(ast.Call):
            name = ast.unparse(call.func).rpartition(".")[2]
            if name in {"import_module", "import_string", "get_model"}:
                yield call.lineno, f"{name}() is an import that the floors cannot see: {advice}"
