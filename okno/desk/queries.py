"""Reads of the desk. Pages, API and streams read only through these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from okno.access.actors import Token
from okno.access.models import Agent
from okno.access.policy import NotVisible, can, person
from okno.access.queries import team_ids
from okno.contacts.models import Contact
from okno.contacts.queries import family, family_of
from okno.desk import keyset, sorting, threads
from okno.desk.contract import DeliveryState
from okno.desk.models import (
    Attachment,
    Channel,
    Conversation,
    Delivery,
    Draft,
    Message,
    Move,
    Note,
    Participant,
    Press,
    Status,
    Tag,
)
from okno.kit.text import in_order
from okno.spine import Actor, System, rows, statements
from okno.spine.models import Event

PAGE = 50
BadKey = sorting.BadKey
_UNFINISHED = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
)


def scope(actor: Actor) -> Q | None:
    """The rule of sight (`rules.sees`) as a condition; None when nothing is visible."""
    if isinstance(actor, System):
        return Q()
    if isinstance(actor, Token) and not actor.allows("read"):
        return None
    who = person(actor)
    if isinstance(who, Agent) and who.is_working:
        if who.sees_all:
            return Q()
        mine = Q(team_id__isnull=True) | Q(assignee_id=who.pk)
        teams = team_ids(who)
        return mine | Q(team_id__in=teams) if teams else mine
    if isinstance(who, Contact):
        return family(who)
    return None


def visible_to(actor: Actor) -> QuerySet[Conversation]:
    """Conversations the actor may see."""
    condition = scope(actor)
    if condition is None:
        return Conversation.objects.none()
    return Conversation.objects.filter(condition)


def conversation(actor: Actor, number: int) -> Conversation:
    """One conversation with what its page needs; raises NotVisible."""
    if not 0 < number < 2**63:
        raise NotVisible("conversation")
    related = ("channel", "requester", "identity", "team", "assignee", "request_type")
    found = rows.one(Conversation, related, number=number)
    if found is None or not can(actor, "conversation.view", found):
        raise NotVisible("conversation")
    return found


def conversations(actor: Actor, numbers: Sequence[int]) -> list[Conversation]:
    """Those of these conversations that the actor may see, with what verbs ask of them."""
    found = visible_to(actor).select_related("channel", "requester", "assignee")
    return list(found.filter(pk__in=[n for n in numbers if 0 < n < 2**63]).order_by("pk"))


def press(actor: Actor, press_id: int) -> Press:
    """A press that the actor may still take back; raises NotVisible."""
    found = Press.objects.filter(pk=press_id).first()
    if found is None or not can(actor, "press.undo", found):
        raise NotVisible("press")
    return found


ROW = (
    "number",
    "subject",
    "preview",
    "status",
    "priority",
    "language",
    "waiting_since",
    "due_at",
    "snoozed_until",
    "is_spam",
    "binned_at",
    "created_at",
    "last_message_at",
    "version",
    "channel_id",
    "channel__kind",
    "channel__name",
    "requester_id",
    "requester__name",
    "identity__address",
    "team_id",
    "team__name",
    "assignee_id",
    "assignee__name",
    "assignee__picture",
    "fields",
    "visit",
    "suggested_id",
)


def row(actor: Actor, number: int) -> dict[str, Any]:
    """One conversation as a flat row of the list; raises NotVisible."""
    found: dict[str, Any] | None = visible_to(actor).filter(pk=number).values(*ROW).first()
    if found is None:
        raise NotVisible("conversation")
    attach_tags([found])
    return found


def happened_since(moment: datetime) -> Q:
    """Conversations of which the log tells something after an instant."""
    # Back from the end of the log: the cost is what happened since, not the whole history.
    known = Event.objects.filter(at__lte=moment).order_by("-id").values_list("id", flat=True)
    new = Event.objects.filter(subject_type="conversation", id__gt=known.first() or 0)
    return Q(pk__in=new.values("subject_id"))


@dataclass(frozen=True)
class Page:
    """One page of flat rows and the key of the next one, "" at the end."""

    rows: list[dict[str, Any]]
    next: str


def listing(
    actor: Actor,
    where: sorting.Where | None = None,
    *,
    after: str = "",
    limit: int = PAGE,
    sort: str = "newest",
    numbers: tuple[int, ...] = (),
) -> Page:
    """A page of conversations as flat rows, in an order of `sorting.SORTS`.

    `where` may be a function of a module that is told `numbers`. Keyset paging: `after` is the
    `next` of the page before. Raises BadKey, and ValueError for an unknown order.
    """
    sight = scope(actor)
    # Nobody's list keeps the errors of a list.
    seen = Q(pk__in=()) if sight is None else sight
    rows, following = sorting.page(
        seen, where or Q(), sorting.sort_named(sort), ROW, after, limit, numbers
    )
    attach_tags(rows)
    return Page(rows, following)


def rows_of(actor: Actor, where: Q, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Flat rows of those of these conversations that the actor may see and that fit."""
    found = list(visible_to(actor).filter(where, pk__in=numbers).order_by("pk").values(*ROW))
    attach_tags(found)
    return found


