"""Lists that are cut at a limit lose nothing: they go on, say so, or refuse."""

import pytest

from okno.access.actions import create_agent
from okno.channels.email.tests.letters import take
from okno.desk import actions, composing, correspondence, listed_names
from okno.desk.actions.fields import MOST_CHOICES, create_field
from okno.desk.models import Message, Tag
from okno.portal.tests.guests import Visitor, make_channel, work
from okno.spine import SYSTEM, unit

pytestmark = pytest.mark.django_db


def test_calls_beyond_those_told_at_once_are_told_next(world):
    talk, told = world.letter().conversation, []
    for number in range(composing.MOST_MENTIONS + 3):
        world.do(actions.note, world.bob, talk, f"@Alice {number}")
    while rows := composing.new_mentions(world.alice):
        assert len(rows) <= composing.MOST_MENTIONS
        told += [mention.note.text for mention in rows]
        world.do(actions.see_mentions, world.alice, rows[-1])
    assert told == [f"@Alice {number}" for number in range(composing.MOST_MENTIONS + 3)]


def test_a_colleague_is_found_behind_many_who_may_not_see(world):
    talk = world.letter().conversation
    with unit(SYSTEM, "test"):
        for number in range(205):
            create_agent(SYSTEM, f"a{number}@okno.example", f"Ann {number:03}", teams=[world.sales])
        zoe = create_agent(SYSTEM, "zoe@okno.example", "Zoe Ann", teams=[world.support])
    assert composing.callable_agents(world.bob, talk, "ann") == [zoe]


def test_what_a_filter_has_chosen_keeps_its_name_behind_many(world):
    few = listed_names.FEW
    Tag.objects.bulk_create(Tag(name=f"tag-{number:04}") for number in range(few + 2))
    last = Tag.objects.get(name=f"tag-{few + 1:04}")
    named = listed_names.names(world.bob, "tag", [str(last.pk), "²"])
    assert (last.pk, last.name) in named
    assert len(named) == len(set(named)) == few + 1


def test_too_many_choices_are_refused_and_not_dropped(world):
    choices = [f"Choice {number}" for number in range(MOST_CHOICES + 1)]
    world.do(create_field, world.alice, "Model", "choice", choices=choices[:-1])
    with pytest.raises(ValueError, match="100"):
        world.do(create_field, world.alice, "Other", "choice", choices=choices)


def test_a_letter_to_very_many_says_that_its_copies_are_cut(world):
    def sent(count):
        copies = ", ".join(f"c{number}@other.example" for number in range(count))
        head = "From: dan@client.example\r\nTo: support@okno.example\r\n"
        raw = f"{head}Cc: {copies}\r\nSubject: All\r\nMessage-ID: <{count}@x>\r\n\r\nHello\r\n"
        return Message.objects.get(pk=take(world.channel, raw.encode()).pk)

    few, many = sent(50), sent(51)
    assert "copies_cut" not in few.notices and "copies_cut" in many.notices
    assert few.conversation.participants.count() == many.conversation.participants.count() == 50


def test_all_that_a_visitor_looked_at_is_read_and_a_cut_transcript_says_so(world):
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    visitor.write("Hello")
    work()
    talk = Message.objects.get().conversation
    count = correspondence.PAGE + 2
    for number in range(count):
        world.do(actions.reply, world.bob, talk, actions.Body(f"Answer {number}"))
    work()
    last = Message.objects.order_by("-pk")[0]
    assert visitor("POST", "seen", {"id": last.pk, "is_read": True})[0] == 200
    me = correspondence.identity("widget", talk.identity.address)
    assert correspondence.unread(me, last.pk) == []
    whole, has_earlier = correspondence.everything(me)
    assert (len(whole), has_earlier) == (count + 1, False)
    newest, has_earlier = correspondence.everything(me, most=5)
    assert (newest, has_earlier) == (whole[-5:], True)
