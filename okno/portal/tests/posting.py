"""A mail server for the letters of an installation, and what it took."""

import re
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest

from okno.desk.actions import change_channel
from okno.portal.form import pages
from tests.instead import instead
from tests.stands.smtp_sink import SmtpSink

# Imported fixtures count as used.
__all__ = ["no_waiting", "posting", "sink"]


@pytest.fixture(autouse=True)
def no_waiting():
    """The reader is not running beside these tests, so waiting for it is of no use."""
    with instead(pages, WAIT_SECONDS=0.0):
        yield


@pytest.fixture
def sink():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def posting(world, sink):
    """Support's own mail server takes letters."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
    world.do(change_channel, world.alice, world.channel, settings=given)
    return world


def letters(sink):
    return [message_from_bytes(mail.raw, policy=policy.default) for mail in sink.mails]


def text_of(letter):
    return letter.get_body(("plain",)).get_content()


def link_in(letter):
    """The path of the one link in a confirmation."""
    [link] = re.findall(r"https?://\S+", text_of(letter))
    return urlsplit(link).path
