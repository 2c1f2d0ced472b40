"""Headless Chromium of the system, driven by Playwright.

    with browser() as chromium:
        page = chromium.new_page()
    shot("http://127.0.0.1:8000/", Path("page.png"), 390, 844, dark=True, locale="ru-RU")

Playwright's synchronous interface runs an asyncio loop in its thread while it is open: Django's ORM
refuses to work there, so prepare data before or in another thread.

A browser talks HTTP, behind which it cannot see the kind of database: tests that are `in_browser`
run on SQLite only. tests/test_together.py alone runs on both.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.stands.processes import StandError, wait_until

# The same engine without windows, whose drawing costs more than most tests.
SHELL = "chromium-headless-shell"
# No sandbox: the tests run as root in containers. No background work: a page must be the only
# thing that asks the network for anything.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
in_browser = pytest.mark.skipif(
    os.environ.get("OKNO_TEST_DATABASE") == "postgres", reason="browser tests run on SQLite"
)


@contextmanager
def browser(has_windows: bool = False) -> Iterator[Browser]:
    """A running Chromium; contexts and pages made in it end with it. `has_windows`: only one of
    its pages has the focus; without, each believes so."""
    program = (not has_windows and shutil.which(SHELL)) or shutil.which("chromium")
    if program is None:
        raise StandError("Chromium is not installed: run tools/install_test_tools.sh")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, headless=True, chromium_sandbox=False, args=FLAGS
        )
        try:
            yield chromium
        finally:
            chromium.close()


def window(
    chromium: Browser,
    width: int = 1280,
    height: int = 800,
    dark: bool = False,
    locale: str = "en-US",
) -> BrowserContext:
    """A fresh session (no cookies) with a viewport in CSS pixels; Moscow time, nothing moves."""
    return chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale=locale,
        timezone_id="Europe/Moscow",
        reduced_motion="reduce",
    )


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    """Through the sign-in page to what comes after it."""
    page.goto(f"{url}/sign-in/")
    page.fill("#id_login", email)
    page.fill("#id_password", password)
    page.click("button.is-primary")


def until(page: Page, expression: str, seconds: float = 20) -> None:
    """Return when the JavaScript `expression` is true. Asked from here: what a page polls itself
    (`wait_for_function`) our own policy against `eval` stops after the first time."""
    wait_until(lambda: bool(page.evaluate(expression)), seconds, expression)


def shot(
    url: str,
    path: Path,
    width: int = 1280,
    height: int = 800,
    dark: bool = False,
    locale: str = "en-US",
    chromium: Browser | None = None,
) -> None:
    """Write a PNG of the viewport at `url` to `path`, in `chromium` or one started for it."""
    with nullcontext(chromium) if chromium else browser() as running:
        context = window(running, width, height, dark, locale)
        page = context.new_page()
        page.goto(url, wait_until="load")
        page.evaluate("document.fonts.ready.then(() => true)")
        page.screenshot(path=path)
        context.close()
