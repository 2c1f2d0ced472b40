"""The files of the project as the rules see them: read and parsed once, never imported."""

import ast
import configparser
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
CACHES = {f".{tool}_cache" for tool in ("mypy", "ruff", "pytest", "import_linter")}
NOT_OURS = frozenset({".git", ".venv", "node_modules", "__pycache__", ".hypothesis", *CACHES})
BIGGEST_SOURCE = 2_000_000  # bytes; a larger file is data, not something a person reads

Node = TypeVar("Node", bound=ast.AST)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class File:
    """One file; `path` is relative to the root of the repository, with slashes."""

    path: str
    text: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def package(self) -> str:
        """`desk` for okno/desk/actions.py; empty outside of the packages of okno."""
        return self.parts[1] if self.parts[0] == "okno" and len(self.parts) > 2 else ""

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_python(self) -> bool:
        return self.name.endswith(".py")

    @property
    def is_test(self) -> bool:
        return "tests" in self.parts or self.name == "conftest.py"

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts

    @property
    def is_product(self) -> bool:
        """Python that goes into the wheel and is written by hand."""
        ours = self.is_python and self.parts[0] == "okno"
        return ours and not self.is_test and not self.is_migration

    @property
    def is_template(self) -> bool:
        return self.parts[0] == "okno" and "templates" in self.parts

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in ast.walk(self.tree):
            found[type(node)].append(node)
        return found

    def all(self, kind: type[Node]) -> list[Node]:
        return self._by_type.get(kind, [])  # type: ignore[return-value]  # keyed by the type itself

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [*self.all(ast.FunctionDef), *self.all(ast.AsyncFunctionDef)]

    @cached_property
    def imports(self) -> list[tuple[int, str, str]]:
        """(line, full dotted name, name it is bound to); relative imports made absolute."""
        return list(imports_in(self, [*self.all(ast.Import), *self.all(ast.ImportFrom)]))

    @cached_property
    def bound(self) -> dict[str, str]:
        """Local name -> full dotted name of what was imported under it."""
        return {local: full for _, full, local in self.imports}

    @cached_property
    def docstrings(self) -> set[int]:
        """Ids of the constants that are docstrings or bare strings: prose, not code."""
        return {id(node.value) for node in self.all(ast.Expr)}


def imports_in(
    file: File, nodes: Sequence[ast.Import | ast.ImportFrom]
) -> Iterator[tuple[int, str, str]]:
    """(line, full dotted name, name it is bound to) of each thing imported."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, alias.asname or alias.name
            continue
        base = node.module or ""
        if node.level:
            here = [*file.path.split("/")[:-1]]
            base = ".".join([*here[: len(here) - node.level + 1], *filter(None, [base])])
        for alias in node.names:
            yield node.lineno, f"{base}.{alias.name}", alias.asname or alias.name


def dotted(node: ast.AST) -> str:
    """`a.b.c` for names and attributes; a call or subscript on the way becomes `()`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "()"


def text_of(node: ast.AST | None) -> str:
    """The text a string constant (or the fixed start of an f-string) holds, else empty."""
    if isinstance(node, ast.JoinedStr):
        return text_of(node.values[0]) if node.values else ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


class House:
    """All files together, and the few facts that rules need of more than one file."""

    def __init__(self, files: list[File], floors: list[set[str]]) -> None:
        self.files = files
        self.floors = floors

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Channel kinds: the folders under okno/channels/ that hold an adapter.py."""
        adapters = (f.parts for f in self.files if f.name == "adapter.py")
        return frozenset(p[2] for p in adapters if p[:2] == ("okno", "channels") and len(p) == 4)

    @cached_property
    def many_to_many(self) -> frozenset[str]:
        """Names of many-to-many fields: `.add()` on one of them writes rows."""
        names = set()
        for file in self.files:
            if file.is_product and (file.name == "models.py" or "models" in file.parts):
                names |= set(re.findall(r"(\w+)\s*(?::[^=\n]+)?=\s*models\.ManyToMany", file.text))
        return frozenset(names)

    @cached_property
    def network_rooms(self) -> frozenset[str]:
        """Modules of kit that open connections: no unit of work may hold one of them."""
        doors = {"httpx", "socket", "smtplib", "imaplib", "imapclient"}
        kit = (file for file in self.files if file.is_product and file.package == "kit")
        return frozenset(
            file.module
            for file in kit
            if doors & {full.split(".")[0] for _, full, _ in file.imports}
        )

    def floor_of(self, package: str) -> int | None:
        """0 is the ground; None for a package that .importlinter does not list."""
        return next((i for i, names in enumerate(self.floors) if package in names), None)


def floors_of_house() -> list[set[str]]:
    """The floors of .importlinter, lowest first."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = config["importlinter:contract:floors"]["layers"].split("\n")
    return [set(re.findall(r"\w+", line)) for line in reversed(layers) if line.strip()]


def tracked_paths() -> list[str]:
    """What git holds or would take; every file where there is no git (an unpacked archive)."""
    hidden = [f"--exclude={name}" for name in sorted(NOT_OURS)]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *hidden]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return sorted(set(filter(None, listed.stdout.split("\0"))))
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not NOT_OURS & set(path.parts))


def read_house() -> House:
    files = []
    for path in tracked_paths():
        place = ROOT / path
        if NOT_OURS & set(Path(path).parts) or not place.is_file() or place.is_symlink():
            continue
        if place.stat().st_size <= BIGGEST_SOURCE:
            raw = place.read_bytes()
            if b"\0" not in raw:
                files.append(File(path, raw.decode("utf-8", "replace")))
    return House(files, floors_of_house())
