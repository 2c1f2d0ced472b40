"""L7: what is stuck has all its pages, on the page and by the API, and its counts count all."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from okno.access.actions import create_token
from okno.channels.models import Inbound
from okno.console.tests.conftest import browser_of
from okno.desk import queries
from okno.desk.models import Delivery
from okno.kit import clock
from okno.spine import SYSTEM, unit
from okno.spine.models import Job, Parked, Schedule

pytestmark = pytest.mark.django_db
MANY = 237


@pytest.fixture
def stuck(world):
    """Many of each kind; ten at a time share an instant."""
    message = world.letter()
    at = clock.now() - timedelta(hours=1)
    when = [at + timedelta(seconds=number // 10) for number in range(MANY)]
    Delivery.objects.bulk_create(
        Delivery(
            message=message,
            channel=world.channel,
            medium="letter",
            address=f"n{number}@client.example",
            state="queued" if number % 2 else "uncertain",
            is_held=bool(number % 2),
            changed_at=moment,
        )
        for number, moment in enumerate(when)
    )
    Inbound.objects.bulk_create(
        Inbound(channel=world.channel, sha256=f"{n:064}", size=1, state="unreadable", received_at=m)
        for n, m in enumerate(when)
    )
    Job.objects.bulk_create(
        Job(name="channels.deliver", run_at=m, created_at=m, failed_at=m) for m in when
    )
    Schedule.objects.bulk_create(
        Schedule(
            name="conversation.wake", key=f"t{n}", due_at=m, failed_at=m, attempts=3, error="no"
        )
        for n, m in enumerate(when)
    )
    Parked.objects.bulk_create(
        Parked(reader="channels.outbox", event_id=n, subject_type="message", subject_id=n,
               error="ValueError: no", created_at=m)
        for n, m in enumerate(when)
    )  # fmt: skip
    return world


def walk(client, limit=""):
    """All pages of the API's list; yields each page's items."""
    after = ""
    while True:
        answer = client.get(f"/api/v1/stuck?after={after}{limit}")
        assert answer.status_code == 200, answer.content
        yield answer.json()["items"]
        after = answer.json()["next"]
        if not after:
            return


@pytest.fixture
def program(stuck):
    with unit(SYSTEM, "test"):
        _, text = create_token(SYSTEM, stuck.alice, scopes=["admin"])
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.mark.parametrize("limit", ["", "&limit=7", "&limit=200"])
def test_l7_the_api_walks_through_all_of_them(program, limit):
    ids = [item["id"] for items in walk(program, limit) for item in items]
    wanted = Delivery.objects.order_by("changed_at", "pk").values_list("pk", flat=True)
    assert ids == list(wanted) and len(ids) == MANY


def test_l7_none_is_skipped_while_others_are_decided(program):
    before = set(Delivery.objects.values_list("pk", flat=True))
    seen = set()
    for items in walk(program, "&limit=20"):
        seen.update(item["id"] for item in items)
        for item in items[::3]:
            if item["state"] == "uncertain":
                path = f"/api/v1/deliveries/{item['id']}/mark-sent"
                done = program.post(path, content_type="application/json")
                assert done.status_code == 200, done.content
    assert seen == before


@pytest.mark.parametrize(
    "key", ["x", "1", "1.x", ".", "²." + "1", "9" * 18 + ".1", "-1.1", "1.1.1"]
)
def test_l7_a_foreign_page_key_is_refused(program, key):
    assert program.get("/api/v1/stuck", {"after": key}).status_code == 400


@pytest.mark.parametrize("name", ["deliveries", "inbound", "jobs", "timers", "parked"])
def test_l7_each_list_of_the_page_can_be_walked_to_its_end(stuck, name):
    browser, path, rows = browser_of(stuck.alice), "/stuck/", 0
    sizes = []
    for _ in range(5):
        page = browser.get(path).content.decode()
        found = re.search(rf'<section id="{name}">.*?</section>', page, re.S)
        assert found, path
        rows = found[0].count("<tr>") - 1
        sizes.append(rows)
        following = re.search(r'href="(\?[^"]*)"[^>]*>Further', found[0])
        if following is None:
            break
        path = "/stuck/" + following[1].partition("#")[0].replace("&amp;", "&")
    assert sizes == [100, 100, 37]
    assert "To the beginning" in found[0]


def test_l7_all_held_ones_are_counted_and_released(stuck):
    browser = browser_of(stuck.alice)
    assert f"Release {MANY // 2} held messages" in browser.get("/stuck/").content.decode()
    assert browser.get("/stuck/", {"deliveries": "nonsense"}).status_code == 200
    page = browser.post("/stuck/release", follow=True).content.decode()
    assert f"{MANY // 2} messages released" in page
    assert queries.count_held(stuck.alice) == 0


def test_a_timer_that_keeps_failing_is_tried_again_or_forgotten(stuck):
    browser = browser_of(stuck.alice)
    first, second = Schedule.objects.order_by("pk")[:2]
    page = browser.post(f"/stuck/timers/{first.pk}/retry", follow=True).content.decode()
    assert "It will be tried again now" in page
    first.refresh_from_db()
    assert (first.attempts, first.due_at > second.due_at) == (0, True)
    page = browser.post(f"/stuck/timers/{second.pk}/forget", follow=True).content.decode()
    assert "Forgotten" in page
    assert not Schedule.objects.filter(pk=second.pk).exists()
