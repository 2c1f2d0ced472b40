"""What never goes into the repository, and what a test must not lean on.

The examples are put together from halves, so that this file keeps its own rules.
"""

import ast
import re
from collections.abc import Iterator

from tests.architecture.rule import Findings, anything, python, rule
from tests.architecture.source import FUNCTIONS, File, House, dotted

UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b")
# An absolute path of one machine: at the start of a word, not inside an address or another path.
MACHINE_PATH = re.compile(r"(?<![\w.~/\-}])/(?:work|root)/")
REGISTRY = re.compile(
    r"\b(?:(?:test\.)?pypi\.org|pythonhosted\.org|registry\.npmjs\.(?:org|com)|npmjs\.com"
    r"|registry\.yarnpkg\.com|registry\.npmmirror\.com|(?:deb|ftp|security|archive|snapshot)"
    r"(?:\.\w+)?\.debian\.org|archive\.ubuntu\.com|proxy\.golang\.org|index\.crates\.io)\b"
)
# Places where any address at all would be that of a registry, whatever its name.
INDEX_SETTINGS = [
    (re.compile(place), re.compile(setting, re.MULTILINE))
    for place, setting in (
        (r"(^|/)requirements[^/]*$", r"^\s*(-i\b|--\w*-?index|-f\b|--find-links)|https?://"),
        (r"(^|/)package-lock\.json$", r'"resolved":\s*"https?:'),
        (r"(^|/)\.(npmrc|yarnrc(\.yml)?)$", r"registry\w*\s*[=:]\s*\S*//|^//"),
        (r"(^|/)(pyproject|uv)\.toml$", r"\[\[(tool\.uv\.)?index\]\]|index-url|find-links"),
        (r"(^|/)((uv|poetry|pdm)\.lock|pip\.conf|\.pypirc|\.netrc)$", r""),
    )
]
# `|default:a.b.c`: the way of an argument, where any step may be nobody.
LONG_ARGUMENT = re.compile(r"\|\w+:[a-z_]\w*(?:\.\w+){2,}")
LOCK_FILES = re.compile(r"(^|/)(package-lock\.json|requirements[^/]*)$")
# A module of tests, by its name in an import.
TEST_MODULE = re.compile(r"\btests\.(?:\w+\.)*test_\w+")
MOCKS = {"MagicMock", "AsyncMock", "NonCallableMock", "monkeypatch", "mocker"}


def _lines_with(file: File, pattern: re.Pattern[str]) -> list[int]:
    if not pattern.search(file.text):  # far cheaper than a search in each line
        return []
    return [number for number, line in enumerate(file.lines, 1) if pattern.search(line)]


@rule(
    lambda file: not LOCK_FILES.search(file.path),
    bad=[
        ("okno/desk/actions.py", "x = 1  # TO" + "DO later"),
        ("frontend/src/page.ts", "// FIX" + "ME"),
        ("docs/plan.md", "X" + "XX"),
    ],
    good=[("okno/desk/actions.py", "x = 'todo'"), ("docs/plan.md", "XX" + "XX")],
)
def nothing_unfinished(file: File, house: House) -> Findings:
    for line in _lines_with(file, UNFINISHED):
        yield line, "finish it now or delete it: a note in the code is a promise nobody keeps"


@rule(
    anything,
    bad=[
        ("okno/config/settings.py", "x = '" + "/wo" + "rk/main'"),
        ("docs/install.md", "cd " + "/ro" + "ot/okno"),
    ],
    good=[
        ("docs/install.md", "https://example.org/wo" + "rk/x and ../wo" + "rk/ and /var/lib/okno"),
        ("okno/hours/urls.py", "x = 'hours/wo" + "rk/'"),
    ],
)
def no_paths_of_a_machine(file: File, house: House) -> Findings:
    for line in _lines_with(file, MACHINE_PATH):
        yield line, "a path of one machine: make it relative to the repository, or a setting"


@rule(
    anything,
    bad=[
        ("README.md", "https://py" + "pi.org/project/okno"),
        ("Dockerfile", "deb https://deb.deb" + "ian.org/x"),
        ("frontend/package-lock.json", '"resolved": "https:' + '//host.example/x.tgz"'),
        ("frontend/.npmrc", "registry" + "=https://host.example/"),
        ("requirements.lock", "--index" + "-url https://host.example/simple"),
        ("requirements.lock", "okno @ https:" + "//host.example/okno.whl"),
        ("pyproject.toml", "[[tool.uv." + "index]]"),
        ("uv.lock", "version = 1"),
    ],
    good=[
        ("frontend/.npmrc", "omit-lockfile-registry-resolved=true"),
        ("requirements.lock", "okno==1 --hash=sha256:00"),
        ("README.md", "https://www.debian.org/"),
    ],
)
def no_registry_addresses(file: File, house: House) -> Findings:
    advice = "no address of a package registry here: the machine that installs knows its own"
    for line in _lines_with(file, REGISTRY):
        yield line, advice
    for place, setting in INDEX_SETTINGS:
        if place.search(file.path):
            for line in _lines_with(file, setting):
                yield line, advice


