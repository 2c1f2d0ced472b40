"""Chats whose visitors are on the site now: they wait in minutes, where letters wait in hours."""

from typing import Any

from django.db.models import Q

from okno.access.models import Agent
from okno.desk import queries, visiting
from okno.desk.buckets import AWAKE

# More than one person can hold; the rest stand in their places in the list.
MOST_SHOWN = 30
# Asked with each list: of more visitors the newest conversations.
MOST_ASKED = 500


def chats_now(agent: Agent, where: Q | None = None) -> list[dict[str, Any]]:
    """Flat rows of the chats with a visitor on the site that are this agent's or nobody's, also
    after they were answered: who waits longest first, then who was answered last."""
    numbers = visiting.present()[-MOST_ASKED:]
    if not numbers:
        return []
    mine = Q(assignee=None) | Q(assignee_id=agent.pk)
    rows = queries.rows_of(agent, AWAKE & mine & (where or Q()), numbers)
    waiting = [row for row in rows if row["waiting_since"]]
    others = [row for row in rows if not row["waiting_since"]]
    waiting.sort(key=lambda row: (row["waiting_since"], row["number"]))
    others.sort(key=lambda row: (row["last_message_at"], row["number"]), reverse=True)
    return [*waiting, *others][:MOST_SHOWN]
