"""Who a visitor is, and who they are not: attacks D01 to D05."""

import base64
import json
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.cache import cache
from django.db import connections

from okno.access.policy import NotVisible
from okno.channels.models import Inbound
from okno.contacts.models import Contact, Identity
from okno.desk import actions, correspondence
from okno.desk.models import Conversation, Message
from okno.kit import clock, crypto
from okno.portal.tests.guests import SECRET, Visitor, make_channel, proof, work
from okno.portal.widget import visitors
from okno.spine import SYSTEM, unit


def unsigned(channel):
    head, body, _ = proof(channel).split(".")
    fields = json.loads(base64.urlsafe_b64decode(head + "==")) | {"alg": "none"}
    plain = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    return f"{plain}.{body}."


def test_a_good_proof_gives_a_new_token_and_the_level_verified(visitor):
    before = visitor.token
    status, answer = visitor("POST", "identify", {"proof": proof(visitor.channel)})
    assert (status, answer["level"], answer["name"]) == (200, "verified", "Dan Brook")
    assert answer["token"] != before
    visitor.token = answer["token"]
    visitor.write("It is me")
    work()
    message = Message.objects.get()
    assert (message.level, message.contact.name) == ("verified", "Dan Brook")
    assert Conversation.objects.get().visit["email"] == "dan@client.example"


# A site that signs with a key of its own choosing (RFC 8725, section 2.1).
ED = Ed25519PrivateKey.generate()


def other_channels_proof(channel, **changes):
    """What a good secret of another channel makes of this one."""
    secret = crypto.new_token() + crypto.new_token()
    other = make_channel("widget", "Other", channel.team)
    with unit(SYSTEM, "test"):
        actions.change_channel(SYSTEM, other, secrets={"identity_secret": secret})
    return proof(channel, secret, **changes, headers={"kid": other.public_key})