@rule(
    lambda file: file.is_python and file.is_test,
    bad=[
        ("okno/desk/tests/test_a.py", "from unittest import mock"),
        ("okno/desk/tests/test_a.py", "import unittest.mock"),
        ("okno/desk/tests/test_a.py", "from unittest.mock import patch"),
        ("okno/desk/tests/test_a.py", "import pytest_mock"),
        ("tests/test_a.py", "def test_a(monkeypatch): pass"),
        ("tests/conftest.py", "import pytest\nx = pytest.MonkeyPatch()"),
        ("tests/test_a.py", "x = MagicMock()"),
    ],
    good=[("okno/desk/tests/test_a.py", "def test_a(world, smtp): assert world.alice")],
)
def no_mocks(file: File, house: House) -> Findings:
    advice = "no mocks: drive the real part (kit.http and kit.clock have fakes, mail a real server)"
    for line, full, _ in file.imports:
        if full.startswith(("unittest.mock", "mock.", "pytest_mock")) or full == "mock":
            yield line, f"{full}: {advice}"
    for argument in file.all(ast.arg):
        if argument.arg in MOCKS:
            yield argument.lineno, f"{argument.arg}: {advice}"
    for call in file.all(ast.Call):
        if dotted(call.func).rpartition(".")[2] in MOCKS | {"MonkeyPatch", "Mock"}:
            yield call.lineno, f"{dotted(call.func)}(): {advice}"


@rule(
    python,
    bad=[
        ("okno/desk/tests/test_a.py", "from okno.desk.tests.test_b import talk"),
        ("okno/desk/tests/test_a.py", "from okno.desk.tests import test_b"),
        ("okno/desk/tests/test_a.py", "from . import test_b"),
        ("okno/desk/tests/test_a.py", "from .test_b import talk"),
        ("tests/attacks/doors.py", "import okno.desk.tests.test_b"),
        ("tests/attacks/doors.py", "def pour():\n    from okno.desk.tests.test_b import talk"),
    ],
    good=[
        ("okno/desk/tests/test_a.py", "from okno.desk.tests.talks import talk"),
        ("okno/desk/tests/test_a.py", "from django.test import Client"),
        ("okno/config/settings.py", "from okno.config.env import test_run"),
    ],
)
def no_imports_from_tests(file: File, house: House) -> Findings:
    for line, full, _ in file.imports:
        if TEST_MODULE.search(full):
            yield line, f"{full}: what tests share stands in a module beside them, not in a test"


@rule(
    lambda file: file.is_python and file.name.startswith("test_"),
    bad=[
        ("tests/test_a.py", "def test_a():\n    begin()\n    time.sleep(1)\n    assert ended()"),
        ("tests/test_a.py", "async def test_a():\n    await asyncio.sleep(0.1)"),
        ("tests/test_a.py", "def test_a(tab):\n    tab.wait_for_timeout(300)"),
        ("tests/test_a.py", "class House:\n    def settle(self):\n        time.sleep(1)"),
        ("tests/test_a.py", "def test_a():\n    for _ in range(2):\n        sleep(1)"),
    ],
    good=[
        ("tests/test_a.py", "def test_a():\n    while not ended():\n        time.sleep(0.1)"),
        (
            "tests/test_a.py",
            "def test_a():\n    def slow(x):\n        time.sleep(9)\n    ask(slow)",
        ),
        ("tests/test_a.py", "def test_a():\n    ask(lambda: time.sleep(9))"),
        ("tests/test_a.py", "async def test_a():\n    await asyncio.sleep(0)"),
        ("tests/test_a.py", "def test_a():\n    time.sleep(chance.uniform(0, 1))\n    kill()"),
    ],
)
def no_waiting_for_time(file: File, house: House) -> Findings:
    """Left out: a step of polling, something slow that is tested, a moment drawn by chance."""
    advice = "wait for the thing itself (wait_until); to prove absence, for something written later"
    classes = [node for node in file.tree.body if isinstance(node, ast.ClassDef)]
    for node in [*file.tree.body, *(method for each in classes for method in each.body)]:
        for call in _calls_in(node) if isinstance(node, FUNCTIONS) else ():
            name = dotted(call.func).rpartition(".")[2]
            if name == "wait_for_timeout" or (name == "sleep" and not _is_moment(call)):
                yield call.lineno, f"{name}(): {advice}"


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that a function makes itself, outside of `while` and of functions in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*FUNCTIONS, ast.Lambda, ast.While)):
            if isinstance(child, ast.Call):
                yield child
            yield from _calls_in(child)


def _is_moment(call: ast.Call) -> bool:
    """A turn of the loop, `sleep(0)`, or drawn by chance."""
    if [ast.unparse(argument) for argument in call.args] == ["0"]:
        return True
    inside = (dotted(n.func) for n in ast.walk(call) if isinstance(n, ast.Call))
    return any(name.endswith(".uniform") for name in inside)


@rule(
    lambda file: file.is_product and file.package not in ("kit", "config"),
    bad=[
        ("okno/console/a.py", "x = int(text) if text.isdigit() else None"),
        ("okno/api/a.py", "x = given.GET['after'].isdecimal()"),
    ],
    good=[
        ("okno/console/a.py", "x = identifier(text)"),
        ("okno/kit/numbers.py", "x = int(text) if text.isdigit() else None"),
    ],
)
def numbers_are_read_in_one_way(file: File, house: House) -> Findings:
    for call in file.all(ast.Call):
        if dotted(call.func).rpartition(".")[2] in {"isdigit", "isdecimal", "isnumeric"}:
            yield call.lineno, "a number from outside is read by kit.numbers.identifier"


@rule(
    lambda file: "templates" in file.parts,
    bad=[("okno/console/templates/a.html", "{{ x.name|default:x.identity.address }}")],
    good=[
        ("okno/console/templates/a.html", "{{ x.name|default:x.text }}{{ x.a.b.c|default:'?' }}"),
        ("okno/console/templates/a.html", "{{ x.name|or_address:x.identity }}"),
    ],
)
def no_way_through_nobody_in_an_argument(file: File, house: House) -> Findings:
    for line in _lines_with(file, LONG_ARGUMENT):
        yield line, "an argument that leads through None is an error 500: let a filter take the way"
