"""Saved replies: made, changed, counted, put away and brought back."""

from typing import Any

from django.db.models import F

from okno.access.models import Agent, Team
from okno.access.policy import authorize, person
from okno.desk import placeholders
from okno.desk.events import (
    SavedReplyChanged,
    SavedReplyCreated,
    SavedReplyRemoved,
    SavedReplyRestored,
)
from okno.desk.models import SavedReply
from okno.kit import clock
from okno.kit.html import html_to_text, outgoing_html
from okno.kit.text import one_line
from okno.spine import Actor, record, verb

LONGEST = 20_000


@verb
def create_saved_reply(
    actor: Actor,
    name: str,
    text: str,
    *,
    html: str = "",
    language: str = "",
    team: Team | None = None,
    is_own: bool = False,
) -> SavedReply:
    """A new ready text: the actor's own, a team's, or everybody's.

    Raises Forbidden for whom the actor may not write texts, ValueError for an unknown placeholder,
    an empty name or text.
    """
    author = person(actor)
    owner = author if is_own and isinstance(author, Agent) else None
    made = SavedReply(owner=owner, team=None if owner else team)
    authorize(actor, "saved_reply.manage", made)
    _fill(made, name, text, html, language)
    made.save()
    record(SavedReplyCreated(made.pk))
    return made


@verb
def change_saved_reply(
    actor: Actor,
    saved: SavedReply,
    name: str,
    text: str,
    *,
    html: str = "",
    language: str = "",
    team: Team | None = None,
    is_own: bool = False,
) -> SavedReply:
    """Change a ready text, also for whom it is; raises as `create_saved_reply` does."""
    authorize(actor, "saved_reply.manage", saved)
    author = person(actor)
    saved.owner = author if is_own and isinstance(author, Agent) else None
    saved.team = None if saved.owner else team
    authorize(actor, "saved_reply.manage", saved)
    _fill(saved, name, text, html, language)
    saved.save()
    record(SavedReplyChanged(saved.pk))
    return saved


def _fill(saved: SavedReply, name: str, text: str, html: str, language: str) -> None:
    saved.name = one_line(name, 120)
    saved.html = outgoing_html(html) if html.strip() else ""
    # One source, so that a plain channel gets the same words.
    plain = html_to_text(saved.html).replace("\xa0", " ") if saved.html else text
    saved.text = plain.replace("\r\n", "\n").strip()
    saved.language, saved.changed_at = language[:8], clock.now()
    if not saved.name:
        raise ValueError("a saved reply needs a name")
    if not saved.text:
        raise ValueError("write something first")
    if len(saved.text) > LONGEST:
        raise ValueError("a saved reply holds at most 20,000 characters")
    placeholders.check(saved.text)
    placeholders.check(saved.html)


@verb
def note_use(actor: Actor, saved: SavedReply) -> None:
    """It went into a message."""
    authorize(actor, "saved_reply.view", saved)
    SavedReply.objects.filter(pk=saved.pk).update(used_count=F("used_count") + 1)


@verb
def remove_saved_reply(actor: Actor, saved: SavedReply) -> None:
    """Put a ready text away; `restore_saved_reply` brings it back."""
    authorize(actor, "saved_reply.manage", saved)
    _put(saved, removed_at=clock.now())
    record(SavedReplyRemoved(saved.pk))


@verb
def restore_saved_reply(actor: Actor, saved: SavedReply) -> None:
    """Bring a ready text back."""
    authorize(actor, "saved_reply.manage", saved)
    _put(saved, removed_at=None)
    record(SavedReplyRestored(saved.pk))


def _put(saved: SavedReply, **values: Any) -> None:
    SavedReply.objects.filter(pk=saved.pk).update(**values, changed_at=clock.now())
