"""Full-text search over what both sides wrote: the same words and results on both databases.

Stems are made here (`kit.words`); the database only keeps and intersects them: FTS5 on SQLite, a
tsvector with GIN on PostgreSQL. A row belongs to a message and also holds the words by which its
conversation is known (subject, client, addresses, tags), so that one look finds all of them.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from okno.access.models import Agent
from okno.access.policy import person
from okno.contacts.models import Identity
from okno.desk.models import Attachment, Conversation, Message
from okno.desk.queries import PAGE, ROW, BadKey, Page, attach_tags, visible_to
from okno.kit import words
from okno.spine import Actor, System

# A tsvector holds 1 MB at most; both databases get the same words, so both are cut here.
MOST_BYTES = 400_000
SNIPPET = 180
_NUMBER = re.compile(r"\s*#?([1-9]\d{0,17})\s*", re.ASCII)
_ODD = re.compile(r"[^a-z0-9а-я]")
_WORD = re.compile(r"\w+")

_PUT = {
    "sqlite": "INSERT OR REPLACE INTO desk_search (rowid, stems) VALUES (%s, %s)",
    "postgresql": (
        "INSERT INTO desk_search (message_id, stems) VALUES (%s, array_to_tsvector(%s))"
        " ON CONFLICT (message_id) DO UPDATE SET stems = excluded.stems"
    ),
}
_DROP_ROWS = {
    "sqlite": "DELETE FROM desk_search WHERE rowid IN (%s)",
    "postgresql": "DELETE FROM desk_search WHERE message_id IN (%s)",
}
_NEWEST = {
    "sqlite": (
        "SELECT rowid FROM desk_search WHERE desk_search MATCH %s AND rowid < %s"
        " ORDER BY rowid DESC LIMIT %s"
    ),
    "postgresql": (
        "SELECT message_id FROM desk_search WHERE stems @@ %s::tsquery AND message_id < %s"
        " ORDER BY message_id DESC LIMIT %s"
    ),
}
# Those of some conversations that have a fitting message at or after a key: shown on earlier pages.
_EARLIER = {
    "sqlite": (
        "SELECT m.conversation_id FROM desk_message m WHERE m.id IN"
        " (SELECT rowid FROM desk_search WHERE desk_search MATCH %s AND rowid >= %s)"
    ),
    "postgresql": (
        "SELECT m.conversation_id FROM desk_message m JOIN desk_search s ON s.message_id = m.id"
        " WHERE s.stems @@ %s::tsquery AND s.message_id >= %s"
    ),
}
FIRST_LOOK, LARGEST_LOOK = 200, 10_000


Entry = tuple[int, Any]


def index(message_ids: Iterable[int]) -> None:
    """Put messages into the index, or renew them there. Call it in a unit."""
    put(entries(message_ids))


def put(found: Sequence[Entry]) -> None:
    """Write what `entries` made. Call it in a unit."""
    with connection.cursor() as cursor:
        for entry in found:
            cursor.execute(_PUT[connection.vendor], entry)


def entries(message_ids: Iterable[int]) -> list[Entry]:
    """What the index should hold of these messages. Reads only, so it needs no unit."""
    rows = list(
        Message.objects.filter(pk__in=message_ids)
        .select_related("conversation__requester", "contact", "identity")
        .order_by("pk")
    )
    known = _known_by({row.conversation for row in rows})
    files = _file_names([row.pk for row in rows])
    found: list[Entry] = []
    for row in rows:
        own = (row.text, row.subject, *files.get(row.pk, ()), *_writer(row))
        stems = _stems("\n".join((*known[row.conversation_id], *own)))
        found.append((row.pk, " ".join(stems) if connection.vendor == "sqlite" else stems))
    return found


def _writer(row: Message) -> tuple[str, str]:
    return (
        row.contact.name if row.contact else "",
        row.identity.address if row.identity else "",
    )


def _known_by(conversations: set[Conversation]) -> dict[int, list[str]]:
    """The words of each conversation itself, by number."""
    flat: list[dict[str, Any]] = [{"number": c.pk} for c in conversations]
    attach_tags(flat)
    found = {row["number"]: list(row["tags"]) for row in flat}
    by_contact: dict[int, list[str]] = {}
    wanted = {c.requester_id for c in conversations}
    for owner, address in Identity.objects.filter(contact_id__in=wanted).values_list(
        "contact_id", "address"
    ):
        by_contact.setdefault(owner, []).append(address)
    for c in conversations:
        found[c.pk] += [c.subject, c.requester.name, *sorted(by_contact.get(c.requester_id, ()))]
    return found


def _file_names(message_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Attachment.objects.filter(message_id__in=message_ids).values_list("message_id", "name")
    for message_id, name in rows:
        found.setdefault(message_id or 0, []).append(name)
    return found


def remove(conversations: Sequence[int] | None = None) -> None:
    """Take conversations out of the index; without an argument, all of it. Call it in a unit."""
    with connection.cursor() as cursor:
        if conversations is None:
            cursor.execute(f"{_DROP_ROWS[connection.vendor].partition(' WHERE')[0]}")
            return
        ids = Message.objects.filter(conversation_id__in=conversations).values_list("pk", flat=True)
        for message_id in list(ids):
            cursor.execute(_DROP_ROWS[connection.vendor], [message_id])


def find(actor: Actor, text: str, *, limit: int = PAGE, after: str = "") -> Page:
    """Conversations in which all words of `text` occur, newest fitting message first.

    Rows are those of `queries.listing` with `message_id` and `snippet`. Spam and the bin are left
    out, except for a number (#12), which is found wherever it is. For agents only, because the
    index knows tags. `after` is the `next` of the page before; raises BadKey.
    """
    if after and not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise BadKey("this page key is not one of ours")
    if not isinstance(person(actor), Agent | System):
        return Page([], "")
    terms = words.query(text)
    hits = _newest(actor, terms, int(after or 0), limit + 1) if terms else []
    following = str(hits[limit - 1][1]) if len(hits) > limit else ""
    found: dict[int, int | None] = {}
    if not after and (number := _NUMBER.fullmatch(text)):
        found[int(number[1])] = None
    for conversation_id, message_id in hits[:limit]:
        found[conversation_id] = message_id
    return Page(_rows(actor, found, terms), following)


def _newest(
    actor: Actor, terms: list[words.Term], before: int, limit: int
) -> list[tuple[int, int]]:
    """(conversation, its newest fitting message), by that message, newest first.

    Looks at fitting messages from the newest on, in growing pieces, and asks who may see what is
    found: one join of everything with everything costs seconds, these looks milliseconds.
    """
    asked = _expression(terms)
    passed = set(_column(_EARLIER, asked, before)) if before else set()
    hits: dict[int, int] = {}
    position, size = before or 2**62, FIRST_LOOK
    while len(hits) < limit:
        ids = _column(_NEWEST, asked, position, size)
        for message_id, number in _shown(actor, ids):
            if number not in passed:
                hits.setdefault(number, message_id)
        if len(ids) < size:
            break
        position, size = ids[-1], min(size * 4, LARGEST_LOOK)
    return list(hits.items())[:limit]


def _column(statements: dict[str, str], *values: str | int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor], values)
        return [row[0] for row in cursor.fetchall()]


def _shown(actor: Actor, ids: list[int]) -> list[tuple[int, int]]:
    """(message, conversation) of those the actor may see, without spam and the bin."""
    places = dict(Message.objects.filter(pk__in=ids).values_list("pk", "conversation_id"))
    shown = visible_to(actor).filter(
        is_spam=False, binned_at=None, pk__in=sorted(set(places.values()))
    )
    numbers = set(shown.values_list("pk", flat=True))
    return [(pk, places[pk]) for pk in ids if places.get(pk) in numbers]


def _expression(terms: list[words.Term]) -> str:
    """The terms in the database's own language; they hold letters and digits only."""
    if connection.vendor == "sqlite":
        return " AND ".join(f'"{_plain(t.text)}"' + "*" * t.prefix for t in terms)
    return " & ".join(f"'{_plain(t.text)}'" + ":*" * t.prefix for t in terms)


def _stems(text: str) -> list[str]:
    """Each stem once, in a form no database splits, up to MOST_BYTES."""
    kept, size = [], 0
    for stem in dict.fromkeys(words.stems(text)):
        plain = _plain(stem)
        size += len(plain.encode()) + 1
        if size > MOST_BYTES:
            break
        kept.append(plain)
    return kept


def _plain(stem: str) -> str:
    """Letters that databases disagree about are spelled by their code point, one by one, so that
    the beginning of a word stays its beginning."""
    return _ODD.sub(lambda odd: f"x{ord(odd[0]):05x}x", stem)


def _rows(
    actor: Actor, found: dict[int, int | None], terms: list[words.Term]
) -> list[dict[str, Any]]:
    rows = {row["number"]: row for row in visible_to(actor).filter(pk__in=found).values(*ROW)}
    texts = dict(
        Message.objects.filter(pk__in=[i for i in found.values() if i]).values_list("pk", "text")
    )
    attach_tags(list(rows.values()))
    for number, row in rows.items():
        row["message_id"] = found[number]
        row["snippet"] = snippet(texts.get(found[number] or 0, row["preview"]), terms)
    return [rows[number] for number in found if number in rows]


def snippet(text: str, terms: Sequence[words.Term]) -> str:
    """A line of about SNIPPET characters around the first word that fits."""
    start = next((at for at, word in _words(text) if _fits(word, terms)), 0)
    begin = max(0, start - SNIPPET // 3)
    piece = " ".join(text[begin : begin + SNIPPET].split())
    before, behind = "…" * (begin > 0), "…" * (begin + SNIPPET < len(text))
    return before + piece + behind


def _words(text: str) -> Iterable[tuple[int, str]]:
    return ((word.start(), word.group()) for word in _WORD.finditer(text[:20_000]))


def _fits(word: str, terms: Sequence[words.Term]) -> bool:
    stems = words.stems(word)
    return any(
        stem.startswith(term.text) if term.prefix else stem == term.text
        for term in terms
        for stem in stems
    )
