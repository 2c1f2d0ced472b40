"""Best match first: the newest fitting conversations, by where and how the words stand in them.

Reckoned here and not by the databases, whose own ranks differ. What is ranked is bounded: of a
common word the newest are the best anyway.
"""

from collections.abc import Sequence
from typing import Any

from okno.desk.models import Conversation, Message
from okno.desk.queries import attach_tags
from okno.desk.search.candidates import Hit
from okno.kit import words

BEST_OF = 300
READ = 4_000
IN_SUBJECT, IN_NAMES, IN_TEXT, WHOLE_WORD, IN_A_ROW = 8, 6, 2, 1, 12


def ranked(hits: Sequence[Hit], terms: Sequence[words.Term]) -> list[tuple[int, Hit]]:
    """(score, hit), best first; among equals the newest message."""
    texts = dict(
        Message.objects.filter(pk__in=[hit.message_id for hit in hits]).values_list("pk", "text")
    )
    known = _known(hits)
    scored = []
    for hit in hits:
        subject, names = known.get(hit.conversation_id, ("", ""))
        scored.append((score(subject, names, texts.get(hit.message_id, ""), terms), hit))
    return sorted(scored, key=lambda pair: (-pair[0], -pair[1].message_id))


def score(subject: str, names: str, text: str, terms: Sequence[words.Term]) -> int:
    """How well a conversation fits: more is better."""
    total = 0
    wanted = [term.text for term in terms]
    for weight, place in ((IN_SUBJECT, subject), (IN_NAMES, names), (IN_TEXT, text[:READ])):
        stems = words.stems(place)
        here = set(stems)
        for term in terms:
            if term.text in here:
                total += weight + WHOLE_WORD
            elif any(term.fits(stem) for stem in here):
                total += weight
        if len(terms) > 1 and _in_a_row(stems, wanted):
            total += IN_A_ROW
    return total


def _in_a_row(stems: Sequence[str], wanted: Sequence[str]) -> bool:
    return f" {' '.join(wanted)}" in f" {' '.join(stems)}"


def _known(hits: Sequence[Hit]) -> dict[int, tuple[str, str]]:
    """Subject and names of each conversation."""
    fields = ("number", "subject", "requester__name", "identity__address")
    numbers = [hit.conversation_id for hit in hits]
    rows: list[dict[str, Any]] = list(Conversation.objects.filter(pk__in=numbers).values(*fields))
    attach_tags(rows)
    return {
        row["number"]: (
            row["subject"],
            " ".join([row["requester__name"], row["identity__address"] or "", *row["tags"]]),
        )
        for row in rows
    }
