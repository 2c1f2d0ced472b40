"""Conversations of all sorts, and values to ask of them, for tests of conditions."""

from datetime import timedelta

from okno.contacts.models import Company, Contact
from okno.desk.models import Channel, Conversation, RequestType, Status, Tag
from okno.kit import clock

WORDS = ("Заказ 7", "ЗАКАЗ", "order (a+b)", "100%", "_x_", "", "Order\\n")


def some_conversations(world, dice, count=60):
    """Make so many with random columns; returns values to ask of them, by condition."""
    companies = [Company.objects.create(name=name) for name in ("Brook", "Stone")]
    world.eve.company = companies[0]
    world.eve.save()
    twin = Contact.objects.create(name="Twin", merged_into=world.eve, company=companies[1])
    people = [world.dan, world.eve, twin]
    tags = [Tag.objects.create(name=name) for name in ("vip", "Счёт", "late")]
    kinds = [RequestType.objects.create(name=name) for name in ("Order", "Bill")]
    form = Channel.objects.create(kind="form", name="Form", public_key="k")
    now = clock.now()

    def ago():
        return now - timedelta(days=dice.randrange(20), hours=dice.randrange(24))

    for _ in range(count):
        made = Conversation.objects.create(
            subject=dice.choice(WORDS),
            status=dice.choice(Status.values),
            priority=dice.choice((1, 2, 3, 4)),
            language=dice.choice(("", "ru", "en")),
            channel=dice.choice((world.channel, form)),
            requester=dice.choice(people),
            team=dice.choice((None, world.support, world.sales)),
            assignee=dice.choice((None, world.bob, world.carol)),
            request_type=dice.choice((None, *kinds)),
            waiting_since=dice.choice((None, ago())),
            snoozed_until=dice.choice((None, ago())),
            created_at=ago(),
            last_message_at=ago(),
        )
        made.tags.set(dice.sample(tags, dice.randrange(3)))
    return {
        "team": [world.support.pk, world.sales.pk, "none"],
        "channel": [world.channel.pk, form.pk],
        "requester": [p.pk for p in people],
        "company": [*(c.pk for c in companies), "none"],
        "request_type": [*(k.pk for k in kinds), "none"],
        "tag": [t.pk for t in tags],
        "assignee": [world.bob.pk, world.carol.pk, "me", "nobody"],
        "status": Status.values,
        "priority": [1, 2, "high", "4"],
        "language": ["ru", "en"],
        "kind": ["email", "form"],
        "subject": ["заказ", "ORDER", "(a+b)", "%", "_", "x"],
    }


def some_value(dice, condition, operator, values):
    """A value that the condition takes with this operator."""
    if condition.kind == "flag":
        return dice.choice((True, False, "yes", "no"))
    if condition.kind == "date":
        if operator == "within":
            return dice.randrange(1, 20)
        return (clock.now() - timedelta(days=dice.randrange(20))).date().isoformat()
    pool = values[condition.name]
    if condition.kind == "text" or operator in ("at_least", "at_most"):
        return dice.choice(pool)
    return dice.sample(pool, dice.randrange(1, len(pool) + 1))
