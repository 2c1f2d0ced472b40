"""Administration: what happened here, in whose name."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from okno.access.policy import NotVisible
from okno.console import phrases
from okno.console.answers import agent_of
from okno.console.field_forms import LogSearch
from okno.console.thread import names_of
from okno.desk import audit
from okno.kit.numbers import identifier
from okno.spine import contract
from okno.spine.models import Event

# What the events are about, by the first word of their names.
GROUPS: dict[str, Any] = {
    "people": pgettext_lazy("audit", "Agents, teams, sign-in"),
    "channels": pgettext_lazy("audit", "Channels and keys"),
    "conversations": pgettext_lazy("audit", "Conversations"),
    "clients": pgettext_lazy("audit", "Clients"),
    "sorting": pgettext_lazy("audit", "Tags and fields"),
}
# The group of an event's subject, and its word.
_SUBJECTS: dict[str, tuple[str, Any]] = {
    "agent": ("people", pgettext_lazy("subject", "agent")),
    "team": ("people", pgettext_lazy("subject", "team")),
    "channel": ("channels", pgettext_lazy("subject", "channel")),
    "token": ("channels", pgettext_lazy("subject", "API key")),
    "conversation": ("conversations", pgettext_lazy("subject", "conversation")),
    "view": ("conversations", pgettext_lazy("subject", "filter")),
    "saved_reply": ("conversations", pgettext_lazy("subject", "saved reply")),
    "contact": ("clients", pgettext_lazy("subject", "client")),
    "tag": ("sorting", pgettext_lazy("subject", "tag")),
    "field": ("sorting", pgettext_lazy("subject", "field")),
}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The newest events, fifty a page; the address of a page is its search."""
    agent = agent_of(request)
    people = audit.people(agent)
    form = LogSearch(request.GET, people=people, groups=list(GROUPS.items()))
    given = form.cleaned_data if form.is_valid() else {}
    page = audit.log(
        agent,
        agent_id=int(given["who"]) if given.get("who") else None,
        names=list(_names(given.get("what", ""))),
        since=_start(given.get("since")),
        until=_start(given.get("until"), timedelta(days=1)),
        before=_before(request.GET.get("before", "")),
    )
    names = replace(names_of(agent, [e.event for e in page.entries]), agents=dict(people))
    context = {
        "form": form,
        "rows": [_row(entry, names) for entry in page.entries],
        "next": page.next,
        "keep": urlencode({k: v for k in form.fields if (v := request.GET.get(k))}),
        "tab": "audit",
    }
    return render(request, "console/settings/audit.html", context)


def _names(group: str) -> Iterator[str]:
    if group:
        for kind in contract.events:
            if _group_and_word(kind.subject)[0] == group:
                yield kind.name


def _group_and_word(subject: str) -> tuple[str, Any]:
    """A room added later may bring subjects of its own; they stand among conversations."""
    return _SUBJECTS.get(subject, ("conversations", subject))


def _start(day: date | None, more: timedelta = timedelta()) -> datetime | None:
    if day is None:
        return None
    midnight = datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())
    return midnight + more


def _before(text: str) -> int | None:
    if not text:
        return None
    found = identifier(text)
    if found is None:
        raise NotVisible("page")
    return found


def _row(entry: audit.Entry, names: phrases.Names) -> dict[str, Any]:
    event = entry.event
    return {
        "at": event.at,
        "who": _who(entry, names.agents),
        "is_person": entry.agent_id is not None,
        "is_token": event.actor_type == "token",
        "what": phrases.sentence(event, names),
        "link": _link(event),
        "about": f"{_group_and_word(event.subject_type)[1]} {event.subject_id}",
        "name": event.name,
        "via": event.via,
    }


def _who(entry: audit.Entry, names: Mapping[int, str]) -> str:
    if entry.agent_id is not None:
        return names.get(entry.agent_id, f"#{entry.agent_id}")
    if entry.event.actor_type == "contact":
        return pgettext("audit", "A client")
    return pgettext("audit", "Okno itself")


def _link(event: Event) -> str:
    places = {
        "conversation": "/conversations/{}/",
        "contact": "/contacts/{}/",
        "channel": "/settings/channels/{}/",
        "agent": "/settings/people/{}/",
    }
    return places.get(event.subject_type, "").format(event.subject_id)
