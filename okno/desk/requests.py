"""Requests of people whose address is only claimed: how far their page still goes.

Anybody can fill in a form with anybody's address. While a request is by itself, its page shows what
is answered to it. Once a merge has brought together what it says and what somebody else wrote, an
answer may be meant for the other: from then on the page is for those who proved the address by the
link in our letter (attack H4).
"""

from datetime import datetime

from django.db.models import Q

from okno.desk.contract import Level
from okno.desk.models import Conversation, Message, Move
from okno.kit import clock


def is_proved(first: Message) -> bool:
    """Whether the writer of the request that began with `first` proved the address."""
    return first.level == Level.VERIFIED


def is_open(first: Message, conversation: Conversation | None = None) -> bool:
    """Whether answers in `conversation` (by default that of `first`) are for the page of the
    request, and its writer may write there and say that it is done."""
    there = conversation or first.conversation
    if is_proved(first) and first.identity_id == there.identity_id:
        return True
    return not any(is_mixed(number) for number in {there.pk, first.conversation_id})


def is_mixed(number: int, before: datetime | None = None) -> bool:
    """Whether a merge has brought something into a conversation, up to an instant: itself, or into
    the one it was split off, or one whose words came back by the undoing of a split."""
    before = before or clock.now()
    moves = Move.objects.filter(Q(target=number) | Q(source=number), at__lt=before)
    for move in moves.order_by("pk"):
        if move.kind == Move.Kind.MERGE and move.target_id == number:
            if move.undone_at is None or _has_rest(move):
                return True
        elif move.kind == Move.Kind.SPLIT:
            came_at = move.at if move.target_id == number else move.undone_at
            other = move.source_id if move.target_id == number else move.target_id
            if came_at is not None and came_at < before and is_mixed(other, came_at):
                return True
    return False


def _has_rest(move: Move) -> bool:
    """What was said while two were one stays where it was said, also after the undoing."""
    since = Message.objects.filter(conversation=move.target_id, created_at__gt=move.at)
    return since.filter(created_at__lt=move.undone_at).exists()
