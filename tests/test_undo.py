"""Taking a letter back, with the whole product killed around it: gone is gone, kept leaves once."""

import os
import random
import re
import threading
import time

import httpx
import pytest

from tests.database import KIND
from tests.ledger.campaign import Campaign
from tests.ledger.product import ADMIN, PASSWORD
from tests.stands.processes import wait_until

ROUNDS = 60 if os.environ.get("OKNO_TEST_LONG") else 3
UNDO_SECONDS = 3
# Seconds between the click and the kill: while it is on its way, right after it, and later.
MOMENTS = (0.0, None, 0.05)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, server):
    with Campaign(
        tmp_path_factory.mktemp("undo"), KIND, server=server,
        has_imap=False, run="undo", settings={"OKNO_UNDO_SECONDS": str(UNDO_SECONDS)},
    ) as found:  # fmt: skip
        yield found


class Agent:
    """Somebody at the pages of the product; the session outlives its processes."""

    def __init__(self, product):
        self.browser = httpx.Client(base_url=product.url, timeout=20, trust_env=False)
        page = self.browser.get("/sign-in/")
        form = {"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": _token(page.text)}
        answer = self.browser.post("/sign-in/", data=form, headers={"Referer": product.url})
        assert answer.status_code == 302, answer.text[:300]

    def post(self, path, **form):
        page = self.browser.get("/settings/me/")
        return self.browser.post(path, data={**form, "csrfmiddlewaretoken": _token(page.text)})


def _token(text):
    return re.search(r'csrfmiddlewaretoken" value="(\w+)"', text)[1]


def written(campaign, agent, number, words):
    """Write a letter; the message's id."""
    answer = agent.post(f"/conversations/{number}/write", text=words, key=words)
    assert answer.status_code in (200, 302), answer.text[:300]
    rows = campaign.product.database.rows
    [[message_id]] = rows("SELECT id FROM desk_message WHERE text = %s", [words])
    return message_id


def take_back(agent, message_id, answers):
    try:
        answers.append(agent.post(f"/messages/{message_id}/unsend").status_code)
    except httpx.HTTPError as error:  # killed before it could answer
        answers.append(type(error).__name__)


def is_there(campaign, message_id):
    return bool(campaign.product.database.rows(
        "SELECT 1 FROM desk_message WHERE id = %s", [message_id]
    ))  # fmt: skip


def copies(campaign, words):
    return sum(words.encode() in mail.raw for mail in campaign.sink.mails)


def test_what_was_taken_back_never_leaves_and_what_was_not_leaves_once(campaign, capsys):
    chance = random.Random(11)
    campaign.product.start()
    campaign.driver.send("smtp")
    campaign.driver.settle()
    rows = campaign.product.database.rows
    newest = lambda: rows("SELECT max(number) FROM desk_conversation", [])[0][0]  # noqa: E731
    wait_until(lambda: newest() is not None, 20, "the letter to be read")
    number = newest()
    agent, fates = Agent(campaign.product), []
    for turn in range(ROUNDS):
        back, stays = f"Round {turn} back .", f"Round {turn} stays ."
        first = written(campaign, agent, number, back)
        written(campaign, agent, number, stays)
        answers = []
        click = threading.Thread(target=take_back, args=(agent, first, answers))
        click.start()
        moment = MOMENTS[turn % len(MOMENTS)]
        time.sleep(chance.uniform(UNDO_SECONDS - 1, UNDO_SECONDS) if moment is None else moment)
        campaign.product.kill()
        click.join(30)
        campaign.product.start()
        fates.append((back, stays, first, answers[0]))
    for _, stays, _, _ in fates:
        wait_until(lambda stays=stays: copies(campaign, stays) > 0, 40, f"{stays!r} to leave")
    kept = [back for back, _, first, _ in fates if is_there(campaign, first)]
    for back in kept:
        wait_until(lambda back=back: copies(campaign, back) > 0, 40, f"{back!r} to leave")
    # What is sent after all that has come: a second copy would have come before it.
    waiting = "SELECT count(*) FROM spine_job WHERE name = 'channels.deliver'"
    wait_until(lambda: campaign.product.database.count(waiting) == 0, 40, "all letters to leave")
    written(campaign, agent, number, "Afterwards .")
    wait_until(lambda: copies(campaign, "Afterwards .") > 0, 40, "what was sent after them")
    for back, stays, first, answer in fates:
        assert copies(campaign, stays) == 1, stays
        assert copies(campaign, back) == (1 if back in kept else 0), (back, answer)
        if answer in (200, 302, 303):
            assert not is_there(campaign, first), f"{back!r} was taken back, said the page"
    with capsys.disabled():
        gone = len(fates) - len(kept)
        print(
            f"\nUndo n={ROUNDS} kills around taking back: {gone} gone and never sent,"
            f" {ROUNDS + len(kept)} left and sent once ({KIND})"
        )
