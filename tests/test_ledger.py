"""The promise, counted: processes are killed at every failpoint and at random, nothing is lost."""

import os
from collections.abc import Iterator

import pytest

from tests.database import KIND
from tests.ledger.campaign import Campaign
from tests.ledger.letters import MAILBOX
from tests.ledger.walk import COMMANDS, SERVING, UNKNOWING, points_in_code, step

IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))


def say(capsys, verdict, what):
    with capsys.disabled():
        print(f"\n{verdict} ({KIND}, {what})")


@pytest.fixture(scope="module")
def walked(tmp_path_factory, server) -> Iterator[tuple[Campaign, dict[str, int | None]]]:
    """One installation, killed at one point after the other, never stopped cleanly between."""
    folder = tmp_path_factory.mktemp("walk")
    with Campaign(folder, KIND, server=server, run="walk") as campaign:
        yield campaign, {point: step(campaign, point).code for point in SERVING}


def test_every_failpoint_of_the_product_is_walked():
    assert points_in_code() == set(SERVING) | COMMANDS


@pytest.mark.parametrize("point", SERVING)
def test_a_process_dies_at(walked, point):
    assert walked[1][point] == -9, f"nothing passed {point}"


def test_r01_r02_nothing_is_lost_or_doubled_by_a_kill_at_any_point(walked, capsys):
    campaign = walked[0]
    verdict = campaign.verdict()
    say(capsys, verdict, f"kills at {len(SERVING)} points")
    assert verdict.is_good, verdict.details
    assert verdict.unreadable == 0, verdict.details
    # Killed once at each of these, with the letter out and no answer kept.
    assert verdict.uncertain >= len(UNKNOWING), verdict.details
    kept = [letter.raw for letter in campaign.dovecot.folder(MAILBOX, "Sent")]
    assert kept and len(set(kept)) == len(kept), "a sent letter was kept twice"


def test_failures_delays_and_cuts_at_points_change_nothing(walked, capsys):
    campaign = walked[0]
    before = campaign.verdict().uncertain
    campaign.product.stop()
    log = campaign.product.folder / "points"
    acts = {
        "raw.before_commit": "raise",
        "parse.before_commit": "raise",
        "file.after_temp_write": "raise",
        "job.after_claim": "sleep:2",
        "outbox.after_claim": "raise",
        "smtp.before_data": "cut",
        "smtp.after_final_dot_before_reply": "cut",
        "event.after_append_before_publish": "raise@3",
    }
    text = ";".join(f"{point}={action}" for point, action in acts.items())
    campaign.product.start_part("serve", failpoints=text, settings={"OKNO_FAILPOINT_LOG": str(log)})
    campaign.driver.send("smtp", 2, answered=2)
    campaign.driver.send("smtp", is_big=True)
    verdict = campaign.verdict()
    say(capsys, verdict, f"{len(acts)} points failing, late or cut")
    assert set(acts) <= set(log.read_text().split())
    assert verdict.is_good, verdict.details
    assert verdict.uncertain == before + 1


def test_r01_r02_r03_random_kills_under_load(tmp_path, server, capsys):
    kills = 50 if IS_LONG else 4
    # On PostgreSQL pages, worker and doors are processes of their own, killed one by one.
    with Campaign(
        tmp_path, KIND, server=server, is_apart=KIND == "postgres", run="random"
    ) as campaign:
        campaign.random_kills(kills)
        verdict = campaign.verdict()
    say(capsys, verdict, f"{kills} random kills")
    assert verdict.is_good, verdict.details
