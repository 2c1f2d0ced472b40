"""What someone outside may read: what they wrote, and what was sent to them.

The one read of every client's door. It goes by message, not by conversation, so that merging two
conversations never shows one client the words of another. Notes are another table, which nothing
here asks.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Window

from okno.access.models import Agent
from okno.access.policy import NotVisible
from okno.contacts.models import Identity
from okno.contacts.queries import family_of
from okno.desk.contract import DeliveryState
from okno.desk.models import Attachment, Conversation, Delivery, Direction, Message, Status
from okno.kit import clock
from okno.spine import rows, statements

PAGE = 50
# A reply held back a moment may be sent after a later one: a page asks this far back again.
LATE = timedelta(minutes=10)
ARRIVED = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


def identity(kind: str, address: str) -> Identity | None:
    """The identity of a client's door by its own address, with its contact."""
    return rows.one(Identity, ("contact",), kind=kind, address=address)


def of(me: Identity) -> QuerySet[Message]:
    """Messages that this identity wrote or got, in order."""
    return _rows().filter(_readable(me.pk, *_talks(me))).order_by("pk")


def _readable(identity_id: int, *talks: int) -> Q:
    got = Q(direction=Direction.OUT, conversation_id__in=talks)
    wrote = Q(direction=Direction.IN, identity_id=identity_id)
    return wrote | got & Q(Exists(_delivered(identity_id)))


def _talks(me: Identity) -> Sequence[int]:
    """Conversations of this identity and where they were merged into, however often."""
    numbers: set[int] = set()
    found = statements.lists(_own_talks, me.pk, _head(me))
    while found:
        numbers.update(number for number, _ in found)
        ahead = {into for _, into in found if into} - numbers
        found = [list(pair) for pair in _heads(ahead)]
    return statements.filled(sorted(numbers))


def _heads(numbers: set[int]) -> list[tuple[int, int | None]]:
    return rows.flat(Conversation, ("number", "merged_into_id"), number__in=list(numbers))


def _head(me: Identity) -> int:
    return me.contact.merged_into_id or me.contact_id


def _own_talks(identity_id: int, head: int) -> QuerySet[Any, Any]:
    talks = Conversation.objects.filter(family_of(head), identity_id=identity_id)
    return talks.order_by("pk").values_list("pk", "merged_into_id")


def page(me: Identity, *, after: int = 0, before: int | None = None) -> list[Message]:
    """The newest messages, those before an id, or those after one with what came late."""
    found = of(me)
    if before is not None:
        found = found.filter(pk__lt=before)
    elif after:
        late = _delivered(me.pk).filter(changed_at__gt=clock.now() - LATE)
        return list(found.filter(Q(pk__gt=after) | Q(Exists(late)))[:PAGE])
    return list(found.reverse()[:PAGE])[::-1]


def everything(me: Identity, most: int = 1000) -> tuple[list[Message], bool]:
    """The correspondence for a transcript: the newest `most` messages of it, in order, and whether
    there are earlier ones."""
    newest = list(of(me).reverse()[: most + 1])
    return newest[:most][::-1], len(newest) > most


def newest(me: Identity) -> tuple[int, int]:
    """Count and last id of what can be read: it changes whenever there is something new."""
    found = statements.lists(_newest, me.pk, *_talks(me))
    return (found[0][0], found[0][1]) if found else (0, 0)


def _newest(identity_id: int, *talks: int) -> QuerySet[Any, Any]:
    mine = Message.objects.filter(_readable(identity_id, *talks)).order_by("-pk")
    return mine.annotate(count=Window(Count("pk"))).values_list("count", "pk")[:1]


def pictured(me: Identity, picture: str) -> Agent | None:
    """Who wrote something this identity may read and has a picture of this name now."""
    wrote = of(me).order_by().exclude(agent=None).values("agent")
    return Agent.objects.filter(pk__in=wrote, picture=picture).first() if picture else None


def current(me: Identity) -> Conversation | None:
    """The conversation that the next message of this identity would join."""
    related = ("channel", "requester", "assignee", "team")
    number = current_number(me)
    return rows.one(Conversation, related, number=number) if number is not None else None


def current_number(me: Identity) -> int | None:
    """Its number alone."""
    found = statements.lists(_current, me.pk, _head(me))
    return found[0][0] if found else None


def _current(identity_id: int, head: int) -> QuerySet[Any, Any]:
    talks = Conversation.objects.filter(family_of(head), identity_id=identity_id, merged_into=None)
    return talks.exclude(status=Status.CLOSED).order_by("-pk").values_list("pk")[:1]


def unread(me: Identity, up_to: int) -> list[Message]:
    """Messages to this identity that it has not read, up to an id."""
    waiting = _delivered(me.pk).exclude(state=DeliveryState.READ)
    return list(of(me).filter(Exists(waiting), pk__lte=up_to, direction=Direction.OUT))


def attachment(readable: QuerySet[Message], attachment_id: int) -> Attachment:
    """A file of one of these messages; raises NotVisible."""
    found = Attachment.objects.filter(pk=attachment_id, message__isnull=False).first()
    if found is None or not readable.filter(attachments=found).exists():
        raise NotVisible("attachment")
    return found


def first_message(message_id: int) -> Message:
    """The message a request began with; raises NotVisible."""
    related = Message.objects.select_related("conversation__channel", "identity__contact")
    found = related.filter(pk=message_id, direction=Direction.IN).first()
    if found is None or found.identity is None:
        raise NotVisible("request")
    return found


def of_request(first: Message, mine: str) -> QuerySet[Message]:
    """Messages of the request that began with `first`, in order.

    Its address is only claimed, so this is less than its owner may read: of the client's words
    those with external ids that begin with `mine`, of ours those delivered to this very page.
    """
    got = Delivery.objects.filter(request=first, state__in=ARRIVED)
    wrote = Q(direction=Direction.IN, identity=first.identity_id, external_id__startswith=mine)
    answers = list(got.values_list("message_id", flat=True))
    return _rows().filter(wrote | Q(pk__in=answers)).order_by("pk")


def _rows() -> QuerySet[Message]:
    return Message.objects.select_related("agent").prefetch_related("attachments", "deliveries")


def _delivered(identity_id: int) -> QuerySet[Delivery]:
    """What has reached this identity; not what is queued, held or still to be undone."""
    address = Identity.objects.filter(pk=identity_id).values("address")
    return Delivery.objects.filter(message=OuterRef("pk"), address__in=address, state__in=ARRIVED)
