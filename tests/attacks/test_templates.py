"""E07: what looks like a template stays words, whoever wrote it and wherever it goes."""

import email
import re
from email.header import decode_header, make_header
from email.policy import default as modern

import pytest
from django.core.cache import cache

from okno.access.models import Agent
from okno.channels.email.compose import compose
from okno.channels.intake import account_of
from okno.channels.sending import outbound_of
from okno.console.tests.conftest import browser_of, desk
from okno.contacts.models import Contact
from okno.desk import actions, placeholders
from okno.desk.models import Channel, Conversation
from okno.portal.tests.guests import make_channel
from tests.access.routes import filled, ids
from tests.access.table import CONSOLE
from tests.attacks import markers

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]
# 7777 times 7777; no word of ours has this number in it.
PRODUCT = "60481729"
WORDS = [
    "{{7777*7777}}", "{% debug %}", "{{ request.user.password }}", "{{settings.SECRET_KEY}}",
    "{0.__class__.__mro__}", "{self}", "{agent}", "{text}", "${7777*7777}", "#{7777*7777}",
    "<%= 7777*7777 %>", "%(agent)s", "%s%s%n", "{{constructor.constructor('return 7777*7777')()}}",
    "{{agent.name}}", "{{client.name}}{{client.name}}", "{{{{agent.name}}}}", "[[7777*7777]]",
    "*{7777*7777}", "{{'a'.__class__}}", "{% include '/etc/passwd' %}", "{% load i18n %}", "{#",
    "<b>{{agent.name}}</b>", "x\r\nBcc: evil@client.example", "\u2028{{agent.name}}", "`id`",
    "$(id)",
]  # fmt: skip
TEXT = "Dear {{client.name}} of {{company.name}}, about {{conversation.subject}}. {{agent.name}}"


def letter_of(message):
    outbound = outbound_of(message, list(message.deliveries.all()))
    return compose(outbound, account_of(message.channel))[1]


def shown(text):
    return str(make_header(decode_header(text)))


@pytest.mark.parametrize("word", WORDS)
def test_E07_a_word_of_a_client_is_the_same_word_in_every_place(world, word):
    """Name, subject, company, and the agent's own name and signature: page, text, HTML, header."""
    talk = world.letter(word, subject=word).conversation
    Contact.objects.filter(pk=talk.requester_id).update(name=word[:60])
    Agent.objects.filter(pk=world.bob.pk).update(name=f"Bob {word}"[:60])
    Channel.objects.filter(pk=world.channel.pk).update(signature=f"{{agent}} {word}")
    world.bob.refresh_from_db()
    talk = Conversation.objects.get(pk=talk.pk)
    values = placeholders.values(talk, world.bob)
    html = placeholders.fill(f"<p>{TEXT}</p>", values, is_html=True)
    assert html.count("<") == 2
    text = placeholders.fill(TEXT, values)
    raw = letter_of(world.do(actions.reply, world.bob, talk, actions.Body(text, html=html)))
    letter = email.message_from_bytes(raw, policy=modern)
    assert letter["Bcc"] is None and set(letter.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
        "In-Reply-To", "References",
    }  # fmt: skip
    one_line = " ".join("".join(c if c.isprintable() else " " for c in word).split())
    assert one_line in " ".join(shown(letter["Subject"]).split())
    body = letter.get_body(("html",)).get_content()
    assert not re.search(r"<(?!/?(?:html|body|p|div|br|a)\b|!DOCTYPE)", body)
    plain = letter.get_body(("plain",)).get_content()
    for part in (body, plain, html, raw.decode()):
        assert PRODUCT not in part and "pbkdf2" not in part and "class 'str'" not in part
    assert plain.count("Bob ") >= 2


def test_E07_words_like_templates_in_every_field_are_shown_as_they_are(ids, world, desk, capsys):
    cache.clear()
    mark = "{{7777*7777}}{%debug%}${7777*7777}{0.__class__}%(x)s"
    columns = markers.mark_everything((mark, "{{7777*7777}}", "${7777*7777}"))
    browser, pages, kept = browser_of(world.alice), 0, 0
    for route in CONSOLE:
        answer = browser.get(filled(route, ids))
        text = b"".join(answer).decode("utf-8", "replace")
        assert answer.status_code < 500, route
        assert PRODUCT not in text, route
        kept += "7777*7777" in text
        pages += 1
    form = make_channel("form", mark[:60], world.support)
    assert PRODUCT not in browser.get(f"/form/{form.public_key}/").content.decode()
    assert kept >= 25
    with capsys.disabled():
        print(f"\nE07 n={columns} columns on {pages + 1} pages, {len(WORDS)} words: 0 reckoned")
