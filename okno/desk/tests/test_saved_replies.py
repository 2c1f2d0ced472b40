"""Ready texts: whose they are, what may stand in them, and E07: clients' words are no template."""

import pytest

from okno.access.policy import Forbidden, NotVisible
from okno.contacts.models import Company, Contact
from okno.desk import actions, composing, placeholders
from okno.desk.models import Conversation, SavedReply

pytestmark = pytest.mark.django_db
HOSTILE = [
    "{{7*7}}",
    "{{client.name}}",
    "{{agent.name}}",
    "{% debug %}",
    "{0.__class__}",
    "{agent}",
    "${7*7}",
    "%(agent)s %s",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&amp; <b>",
]
ALL = " ".join("{{" + each.name + "}}" for each in placeholders.known)


@pytest.mark.parametrize("word", HOSTILE)
def test_E07_a_clients_words_never_become_a_template(world, word):
    talk = world.letter(subject=word).conversation
    company = Company.objects.create(name=word)
    Contact.objects.filter(pk=talk.requester_id).update(name=word, company=company)
    talk = Conversation.objects.get(pk=talk.pk)
    values = placeholders.values(talk, world.bob)
    assert values["client.name"] == " ".join(word.split())
    text = placeholders.fill("Dear {{client.name}}, on {{ conversation.subject }}", values)
    assert text == f"Dear {word}, on {word}"
    html = placeholders.fill("<p>{{client.name}} {{company.name}}</p>", values, is_html=True)
    assert "<script" not in html and "<img" not in html and "49" not in html
    assert html.count("<") == 2


def test_every_placeholder_has_a_value_and_an_example(world):
    values = placeholders.values(world.letter().conversation, world.bob)
    assert set(values) == set(placeholders.examples()) == {p.name for p in placeholders.known}
    assert "{{" not in placeholders.fill(ALL, values)
    assert placeholders.missing("Hi {{company.name}}", values) == ["company.name"]


@pytest.mark.parametrize("text", ["{{7*7}}", "{{client.password}}", "{{}}", "{{client.__class__}}"])
def test_an_unknown_placeholder_is_refused_with_the_list_of_known_ones(world, text):
    with pytest.raises(ValueError, match=r"client\.name") as refused:
        world.do(actions.create_saved_reply, world.alice, "Wrong", f"Hello {text}")
    assert isinstance(refused.value, placeholders.UnknownPlaceholder)
    assert not SavedReply.objects.exists()


def test_texts_are_seen_by_whom_they_are_for(world):
    make = actions.create_saved_reply
    world.do(make, world.alice, "All", "For all")
    world.do(make, world.alice, "Sales", "For sales", team=world.sales)
    own = world.do(make, world.bob, "Own", "For Bob", is_own=True)
    names = {
        who: {s.name for s in composing.saved_replies(getattr(world, who))}
        for who in ("alice", "bob", "carol")
    }
    assert names == {"alice": {"All", "Sales"}, "bob": {"All", "Own"}, "carol": {"All", "Sales"}}
    assert not composing.saved_replies(world.dan).exists()
    with pytest.raises(NotVisible):
        composing.saved_reply(world.carol, own.pk)
    with pytest.raises(Forbidden):
        world.do(make, world.bob, "Ours", "For all")
    with pytest.raises(Forbidden):
        world.do(actions.remove_saved_reply, world.carol, own)


def test_a_removed_text_can_be_brought_back(world):
    saved = world.do(actions.create_saved_reply, world.alice, "Thanks", "Thank you!")
    world.do(actions.remove_saved_reply, world.alice, saved)
    assert not composing.saved_replies(world.bob).exists()
    world.do(actions.restore_saved_reply, world.alice, saved)
    assert composing.saved_replies(world.bob, "thank").get() == saved


def test_used_most_comes_first_and_html_is_cleaned(world):
    make = actions.create_saved_reply
    world.do(make, world.alice, "A", "Rare")
    html = '<p onclick="x()">Often</p><script>x()</script>'
    often = world.do(make, world.alice, "B", "Often", html=html)
    world.do(actions.note_use, world.bob, often)
    assert [s.name for s in composing.saved_replies(world.bob)] == ["B", "A"]
    assert often.html == "<p>Often</p>"


def test_a_note_calls_colleagues_who_may_see_it(world):
    talk = world.letter().conversation
    text = "@Alice and @Carol, and @Nobody: look. bob@alice.example"
    note = world.do(actions.note, world.bob, talk, text)
    assert [m.agent for m in note.mentions.all()] == [world.alice]
    assert talk.followers.get().agent == world.alice
    assert [m.note for m in composing.new_mentions(world.alice)] == [note]
    world.do(actions.see_mentions, world.alice, composing.new_mentions(world.alice)[-1])
    assert composing.new_mentions(world.alice) == []
