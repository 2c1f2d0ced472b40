"""System mail leaves by whoever registered; access knows none of them by name."""

import pytest

from okno.access import system_mail
from okno.access.system_mail import SystemEmail
from okno.kit.outcomes import Refused, Retry, Sent, Unknown
from okno.spine import SYSTEM, queue, unit
from okno.spine.models import Job

pytestmark = pytest.mark.django_db


class Pigeons:
    """A sender above, with a way out while it has an outcome: the letter crosses, then it is so."""

    outcome = None

    def __init__(self):
        self.letters = []

    def way_out(self):
        return self.send if self.outcome else None

    def send(self, letter, at_risk):
        at_risk()
        self.letters.append((letter.to, letter.subject, letter.text))
        return self.outcome


# Registered once like any sender; without outcomes they know no way out and harm no other test.
LOFTS = [Pigeons() for _ in range(3)]
for number, one in enumerate(LOFTS):
    system_mail.senders.add(f"test{number}", one.way_out)


@pytest.fixture
def register():
    """Give the senders of this test their outcomes; there is no channel that could send."""

    def given(*outcomes):
        for loft, outcome in zip(LOFTS, outcomes, strict=False):
            loft.outcome = outcome
            loft.letters.clear()
        return LOFTS

    yield given
    given(None, None, None)


def work():
    with unit(SYSTEM, "test"):
        system_mail.post(SystemEmail("bob@okno.example", "Hello", "Here is your link"))
    for run in queue.claim(local=False, limit=10):
        queue.perform([run])


def test_a_letter_leaves_by_the_first_sender_that_can(register):
    closed, first, second = register(None, Sent("1"), Sent("2"))
    work()
    assert first.letters == [("bob@okno.example", "Hello", "Here is your link")]
    assert closed.letters == second.letters == [] and not Job.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "is_for_a_person", "words"),
    [
        (Retry("come back later"), False, "NoWayOut"),
        (Refused("no such loft"), True, "no such loft"),
        (Unknown("lost sight of it"), True, "the letter may have arrived: lost sight of it"),
    ],
)
def test_what_did_not_leave_waits_or_is_shown(register, outcome, is_for_a_person, words):
    register(outcome)
    work()
    job = Job.objects.get()
    assert bool(job.failed_at) is is_for_a_person and words in job.error


def test_without_a_sender_the_letter_waits_sealed(register):
    register(None)
    work()
    job = Job.objects.get()
    assert job.failed_at is None and "NoWayOut" in job.error
    assert "Here is your link" not in str(job.args)
