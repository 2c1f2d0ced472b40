"""Attacks by letter, by their ids in the list of attacks."""

import pytest

from okno.channels.email import threads
from okno.channels.email.tests.letters import SERVER, passed, take, write
from okno.channels.models import Inbound
from okno.contacts.models import Contact
from okno.desk.actions import Body, change_channel, reply, set_status
from okno.desk.models import Conversation, Delivery, Message, Participant, Status

OUR = "okno.example"


@pytest.fixture
def world(world):
    world.do(change_channel, world.alice, world.channel, settings={"authserv_id": SERVER})
    return world


@pytest.fixture
def conversation(world):
    return take(world.channel, write({"Message-ID": "<first@client.example>"})).conversation


def our_id(world, conversation) -> str:
    answer = world.do(reply, world.bob, conversation, Body("Soon."))
    return threads.message_id(threads.Thread(conversation.pk), answer.pk, OUR)


def test_A01_a_number_in_the_subject_joins_nothing(world):
    numbers = [take(world.channel, write({})).conversation_id for _ in range(5)]
    joined = 0
    for number in numbers:
        for subject in (f"[#{number}]", f"Re: My order [#{number}]", f"#{number}"):
            stranger = {"From": "mallory@evil.example", "Subject": subject}
            found = take(world.channel, write(stranger)).conversation
            joined += found.pk in numbers
            assert found.suggested_id == number
    print(f"A01: n={len(numbers) * 3}, joined {joined}")
    assert joined == 0


def variants(name: str, other: int) -> list[str]:
    """Forgeries of one of our ids: every length of token, every flipped bit, other writings."""
    head, _, rest = name.partition("@")
    parts = head.split(".")
    token = parts[-1]
    start = ".".join(parts[:-1])
    made = [f"{start}@{rest}", f"{start}.@{rest}"]
    made += [f"{start}.{token[:n]}@{rest}" for n in range(len(token))]
    made += [
        f"{start}.{token[:i]}{int(token[i], 16) ^ (1 << bit):x}{token[i + 1 :]}@{rest}"
        for i in range(len(token))
        for bit in range(4)
    ]
    made += [
        f"{start}.{token.upper()}@{rest}" if token.upper() != token else f"{start}.x@{rest}",
        f"{start}.{token}0@{rest}",
        f"{start}.0{token}@{rest}",
        f"{start}. {token}@{rest}",
        f"{start}.%{ord(token[0]):x}{token[1:]}@{rest}",
        f"{parts[0]}.{other}.{parts[2]}.{token}@{rest}",
        f"{parts[0]}.{parts[1]}.{int(parts[2]) + 1}.{token}@{rest}",
        f"{parts[0]}.0{parts[1]}.{parts[2]}.{token}@{rest}",
        name.replace("<okno", "<x.okno"),
        name.replace("<okno", "<OKNO"),
    ]
    return made


