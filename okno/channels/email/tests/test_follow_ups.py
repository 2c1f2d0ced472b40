"""Letters that go with earlier ones without our token: follow-ups, and one letter by two ways.

Of who is verified they join; else they are offered, and both conversations say so.
"""

import pytest

from okno.api.tests.conftest import Program, make_token
from okno.channels.email.tests.letters import SERVER, passed, take, write
from okno.channels.models import Inbound
from okno.console.tests.conftest import browser_of
from okno.desk import actions
from okno.desk.models import Conversation, Delivery, Message

pytestmark = pytest.mark.django_db
PETER = {"From": "Пётр <petr@firm.example>", "Message-ID": "<a14@firm.example>"}
OLGA = {"From": "Olga <olga@firm.example>", "Cc": "petr@firm.example", "Subject": "RE: My order"}


@pytest.fixture
def world(world):
    world.do(actions.change_channel, world.alice, world.channel, settings={"authserv_id": SERVER})
    return world


def came(world, *headers: dict[str, str], body: str = "More words", is_verified: bool = False):
    given = {name: value for some in headers for name, value in some.items()}
    if is_verified:
        domain = given["From"].rpartition("@")[2].rstrip(">")
        given["Authentication-Results"] = passed(domain)
    return take(world.channel, write(given, body))


def refers(name: str = "<a14@firm.example>") -> dict[str, str]:
    return {"In-Reply-To": name, "References": name, "Message-ID": ""}


