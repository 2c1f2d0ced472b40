"""`okno demo`: an invented company, Velobaza, with letters in Russian and English."""

import argparse
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from okno.access.actions import create_agent, create_team
from okno.access.models import Agent, Role, Team
from okno.access.queries import is_installed
from okno.channels.contract import adapters
from okno.config.commands import demo_letters
from okno.config.commands.setup import migrate
from okno.desk import actions
from okno.desk.contract import DeliveryState, Incoming, Level, Person, ThreadHint
from okno.desk.models import Channel, Conversation, Delivery, Message, Status
from okno.kit import clock
from okno.spine import SYSTEM, unit

PASSWORD = "window-2026-open"
PEOPLE = (
    ("anna@velobaza.example", "Анна Реброва", Role.ADMIN, "ru"),
    ("oleg@velobaza.example", "Олег Тихонов", Role.AGENT, "ru"),
    ("kate@velobaza.example", "Kate Marlow", Role.AGENT, "en"),
)


@dataclass(frozen=True)
class Cast:
    """Who plays in the demo."""

    anna: Agent
    oleg: Agent
    kate: Agent
    channel: Channel


def demo(given: argparse.Namespace) -> int:
    """Fill an empty installation; a used one is left as it is. Prints who can sign in to a demo."""
    migrate(given)
    if not is_installed():
        print("Loading the demo ...", flush=True)
        cast = _cast()
        for letter in demo_letters.LETTERS:
            _play(cast, letter)
        with unit(cast.anna, "demo"):
            for name, text, language in demo_letters.SAVED_REPLIES:
                actions.create_saved_reply(cast.anna, name, text, language=language)
    elif not Agent.objects.filter(user__email=PEOPLE[0][0]).exists():
        raise ValueError(
            "this desk is set up already, so the demo was not loaded: use an empty OKNO_DATA_DIR"
            " or database"
        )
    else:
        print("The demo is here already; nothing was added.")
    print("Demo sign-ins (one password for all):")
    for email, name, role, _ in PEOPLE:
        print(f"  {email:24} {PASSWORD}   {name}, {role.label}")
    print(f"Demo shop with a chat: {settings.PUBLIC_URL}/demo/shop/")
    return 0


def _cast() -> Cast:
    adapter = adapters.get("email")
    with unit(SYSTEM, "demo"):
        shop = create_team(SYSTEM, "Магазин")
        abroad = create_team(SYSTEM, "International")
        teams: dict[str, list[Team]] = {
            "anna@velobaza.example": [shop, abroad],
            "oleg@velobaza.example": [shop],
            "kate@velobaza.example": [abroad],
        }
        agents = [
            create_agent(
                SYSTEM,
                email,
                name,
                password=PASSWORD,
                role=role,
                teams=teams[email],
                language=language,
            )
            for email, name, role, language in PEOPLE
        ]
        channel = actions.create_channel(
            SYSTEM,
            adapter.kind,
            "Велобаза",
            address="hello@velobaza.example",
            language="ru",
            signature="{agent}\nВелобаза · velobaza.example",
        )
        for other in adapters:
            if other is not adapter and other.begins_as:
                actions.create_channel(
                    SYSTEM,
                    other.kind,
                    "Велобаза",
                    team=shop,
                    language="ru",
                    settings={"demo": True, "typing_preview": True},
                )
    anna, oleg, kate = agents
    return Cast(anna, oleg, kate, channel)


def _play(cast: Cast, letter: demo_letters.Letter) -> None:
    """One story: the client's letter, what was answered, where it stands now."""
    with clock.held_at(clock.now() - timedelta(minutes=letter.minutes_ago)):
        with unit(SYSTEM, "demo"):
            message = actions.receive(cast.channel, _incoming(letter))
        conversation = message.conversation
        by = getattr(cast, letter.agent) if letter.agent else None
        if by is not None:
            with unit(by, "demo"):
                actions.assign(by, conversation, by)
        with unit(cast.anna, "demo"):
            for tag in letter.tags:
                actions.add_tag(cast.anna, conversation, tag)
            actions.set_priority(cast.anna, conversation, letter.priority)
    if letter.note:
        earlier = clock.now() - timedelta(minutes=letter.minutes_ago * 0.8)
        with clock.held_at(earlier), unit(cast.anna, "demo"):
            actions.note(cast.anna, conversation, letter.note)
    if letter.answer and by is not None:
        with clock.held_at(clock.now() - timedelta(minutes=letter.minutes_ago * 0.6)):
            _answer(by, conversation, letter)


def _answer(by: Agent, conversation: Conversation, letter: demo_letters.Letter) -> None:
    with unit(by, "demo"):
        sent = actions.reply(
            by, conversation, actions.Body(letter.answer), then=Status(letter.status)
        )
    # The demo's addresses lead nowhere, so its own answers count as sent.
    with unit(SYSTEM, "demo"):
        for delivery in Delivery.objects.filter(message=sent):
            actions.mark_delivery(delivery, DeliveryState.SENT, "250 demo")
    if letter.thanks:
        with (
            clock.held_at(clock.now() + timedelta(minutes=letter.minutes_ago * 0.2)),
            unit(SYSTEM, "demo"),
        ):
            _thanks(conversation, letter, sent)


def _thanks(conversation: Conversation, letter: demo_letters.Letter, sent: Message) -> None:
    again = _incoming(letter, text=letter.thanks, number=conversation.pk, mark=sent.pk)
    actions.receive(conversation.channel, again)


def _incoming(
    letter: demo_letters.Letter, *, text: str = "", number: int | None = None, mark: int = 0
) -> Incoming:
    words = text or letter.text
    return Incoming(
        external_id=f"<demo-{letter.minutes_ago}-{mark}@{letter.address.partition('@')[2]}>",
        sender=Person(letter.address, letter.name),
        level=Level.VERIFIED,
        text=words,
        reply_text=words,
        subject=letter.subject,
        sent_at=clock.now(),
        thread=ThreadHint(number=number),
        language=letter.language,
    )
