"""B01 and B10 in a real browser: each of the two walls holds alone."""

import re

import pytest

from okno.console.tests.conftest import browser_of, desk
from okno.kit.html import outgoing_html, safe_html, text_to_html
from okno.portal.tests.sites import site
from tests.attacks.alarm import AUDIT, STIR, watched
from tests.attacks.vectors import bundles, every, sample
from tests.stands.browser import browser

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk"]
AT_ONCE = 30
IN_ONE = 10


def sanitised(path):
    """All vectors, each cut down by one of the ways in which the product shows words."""
    show = {"safe": safe_html, "outgoing": outgoing_html, "text": text_to_html}[path[1:]]
    parts = [
        f'<div class="vector" data-number="{number}">{show(vector)}</div>'
        for number, vector in enumerate(every())
    ]
    return {}, "<!DOCTYPE html><title>x</title>" + "".join(parts)


def test_B01_B10_the_sanitiser_alone_lets_nothing_run_or_leave_its_place(capsys):
    """No policy, no sandbox: what the sanitiser gives, as a browser reads it."""
    with site(sanitised) as origin, browser() as chromium:
        for way in ("safe", "outgoing", "text"):
            with watched(chromium) as (context, alarm):
                tab = context.new_page()
                tab.goto(f"{origin}/{way}")
                assert tab.locator(".vector").count() == len(every())
                assert tab.evaluate(AUDIT) == []
                assert tab.evaluate(STIR) > len(every())
                assert alarm.ran == []
                assert alarm.elsewhere(origin) == []
    with capsys.disabled():
        print(f"\nB01 n={len(every())} vectors by 3 ways: 0 ran (sanitiser alone, no policy)")


MODES = {
    "frame and policy": (True, True),
    "policy alone": (False, True),
    "frame alone": (True, False),
    "neither": (False, False),
}


def framed(letters, policy, sandbox):
    """Pages of frames that show letters as they are, behind some of the walls."""
    bare = re.sub(r"sandbox[^;]*;", "", policy)

    def page(path):
        kind, mode, number = path[1:].split("/")
        in_frame, has_policy = MODES[mode.replace("_", " ")]
        if kind == "letter":
            headers = {"Content-Security-Policy": policy if in_frame else bare}
            return (headers if has_policy else {}), letters[int(number)]
        start = int(number)
        wall = f' sandbox="{sandbox}"' if in_frame else ""
        numbers = range(start, min(start + AT_ONCE, len(letters)))
        frames = [f'<iframe{wall} src="/letter/{mode}/{n}"></iframe>' for n in numbers]
        return {}, "<!DOCTYPE html><title>x</title>" + "".join(frames)

    return page


def walls(world, desk):
    """The policy and the sandbox that the product itself gives a letter."""
    agent = browser_of(world.bob)
    policy = agent.get(f"/messages/{desk.message.pk}/html/")["Content-Security-Policy"]
    thread = agent.get(f"/conversations/{desk.conversation.pk}/").content.decode()
    return policy, re.search(r'<iframe class="letter"[^>]* sandbox="([^"]*)"', thread)[1]


def test_B01_the_frame_and_its_policy_hold_without_the_sanitiser(world, desk, capsys):
    vectors = sample(60)
    letters = bundles(vectors, IN_ONE)
    page = framed(letters, *walls(world, desk))
    ran = {}
    with site(page) as origin, browser() as chromium:
        for mode in MODES:
            with watched(chromium) as (context, alarm):
                tab = context.new_page()
                for start in range(0, len(letters), AT_ONCE):
                    tab.goto(f"{origin}/page/{mode.replace(' ', '_')}/{start}")
                    assert tab.url.startswith(f"{origin}/page/")
                ran[mode] = alarm.ran
    # The alarm rings when nothing holds: otherwise the rest would prove nothing.
    assert len(ran.pop("neither")) > len(vectors) // 10
    assert ran == {"frame and policy": [], "policy alone": [], "frame alone": []}
    with capsys.disabled():
        print(f"\nB01 n={len(vectors)} vectors unsanitised by 3 walls: 0 ran (frame, policy, both)")
