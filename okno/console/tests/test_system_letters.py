"""M3: letters of the installation to its people obey the rules of the outbox."""

import json
import re
from email import message_from_bytes

import pytest
from django.test import Client

from okno.access.jobs import hold_letters
from okno.access.system_mail import SystemEmail
from okno.access.system_mail import post as post_system_mail
from okno.console.tests.conftest import browser_of
from okno.console.tests.mailbox import asked, post
from okno.kit import clock, crypto
from okno.spine import SYSTEM, queue, unit
from okno.spine.models import Job

pytestmark = pytest.mark.django_db
__all__ = ["post"]
CUT = [{"at": "dot", "do": "drop"}]


def work(times=10):
    """Run what is due as often as the eight tries of old."""
    for _ in range(times):
        Job.objects.filter(failed_at=None).update(run_at=clock.now())
        for run in queue.claim(local=False, limit=10):
            queue.perform([run])


def names(sink):
    return [message_from_bytes(mail.raw)["Message-ID"] for mail in sink.mails]


def recovery(world):
    asked("bob@okno.example")


def invitation(world):
    person = {"name": "Frank", "email": "frank@okno.example", "role": "agent", "language": "en"}
    browser_of(world.alice).post("/settings/people/", person)


def any_letter(world):
    with unit(SYSTEM, "test"):
        post_system_mail(SystemEmail("dan@client.example", "Your conversation", "All of it"))


@pytest.mark.parametrize("make", [recovery, invitation, any_letter])
def test_M3_a_lost_answer_after_the_final_dot_is_never_tried_again_blindly(post, quick_world, make):
    post.rules = CUT
    make(quick_world)
    work()
    assert len(names(post)) == 1
    job = Job.objects.get()
    assert job.failed_at and "may have arrived" in job.error
    page = browser_of(quick_world.alice).get("/stuck/").content.decode()
    assert "may have arrived" in page and f"/stuck/jobs/{job.pk}/retry" in page
    # A person decides: it is the same letter, by which a mail program knows it again.
    browser_of(quick_world.alice).post(f"/stuck/jobs/{job.pk}/retry")
    work()
    assert len(names(post)) == 2 and len(set(names(post))) == 1
    post.rules = []
    browser_of(quick_world.alice).post(f"/stuck/jobs/{job.pk}/retry")
    work()
    assert not Job.objects.exists() and len(set(names(post))) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"at": "rcpt", "do": "reply", "reply": "450 4.2.1 try later", "times": 2},
        {"at": "dot", "do": "reply", "reply": "451 4.3.0 try later", "times": 2},
        {"at": "data", "do": "drop", "times": 2},
    ],
    ids=["450 at rcpt", "451 at the dot", "cut at data"],
)
def test_M3_what_surely_did_not_arrive_is_tried_again_under_one_name(post, quick_world, rule):
    post.rules = [rule]
    any_letter(quick_world)
    work()
    assert not Job.objects.exists()
    assert len(names(post)) == 1


def test_M3_a_refusal_for_good_is_shown_at_once(post, quick_world):
    post.rules = [{"at": "rcpt", "do": "reply", "reply": "550 5.1.1 no such person"}]
    any_letter(quick_world)
    work(1)
    assert "550 5.1.1 no such person" in Job.objects.get(failed_at__isnull=False).error
    assert names(post) == []


def test_M3_after_a_restore_they_wait_for_a_person(post, quick_world):
    any_letter(quick_world)
    asked("bob@okno.example")
    with unit(SYSTEM, "restore"):
        assert hold_letters() == 2
    work()
    assert names(post) == []
    page = browser_of(quick_world.alice).get("/stuck/").content.decode()
    assert page.count("held since the restore") >= 2
    for job in Job.objects.all():
        browser_of(quick_world.alice).post(f"/stuck/jobs/{job.pk}/retry")
    work()
    assert len(names(post)) == 2


def test_M3_a_recovery_makes_one_link_however_often_its_letter_is_tried(post, quick_world):
    post.rules = [{"at": "rcpt", "do": "reply", "reply": "450 4.2.1 try later", "times": 3}]
    asked("bob@okno.example")
    work()
    text = post.mails[-1].raw.decode().replace("=\r\n", "").replace("=3D", "=")
    link = re.search(r"http://[^/]+(/recovery/\S+)", text)[1]
    assert len(post.mails) == 1 and Client().get(link).status_code == 200


def test_what_an_older_version_left_waiting_is_sent(post, quick_world):
    """Its jobs, by the names they have in the database, and a letter without an id."""
    letter = json.dumps(["dan@client.example", "Your conversation", "All of it"])
    with unit(SYSTEM, "test"):
        queue.enqueue("channels.house_letter", {"sealed": crypto.seal(letter)}, lane="house")
        queue.enqueue("channels.recover", {"sealed": crypto.seal("bob@okno.example")}, lane="house")
    work()
    assert not Job.objects.exists()
    sent_to = sorted(message_from_bytes(mail.raw)["To"] for mail in post.mails)
    assert sent_to == ["bob@okno.example", "dan@client.example"]
