"""From a parsed letter to what the desk is told."""

import re

from okno.channels.contract import Account
from okno.channels.email import threads
from okno.channels.email.writer import Writer, is_sent_back, writer_of
from okno.desk.contract import (
    DeliveryState,
    Ignore,
    Incoming,
    Parsed,
    Person,
    Receipt,
    ThreadHint,
)
from okno.kit.blobs import File
from okno.kit.mail import Letter

# One letter to more of our reply addresses than this was not written by a person (attack A19).
MOST_ALIASES = 3
MOST_COPIES = 50
MOST_REFERENCES = 30
_CYRILLIC = re.compile(r"[а-яёА-ЯЁ]")
_LATIN = re.compile(r"[a-zA-Z]")


def understand(letter: Letter, account: Account, recipients: tuple[str, ...]) -> list[Parsed]:
    """What a letter means. `recipients` are those of the envelope, when the door knows them."""
    if threads.in_id(letter.message_id) is not None and not is_sent_back(letter, account):
        # Our own letter came back (a loop, or a copy to ourselves): attack A11.
        return [Ignore("own_letter")]
    item = _incoming(letter, account, recipients)
    if letter.bounce is None:
        return [item]
    bounce = letter.bounce
    # What else a report says (relayed, expanded, handed on) is no more than sent.
    states = {"failed": DeliveryState.FAILED, "delayed": DeliveryState.QUEUED}
    state = states.get(bounce.kind, DeliveryState.SENT)
    detail = " ".join(filter(None, (bounce.status, bounce.diagnostic)))
    original = _plain_id(bounce.original_message_id)
    return [Receipt(original, state, bounce.recipient, detail, otherwise=item)]


def _incoming(letter: Letter, account: Account, recipients: tuple[str, ...]) -> Incoming:
    own = set(account.own_addresses)
    addressed = [*recipients, *letter.delivered_to, *(a.address for a in (*letter.to, *letter.cc))]
    named = {t for address in addressed if (t := threads.in_address(address, own)) is not None}
    sprayed = len(named) > MOST_ALIASES
    thread = None if sprayed else _thread(letter, named)
    writer = writer_of(letter, account)
    copies = _copies(letter, writer, own)
    cut = ("copies_cut",) if len(copies) > MOST_COPIES else ()
    return Incoming(
        # What came back has an id of ours: it must not be taken for the letter itself.
        external_id="" if threads.in_id(letter.message_id) else _plain_id(letter.message_id),
        sender=writer.person,
        level=writer.level,
        text=letter.body_text,
        reply_text=letter.reply_text,
        html=letter.body_html,
        subject=letter.subject,
        sent_at=letter.date,
        files=tuple(_files(letter)),
        thread=ThreadHint(
            aside=thread.number if thread and thread.is_aside else None,
            number=thread.number if thread and not thread.is_aside else None,
            references=_references(letter),
            mentioned=threads.mentioned(letter.subject),
        ),
        copies=copies[:MOST_COPIES],
        is_automatic=writer.is_program,
        no_automatic_answer=letter.no_automatic_answer or writer.is_program,
        is_spam=letter.spam or sprayed,
        notices=(*letter.notices, *writer.notices, *cut),
        language=language_of(letter.reply_text or letter.body_text or letter.subject),
    )


def _thread(letter: Letter, named: set[threads.Thread]) -> threads.Thread | None:
    """Where a letter belongs by its tokens: the letter it answers, else the one address it names.

    An aside wins in any place: nothing said there may ever come before the client.
    """
    ids = (letter.message_id, letter.in_reply_to, *reversed(letter.references))
    answered = [t for text in ids if (t := threads.in_id(text)) is not None]
    aside = next((t for t in (*answered, *named) if t.is_aside), None)
    if aside is not None or answered:
        return aside or answered[0]
    return next(iter(named)) if len(named) == 1 else None


def _references(letter: Letter) -> tuple[str, ...]:
    """Ids of earlier letters, the nearest first."""
    ids = (letter.in_reply_to, *reversed(letter.references))
    return tuple(filter(None, map(_plain_id, ids)))[:MOST_REFERENCES]


def _plain_id(text: str) -> str:
    """An id without characters that are not seen; PostgreSQL refuses a NUL anywhere."""
    return "".join(c for c in text if c.isprintable())[:255]


def _files(letter: Letter) -> list[File]:
    return [
        File(a.filename, a.content_type, a.data, a.inline, _plain_id(a.content_id))
        for a in letter.attachments
    ]


def _copies(letter: Letter, writer: Writer, own: set[str]) -> tuple[Person, ...]:
    """Everyone else the letter names, without us and without its sender."""
    if writer.person is None:
        return ()
    people = {p.address: p for p in writer.also}
    people |= {a.address: Person(a.address, a.name) for a in (*letter.to, *letter.cc)}
    others = [
        person
        for address, person in people.items()
        if address and address != writer.person.address and threads.without_tag(address) not in own
    ]
    return tuple(others)


def language_of(text: str) -> str:
    """`ru` or `en` by the letters used, "" when there are too few to tell."""
    sample = text[:2000]
    cyrillic, latin = len(_CYRILLIC.findall(sample)), len(_LATIN.findall(sample))
    if cyrillic + latin < 3:
        return ""
    return "ru" if cyrillic * 2 > latin else "en"
