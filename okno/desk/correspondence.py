"""What someone outside may read: what they wrote, and what was sent to them.

The one read of every client's door. It goes by message, not by conversation, so that merging two
conversations never shows one client the words of another. Notes are another table, which nothing
here asks.
"""

from datetime import timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from okno.access.models import Agent
from okno.access.policy import NotVisible
from okno.contacts.models import Identity
from okno.desk.contract import DeliveryState
from okno.desk.models import Attachment, Conversation, Delivery, Direction, Message, Move, Status
from okno.desk.queries import visible_to
from okno.kit import clock
from okno.spine import rows

PAGE = 50
# A reply held back a moment may be sent after a later one: a page asks this far back again.
LATE = timedelta(minutes=10)
ARRIVED = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


def identity(kind: str, address: str) -> Identity | None:
    """The identity of a client's door by its own address, with its contact."""
    return rows.one(Identity, ("contact",), kind=kind, address=address)


def of(me: Identity) -> QuerySet[Message]:
    """Messages that this identity wrote or got, in order."""
    talks = visible_to(me.contact).filter(identity=me)
    numbers = {n for row in talks.values_list("pk", "merged_into_id") for n in row if n}
    got = Q(direction=Direction.OUT, conversation__in=numbers) & Q(Exists(_delivered(me)))
    wrote = Q(direction=Direction.IN, identity=me)
    return _rows().filter(wrote | got).order_by("pk")


def page(me: Identity, *, after: int = 0, before: int | None = None) -> list[Message]:
    """The newest messages, those before an id, or those after one with what came late."""
    found = of(me)
    if before is not None:
        found = found.filter(pk__lt=before)
    elif after:
        late = _delivered(me).filter(changed_at__gt=clock.now() - LATE)
        return list(found.filter(Q(pk__gt=after) | Q(Exists(late)))[:PAGE])
    return list(found.reverse()[:PAGE])[::-1]


def everything(me: Identity, most: int = 1000) -> list[Message]:
    """The whole correspondence for a transcript, the newest `most` messages of it."""
    return list(of(me).reverse()[:most])[::-1]


def newest(me: Identity) -> tuple[int, int]:
    """Count and last id of what can be read: it changes whenever there is something new."""
    found = of(me).order_by().aggregate(count=Count("pk"), last=Max("pk"))
    return found["count"], found["last"] or 0


def pictured(me: Identity, picture: str) -> Agent | None:
    """Who wrote something this identity may read and has a picture of this name now."""
    wrote = of(me).order_by().exclude(agent=None).values("agent")
    return Agent.objects.filter(pk__in=wrote, picture=picture).first() if picture else None


def current(me: Identity) -> Conversation | None:
    """The conversation that the next message of this identity would join."""
    talks = visible_to(me.contact).filter(identity=me, merged_into=None)
    related = talks.select_related("channel", "requester", "assignee", "team")
    return related.exclude(status=Status.CLOSED).order_by("-pk").first()


def unread(me: Identity, up_to: int) -> list[Message]:
    """Messages to this identity that it has not read, up to an id."""
    waiting = _delivered(me).exclude(state=DeliveryState.READ)
    return list(of(me).filter(Exists(waiting), pk__lte=up_to, direction=Direction.OUT)[:PAGE])


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
    those with external ids that begin with `mine`, of ours those written in this request itself.
    What a merge brought here from elsewhere stays hidden.
    """
    me = first.identity
    assert me is not None
    got = Q(direction=Direction.OUT, conversation=first.conversation) & Q(Exists(_delivered(me)))
    wrote = Q(direction=Direction.IN, identity=me, external_id__startswith=mine)
    moves = Move.objects.filter(target=first.conversation, undone_at=None)
    for ids, at in moves.values_list("messages", "at"):
        if first.pk in ids:
            got &= Q(pk__in=ids) | Q(created_at__gt=at)
        else:
            got &= ~Q(pk__in=ids)
    return _rows().filter(wrote | got).order_by("pk")


def _rows() -> QuerySet[Message]:
    return Message.objects.select_related("agent").prefetch_related("attachments", "deliveries")


def _delivered(me: Identity) -> QuerySet[Delivery]:
    """What has reached this identity; not what is queued, held or still to be undone."""
    return Delivery.objects.filter(message=OuterRef("pk"), address=me.address, state__in=ARRIVED)
