"""Drafts: what is typed is kept at once; no event, because nothing has happened yet.

Two tabs may write one draft. Each composer has a key (the id of the entry it will become) and knows
the version it began with. Words that meet another composer's are laid beside them (`kept`) under
their key, so that neither is overwritten; the writer chooses which of them go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.models import Attachment, Conversation, Draft, Message, Note, new_version
from okno.desk.rules import place_of, sees
from okno.kit import clock
from okno.spine import Actor, rows

# Older ones are those that nobody has come back to.
MOST_KEPT = 5


@dataclass(frozen=True)
class Named:
    """Recipients as they were typed; `cc` None while nobody has touched it."""

    to: str = ""
    cc: str | None = None
    bcc: str = ""


@dataclass(frozen=True)
class Words:
    """What stands in a composer."""

    text: str
    html: str = ""
    is_note: bool = False
    is_forward: bool = False
    to: str = ""
    cc: str | None = None
    bcc: str = ""


class DraftGone(ValueError):
    """The draft a composer began with was sent or emptied elsewhere."""


def save_draft(
    actor: Actor,
    conversation: Conversation,
    text: str,
    *,
    html: str = "",
    is_note: bool = False,
    is_forward: bool = False,
    named: Named = Named(),
    key: str = "",
    version: str | None = None,
    before: str = "",
    seen: int | None = None,
) -> Draft | None:
    """Keep what the agent has typed; returns the draft as it is now. Without text and files it is
    dropped.

    `key` is the id of the entry it will become: when that exists, this came late and is passed
    over, so that nothing sent stands in the composer again. `version` is the draft's that the
    composer began with or saved last, "" for none: when another composer has written since, these
    words are kept beside the draft. None overwrites. `before` is the key of
    the composer in the same place, which may have saved while this one was drawn. `seen` is the
    id of the newest message that the writer knew at the first key.
    """
    author = _writer(actor, conversation)
    words = _cut(text, html, is_note, is_forward, named)
    mine = locked(conversation, author)
    if key and _is_written(key):
        return mine
    if mine is not None and _words(mine) == words:
        # Said twice, as when a page goes away in the middle of a save: still the same version.
        return mine
    if mine is not None and is_others(mine, version, (key, before)):
        _lay_beside(mine, key, words)
        return mine
    if mine is None:
        if not text.strip():
            return None
        mine = Draft(conversation=conversation, agent=author)
    elif not text.strip() and not mine.kept and not mine.attachments.exists():
        mine.delete()
        return None
    _put(mine, words, key, seen)
    return mine


def choose_draft(
    actor: Actor,
    conversation: Conversation,
    words: Words,
    choice: str,
    *,
    key: str = "",
) -> Draft | None:
    """Say with which words to go on, where two composers wrote: "mine" (those given), "theirs"
    (the draft's), "kept" (those laid aside last), or "forget" those laid aside. What is not chosen
    is laid aside. Raises ValueError for another choice.
    """
    author = _writer(actor, conversation)
    draft = locked(conversation, author)
    if draft is None:
        return save_draft(actor, conversation, **_given(words), key=key)
    mine = _cut(words.text, words.html, words.is_note, words.is_forward, _named(words))
    draft.kept = [one for one in draft.kept if one["key"] != key]
    if choice == "mine":
        _aside(draft, _words(draft))
        _put(draft, mine, key, draft.seen)
    elif choice == "theirs":
        _aside(draft, mine)
        draft.save(update_fields=["kept"])
    elif choice == "kept":
        wanted = draft.kept.pop() if draft.kept else None
        _aside(draft, mine)
        _put(draft, _read(wanted) if wanted else mine, "", draft.seen)
    elif choice == "forget":
        draft.kept = []
        _put(draft, mine, key, draft.seen)
    else:
        raise ValueError("choose mine, theirs, kept or forget")
    return draft


def claim_draft(
    actor: Actor, conversation: Conversation, key: str, version: str | None, before: str = ""
) -> None:
    """This composer's words are about to be sent: its draft goes with them, another's stays.

    Raises DraftGone when the draft it began with is no more, so that it is not sent twice.
    """
    author = _writer(actor, conversation)
    if _is_written(key):
        return
    draft = locked(conversation, author)
    if draft is None:
        if version:
            raise DraftGone("this draft was sent or emptied in another tab")
    elif is_others(draft, version, (key, before)):
        draft.kept = [one for one in draft.kept if one["key"] != key]
        draft.save(update_fields=["kept"])
    else:
        draft.key = key
        draft.save(update_fields=["key"])


def is_others(draft: Draft, version: str | None, keys: Sequence[str]) -> bool:
    """Whether another composer than these has written a draft since they knew it."""
    if version is None or draft.version == version:
        return False
    return not draft.key or draft.key not in keys


def typed(actor: Actor, conversation: Conversation, key: str | None) -> Draft | None:
    """The writer's draft that has become the entry of this key, or of none."""
    author = person(actor)
    if not isinstance(author, Agent):
        return None
    found = rows.one(Draft, conversation_id=conversation.pk, agent_id=author.pk)
    return found if found is not None and (not found.key or found.key == key) else None


def anew() -> dict[str, Any]:
    """What is new of a draft that the server itself has written."""
    return {"key": "", "version": new_version(), "seen": None, "changed_at": clock.now()}


def drop(draft: Draft | None) -> None:
    """What was typed has become an entry; what was laid aside is a draft again."""
    if draft is None:
        return
    if not draft.kept:
        draft.delete()
        return
    draft.attachments.all().delete()
    _put(draft, _read(draft.kept.pop()), "", None)


def drop_draft(actor: Actor, conversation: Conversation) -> None:
    """Forget what was typed."""
    author = person(actor)
    if isinstance(author, Agent):
        Draft.objects.filter(conversation=conversation, agent=author).delete()


def carry_drafts(source: Conversation, target: Conversation) -> list[int]:
    """Lay the drafts of a merged conversation where their writers find them; returns the keys of
    those that went as they are, for `return_drafts`.

    Beside a draft that its writer has in `target` the words are kept as another version. A draft
    whose writer does not see `target` stays.
    """
    there = {mine.agent_id: mine for mine in _all_of(target)}
    moved = []
    for draft in _all_of(source):
        other = there.get(draft.agent_id)
        if not sees(draft.agent, place_of(target)):
            continue
        if other is None:
            Draft.objects.filter(pk=draft.pk).update(conversation=target)
            moved.append(draft.pk)
            continue
        # All of them, also more than MOST_KEPT: the writer has not looked at any of these yet.
        own = [{"key": draft.key, **asdict(_words(draft))}] if draft.text.strip() else []
        other.kept = [*other.kept, *draft.kept, *own]
        other.save(update_fields=["kept"])
        Attachment.objects.filter(draft=draft).update(draft=other)
        draft.delete()
    return moved


def return_drafts(moved: Sequence[int], target: Conversation, source: Conversation) -> None:
    """Undo `carry_drafts` for those that were not sent since; one whose writer has begun another
    in `source` stays."""
    begun = Draft.objects.filter(conversation=source).values("agent_id")
    back = Draft.objects.filter(pk__in=moved, conversation=target).exclude(agent_id__in=begun)
    for pk in back.order_by("pk").values_list("pk", flat=True):
        Draft.objects.filter(pk=pk).update(conversation=source)


def _all_of(conversation: Conversation) -> list[Draft]:
    return list(Draft.objects.select_for_update().filter(conversation=conversation).order_by("pk"))


def locked(conversation: Conversation, author: Agent) -> Draft | None:
    """The agent's draft, which nobody else changes until the unit ends."""
    found = Draft.objects.select_for_update().filter(conversation=conversation, agent=author)
    return found.first()


def _writer(actor: Actor, conversation: Conversation) -> Agent:
    authorize(actor, "conversation.note", conversation)
    author = person(actor)
    if not isinstance(author, Agent):
        raise ValueError("only agents have drafts")
    return author


def _is_written(key: str) -> bool:
    in_messages = Message.every.filter(key=key).exists()
    return in_messages or Note.objects.filter(key=key).exists()


def _cut(text: str, html: str, is_note: bool, is_forward: bool, named: Named) -> Words:
    cc = None if named.cc is None else named.cc[:4000]
    return Words(text, html, is_note, is_forward, named.to[:320], cc, named.bcc[:4000])


def _named(words: Words) -> Named:
    return Named(words.to, words.cc, words.bcc)


def _given(words: Words) -> dict[str, Any]:
    given = asdict(words)
    return {name: given[name] for name in ("text", "html", "is_note", "is_forward")} | {
        "named": _named(words)
    }


def _words(draft: Draft) -> Words:
    return Words(**{name: getattr(draft, name) for name in Words.__dataclass_fields__})


def _read(kept: Mapping[str, Any]) -> Words:
    return Words(**{name: kept[name] for name in Words.__dataclass_fields__})


def _put(draft: Draft, words: Words, key: str, seen: int | None) -> None:
    for name, value in asdict(words).items():
        setattr(draft, name, value)
    draft.key, draft.version, draft.seen = key, new_version(), seen
    draft.changed_at = clock.now()
    draft.save()


def _lay_beside(draft: Draft, key: str, words: Words) -> None:
    draft.kept = [one for one in draft.kept if one["key"] != key]
    _aside(draft, words, key)
    draft.save(update_fields=["kept"])


def _aside(draft: Draft, words: Words, key: str = "") -> None:
    """Lay words beside the draft; the same ones once."""
    others = [one for one in draft.kept if _read(one) != words]
    if words.text.strip():
        others.append({"key": key, **asdict(words)})
    draft.kept = others[-MOST_KEPT:]
