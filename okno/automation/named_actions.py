"""The verbs of the desk as actions."""

from datetime import datetime
from typing import Any

from django.utils.translation import pgettext_lazy

from okno.access import queries as access
from okno.access.models import Agent, Team
from okno.access.policy import NotVisible, person
from okno.automation.contract import Act, Value, action
from okno.desk import actions, queries
from okno.desk.models import Conversation
from okno.kit.text import folded
from okno.spine import Actor

# One value may be used for many conversations, in one unit of work.
LONGEST, MOST_TAGS, MOST_FIELDS = 1_000, 50, 100


def _agent(actor: Actor, value: Value) -> Agent | None:
    if value is None:
        return None
    who = person(actor)
    if value == "me" and isinstance(who, Agent):
        return who
    try:
        return access.agent(actor, _id(value))
    except NotVisible:
        raise ValueError("there is no such agent") from None


def _team(actor: Actor, value: Value) -> Team | None:
    if value is None:
        return None
    try:
        return access.team(actor, _id(value))
    except NotVisible:
        raise ValueError("there is no such team") from None


def _id(value: Value) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return value
    raise ValueError(f"{str(value)[:40]!r} is no id")


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("give it as text")
    if len(value) > LONGEST:
        raise ValueError("give at most 1,000 characters")
    return value


def _word(value: Value) -> str:
    if _text(value).strip():
        return str(value)
    raise ValueError("a tag needs a word")


def _instant(value: Value) -> datetime:
    """Aware, as it is or in ISO 8601."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if isinstance(found, datetime) and found.tzinfo is not None:
        return found
    raise ValueError("give a time with its offset, such as 2026-11-01T12:00:00+03:00")


@action("assign", pgettext_lazy("automation", "Assign"))
def assign(actor: Actor, value: Value) -> Act:
    """To an agent by id, to "me", or to nobody (null)."""
    to = _agent(actor, value)
    return lambda conversation: actions.assign(actor, conversation, to)


@action("team", pgettext_lazy("automation", "Hand to a team"))
def team(actor: Actor, value: Value) -> Act:
    """By id, or to no team (null)."""
    to = _team(actor, value)
    return lambda conversation: actions.move_to_team(actor, conversation, to)


@action("status", pgettext_lazy("automation", "Set the status"))
def status(actor: Actor, value: Value) -> Act:
    """open, pending, solved or closed."""
    return lambda conversation: actions.set_status(actor, conversation, value)


@action("priority", pgettext_lazy("automation", "Set the priority"))
def priority(actor: Actor, value: Value) -> Act:
    """1 (low) to 4 (urgent)."""
    return lambda conversation: actions.set_priority(actor, conversation, value)


@action("subject", pgettext_lazy("automation", "Rename"))
def subject(actor: Actor, value: Value) -> Act:
    """One line."""
    words = _text(value)
    return lambda conversation: actions.set_subject(actor, conversation, words)


@action("tag", pgettext_lazy("automation", "Add a tag"))
def tag(actor: Actor, value: Value) -> Act:
    """By its word; a new one is made. The verb returns the tag."""
    word = _word(value)
    return lambda conversation: actions.add_tag(actor, conversation, word)


@action("untag", pgettext_lazy("automation", "Take a tag off"))
def untag(actor: Actor, value: Value) -> Act:
    """By its id."""
    found = queries.tags(actor).filter(pk=_id(value)).first()
    if found is None:
        raise ValueError("there is no such tag")
    return lambda conversation: actions.remove_tag(actor, conversation, found)


@action("tags", pgettext_lazy("automation", "Set the tags"))
def tags(actor: Actor, value: Value) -> Act:
    """A list of words; tags that are not among them go."""
    if not isinstance(value, list) or len(value) > MOST_TAGS:
        raise ValueError("give tags as a list of at most 50 words")
    words = [_word(one) for one in value]
    wanted = {folded(" ".join(word.split())) for word in words}

    def act(conversation: Conversation) -> None:
        for found in conversation.tags.order_by("pk"):
            if folded(found.name) not in wanted:
                actions.remove_tag(actor, conversation, found)
        for word in words:
            actions.add_tag(actor, conversation, word)

    return act


@action("fields", pgettext_lazy("automation", "Fill in fields"))
def fields(actor: Actor, value: Value) -> Act:
    """Values by the keys of fields."""
    if not isinstance(value, dict) or len(value) > MOST_FIELDS:
        raise ValueError("give at most 100 values by the keys of fields")
    given: dict[str, Any] = value
    return lambda conversation: actions.change_fields(actor, conversation, given)


@action("snooze", pgettext_lazy("automation", "Snooze"))
def snooze(actor: Actor, value: Value) -> Act:
    """Until a time, or back from snooze (null)."""
    if value is None:
        return lambda conversation: actions.wake(actor, conversation)
    until = _instant(value)
    return lambda conversation: actions.snooze(actor, conversation, until)


@action("due", pgettext_lazy("automation", "Set the deadline"))
def due(actor: Actor, value: Value) -> Act:
    """A time, or none (null)."""
    at = None if value is None else _instant(value)
    return lambda conversation: actions.set_due(actor, conversation, at)


@action("spam", pgettext_lazy("automation", "To spam, or back"))
def spam(actor: Actor, value: Value) -> Act:
    """True or null, or false for back."""
    verb = actions.unmark_spam if value is False else actions.mark_spam
    return lambda conversation: verb(actor, conversation)


@action("bin", pgettext_lazy("automation", "To the bin, or back"))
def to_bin(actor: Actor, value: Value) -> Act:
    """True or null, or false for back."""
    verb = actions.restore if value is False else actions.bin_conversation
    return lambda conversation: verb(actor, conversation)


@action("apart", pgettext_lazy("automation", "Keep apart"))
def apart(actor: Actor, value: Value) -> Act:
    """It does not belong to the conversation it may belong to; takes no value."""
    return lambda conversation: actions.keep_apart(actor, conversation)
