"""Conversations as the flat rows that conditions are asked of."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from okno.desk.models import Conversation

# SQLite takes 32,766 values in one statement.
ASKED_AT_ONCE = 10_000
FIELDS = (
    "number",
    "subject",
    "status",
    "priority",
    "language",
    "channel_id",
    "channel__kind",
    "requester_id",
    "requester__merged_into_id",
    "requester__company_id",
    "requester__merged_into__company_id",
    "team_id",
    "assignee_id",
    "request_type_id",
    "waiting_since",
    "snoozed_until",
    "created_at",
    "last_message_at",
    "is_spam",
    "binned_at",
    "merged_into_id",
)


def rows(found: QuerySet[Conversation]) -> list[dict[str, Any]]:
    """Flat rows of these conversations with `tag_ids`; two queries up to 10,000 of them."""
    flat: list[dict[str, Any]] = list(found.values(*FIELDS))
    tags = tags_of(row["number"] for row in flat)
    for row in flat:
        row["tag_ids"] = tags.get(row["number"], frozenset())
    return flat


def tags_of(numbers: Iterable[int]) -> dict[int, frozenset[int]]:
    """The ids of their tags, for those that have any."""
    found: dict[int, set[int]] = {}
    asked = list(numbers)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        some = asked[start : start + ASKED_AT_ONCE]
        links = Conversation.tags.through.objects.filter(conversation_id__in=some)
        for number, tag in links.values_list("conversation_id", "tag_id"):
            found.setdefault(number, set()).add(tag)
    return {number: frozenset(tags) for number, tags in found.items()}
