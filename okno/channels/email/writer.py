"""Who wrote a letter: mostly its From, but not always.

A contact form of a web site writes in its own name, or in ours, and puts the client into Reply-To;
so does a group that may not write in a member's name (DMARC). A person who redirects a letter
stays behind Resent-From (RFC 5322 section 3.6.6).
"""

import re
from dataclasses import dataclass

from okno.channels.contract import Account
from okno.channels.email import threads
from okno.desk.contract import Level, Person
from okno.kit.mail import Address, Letter
from okno.kit.mail.roles import is_role

# What web sites call the sender of their forms; beside the names that `is_role` knows.
_SITE = re.compile(
    r"(?:wordpress|wp|www-?data|web|web-?(?:site|form|server|mail|robot)|site|sites|sait|form|forms"
    r"|forma|contact-?form|feedback|robot|bot|mailer|mail|sender|smtp|notif(?:y|ication|ications)"
    r"|alerts?|orders?|zakaz|zayavka|leads?|system|server|apache|nginx|httpd|php|auto|automail"
    r"|service|crm|tilda|bitrix|callback|request|requests)\d{0,3}"
)
# Names of shops and offices: people write from them, and forms that ask for answers elsewhere.
_OFFICE = re.compile(
    r"(?:info|admin|administrator|support|help|sales|hello|contacts?|shop|store|office|post|manager"
    r"|zayavki|clients?|client-?service)"
)
_FORM = re.compile(r"\b(?:сайт\w*|форм[аы]|заявк\w+|web ?site|website|contact form|form)\b", re.I)
# How Google Groups and Mailman name whom they stand in for.
_VIA = re.compile(r"\S\s+(?:via|через|über|por|от имени)\s+\S", re.I)


@dataclass(frozen=True)
class Writer:
    """Who wrote, as far as a letter says. `also` are others who may be answered, `notices` codes
    that say what an agent should know of it. `is_program`: no person waits for an answer."""

    person: Person | None
    level: Level
    is_program: bool
    also: tuple[Person, ...] = ()
    notices: tuple[str, ...] = ()


def is_sent_back(letter: Letter, account: Account) -> bool:
    """Whether somebody outside sent on one of our own letters, as it was."""
    by = letter.resent_from
    return by is not None and not _is_own(by.address, account)


def writer_of(letter: Letter, account: Account) -> Writer:
    """Who wrote a letter that came to a channel."""
    waits_not = letter.auto_reply
    if threads.in_id(letter.message_id) and letter.resent_from is not None:
        by = Person(letter.resent_from.address, letter.resent_from.name)
        # The letter itself is ours, so what it says of programs says nothing of whom it came from.
        return Writer(by, Level.CLAIMED, False, notices=("sent_back",))
    from_own = letter.from_ is not None and _is_own(letter.from_.address, account)
    answers_to = [p for p in letter.reply_to if not _is_own(p.address, account)]
    answers_to = [
        p for p in answers_to if letter.from_ is None or p.address != letter.from_.address
    ]
    if letter.from_ is not None and len(answers_to) == 1 and not is_role(answers_to[0].address):
        client = Person(answers_to[0].address, answers_to[0].name)
        if from_own or _is_carrier(letter.from_, client.address, letter, account):
            carried = f"carried_by:{letter.from_}"[:250]
            is_program = waits_not and not letter.by_web_program and not from_own
            return Writer(client, Level.CLAIMED, is_program, notices=(carried,))
    if from_own:
        return Writer(None, Level.ANONYMOUS, True, notices=("from_own_address",))
    if letter.from_ is None:
        return Writer(None, Level.ANONYMOUS, waits_not)
    level = Level.VERIFIED if letter.authenticated == "pass" else Level.CLAIMED
    also = tuple(Person(p.address, p.name) for p in answers_to)
    notices = ("answers_elsewhere",) if also and not letter.is_list else ()
    person = Person(letter.from_.address, letter.from_.name)
    return Writer(person, level, waits_not, also if notices else (), notices)


def _is_own(address: str, account: Account) -> bool:
    return threads.without_tag(address) in account.own_addresses


def _is_carrier(from_: Address, client: str, letter: Letter, account: Account) -> bool:
    """Whether a program of a site or a group stands in From, and the client in Reply-To."""
    local, _, domain = from_.address.rpartition("@")
    local = local.replace(".", "-").replace("_", "-")
    if _SITE.fullmatch(local) or is_role(from_.address) or letter.by_web_program:
        return True
    if _VIA.search(from_.name) or _FORM.search(from_.name):
        return True
    is_ours = domain == account.address.rpartition("@")[2]
    is_elsewhere = domain != client.rpartition("@")[2]
    return is_elsewhere and (is_ours or bool(_OFFICE.fullmatch(local)))
