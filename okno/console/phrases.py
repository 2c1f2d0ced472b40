"""What codes of the lower floors are called on a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy

from okno.desk.models import Priority, Status
from okno.spine import contract
from okno.spine.models import Event

Words = str | Promise

NOTICES: dict[str, Words] = {
    "parts_differ": pgettext_lazy(
        "notice", "The letter has two versions that say different things; look at both."
    ),
    "hidden_text": pgettext_lazy("notice", "The letter holds text that its reader would not see."),
    "bidi_override": pgettext_lazy(
        "notice", "The letter reverses the direction of its text, so that words may look different."
    ),
    "several_from": pgettext_lazy(
        "notice", "The letter names more than one sender, so none of them is trusted."
    ),
    "bad_from": pgettext_lazy("notice", "The sender's address cannot be read."),
    "name_looks_like_address": pgettext_lazy(
        "notice", "The sender's name looks like another address; check the real one."
    ),
    "unknown_charset": pgettext_lazy(
        "notice", "The letter's encoding is unknown; some characters may be wrong."
    ),
    "truncated": pgettext_lazy(
        "notice", "The letter is very long or deep; the rest is in the original."
    ),
    "header_cut": pgettext_lazy(
        "notice", "A header of the letter is very long and was cut; the rest is in the original."
    ),
    "copies_cut": pgettext_lazy(
        "notice",
        "The letter went to more than 50 others; the first 50 stand in copy, all in the original.",
    ),
    "text_repaired": pgettext_lazy(
        "notice", "The text was damaged on its way (encoded twice) and has been put right."
    ),
    "signature_unverified": pgettext_lazy(
        "notice", "The letter is signed; the signature was not verified."
    ),
    "encrypted": pgettext_lazy("notice", "The letter is encrypted and cannot be read here."),
    "same_id": pgettext_lazy(
        "notice", "Another letter has the same Message-ID and different words; both are kept."
    ),
    "same_letter": pgettext_lazy(
        "notice", "This letter came by another way too, with the same words."
    ),
    "same_letter_longer": pgettext_lazy(
        "notice",
        "This letter came by another way too; one of the two has more words, as mailing lists add.",
    ),
    "carried_by": pgettext_lazy(
        "notice",
        "Sent by %(by)s in the client's name, as forms of web sites do: the address to answer is"
        " the one the letter gives, and unproven.",
    ),
    "answers_elsewhere": pgettext_lazy(
        "notice",
        "The sender asks for answers to another address. It stands in copy and gets nothing until"
        " you allow it.",
    ),
    "sent_back": pgettext_lazy(
        "notice", "This is a letter of ours that its recipient has sent back to us unchanged."
    ),
    "from_own_address": pgettext_lazy(
        "notice", "The letter claims to come from our own address, so its sender is unknown."
    ),
}

SENTENCES: dict[str, Words] = {
    "conversation.assigned": pgettext_lazy("event", "Assigned to %(after)s"),
    "conversation.moved": pgettext_lazy("event", "Team: %(after)s"),
    "status.changed": pgettext_lazy("event", "Status: %(before)s → %(after)s"),
    "priority.changed": pgettext_lazy("event", "Priority: %(before)s → %(after)s"),
    "tag.added": pgettext_lazy("event", "Tag added: %(tag)s"),
    "tag.removed": pgettext_lazy("event", "Tag removed: %(tag)s"),
    "conversation.merged": pgettext_lazy("event", "Merged into #%(into)s"),
    "conversation.split": pgettext_lazy("event", "Split off as #%(into)s"),
    "move.undone": pgettext_lazy("event", "Merge or split undone with #%(other)s"),
}
# What the thread shows anyway, as messages and notes.
SHOWN_ANYWAY = {
    "conversation.opened",
    "message.received",
    "message.queued",
    "message.sent",
    "message.delivered",
    "message.read",
    "message.failed",
    "message.uncertain",
    "note.added",
    "aside.queued",
    "aside.received",
    "aside.settled",
}
ICONS = {
    "conversation.assigned": "user",
    "conversation.moved": "users",
    "status.changed": "refresh",
    "tag.added": "tag",
    "tag.removed": "tag",
    "conversation.snoozed": "snooze",
    "conversation.merged": "merge",
    "conversation.split": "split",
    "message.delayed": "clock",
    "message.unsent": "undo",
    "aside.unsent": "undo",
}


@dataclass(frozen=True)
class Names:
    """Names by id, for the sentences of events."""

    agents: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[int, str] = field(default_factory=dict)


def notice(code: str) -> Words:
    """A notice in plain words; what an adapter says in its own words stays as it is."""
    name, _, by = code.partition(":")
    words = NOTICES.get(name, code)
    return str(words) % {"by": by} if by and name in NOTICES else words


def sentence(event: Event, names: Names) -> str:
    """What happened, with names instead of ids."""
    words = SENTENCES.get(event.name)
    if words is None:
        return _declared(event)
    lists: dict[str, Callable[[Any], str]] = {
        "conversation.assigned": lambda v: _name(names.agents, v, pgettext("event", "nobody")),
        "conversation.moved": lambda v: _name(names.teams, v, pgettext("event", "none")),
        "status.changed": lambda v: str(dict(Status.choices).get(v, v)),
        "priority.changed": lambda v: str(dict(Priority.choices).get(v, v)),
        "tag.added": lambda v: _name(names.tags, v, ""),
        "tag.removed": lambda v: _name(names.tags, v, ""),
    }
    read = lists.get(event.name, str)
    return str(words) % {key: read(value) for key, value in event.data.items()}


def _name(names: Mapping[int, str], value: Any, nobody: str) -> str:
    return nobody if value is None else names.get(value, f"#{value}")


def _declared(event: Event) -> str:
    """The sentence that the event's own declaration brings, else its name."""
    if event.name not in contract.events or not contract.events.get(event.name).sentence:
        return str(event.name)
    words = gettext(contract.events.get(event.name).sentence)
    for key, value in event.data.items():
        words = words.replace("{" + key + "}", str(value))
    return words


def reason(error: Exception) -> str:
    """Why a verb refused, in the agent's language where the catalogue knows the sentence."""
    return gettext(str(error)) if str(error) else pgettext("reason", "This cannot be done.")
