"""`okno serve` is several processes, watched and stopped as one: any of them may be killed."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.database import KIND
from tests.ledger.campaign import Campaign
from tests.stands.processes import wait_until

PARTS = {"web": 2, "worker": 1, "mailin": 1}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, server) -> Iterator[Campaign]:
    """An installation that runs, with two processes for its pages on any machine."""
    with Campaign(
        tmp_path_factory.mktemp("processes"),
        KIND,
        server=server,
        run="parts",
        settings={"OKNO_WEB_PROCESSES": str(PARTS["web"])},
    ) as found:
        yield found


@pytest.fixture
def served(campaign):
    """Its `okno serve`, whole."""
    campaign.product.start()
    parent = campaign.product.running["serve"]
    wait_until(lambda: counts(parent) == PARTS, 20, "all parts")
    return parent


def counts(parent):
    return {name: len(parent.children(name)) for name in PARTS}


@pytest.mark.parametrize("name", PARTS)
def test_r01_a_part_that_is_killed_comes_back_and_nothing_is_lost(campaign, served, name):
    campaign.traffic()
    victim = served.children(name)[0]
    os.kill(victim, signal.SIGKILL)
    campaign.traffic()
    wait_until(
        lambda: counts(served) == PARTS and victim not in served.children(name), 20, f"a new {name}"
    )
    assert served.code is None
    verdict = campaign.verdict()
    assert verdict.is_good, verdict.details


def test_r01_what_runs_ends_with_a_parent_that_is_killed(campaign, served):
    children = [pid for name in PARTS for pid in served.children(name)]
    campaign.traffic()
    served.signal(signal.SIGKILL)
    served.wait(5)
    wait_until(lambda: not any(map(is_there, children)), 12, "the end of all parts")
    verdict = campaign.verdict()
    assert verdict.is_good, verdict.details


def is_there(pid):
    """Whether the process runs; one that nobody has waited for yet does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_clean_stop_leaves_no_part_behind(campaign, served):
    children = [pid for name in PARTS for pid in served.children(name)]
    seconds = campaign.product.stop()
    assert served.code == 0
    assert seconds < 10
    assert not any(map(is_there, children))


def test_a_part_that_cannot_begin_stops_the_start(campaign):
    """A certificate that cannot be read is told by the part that needs it."""
    campaign.product.stop()
    done = campaign.product.command(
        "serve", settings={"OKNO_SMTP_CERT": "/nowhere/cert", "OKNO_SMTP_KEY": "/nowhere/key"}
    )
    assert done.returncode == 1
    assert b"okno: " in done.stderr and b"Traceback" not in done.stderr
