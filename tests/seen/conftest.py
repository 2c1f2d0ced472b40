"""A browser and a demo for the tests of a file; neither outlives it, as Django's ORM and
Playwright's loop do not go together."""

import json

import pytest

from okno.portal.tests.sites import Served
from tests.stands.browser import browser, window
from tests.stands.browser import sign_in as through_the_door


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo, running, with its pages in `found`."""
    served = Served(tmp_path_factory.mktemp("demo"))
    with served.okno:
        for module in ("okno", "tests.seen.demo"):
            done = served.okno.run(["-m", module, *(["demo"] if module == "okno" else [])])
            assert done.returncode == 0, done.stderr[-2000:]
        served.found = json.loads(done.stdout)
        served.start()
        yield served


def sign_in(page, url, email, password="window-2026-open"):
    """Through the sign-in page to the console."""
    page.set_default_timeout(15_000)
    through_the_door(page, url, email, password)
    page.wait_for_selector(".shell")


@pytest.fixture
def session(chromium):
    """Makes a browser session that ends with the test."""
    made = []

    def make(**kind):
        made.append(window(chromium, **kind))
        return made[-1]

    yield make
    for context in made:
        context.close()
