"""The adapter of forms, and the names of requests."""

import pytest

from okno.channels import envelope
from okno.channels.contract import Account, Raw, Unreadable
from okno.channels.form import ids
from okno.channels.form.adapter import Form

ACCOUNT = Account(1, "form", "Form", "", {}, {})
CLIENT = "11111111-1111-4111-8111-111111111111"


def test_a_filled_form_is_only_a_claim():
    head = {"address": "dan@client.example", "name": "Dan", "subject": "Bill", "text": "Where?"}
    body = envelope.pack(head)
    meta = {"external_id": ids.root(CLIENT, body), "received_at": "2026-11-21T10:00:00+00:00"}
    [incoming] = Form().parse(Raw(body, meta), ACCOUNT)
    assert (incoming.level, incoming.sender.address) == ("claimed", "dan@client.example")
    assert incoming.thread.number is None
    with pytest.raises(Unreadable):
        Form().parse(Raw(b"x", meta), ACCOUNT)


def test_a_reply_knows_its_root_and_fits_its_column():
    root = ids.root(CLIENT, b"x")
    reply = ids.reply(root, CLIENT, b"y")
    assert ids.root_of(reply) == ids.root_of(root) == root
    assert reply.startswith(root) and len(reply) < 255
    assert ids.root(CLIENT, b"y") != root


def test_only_our_own_token_names_a_message():
    token = ids.token(42, 7)
    assert ids.first_message(42, token) == 7
    wrong = [
        (43, token),
        (42, token[:-1]),
        (42, token + "0"),
        (42, ids.token(42, 8)[:1] + token[1:]),
    ]
    assert [ids.first_message(*each) for each in wrong] == [None] * 4
