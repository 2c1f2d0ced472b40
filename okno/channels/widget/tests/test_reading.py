"""The adapter of site chats, the canonical item it reads, and the list of sites."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from okno.channels import envelope, origins
from okno.channels.contract import Account, Raw, Unreadable
from okno.channels.widget import addresses
from okno.channels.widget.adapter import Widget
from okno.channels.widget.forms import WidgetForm

ACCOUNT = Account(1, "widget", "Chat", "", {}, {})
VISITOR = addresses.anonymous(1, "0" * 32)


def raw(**changes):
    meta = {"address": VISITOR, "level": "anonymous", "received_at": "2026-11-21T10:00:00+00:00"}
    body = envelope.pack({"id": "one", "text": "Hello", "who": VISITOR})
    return Raw(changes.pop("body", body), {**meta, **changes})


def test_an_item_becomes_one_message_of_its_visitor():
    [incoming] = Widget().parse(raw(), ACCOUNT)
    assert (incoming.text, incoming.sender.address) == ("Hello", VISITOR)
    assert incoming.thread.key == addresses.thread_key(VISITOR)
    assert addresses.client_id(incoming.external_id) == "one"
    assert Widget().parse(raw(), ACCOUNT) == [incoming]


names = st.text(max_size=20)


@given(names, st.lists(st.tuples(names, st.binary(max_size=40)), max_size=4))
def test_what_is_packed_comes_back_and_is_always_the_same_bytes(text, files):
    enclosed = [envelope.Enclosed(name, data) for name, data in files]
    body = envelope.pack({"text": text, "a": 1}, enclosed)
    assert body == envelope.pack({"a": 1, "text": text}, enclosed)
    head, found = envelope.unpack(body)
    assert head == {"text": text, "a": 1}
    assert [(file.name, file.data) for file in found] == files


@given(st.binary(max_size=200))
def test_any_other_bytes_are_unreadable(body):
    with pytest.raises(Unreadable):
        envelope.unpack(body)


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_cut_item_is_unreadable(cut):
    body = envelope.pack({"text": "x"}, [envelope.Enclosed("a", b"12345678")])
    with pytest.raises(Unreadable):
        envelope.unpack(body[:-cut])


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://магазин.example", "https://xn--80aairftm.example"),
    ],
)
def test_a_site_is_its_origin_as_browsers_send_it(text, origin):
    assert origins.canonical(text) == origin


@pytest.mark.parametrize(
    "text",
    ["shop.example", "*", "https://", "https://*.shop.example", "javascript:alert(1)", "null"]
    + ["https://shop.example/path", "https://a@shop.example", "https://shop.example;script-src *"],
)
def test_what_is_no_site_is_refused(text):
    with pytest.raises((ValueError, UnicodeError)):
        origins.canonical(text)
    with pytest.raises(ValidationError):
        origins.OriginsField().clean(text)


def test_the_form_of_the_administrator_keeps_the_secret_apart():
    form = WidgetForm(
        {"origins": "https://shop.example\nhttps://b.example", "corner": "left", "names": "first"}
        | {"identity_secret": "s" * 32, "colour": "#3355aa"}
    )
    assert form.is_valid(), form.errors
    assert form.settings()["origins"] == ["https://shop.example", "https://b.example"]
    assert "identity_secret" not in form.settings()
    assert form.secrets() == {"identity_secret": "s" * 32}
    assert not WidgetForm(
        {"corner": "left", "names": "first", "identity_secret": "short"}
    ).is_valid()
    assert not WidgetForm({"corner": "left", "names": "first", "colour": "red;}"}).is_valid()


@pytest.mark.parametrize("text", ["dan@client.example", "visitor:1:xyz", "user:1:", "user:1:a\nb"])
def test_only_our_own_addresses_are_addresses(text):
    with pytest.raises(ValueError):
        Widget().canonical(text)