def attach_tags(rows: list[dict[str, Any]]) -> None:
    """Put `tags` (names) into flat rows with one query for the page."""
    by_number: dict[int, list[str]] = {row["number"]: [] for row in rows}
    for number, name in statements.lists(_tag_names, *statements.filled(list(by_number))):
        by_number[number].append(name)
    for row in rows:
        row["tags"] = sorted(by_number[row["number"]], key=in_order)


def _tag_names(*numbers: int) -> QuerySet[Any, Any]:
    links = Conversation.tags.through.objects.filter(conversation_id__in=numbers)
    return links.order_by("tag__name").values_list("conversation_id", "tag__name")


def messages(found: Conversation, *, after: int = 0, limit: int | None = None) -> list[Message]:
    """Messages of a conversation the caller was given by `conversation`, in order."""
    return threads.messages(found, after=after, limit=limit)


def notes(actor: Actor, found: Conversation) -> list[Note]:
    """Notes, for agents only."""
    if not can(actor, "note.view", found):
        return []
    return threads.notes(found)


def earlier(actor: Actor, found: Conversation, *, after: str = "", limit: int = 6) -> Page:
    """The client's other conversations that this actor may see, newest first; raises BadKey."""
    head = found.requester.merged_into_id or found.requester.pk
    return listing(actor, _others, after=after, limit=limit, numbers=(head, found.pk))


def _others(head: int, number: int) -> Q:
    return family_of(head) & ~Q(pk=number)


def may_belong_to(actor: Actor, found: Conversation) -> Conversation | None:
    """Where a conversation may belong, followed to where that was merged into."""
    number = found.suggested_id if found.merged_into_id is None else None
    other = rows.one(Conversation, number=number) if number is not None else None
    while other is not None and other.merged_into_id is not None:
        other = rows.one(Conversation, number=other.merged_into_id)
    is_other = other is not None and other.pk != found.pk
    return other if is_other and can(actor, "conversation.view", other) else None


def may_belong_here(actor: Actor, found: Conversation) -> list[Conversation]:
    """The newest three conversations that may belong to this one."""
    known = statements.objects(_suggesting, found.pk)
    return [row for row in known if can(actor, "conversation.view", row)]


def _suggesting(number: int) -> QuerySet[Conversation]:
    waiting = Conversation.objects.filter(suggested_id=number, merged_into=None, binned_at=None)
    return waiting.filter(is_spam=False).exclude(status=Status.CLOSED).order_by("-pk")[:3]


def draft(actor: Actor, found: Conversation) -> Draft | None:
    """The actor's own draft."""
    who = person(actor)
    if not isinstance(who, Agent):
        return None
    return rows.one(Draft, conversation_id=found.pk, agent_id=who.pk)


def attachment(actor: Actor, attachment_id: int) -> Attachment:
    """A file by the same rule as its conversation; raises NotVisible."""
    related = (
        "message__conversation__requester",
        "note__conversation__requester",
        "draft__conversation__requester",
    )
    found = Attachment.objects.select_related(*related).filter(pk=attachment_id).first()
    if found is None:
        raise NotVisible("attachment")
    holder = found.message or found.note or found.draft
    is_open = found.message is not None and found.message.aside_id is None
    permission = "conversation.view" if is_open else "note.view"
    if holder is None or not can(actor, permission, holder.conversation):
        raise NotVisible("attachment")
    if found.draft is not None and found.draft.agent_id != getattr(person(actor), "pk", None):
        raise NotVisible("attachment")
    return found


def message(actor: Actor, message_id: int) -> Message:
    """One message of a visible conversation, also aside; raises NotVisible."""
    related = ("conversation__channel", "conversation__requester", "aside__identity")
    found = Message.every.select_related(*related).filter(pk=message_id).first()
    if found is None:
        raise NotVisible("message")
    permission = "note.view" if found.aside_id else "conversation.view"
    if not can(actor, permission, found.conversation):
        raise NotVisible("message")
    return found