WRONG = {
    "none": lambda c: None,
    "empty": lambda c: "",
    "text": lambda c: "verified",
    "number": lambda c: 7,
    "foreign secret": lambda c: proof(c, "another secret that is thirty-two characters"),
    "short secret": lambda c: proof(c, "okno"),
    "algorithm none": unsigned,
    "other algorithm": lambda c: proof(c, SECRET * 2, "HS512"),
    "other channel": lambda c: proof(c, aud="another"),
    "no audience": lambda c: proof(c, aud=None),
    "expired": lambda c: proof(c, exp=int(time.time()) - 60),
    "too long": lambda c: proof(c, exp=int(time.time()) + 3700),
    "for ever": lambda c: proof(c, exp=None),
    "not yet": lambda c: proof(c, nbf=int(time.time()) + 300),
    "no subject": lambda c: proof(c, sub=None),
    "no id": lambda c: proof(c, jti=None),
    "subject with a line": lambda c: proof(c, sub="a\nb"),
    "huge": lambda c: proof(c, name="x" * 5000),
    "signed by another channel": lambda c: other_channels_proof(c),
    "both audiences of another secret": lambda c: other_channels_proof(
        c, aud=["another", c.public_key]
    ),
    "a key of theirs": lambda c: proof(c, ED, "EdDSA", headers={"kid": "1"}),
    "time as text": lambda c: proof(c, exp=str(int(time.time()) + 600)),
    "key of another": lambda c: proof(c, SECRET + "x", headers={"kid": "../../secret"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_D01_a_wrong_proof_leaves_the_visitor_anonymous(visitor, name):
    before = visitor.token
    sent = WRONG[name](visitor.channel)
    assert visitor("POST", "identify", {"proof": sent, "verified": True}) == (
        403,
        {"error": "proof"},
    )
    visitor.write("Hello", level="verified", verified=True, sub="customer-17", name="Dan")
    work()
    assert visitor.token == before
    message = Message.objects.get()
    assert message.level == "anonymous"
    assert message.identity.address.startswith("visitor:")


def test_D01_a_replayed_proof_opens_nothing_for_someone_else(visitor):
    """Who has overheard a proof comes too late; who holds its token may show it again."""
    given = proof(visitor.channel)
    first = visitor("POST", "identify", {"proof": given})[1]
    visitor.token = first["token"]
    assert visitor("POST", "identify", {"proof": given})[0] == 200
    thief = Visitor(visitor.channel).start()
    assert thief("POST", "identify", {"proof": given})[0] == 403
    assert Visitor(visitor.channel)("POST", "identify", {"proof": given})[0] == 403


def test_m6_a_proof_is_used_once_in_the_installation_not_in_a_process(visitor):
    """What a process remembers is gone when it starts anew, and another one never knew it."""
    given = proof(visitor.channel)
    assert Visitor(visitor.channel)("POST", "identify", {"proof": given})[0] == 200
    cache.clear()
    assert Visitor(visitor.channel)("POST", "identify", {"proof": given})[0] == 403


def test_D01_a_proof_never_joins_a_known_contact_by_its_address(world, visitor):
    visitor.token = visitor("POST", "identify", {"proof": proof(visitor.channel)})[1]["token"]
    visitor.write("Hello")
    work()
    assert Message.objects.get().contact != world.dan


def test_what_was_written_before_signing_in_stays_with_the_person(world, visitor):
    visitor.write("Before")
    work()
    old = visitor.token
    visitor.token = visitor("POST", "identify", {"proof": proof(visitor.channel)})[1]["token"]
    visitor.write("After")
    work()
    anonymous = Identity.objects.get(address__startswith="visitor:").contact
    known = Identity.objects.get(address__startswith="user:").contact
    assert anonymous.merged_into == known
    # The old token is that of nobody in particular: it never sees what the person writes later.
    visitor.token = old
    assert visitor.texts() == ["Before"]


def test_D02_only_verified_means_that_others_store_nothing(world):
    channel = make_channel("widget", "Members", world.support, verified_only=True)
    assert Visitor(channel)("POST", "session") == (403, {"error": "verified_only"})
    stray = Visitor(channel, token=visitors.token_of(visitors.newcomer(channel.pk)))
    assert stray.write("Hello") == (403, {"error": "verified_only"})
    assert stray("GET", "messages")[0] == 403
    assert not Inbound.objects.exists()
    member = Visitor(channel)
    member.token = member("POST", "identify", {"proof": proof(channel)})[1]["token"]
    assert member.write("Hello")[0] == 200


def test_D02_no_door_of_a_verified_only_channel_opens_without_a_proof(world, capsys):
    """The token of nobody in particular, none, and what a proof of another channel gave."""
    channel = make_channel("widget", "Members", world.support, verified_only=True)
    open_one = make_channel("widget", "All", world.support)
    member = Visitor(open_one)
    member.token = member("POST", "identify", {"proof": proof(open_one)})[1]["token"]
    stray = visitors.token_of(visitors.newcomer(channel.pk))
    asked = 0
    for token in ("", stray, member.token):
        guest = Visitor(channel, token=token)
        for method, path, data in DOORS:
            status, answer = guest(method, path, data)
            assert status in (401, 403), (method, path, status)
            assert set(answer) == {"error"}, (method, path)
            asked += 1
    assert not Inbound.objects.exists() and not Conversation.objects.exists()
    with capsys.disabled():
        print(f"\nD02 n={asked} questions without a proof: 0 answered, 0 stored")


DOORS = [
    ("POST", "session", {"verified": True}), ("GET", "messages", None),
    ("POST", "messages", {"id": str(uuid.uuid4()), "text": "Hello", "verified": True}),
    ("POST", "seen", {"id": 1}), ("POST", "typing", {"text": "x"}),
    ("POST", "visit", {"page": "x"}),
    ("GET", "transcript", None), ("POST", "transcript/mail", {"email": "a@b.example"}),
    ("GET", "files/1", None), ("GET", "files/1/preview", None),
]  # fmt: skip


def broken(token):
    body, _, signature = token.partition(".")
    yield from ("", "x", body, body + ".", f"{body}.{signature[:-1]}", f"{body}.{signature}0")
    yield f"{body}.{signature.upper()}"
    yield f"{body[:-2]}AA.{signature}"
    yield f"{body}.{crypto.sign('request', body)}"
    yield "é" * 40


def test_D01_forged_and_foreign_tokens_open_nothing(world, visitor):
    for token in broken(visitor.token):
        stranger = Visitor(visitor.channel, token=token.encode().decode("latin-1"))
        assert stranger("GET", "messages")[0] == 401
        assert stranger.write("Hello")[0] == 401
    other = make_channel("widget", "Other", world.sales)
    assert Visitor(other, token=visitor.token)("GET", "messages")[0] == 401
    assert not Inbound.objects.exists()


def test_what_the_site_vouched_for_ends_after_a_day(visitor):
    visitor.token = visitor("POST", "identify", {"proof": proof(visitor.channel)})[1]["token"]
    later = clock.datetime.fromtimestamp(time.time() + 25 * 3600, clock.UTC)
    with clock.held_at(later):
        assert visitor("GET", "messages")[0] == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("", 200), ("https://shop.example", 200), ("http://testserver", 200),
        ("https://evil.example", 403), ("null", 403), ("https://shop.example.evil.example", 403),
        ("http://shop.example", 403), ("https://shop.example:444", 403),
    ],
)  # fmt: skip
def test_D04_only_listed_sites_may_ask(visitor, origin, status):
    visitor.origin = origin
    response = visitor.raw("GET", "messages")
    assert response.status_code == status
    assert response.headers.get("Access-Control-Allow-Origin", "") == (
        origin if status == 200 else ""
    )
    assert "Access-Control-Allow-Credentials" not in response.headers
    asked = visitor.raw("OPTIONS", "messages")
    assert asked.status_code == (204 if status == 200 else 403)
    assert visitor.write("Hello")[0] == status
    assert not response.cookies


def test_D03_many_visitors_behind_one_address_never_see_each_other(live_world):
    """20 at once, 200 in the long run, through the same proxy."""
    channel = make_channel("widget", "Velobaza", live_world.support)
    number_of = 200 if os.environ.get("OKNO_TEST_LONG") else 20
    people = [Visitor(channel, address=f"203.0.113.{n % 20}").start() for n in range(number_of)]

    def write(number):
        try:
            return people[number].write(f"secret-{number:03}")[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(number_of))) == {200}
    work()
    for talk in Conversation.objects.all():
        words = talk.messages.first().text
        live_world.do(actions.reply, live_world.bob, talk, actions.Body(f"answer to {words}"))
    work()
    for number, visitor in enumerate(people):
        words = f"secret-{number:03}"
        assert visitor.texts() == [words, f"answer to {words}"]
        assert visitor.raw("GET", "transcript").content.decode().count("secret-") == 2
    tokens = {visitor.token for visitor in people}
    assert len(tokens) == number_of == Contact.objects.filter(identities__kind="widget").count()


def test_D07_visitors_learn_a_first_name_and_nothing_else_of_an_agent(world, visitor):
    world.bob.name = "Bob Tanner"
    world.bob.save()
    visitor.write("Hello")
    work()
    world.do(actions.assign, world.bob, Conversation.objects.get(), world.bob)
    world.do(actions.reply, world.bob, Conversation.objects.get(), actions.Body("Good day"))
    work()
    seen = (
        visitor.raw("GET", "messages").content.decode()
        + visitor.raw("GET", "transcript").content.decode()
    )
    assert "Bob" in seen
    for secret in ("Tanner", "bob@okno.example", "Support", "agent", "assignee", "visitor:"):
        assert secret not in seen, secret


def test_a_file_of_a_note_is_behind_no_door(world, visitor):
    visitor.write("Hello")
    work()
    me = correspondence.identity("widget", Message.objects.get().identity.address)
    for number in range(1, 4):
        with pytest.raises(NotVisible):
            correspondence.attachment(correspondence.of(me), number)
