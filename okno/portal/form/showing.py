"""What the page of a request shows."""

from typing import Any

from django.utils.translation import pgettext

from okno.channels.form import ids
from okno.desk import correspondence, requests
from okno.desk.client_stage import Stage, client_stage
from okno.desk.models import Direction, Message, Status
from okno.portal.form.door import Asked


def request_context(asked: Asked) -> dict[str, Any]:
    """The request as its own page shows it: messages only. Where a merge has brought it is no
    business of a page that is not open any more."""
    first = asked.first
    conversation, is_open = first.conversation, requests.is_open(first)
    assert first.identity is not None
    found = correspondence.of_request(first, ids.root_of(first.external_id))
    return {
        "is_open": is_open,
        "may_confirm": asked.is_by_letter and not requests.is_proved(first),
        "address": first.identity.address,
        "number": conversation.number if is_open else asked.number,
        "subject": first.subject,
        "messages": [_shown(message) for message in found],
        "stages": _stages(client_stage(conversation)) if is_open else [],
        "is_closed": conversation.status == Status.CLOSED,
        "is_solved": conversation.status == Status.SOLVED,
    }


def _shown(message: Message) -> dict[str, Any]:
    is_ours = message.direction == Direction.OUT
    name = message.agent.name.split()[0] if is_ours and message.agent else ""
    return {
        "id": message.pk,
        "is_ours": is_ours,
        "name": name or (pgettext("request", "Support") if is_ours else pgettext("request", "You")),
        "text": message.own_words,
        "at": message.created_at,
        "files": list(message.attachments.all()),
    }


def _stages(present: Stage) -> list[dict[str, Any]]:
    words = {
        Stage.RECEIVED: pgettext("stage of a request", "Received"),
        Stage.WORK: pgettext("stage of a request", "In work"),
        Stage.WAITING: pgettext("stage of a request", "Waiting for you"),
        Stage.SOLVED: pgettext("stage of a request", "Solved"),
    }
    at = list(Stage).index(present)
    return [
        {"name": words[stage], "is_done": number < at, "is_now": number == at}
        for number, stage in enumerate(Stage)
    ]
