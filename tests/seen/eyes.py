"""What is looked for on every page: axe's rules, console errors, foreign hosts, width, weight."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tests.stands.processes import StandError

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
# What WCAG 2.2 AA asks for. A letter's frame shows the words of a client, not ours.
RUN = """async () => (await axe.run(document, {
    iframes: false,
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
})).violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.target.join(" ")}: ${node.any[0]?.message ?? rule.help}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
FIRST_VISIT_BYTES = 100_000
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@lru_cache(maxsize=1)
def axe() -> str:
    if not AXE.is_file():
        raise StandError("axe-core is not installed: run `npm ci` in frontend/")
    return AXE.read_text()


IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))


class Eyes:
    """Watches the pages of a context; `wrong` holds what must not be, `hosts` who was asked."""

    def __init__(self, context: BrowserContext) -> None:
        self.looks = 0
        self.wrong: list[str] = []
        self.hosts: set[str] = set()
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"script: {error.error}"))
        context.on("request", self._asked)

    def _said(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.wrong.append(f"{line.location.get('url')}: {line.text}")

    def _asked(self, request: Request) -> None:
        if request.url.startswith("http"):
            self.hosts.add(urlsplit(request.url).netloc)

    def look(self, page: Page, name: str) -> None:
        """Ask axe about what is shown, and whether a phone would scroll it sideways."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(axe())
        for fault in page.evaluate(RUN):
            self.wrong.append(f"{name}: {fault}")
        over = page.evaluate(TOO_WIDE)
        if over > 0:
            self.wrong.append(f"{name}: {over} px too wide")

    def look_twice(self, page: Page, path: str) -> None:
        """The same page on a desk and on a phone; in a short run by turns on one of them."""
        self.looks += 1
        for size in (PHONE, DESK) if IS_LONG else ((PHONE, DESK)[self.looks % 2],):
            page.set_viewport_size(size)
            self.look(page, f"{path} at {size['width']}")


@contextmanager
def weighed(page: Page) -> Iterator[dict[str, int]]:
    """The bytes that come over the wire meanwhile, as they were compressed, by address."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    names: dict[str, str] = {}
    bytes_of: dict[str, int] = {}
    wire.on(
        "Network.responseReceived",
        lambda said: names.update({said["requestId"]: said["response"]["url"]}),
    )
    wire.on(
        "Network.loadingFinished",
        lambda said: bytes_of.update(
            {names.get(said["requestId"], said["requestId"]): int(said["encodedDataLength"])}
        ),
    )
    yield bytes_of
    wire.detach()
