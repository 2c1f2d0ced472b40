"""Items that wait together are read together; a bad one goes alone and is shown."""

import pytest

from okno.channels import reading
from okno.channels.contract import Raw
from okno.channels.email.tests.letters import run_jobs, take, write
from okno.channels.intake import Arrival, accept, accept_all, raw_body
from okno.channels.models import Inbound, Position
from okno.desk.models import Message
from okno.kit import clock, failpoint
from okno.spine.models import Job


@pytest.fixture(autouse=True)
def disarm():
    yield
    failpoint.arm("")


def arrivals(world, count: int) -> list[Arrival]:
    return [Arrival(world.channel.pk, Raw(write({"Subject": f"{n}"}))) for n in range(count)]


def test_many_items_are_one_commit_each_way(world):
    ids = accept_all(arrivals(world, 30))
    assert len(set(ids)) == 30 and Job.objects.count() == 30
    run_jobs()
    assert Message.objects.count() == 30
    assert not Job.objects.exists()
    assert set(Inbound.objects.values_list("state", flat=True)) == {"done"}


def test_the_same_bytes_twice_are_one_item(world):
    first, second, third = accept_all([*arrivals(world, 1) * 2, *arrivals(world, 1)])
    assert (first is not None, second, third is not None) == (True, None, True)


def test_a_position_moves_in_the_same_commit(world):
    raw = Raw(write({}))
    failpoint.arm("raw.before_commit=raise")
    with pytest.raises(failpoint.Failure):
        accept(world.channel.pk, raw, position=("INBOX", {"uid": 7}))
    assert not Position.objects.exists() and not Inbound.objects.exists()
    accept(world.channel.pk, raw, position=("INBOX", {"uid": 7}))
    assert accept(world.channel.pk, raw, position=("INBOX", {"uid": 8})) is None
    assert Position.objects.get().value == {"uid": 8}


def again() -> None:
    Job.objects.update(run_at=clock.now())
    run_jobs()


@pytest.mark.parametrize("point", ["parse.before_commit", "parse.after_message_before_attachments"])
def test_R02_a_failed_batch_is_read_one_by_one(world, point):
    accept_all(arrivals(world, 5))
    failpoint.arm(f"{point}=raise")
    run_jobs()
    assert Message.objects.count() == 5
    assert {inbound.state for inbound in Inbound.objects.all()} == {"done"}


def test_R02_an_item_that_always_fails_is_shown_and_holds_up_nobody(world):
    """The failpoint stands for an item that breaks the desk: each first letter of a unit fails."""
    accept_all(arrivals(world, 1))
    failpoint.arm("parse.before_commit=raise@*")
    for _ in range(reading.MOST_TRIES):
        again()
    assert not Message.objects.exists()
    failpoint.arm("")
    again()
    stub = Message.objects.get()
    assert stub.notices[0] == "unreadable"
    assert Inbound.objects.get().state == "unreadable"
    assert take(world.channel, write({})).notices == []


def test_a_large_item_lies_in_a_file(world):
    raw = write({}, "x" * 200_000)
    pk = accept(world.channel.pk, Raw(raw))
    inbound = Inbound.objects.get(pk=pk)
    assert (bytes(inbound.body), raw_body(inbound)) == (b"", raw)