def page(world, number: int, who=None) -> str:
    answer = browser_of(who or world.bob).get(f"/conversations/{number}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("second", [PETER, OLGA], ids=["own", "colleague"])
@pytest.mark.parametrize("verified", [(True, False), (False, True), (False, False)])
def test_who_is_not_verified_is_offered_in_both_conversations(world, second, verified):
    first = came(world, PETER, is_verified=verified[0])
    later = came(world, second, refers(), is_verified=verified[1])
    one, two = first.conversation_id, later.conversation_id
    assert one != two and later.conversation.suggested_id == one
    assert f"It may belong to #{one}," in page(world, two)
    assert f"#{two} may belong here." in page(world, one)
    browser_of(world.bob).post(f"/conversations/{one}/join", {"number": two})
    later.refresh_from_db()
    assert later.conversation_id == one
    assert "may belong" not in page(world, one) + page(world, two)


@pytest.mark.parametrize("second", [PETER, OLGA], ids=["own", "colleague"])
def test_verified_follow_ups_join(world, second):
    first = came(world, PETER, is_verified=True)
    later = came(world, second, refers(), is_verified=True)
    assert later.conversation_id == first.conversation_id
    is_colleague = second is OLGA
    assert later.is_new_sender is is_colleague
    world.do(actions.reply, world.bob, first.conversation, actions.Body("Only for Peter."))
    assert set(Delivery.objects.values_list("address", flat=True)) == {"petr@firm.example"}


def test_who_was_in_copy_joins_from_another_firm(world):
    first = came(world, PETER, {"Cc": "expert@maker.example"}, is_verified=True)
    later = came(world, {"From": "expert@maker.example"}, refers(), is_verified=True)
    assert later.conversation_id == first.conversation_id and later.is_new_sender


NO_COLLEAGUES = {
    "another firm": {"From": "mallory@evil.example", "Cc": "petr@firm.example"},
    "not to all": {"From": "olga@firm.example"},
    "a firm below it": {"From": "olga@sub.firm.example", "Cc": "petr@firm.example"},
}


@pytest.mark.parametrize("who", NO_COLLEAGUES)
def test_A05_an_id_that_many_know_is_not_enough(world, who):
    first = came(world, PETER, is_verified=True)
    later = came(world, NO_COLLEAGUES[who], refers(), is_verified=True)
    assert later.conversation_id != first.conversation_id
    assert later.conversation.suggested_id == first.conversation_id


def test_A05_addresses_that_anybody_can_have_are_no_firm(world):
    mine = {"From": "petr@gmail.com", "Message-ID": "<a14@firm.example>"}
    first = came(world, mine, is_verified=True)
    other = {"From": "mallory@gmail.com", "Cc": "petr@gmail.com"}
    later = came(world, other, refers(), is_verified=True)
    assert later.conversation_id != first.conversation_id


def test_what_is_kept_apart_is_offered_no_more(world):
    one = came(world, PETER).conversation_id
    two = came(world, PETER, refers()).conversation_id
    three = came(world, PETER, refers(), body="Once more").conversation_id
    browser = browser_of(world.bob)
    browser.post(f"/conversations/{one}/apart", {"number": two})
    assert f"#{two} may belong here." not in page(world, one)
    assert f"#{three} may belong here." in page(world, one)
    browser.post(f"/conversations/{three}/apart")
    assert "may belong" not in page(world, one) + page(world, two) + page(world, three)
    assert "It does not belong to" in page(world, three)


def test_programs_see_it_and_keep_it_apart(world):
    one = came(world, PETER).conversation_id
    two = came(world, PETER, refers()).conversation_id
    bob = Program(make_token(world.bob))
    assert bob("GET", f"/conversations/{two}")[1]["suggested"] == one
    found = bob("GET", f"/conversations?suggested={one}")[1]["items"]
    assert [row["number"] for row in found] == [two]
    assert bob("PATCH", f"/conversations/{two}", {"suggested": one})[0] == 422
    status, now = bob("PATCH", f"/conversations/{two}", {"suggested": None})
    assert (status, now["suggested"]) == (200, None)


def test_C01_what_may_not_be_seen_is_not_offered(world):
    one = came(world, PETER).conversation_id
    two = came(world, PETER, refers()).conversation_id
    Conversation.objects.filter(pk=two).update(team=world.sales)
    assert "may belong" not in page(world, one)
    assert f"#{two} may belong here." in page(world, one, world.alice)
    assert "may belong" not in page(world, two, world.carol)


def test_it_is_offered_where_the_other_was_merged_into(world):
    one = came(world, PETER).conversation
    two = came(world, PETER, refers()).conversation
    head = world.letter().conversation
    world.do(actions.merge, world.bob, one, head)
    assert f"It may belong to #{head.pk}," in page(world, two.pk)
    browser_of(world.bob).post(f"/conversations/{two.pk}/merge", {"into": head.pk})
    assert Message.objects.filter(conversation=head).count() == 3


TWIN = {"From": "Дубль <twin@firm.example>", "Message-ID": "<d61@firm.example>", "Subject": "Дубль"}
BY_LIST = {"Received": "from list.firm.example by mx.okno.example; Mon, 30 Nov 2026 05:00:05 +0300"}
WORDS = "Один и тот же текст."
FOOTERS = {
    "Mailman": "\r\n_______________________________________________\r\nlist mailing list",
    "Google Groups": "\r\n-- \r\nYou received this message because you are subscribed",
    "a firm's own": "\r\n\r\nПроверено на вирусы.",
}


def test_one_letter_by_two_ways_is_offered_and_not_said_to_differ(world):
    one = came(world, TWIN, body=WORDS)
    two = came(world, TWIN, BY_LIST, body=WORDS)
    assert two.conversation.suggested_id == one.conversation_id != two.conversation_id
    assert two.notices == ["same_letter"]
    shown = page(world, two.conversation_id)
    assert "with the same words" in shown and "different words" not in shown
    assert f"#{two.conversation_id} may belong here." in page(world, one.conversation_id)


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_footer_does_not_make_other_words(world, footer):
    one = came(world, TWIN, body=WORDS)
    two = came(world, TWIN, BY_LIST, body=WORDS + FOOTERS[footer])
    assert two.conversation.suggested_id == one.conversation_id
    assert set(two.notices) <= {"same_letter", "same_letter_longer"} != set()
    assert "different words" not in page(world, two.conversation_id)


def test_a_letter_to_two_of_our_addresses_says_so(world):
    other = world.do(
        actions.create_channel, world.alice, "email", "Sales", address="sales@okno.example"
    )
    one = came(world, TWIN, body=WORDS)
    two = take(other, write(TWIN, WORDS), "sales@okno.example")
    assert (two.notices, two.conversation.suggested_id) == (["same_letter"], one.conversation_id)


def test_a_copy_of_who_is_verified_is_shown_once(world):
    one = came(world, TWIN, body=WORDS, is_verified=True)
    assert came(world, TWIN, BY_LIST, body=WORDS, is_verified=True) is None
    assert Inbound.objects.latest("pk").why == "same_letter"
    longer = came(world, TWIN, body=WORDS + FOOTERS["Mailman"], is_verified=True)
    assert longer.conversation_id == one.conversation_id
    assert Conversation.objects.count() == 1


def test_A13_a_copy_is_left_out_only_when_nothing_is_lost(world):
    """Other words, another sender, a file, or a sender who is not verified: all are kept."""
    came(world, TWIN, body=WORDS, is_verified=True)
    stranger = {**TWIN, "From": "mallory@evil.example"}
    file = (
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{WORDS}\r\n--b\r\n"
        "Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1"
        "\r\n--b--"
    )
    mixed = {"Content-Type": "multipart/mixed; boundary=b"}
    kept = [
        came(world, TWIN, body="Quite other words", is_verified=True),
        came(world, stranger, body=WORDS, is_verified=True),
        came(world, TWIN, BY_LIST, body=WORDS),
        came(world, TWIN, mixed, body=file, is_verified=True),
    ]
    assert all(kept) and len({message.pk for message in kept}) == 4
    assert [message.notices[-1] for message in kept[:2]] == ["same_id", "same_id"]


@pytest.mark.parametrize("names", [("61-dup-1", "61-dup-2"), ("61c-dup-dkim-footer", "61-dup-1")])
def test_twins_of_the_sample(world, shared_data, names):
    files = [shared_data / "cases" / f"{name}.eml" for name in names]
    one, two = (take(world.channel, file.read_bytes()) for file in files)
    assert two.conversation.suggested_id == one.conversation_id
    assert "different words" not in page(world, two.conversation_id)


def test_follow_ups_of_the_sample(world, shared_data):
    names = ("14-first", "14a-followup-own", "14b-colleague-reply-all")
    first, own, colleague = (
        take(world.channel, (shared_data / "cases" / f"{name}.eml").read_bytes()) for name in names
    )
    for later in (own, colleague):
        assert later.conversation.suggested_id == first.conversation_id
        assert f"#{later.conversation_id} may belong here." in page(world, first.conversation_id)
