"""Reads of accepted items, and of work that is stuck."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from okno.access.policy import NotVisible, can
from okno.channels.models import Inbound
from okno.desk import keyset
from okno.desk.contract import abilities
from okno.desk.models import Message
from okno.kit import clock
from okno.spine import Actor
from okno.spine.models import Job, Parked, Schedule

UNFINISHED_SECONDS = 120


def inbound_of(message: Message) -> Inbound:
    """The accepted item behind a message that the caller may see; raises NotVisible."""
    key = message.inbound_id
    found = Inbound.objects.filter(pk=key).first() if key is not None else None
    if found is None:
        raise NotVisible("inbound")
    return found


def originals(messages: Sequence[Message]) -> frozenset[int]:
    """Ids of those messages whose original a person would want to see: what came as a letter, and
    what could not be read, whatever it was. The words of a chat or form are all there is of them.
    """
    behind = {m.inbound_id: m.pk for m in messages if m.inbound_id is not None}
    if not behind:
        return frozenset()
    kinds = [kind for kind in abilities.names() if abilities.get(kind).letters]
    is_worth = Q(channel__kind__in=kinds) | Q(state=Inbound.State.UNREADABLE)
    rows = Inbound.objects.filter(is_worth, pk__in=behind).values_list("pk", flat=True)
    return frozenset(behind[pk] for pk in rows)


def inbound(actor: Actor, inbound_id: int) -> Inbound:
    """An accepted item, for those who mend what is stuck; raises NotVisible."""
    found = Inbound.objects.filter(pk=inbound_id).first() if can(actor, "stuck.view") else None
    if found is None:
        raise NotVisible("inbound")
    return found


def stuck_inbound(actor: Actor, *, after: str = "") -> tuple[list[Inbound], str]:
    """A page of items nobody could read, and of those not read for two minutes, oldest first; no
    bodies. And the key of the next page; raises BadKey."""
    if not can(actor, "stuck.view"):
        return [], ""
    late = clock.now() - timedelta(seconds=UNFINISHED_SECONDS)
    rows = Inbound.objects.select_related("channel").defer("body")
    # The condition of the index, and what we mean.
    rows = rows.filter(state__in=(Inbound.State.NEW, Inbound.State.UNREADABLE))
    rows = rows.filter(Q(state=Inbound.State.UNREADABLE) | Q(received_at__lt=late))
    return keyset.page(rows, "received_at", after, keyset.PAGE)


def failed_jobs(actor: Actor, *, after: str = "") -> tuple[list[Job], str]:
    """A page of jobs that a person must look at, oldest first, and the key of the next one."""
    if not can(actor, "stuck.view"):
        return [], ""
    rows = Job.objects.filter(failed_at__isnull=False)
    return keyset.page(rows, "failed_at", after, keyset.PAGE)


def failed_job(actor: Actor, job_id: int) -> Job:
    """One failed job; raises NotVisible."""
    found = Job.objects.filter(pk=job_id, failed_at__isnull=False).first()
    if found is None or not can(actor, "stuck.view"):
        raise NotVisible("job")
    return found


def failing_timers(actor: Actor, *, after: str = "") -> tuple[list[Schedule], str]:
    """A page of timers that keep failing, oldest first, and the key of the next one."""
    if not can(actor, "stuck.view"):
        return [], ""
    rows = Schedule.objects.filter(failed_at__isnull=False)
    return keyset.page(rows, "failed_at", after, keyset.PAGE)


def failing_timer(actor: Actor, timer_id: int) -> Schedule:
    """One timer that keeps failing; raises NotVisible."""
    found = Schedule.objects.filter(pk=timer_id, failed_at__isnull=False).first()
    if found is None or not can(actor, "stuck.view"):
        raise NotVisible("timer")
    return found


def parked(actor: Actor, *, after: str = "") -> tuple[list[Parked], str]:
    """A page of the first events of subjects that a reader could not take, oldest first, and the
    key of the next one."""
    if not can(actor, "stuck.view"):
        return [], ""
    return keyset.page(Parked.objects.filter(~Q(error="")), "event_id", after, keyset.PAGE)


def parked_event(actor: Actor, parked_id: int) -> Parked:
    """One parked event; raises NotVisible."""
    found = Parked.objects.filter(pk=parked_id).first()
    if found is None or not can(actor, "stuck.view"):
        raise NotVisible("parked event")
    return found