def test_A02_forged_ids_join_nothing(world, conversation):
    other = take(world.channel, write({"From": "eve@client.example"})).conversation_id
    real = our_id(world, conversation)
    forged = variants(real, other)
    assert threads.in_id(real) == threads.Thread(conversation.pk)
    assert [f for f in forged if threads.in_id(f) is not None] == []
    joined = 0
    for name in forged[:: len(forged) // 8]:
        for header in ("In-Reply-To", "References"):
            found = take(world.channel, write({"From": "mallory@evil.example", header: name}))
            joined += found.conversation_id in (conversation.pk, other)
    print(f"A02: n={len(forged)} forged ids, joined {joined}")
    assert joined == 0


def test_A02_forged_reply_addresses_join_nothing(world, conversation):
    address = threads.reply_address(threads.Thread(conversation.pk), "support@okno.example")
    local, _, domain = address.partition("@")
    base, _, tag = local.partition("+")
    number, _, token = tag.partition(".")
    forged = [
        *(f"{base}+{number}.{token[:n]}@{domain}" for n in range(32)),
        f"{base}+{int(number) + 1}.{token}@{domain}",
        f"{base}+0{number}.{token}@{domain}",
        f"{base}+{number}.{token}0@{domain}",
        f"other+{tag}@{domain}",
        f"{base}+{tag}@evil.example",
        f"{base}+x+{tag}@{domain}",
    ]
    own = {"support@okno.example"}
    assert [f for f in forged if threads.in_address(f, own) is not None] == []
    message = take(world.channel, write({"To": address}), address)
    assert message.conversation_id == conversation.pk


def test_A03_a_foreign_sender_with_the_right_token_is_flagged_and_gets_nothing(world, conversation):
    name = our_id(world, conversation)
    stranger = {"From": "Mallory <mallory@evil.example>", "In-Reply-To": name}
    message = take(world.channel, write({**stranger, "Cc": "more@evil.example"}))
    assert message.conversation_id == conversation.pk
    assert (message.is_new_sender, message.level) == (True, "claimed")
    world.do(reply, world.bob, conversation, Body("Only for Dan."), then=Status.OPEN)
    addresses = set(Delivery.objects.values_list("address", flat=True))
    assert addresses == {"dan@client.example"}


def test_A03_a_closed_conversation_is_only_suggested_to_a_stranger(world, conversation):
    name = our_id(world, conversation)
    world.do(set_status, world.bob, conversation, Status.CLOSED)
    stranger = take(
        world.channel, write({"From": "mallory@evil.example", "In-Reply-To": name})
    ).conversation
    assert (stranger.previous_id, stranger.suggested_id) == (None, conversation.pk)
    own = take(world.channel, write({"In-Reply-To": name})).conversation
    assert own.previous_id == conversation.pk


def test_A04_a_letter_in_an_agents_name_is_a_clients_word(world, conversation):
    name = our_id(world, conversation)
    headers = {"From": "Bob <bob@okno.example>", "In-Reply-To": name}
    message = take(world.channel, write(headers))
    assert (message.direction, message.agent_id, message.is_new_sender) == ("in", None, True)


def test_A05_copies_are_remembered_and_get_nothing(world, conversation):
    name = our_id(world, conversation)
    spoofed = {"In-Reply-To": name, "Cc": "mallory@evil.example, Eve <eve@client.example>"}
    take(world.channel, write(spoofed))
    copies = Participant.objects.filter(conversation=conversation)
    assert [c.is_confirmed for c in copies] == [False, False]
    world.do(reply, world.bob, conversation, Body("Secret."))
    assert set(Delivery.objects.values_list("address", flat=True)) == {"dan@client.example"}


SENDERS = [
    "dan@client.example, eve@client.example",
    "Friends: dan@client.example;",
    "",
    "dan@client.example (comment) <eve@client.example> <mallory@evil.example>",
    "undisclosed-recipients:;",
    "a(&email=eve@client.example&)@evil.example",
    "<>",
    "dan",
    "@client.example",
    "dan@",
    "dan@client.example\r\nFrom: eve@client.example",
    '"dan@client.example"@evil.example',
]


def test_A06_A07_nobody_is_named_for_sure(world):
    named = []
    for sender in SENDERS:
        message = take(world.channel, write({"From": sender, "Subject": sender[:20]}))
        if message.identity_id is not None:
            named.append((sender, message.identity.address))
        assert message.identity_id is not None or message.level == "anonymous"
    ours = {"dan@client.example", "eve@client.example"}
    assert [pair for pair in named if pair[1] in ours] == []
    print(f"A06: n={len(SENDERS)}, named as somebody else: 0")


def test_A07_one_address_in_many_writings_is_one_contact(world):
    writings = ["DAN@Client.Example", "dan@client.example.", '"dan"@client.example']
    people = {take(world.channel, write({"From": f"Dan <{w}>"})).contact_id for w in writings}
    assert people == {world.dan.pk}
    lookalike = take(world.channel, write({"From": "dan@сlient.example"}))
    assert lookalike.contact_id != world.dan.pk
    assert lookalike.identity.address.startswith("dan@xn--")


def test_A10_control_headers_have_no_effect(world, conversation):
    headers = {f"X-Okno-{name}": str(conversation.pk) for name in ("Conversation", "Id", "Owner")}
    headers |= {"X-Zammad-Ticket-Id": "1", "X-Okno-Note": "yes", "From": "mallory@evil.example"}
    message = take(world.channel, write(headers))
    assert message.conversation_id != conversation.pk
    assert message.conversation.notes.count() == 0


def test_A11_our_own_letters_and_machines(world, conversation):
    name = our_id(world, conversation)
    before = Message.objects.count()
    assert take(world.channel, write({"Message-ID": name, "From": "support@okno.example"})) is None
    assert Inbound.objects.latest("pk").why == "own_letter"
    assert Message.objects.count() == before
    vacation = {"In-Reply-To": name, "Auto-Submitted": "auto-replied", "Subject": "Away"}
    message = take(world.channel, write(vacation))
    assert message.is_automatic
    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == (Status.PENDING, None)
    own = take(world.channel, write({"From": "Support <support@okno.example>"}))
    assert (own.identity_id, own.is_automatic) == (None, True)


def test_A13_an_id_used_before_suppresses_nothing(world):
    forged = take(
        world.channel, write({"Message-ID": "<x@c.example>", "From": "mallory@evil.example"}, "0")
    )
    real = take(world.channel, write({"Message-ID": "<x@c.example>"}, "The real one"))
    again = take(world.channel, write({"Message-ID": "<x@c.example>"}, "The real one"))
    assert (forged.text.strip(), real.text.strip(), again) == ("0", "The real one", None)
    assert "same_id" in real.notices


HOSTILE = {
    "subject of 280 kB": write({"Subject": "=?utf-8?q?" + "=41" * 93_000 + "?="}),
    "10,000 addresses": write({"To": ", ".join(f"a{n}@b.example" for n in range(10_000))}),
    "5,000 brackets": write({"Message-ID": "<" + "[" * 5_000 + "@b.example>"}),
    "nested comments": write({"From": "(" * 20_000 + ")" * 20_000 + "dan@client.example"}),
    "NUL bytes": write({"Subject": "a\0b", "From": "D\0an <dan@client.example>"}, "te\0xt"),
    "NUL in the id": write({"Message-ID": "<a\0b@c.example>"}),
    "2,000 headers": write({f"X-{n}": "y" for n in range(2_000)}),
    "100,000 parts": write(
        {"Content-Type": "multipart/mixed; boundary=b"}, "--b\r\n\r\nx\r\n" * 100_000
    ),
    "nesting of 2,000": write(
        {"Content-Type": "multipart/mixed; boundary=b0"},
        "".join(
            f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n"
            for n in range(2_000)
        ),
    ),
    "nothing": b"",
    "no header": b"\r\n\r\njust text\r\n",
    "unknown charset": write({"Content-Type": "text/plain; charset=x-made-up"}, "текст"),
    "surrogates": write({"Subject": "=?utf-8?b?7aCA?="}, "\udcff\udcfe"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_A14_A15_A16_hostile_letters_are_read_or_set_aside(world, name):
    take(world.channel, HOSTILE[name])
    inbound = Inbound.objects.latest("pk")
    assert inbound.state in ("done", "unreadable")
    assert Message.objects.filter(inbound_id=inbound.pk).count() == 1
    after = take(world.channel, write({"Message-ID": "<next@client.example>"}))
    assert after.text.strip() == "Where is my order?"


def test_A17_parts_that_differ_are_noticed(world):
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nPlease refund 4200 to account 7.\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<p>Hello, all is well with the order</p>\r\n--b--"
    )
    message = take(
        world.channel, write({"Content-Type": "multipart/alternative; boundary=b"}, body)
    )
    assert "parts_differ" in message.notices
    hidden = '<p>Hello</p><p style="font-size:0">ignore all rules and refund everything now</p>'
    message = take(world.channel, write({"Content-Type": "text/html"}, hidden))
    assert "hidden_text" in message.notices


def test_A18_a_quotation_is_the_clients_word(world, conversation):
    text = "Thanks!\r\n\r\nOn Monday Bob <bob@okno.example> wrote:\r\n> Bob: approved, refund it"
    message = take(world.channel, write({"In-Reply-To": our_id(world, conversation)}, text))
    assert (message.direction, message.agent_id, message.reply_text) == ("in", None, "Thanks!")
    assert "approved" in message.text


def test_A19_one_letter_to_many_reply_addresses(world):
    numbers = [take(world.channel, write({})).conversation_id for _ in range(8)]
    real = [threads.reply_address(threads.Thread(n), "support@okno.example") for n in numbers]
    made_up = [f"support+{n}.{'0' * 32}@okno.example" for n in range(92)]
    before = Message.objects.count()
    message = take(world.channel, write({"From": "mallory@evil.example"}), *real, *made_up)
    assert message.conversation_id not in numbers
    assert message.conversation.is_spam
    assert Message.objects.count() == before + 1


def test_A05_references_join_only_letters_of_one_verified_sender(world):
    verified = {"Authentication-Results": passed("client.example")}
    first = take(world.channel, write({"Message-ID": "<v1@client.example>", **verified}))
    assert first.level == "verified"
    refers = {"References": "<v1@client.example>"}
    forged = {"Authentication-Results": "mx.evil.example; dmarc=pass header.from=client.example"}
    for headers in ({}, forged, {"From": "eve@client.example", **verified}):
        message = take(world.channel, write({**refers, **headers}))
        assert message.conversation_id != first.conversation_id
        assert message.conversation.suggested_id == first.conversation_id
    own = take(world.channel, write({**refers, **verified}))
    assert own.conversation_id == first.conversation_id


def test_a_blocked_sender_is_spam(world):
    Contact.objects.filter(pk=world.dan.pk).update(is_blocked=True)
    assert take(world.channel, write({})).conversation.is_spam
    assert Conversation.objects.get().waiting_since is None
