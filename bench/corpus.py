"""A desk with many messages, put straight into the tables: years of letters in two languages.

    python -m bench.corpus COUNT

Words are drawn as people use them: a few hundred make most of each letter, thousands are rare.
Nothing passes through the log, so that a million messages take minutes and not hours.
"""

import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate, islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction

import bench.ready  # noqa: F401
from bench import copies
from bench.texts import words as letter_words
from okno.access.models import Agent, Team
from okno.channels.models import Inbound
from okno.contacts.models import Contact, Identity
from okno.desk.models import Channel, Conversation, Message, Tag
from okno.desk.search import contacts
from okno.desk.search.index import ASSIGNEE, INDEX, TEAM
from okno.kit import clock

IN_A_CONVERSATION, OF_A_CONTACT, TEAMS, BATCH = 5, 2, 8, 5_000
# More than these are copies of them, later in time.
BASE, DAYS = 100_000, 300
_RUSSIAN = ("ка", "ло", "ри", "ста", "но", "ве", "пря", "го", "ми", "зу", "ше", "дра", "ты", "ок")
_ENGLISH = ("ar", "lo", "tin", "ve", "ster", "mo", "ran", "qui", "pel", "do", "wen", "ish", "cal")


def vocabulary(dice: random.Random, count: int = 30_000) -> list[str]:
    """Words of the language of this desk, the most frequent first; real ones and made-up ones."""
    real = sorted({w.strip(".,!?:") for n in range(60) for w in " ".join(letter_words(n)).split()})
    dice.shuffle(real)
    made = (
        "".join(dice.choices(dice.choice((_RUSSIAN, _RUSSIAN, _ENGLISH)), k=dice.randint(2, 5)))
        for _ in range(count * 3)
    )
    return list(dict.fromkeys([*real, *made]))[:count]


