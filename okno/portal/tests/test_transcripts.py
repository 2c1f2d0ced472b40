"""D06: the conversation by mail goes to nobody but its visitor."""

import re
from email import message_from_bytes
from email.policy import default

import pytest

from okno.portal.tests.guests import Visitor, work
from okno.portal.tests.guests import proof as proof_of
from tests.stands.smtp_sink import SmtpSink

PHISH = "Your account is locked: https://evil.example/login"


@pytest.fixture
def post(world):
    """A mail server that takes what the installation sends."""
    with SmtpSink() as sink:
        way = {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
        world.channel.settings = way
        world.channel.save()
        yield sink


def letters(sink):
    work()
    return [message_from_bytes(mail.raw, policy=default) for mail in sink.mails]


def code_in(letter):
    return re.search(r"\b\d{6}\b", letter.get_content())[0]


def mail(visitor, **given):
    return visitor("POST", "transcript/mail", given)


@pytest.fixture
def talking(post, visitor):
    visitor.write(PHISH, name=PHISH, email="stranger@victim.example")
    work()
    return visitor


def test_D06_a_given_address_gets_a_code_first_and_nothing_of_a_stranger(post, talking):
    status, answer = mail(talking, email="dan@client.example")
    assert (status, answer["state"]) == (200, "code")
    [letter] = letters(post)
    assert letter["To"] == "dan@client.example"
    assert "evil.example" not in letter.as_string() and "locked" not in letter.as_string()
    ticket = answer["ticket"]
    assert mail(talking, ticket=ticket, code="0")[0] == 403
    assert mail(talking, ticket=ticket, code=code_in(letter))[1]["state"] == "queued"
    sent = letters(post)[-1]
    assert sent["To"] == "dan@client.example"
    assert "evil.example" in sent.get_content() and "evil" not in sent["Subject"]


def test_D06_a_code_is_good_for_its_visitor_and_its_address_only(post, talking):
    ticket = mail(talking, email="dan@client.example")[1]["ticket"]
    code = code_in(letters(post)[0])
    other = Visitor(talking.channel, address="198.51.100.9").start()
    other.write("Hello")
    work()
    assert mail(other, ticket=ticket, code=code) == (403, {"error": "code"})
    forged = mail(talking, email="eve@client.example")[1]["ticket"].partition(".")[0]
    assert mail(talking, ticket=f"{forged}.{ticket.partition('.')[2]}", code=code)[0] == 403
    assert len(letters(post)) == 2


def test_D06_tries_and_letters_are_limited(post, talking):
    ticket = mail(talking, email="dan@client.example")[1]["ticket"]
    answers = [mail(talking, ticket=ticket, code=f"{n:06}")[0] for n in range(12)]
    assert set(answers[-3:]) == {429} and answers.count(403) <= 5
    codes = []
    for number in range(8):
        visitor = Visitor(talking.channel, address=f"198.51.100.{number}").start()
        visitor.write("Hello")
        work()
        codes.append(mail(visitor, email="dan@client.example")[0])
    assert codes.count(200) <= 3
    assert len(letters(post)) <= 4


@pytest.mark.parametrize(
    "email",
    ["", "dan", "dan@client", "a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", 7],
)
def test_D06_what_is_no_address_gets_nothing(post, talking, email):
    assert mail(talking, email=email)[0] == 400
    assert letters(post) == []


def test_D06_whom_the_site_vouches_for_needs_no_code(world, post, chat):
    visitor = Visitor(chat).start()
    proof = proof_of(chat, sub="dan-7", email="dan@client.example")
    visitor.token = visitor("POST", "identify", {"proof": proof})[1]["token"]
    visitor.write("Where is it?")
    work()
    assert visitor("GET", "messages")[1]["mails"] == "known"
    assert mail(visitor, email="eve@client.example")[1]["state"] == "queued"
    [letter] = letters(post)
    assert letter["To"] == "dan@client.example"


def test_without_mail_the_chat_does_not_offer_it(world, visitor):
    visitor.write("Hello")
    work()
    assert visitor("GET", "messages")[1]["mails"] == ""
    assert mail(visitor, email="dan@client.example")[0] == 503
    assert "Hello" in visitor.raw("GET", "transcript").content.decode()
