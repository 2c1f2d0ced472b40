"""C15: known and unknown, asked in turns: the same answer for the same work, and no slower.

Time is compared in the long run only: on a machine that does other things besides, a short row of
times says nothing. What costs time is counted always: questions to the database and hashings.
"""

import json
import math
import os
import re
import time

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okno.access.models import User
from okno.api.tests.conftest import make_token
from okno.desk.actions import change_channel
from okno.kit import clock
from okno.portal.form import pages, stamps
from okno.portal.tests.forms import FILLED, Person
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.stands.smtp_sink import SmtpSink
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))
TIMES = 200 if IS_LONG else 5
SMALLEST_P = 0.01


class Counting(PBKDF2PasswordHasher):
    """As slow as the real one, in proportion; counts how often it hashes."""

    iterations = 5_000
    times = 0

    def encode(self, *args, **more):
        Counting.times += 1
        return super().encode(*args, **more)


@pytest.fixture
def sink():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def asks(world, settings, sink):
    """By name: a question about something known (or not), as a function of number and fame."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    User.objects.update(password=make_password(PASSWORD))
    given = {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
    world.do(change_channel, world.alice, world.channel, settings=given)
    before, pages.WAIT_SECONDS = pages.WAIT_SECONDS, 0.0
    form = make_channel("form", "Velobaza", world.support)
    chat = make_channel("widget", "Velobaza", world.support)
    url = Person(form).request()
    work()
    number, token = url.split("/")[2:4]
    known_key = make_token(world.bob)
    prefix = known_key[:12]
    visitor = Visitor(chat).start()

    def email(n, is_known):
        return "dan@client.example" if is_known else f"no{n % 10}@client.example"

    def login(n, is_known):
        return "bob@okno.example" if is_known else f"n{n % 10}b@okno.example"

    def fill(browser, n, is_known):
        with clock.held_at(clock.now() - clock.timedelta(minutes=1)):  # not too quick
            stamp = stamps.new(f"form:{form.pk}")
        with_address = {**FILLED, "email": email(n, is_known), "stamp": stamp, "work": "0"}
        return browser.post(f"/form/{form.public_key}/", with_address)

    def track(browser, n, is_known):
        which = number if is_known else str(9 * 10 ** (len(number) - 1))
        return browser.get(f"/request/{which}/{token[:-4]}{n % 9000 + 1000}/")

    def api(browser, n, is_known):
        key = (prefix if is_known else f"okno_{n % 9000 + 1000:07}") + "x" * (len(known_key) - 12)
        return browser.get("/api/v1/tags", headers={"Authorization": f"Bearer {key}"})

    def transcript(browser, n, is_known):
        return visitor.raw("POST", "transcript/mail", {"email": email(n, is_known)})

    yield {
        "sign-in": lambda b, n, k: b.post("/sign-in/", {"login": login(n, k), "password": "wrong"}),
        "recovery": lambda b, n, k: b.post("/recovery/", {"email": login(n, k)}),
        "form": fill,
        "address of a request": track,
        "key of a program": api,
        "transcript by mail": transcript,
    }
    pages.WAIT_SECONDS = before


def measured(ask, n, is_known):
    """Seconds of this process, and what must be equal: status, body, questions, hashings."""
    cache.clear()
    browser, before = Client(raise_request_exception=False), transaction.savepoint()
    Counting.times = 0
    connection.queries_log.clear()  # it holds so many, and no more are counted
    with CaptureQueriesContext(connection) as queries:
        begun = time.process_time()
        answer = ask(browser, n, is_known)
        seconds = time.process_time() - begun
    transaction.savepoint_rollback(before)
    body = re.sub(r'[\w-]{20,}|\b[\w.-]+@\w+\.example|"detail".*', "…", answer.content.decode())
    return seconds, (answer.status_code, body, len(queries), Counting.times)


def separability(one, two):
    """p of the rank test of Mann and Whitney, both sides, by its normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in two])
    rank_sum = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(one), len(two)
    expected, spread = n * (n + m + 1) / 2, math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(rank_sum - expected) / spread / math.sqrt(2))


STATUSES = {
    "sign-in": {422}, "recovery": {200, 302}, "form": {303}, "address of a request": {404},
    "key of a program": {401}, "transcript by mail": {200, 404},
}  # fmt: skip
# A row that is there takes a little longer to read; but nobody names 42 random bits by chance, and
# who has them has seen the key.
UNGUESSABLE = {"key of a program"}
NAMES = ["sign-in", "recovery", "form", "address of a request", "key of a program",
         "transcript by mail"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_C15_known_and_unknown_cost_the_same(asks, name, capsys):
    """In turns; two rounds before the first that counts, so that nothing is met for the first
    time. Time: the better of two rows, because a neighbour may disturb one of them."""
    assert set(asks) == set(NAMES)
    best, seen = 0.0, {True: set(), False: set()}
    for n in range(2):
        measured(asks[name], n, True), measured(asks[name], n, False)
    for _ in range(2 if IS_LONG else 1):
        rows = {True: [], False: []}
        for n in range(TIMES):
            for is_known in (True, False) if n % 2 else (False, True):
                seconds, equal = measured(asks[name], n, is_known)
                rows[is_known].append(seconds)
                seen[is_known].add(json.dumps(equal))
        best = max(best, separability(rows[True], rows[False]))
    assert seen[True] == seen[False]
    assert len(seen[True]) == 1
    status = json.loads(min(seen[True]))[0]
    assert status in STATUSES[name]
    if IS_LONG and name not in UNGUESSABLE:
        assert best > SMALLEST_P
    with capsys.disabled():
        times = f"p={best:.2f}" if IS_LONG else "time in the long run only"
        print(f"\nC15 n={TIMES} known and {TIMES} unknown, {name}: the same work, {times}")


def test_the_rank_test_sees_a_difference():
    """A check that cannot fail would be none."""
    quick = [1.0 + n % 7 / 100 for n in range(100)]
    assert separability(quick, [value + 0.02 for value in quick]) < SMALLEST_P
    assert separability(quick[::2], quick[1::2]) > SMALLEST_P