class Corpus:
    """Rows by number: the same number gives the same words on every database."""

    def __init__(self, count: int) -> None:
        dice = random.Random(7)
        self.words = vocabulary(dice)
        self.weights = list(accumulate(1 / (rank + 8) for rank in range(len(self.words))))
        self.teams = [Team.objects.create(name=f"Team {n}") for n in range(TEAMS)]
        self.tags = [Tag.objects.create(name=f"tag {n}") for n in range(20)]
        self.channel, self.agent = Channel.objects.get(), Agent.objects.get()
        self.agent.teams.add(self.teams[0])
        self.begin = clock.now() - timedelta(days=DAYS * (max(count, BASE) // BASE))
        self.count = min(count, BASE)

    def contact(self, number: int) -> tuple[str, str]:
        """Name and address."""
        name = letter_words(number)[0]
        return f"{name} {self.words[number % len(self.words)]}", f"c{number}@client.example"

    def subject(self, number: int) -> str:
        """Three to six words."""
        dice = random.Random(number * 2 + 1)
        return " ".join(dice.choices(self.words, cum_weights=self.weights, k=dice.randint(3, 6)))

    def text(self, number: int) -> str:
        """Twenty to sixty words, and a number of its own."""
        dice = random.Random(number * 2)
        picked = dice.choices(self.words, cum_weights=self.weights, k=dice.randint(20, 60))
        return f"{' '.join(picked)}. No {number:07d}"

    def contacts(self) -> Iterator[tuple[Contact, Identity]]:
        """All contacts with one address each."""
        for number in range(1, self.count // IN_A_CONVERSATION // OF_A_CONTACT + 1):
            name, address = self.contact(number)
            contact = Contact(pk=1000 + number, name=name)
            yield (
                contact,
                Identity(pk=1000 + number, contact=contact, kind="email", address=address),
            )

    def conversation(self, number: int) -> Conversation:
        """Most are solved and old; the newest five of a hundred are open."""
        total = self.count // IN_A_CONVERSATION
        is_new = number > total * 0.95
        owner = 1000 + number % (total // OF_A_CONTACT) + 1
        at = self.begin + timedelta(days=DAYS) * (number / (total + 1))
        return Conversation(
            pk=number, subject=self.subject(number), preview=self.text(number)[:120],
            status="open" if is_new else "solved", channel=self.channel,
            requester_id=owner, identity_id=owner, team=self.teams[number % TEAMS],
            assignee=self.agent if number % 37 == 0 else None,
            waiting_since=at if is_new and number % 2 else None,
            created_at=at, last_message_at=at,
        )  # fmt: skip

    def message(self, number: int) -> Message:
        """Messages of a conversation stand together, as the years brought them."""
        conversation = (number - 1) // IN_A_CONVERSATION + 1
        total = self.count // IN_A_CONVERSATION
        owner = 1000 + conversation % (total // OF_A_CONTACT) + 1
        is_in = number % 2 == 1
        return Message(
            pk=number, conversation_id=conversation, direction="in" if is_in else "out",
            contact_id=owner if is_in else None, identity_id=owner if is_in else None,
            agent=None if is_in else self.agent, text=self.text(number),
            created_at=self.begin + timedelta(days=DAYS) * (number / (self.count + 1)),
        )  # fmt: skip

    def inbound(self, number: int) -> Inbound:
        """What a message was taken in as."""
        return Inbound(
            channel=self.channel, external_id=f"<{number}@corpus.example>", sha256=f"{number:064d}",
            size=900, body=b"o" * 900, state=Inbound.State.DONE, received_at=self.begin,
        )  # fmt: skip

    def entry(self, message: Message) -> tuple[int, Any]:
        """What the index holds of a message, as `search.entries` makes it."""
        conversation = message.conversation_id
        total = self.count // IN_A_CONVERSATION
        name, address = self.contact(conversation % (total // OF_A_CONTACT) + 1)
        assignee = self.agent.pk if conversation % 37 == 0 else 0
        team = self.teams[conversation % TEAMS].pk
        marks = (f"{TEAM}{team}", f"{ASSIGNEE}{assignee}")
        text = "\n".join((self.subject(conversation), name, address, message.text))
        return INDEX.entry(message.pk, text, marks)


def fill(count: int) -> None:
    """Make `count` messages; needs what `bench.inside prepare` made, and little else."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    Message.objects.all().delete()
    Conversation.objects.all().delete()
    corpus = Corpus(count)
    for pairs in _batches(corpus.contacts()):
        Contact.objects.bulk_create([contact for contact, _ in pairs])
        Identity.objects.bulk_create([identity for _, identity in pairs])
        with transaction.atomic():
            contacts.INDEX.put(contacts.entries([contact.pk for contact, _ in pairs]))
    total = corpus.count // IN_A_CONVERSATION
    for numbers in _batches(range(1, total + 1)):
        Conversation.objects.bulk_create([corpus.conversation(n) for n in numbers])
    link = Conversation.tags.through
    for numbers in _batches(range(1, total + 1, 7)):
        link.objects.bulk_create(
            [link(conversation_id=n, tag=corpus.tags[n % len(corpus.tags)]) for n in numbers]
        )
    for numbers in _batches(range(1, total * IN_A_CONVERSATION + 1)):
        messages = [corpus.message(n) for n in numbers]
        Message.objects.bulk_create(messages)
        Inbound.objects.bulk_create([corpus.inbound(n) for n in numbers])
        _put([corpus.entry(message) for message in messages])
    for number in range(1, count // BASE):
        copies.add(number, BASE, BASE // IN_A_CONVERSATION, DAYS)
    _settle()


_PUT = {
    "sqlite": "INSERT INTO desk_search (rowid, stems) VALUES (%s, %s)",
    "postgresql": (
        "INSERT INTO desk_search (message_id, stems) VALUES (%s, array_to_tsvector(%s))"
    ),
}


def _put(entries: list[tuple[int, Any]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_PUT[connection.vendor], entries)


def _settle() -> None:
    """What a database does by itself in the course of years; SQLite never counts by itself."""
    given = [Contact, Identity, Conversation, Message]
    with connection.cursor() as cursor:
        # Rows put in with their keys leave PostgreSQL's counters where they were.
        for statement in connection.ops.sequence_reset_sql(no_style(), given):
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def _batches(rows: Any) -> Iterator[list[Any]]:
    found = iter(rows)
    while batch := list(islice(found, BATCH)):
        yield batch


if __name__ == "__main__":
    fill(int(sys.argv[1]))
    print("{}")