def of_message(message: Message) -> tuple[list[Delivery], list[Attachment]]:
    """Where a message goes, and its files."""
    return rows.read(Delivery, message_id=message.pk), rows.read(Attachment, message_id=message.pk)


def delivery(actor: Actor, delivery_id: int) -> Delivery:
    """One delivery of a visible conversation, for agents; raises NotVisible."""
    related = ("message__conversation__channel", "message__conversation__requester")
    found = Delivery.objects.select_related(*related).filter(pk=delivery_id).first()
    if found is None or not can(actor, "note.view", found.message.conversation):
        raise NotVisible("delivery")
    return found


def channels(actor: Actor) -> QuerySet[Channel]:
    """Channels the actor may see, the first connected first."""
    found = Channel.objects.select_related("team").order_by("pk")
    return found if can(actor, "channel.view") else found.none()


def public_channel(kind: str, public_key: str) -> Channel:
    """The working channel behind a key that stands in public pages; raises NotVisible."""
    found = rows.one(Channel, kind=kind, public_key=public_key, is_active=True)
    if found is None:
        raise NotVisible("channel")
    return found


def public_demo(kind: str) -> Channel | None:
    """The working channel of a kind that the demo shows."""
    shown = Channel.objects.filter(kind=kind, is_active=True, settings__demo=True)
    return shown.order_by("pk").first()


def tags(actor: Actor) -> QuerySet[Tag]:
    """All tags, by name."""
    found = Tag.objects.order_by("name")
    return found if can(actor, "tag.view") else found.none()


def with_drafts(actor: Actor, numbers: Sequence[int]) -> int:
    """In how many of these conversations that the actor sees stands a draft of theirs."""
    seen = [found.pk for found in conversations(actor, numbers)]
    mine = Draft.objects.filter(conversation__in=seen, agent_id=getattr(person(actor), "pk", 0))
    return sum(bool(text.strip()) for text in mine.values_list("text", flat=True))


def stuck_deliveries(
    actor: Actor, *, after: str = "", limit: int = keyset.PAGE
) -> tuple[list[Delivery], str]:
    """A page of what did not go out or may not have arrived, oldest first, and the key of the next.

    Raises BadKey.
    """
    if scope(actor) is None or not can(actor, "stuck.view"):
        return [], ""
    stuck = Q(state__in=(DeliveryState.FAILED, DeliveryState.UNCERTAIN)) | Q(is_held=True)
    waiting = Q(state=DeliveryState.QUEUED, attempts__gt=1)
    rows = Delivery.objects.select_related("message__conversation").filter(stuck | waiting)
    # The condition of the index, which PostgreSQL needs to use it.
    return keyset.page(rows.filter(state__in=_UNFINISHED), "changed_at", after, limit)


def count_held(actor: Actor) -> int:
    """How many deliveries a restore has held, for who may release them."""
    if not can(actor, "stuck.view"):
        return 0
    return Delivery.objects.filter(state__in=_UNFINISHED, is_held=True).count()


def participants(found: Conversation) -> list[Participant]:
    """People in copy of a conversation the caller was given by `conversation`."""
    return rows.read(Participant, ("identity",), conversation_id=found.pk)


def participant(actor: Actor, participant_id: int) -> Participant:
    """One person in copy, by the rule of their conversation; raises NotVisible."""
    related = ("identity__contact", "conversation__channel", "conversation__requester")
    found = Participant.objects.select_related(*related).filter(pk=participant_id).first()
    if found is None or not can(actor, "note.view", found.conversation):
        raise NotVisible("participant")
    return found


def move(actor: Actor, move_id: int) -> Move:
    """A merge or split whose both sides the actor sees; raises NotVisible."""
    related = ("source__requester", "target__requester")
    found = Move.objects.select_related(*related).filter(pk=move_id).first()
    if found is None or not all(
        can(actor, "note.view", side) for side in (found.source, found.target)
    ):
        raise NotVisible("move")
    return found


def moves(found: Conversation) -> list[Move]:
    """Merges and splits that took something out of a conversation and can still be undone."""
    return statements.objects(_moves, found.pk)


def _moves(source: int) -> QuerySet[Move]:
    return Move.objects.filter(source_id=source, undone_at=None).order_by("-pk")[:5]


def channel(actor: Actor, channel_id: int) -> Channel:
    """One channel; raises NotVisible."""
    found = channels(actor).filter(pk=channel_id).first()
    if found is None:
        raise NotVisible("channel")
    return found
