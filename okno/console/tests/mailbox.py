"""Letters of the installation itself, and the links in them."""

import re

import pytest
from django.test import Client

from okno.spine.queue import claim, perform
from tests.stands.smtp_sink import SmtpSink


@pytest.fixture
def post(quick_world):
    """A mail server that takes what the installation sends."""
    with SmtpSink() as sink:
        channel = quick_world.channel
        channel.settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": sink.port,
            "smtp_security": "none",
        }
        channel.save()
        yield sink


def work():
    """Run the jobs that wait, as the worker would."""
    while runs := claim(local=False, limit=10):
        for run in runs:
            perform([run])


def asked(email, browser=None, **more):
    """The answer to somebody who asks for a link."""
    browser = browser or Client(raise_request_exception=False)
    return browser.post("/recovery/", {"email": email}, **more)


def link_in(sink):
    """The address in the last letter."""
    work()
    text = sink.mails[-1].raw.decode()
    return re.search(r"http://\S+", text.replace("=\r\n", "").replace("=3D", "="))[0]


def path_of(link):
    return re.sub(r"^http://[^/]+", "", link)
