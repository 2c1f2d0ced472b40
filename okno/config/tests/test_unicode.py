"""H2, L3: any text in any field of any door is taken, or refused with words; and every page and
list that shows it opens. Never 500, on both databases."""

import json
import random
import uuid
from urllib.parse import quote_from_bytes

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, seed, strategies
from hypothesis import settings as hurried

from okno.api.tests.conftest import Program, make_token
from okno.channels.models import Inbound
from okno.console.tests.conftest import browser_of, desk
from okno.desk.models import Conversation
from okno.portal.form import pages
from okno.portal.tests.forms import FILLED, stamp_in, worked
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.access.routes import filled, ids, sent
from tests.access.table import API, CONSOLE

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]
SEED = random.randrange(2**32)
ODD = (
    "\ud800", "a\udfffb", "\ud83d", "http://a/\ud800", "\0", "a\0b", "http://a/\0",
    "x@\ud800.example",
    "\x01\x7f\x85\u2028\u202e", "\ufdd0\ufffe\U0010ffff", "\ud83d\ude00", "é" * 400, "²", "-1",
    "[" * 3000, "1e999", "\r\nBcc: a@b.example",
)  # fmt: skip
WORDS = strategies.one_of(
    strategies.sampled_from(ODD), strategies.text(strategies.characters(), max_size=40)
)
PLACE = ("page", "title", "referrer")
CHAT = {
    "messages": ("id", "text", "name", "email", "zone", "language", "path", *PLACE),
    "visit": ("path", *PLACE),
    "typing": ("text",),
    "identify": ("proof",),
    "seen": ("id",),
    "transcript/mail": ("email", "ticket", "code"),
    "session": ("anything",),
}
GOOD = {"text": "Hello", "page": "https://shop.example/a", "title": "A", "email": "eve@c.example"}


def often(run, **fields):
    """Call `run` with many values of the fields, the same ones for the same seed."""
    print(f"seed {SEED}")
    quick = hurried(
        max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    seed(SEED)(quick(given(**fields)(run)))()


def check(status, body, asked):
    """Taken, or refused with words."""
    assert status < 500, (status, asked, body)
    assert status < 400 or body, (status, asked)


def opens_everywhere(world, ids):
    """Every page and every list."""
    cache.clear()
    while work():
        pass
    browser, program = browser_of(world.alice), Program(make_token(world.alice, "admin"))
    numbers = list(Conversation.objects.order_by("pk").values_list("pk", flat=True))
    paths = [filled(route, ids) for route in CONSOLE]
    for number in numbers:
        here = f"/conversations/{number}"
        paths += [f"{here}/", f"{here}/part/card", f"{here}/part/here", f"{here}/part/messages"]
    for path in [*paths, "/?view=all", "/?bin=true", "/search/?q=Hello"]:
        answer = browser.get(path)
        assert answer.status_code < 500, path
        b"".join(answer)
    asked = [key.split()[1].format(**ids) for key in API if key.startswith("GET ")]
    for number in numbers:
        asked += [f"/conversations/{number}", f"/conversations/{number}/messages"]
    for path in [*asked, "/conversations?bin=true"]:
        answer = program.raw("GET", path)
        assert answer.status_code < 500, path
        b"".join(answer)


def test_H2_any_text_in_any_field_of_the_chat(world, ids, settings):
    settings.ENV = {**settings.ENV, "OKNO_SMTP_URL": "smtp://127.0.0.1:9"}
    chat = make_channel("widget", "Velobaza", world.support, typing_preview=True)
    visitor = Visitor(chat).start()
    visitor.write("Hello")
    work()
    taken = []

    def run(name, values, good):
        cache.clear()
        body = {field: values[number % len(values)] for number, field in enumerate(CHAT[name])}
        body |= {field: GOOD[field] for field in good if field in body}
        if name == "messages" and good:
            body |= {"id": str(uuid.uuid4()), "text": f"Hello {body['text']}"}
        if "path" in body:
            body["path"] = [body["path"], body["page"]]
        answer = visitor.raw("POST", name, body)
        check(answer.status_code, answer.content or answer.status_code == 204, body)
        taken.append(answer.status_code == 200)
        body = [[body]] if not good else {"id": body, "": body}
        answer = visitor.raw("POST", name, body)
        check(answer.status_code, answer.content or answer.status_code == 204, body)

    run("messages", ["x"], set(GOOD))
    often(
        run,
        name=strategies.sampled_from([*CHAT, "messages", "messages"]),
        values=strategies.lists(WORDS, min_size=1, max_size=9),
        good=strategies.sets(strategies.sampled_from(sorted(GOOD))),
    )
    assert any(taken)
    opens_everywhere(world, ids)


def test_H2_a_text_cut_in_the_middle_of_an_emoji_is_taken_and_shown(world, ids):
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    more = dict.fromkeys(("page", "referrer"), "https://shop.example/\ud800\0")
    more["title"] = "a\udfff"
    assert visitor.write("Half of \ud83d", **more)[0] == 200
    work()
    assert visitor.texts() == ["Half of \ufffd"]
    talk = Conversation.objects.order_by("-pk")[0]
    assert talk.visit["page"] == "https://shop.example/\ufffd"
    opens_everywhere(world, ids)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL never kept such words")
def test_H2_what_was_stored_by_an_older_version_opens_too(world, ids):
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    visitor.write("Hello", page="https://shop.example/here")
    work()
    old = "REPLACE(visit, 'shop.example/here', 'shop.example/\\ud800\\u0000')"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE desk_conversation SET visit = {old}")
        cursor.execute("SELECT COUNT(*) FROM desk_conversation WHERE visit LIKE '%ud800%'")
        assert cursor.fetchone() == (1,)
    opens_everywhere(world, ids)


@pytest.mark.parametrize("name", [name for name in CHAT if name != "session"])
@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 10_000, b"9" * 60_000, b'{"a":1e999}'])
def test_L3_what_is_nested_or_counted_without_end_is_refused(world, name, body):
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    answer = visitor.client.generic(
        "POST",
        f"/chat/{visitor.channel.public_key}/{name}",
        body,
        content_type="application/json",
        headers=visitor.headers(),
    )
    assert 400 <= answer.status_code < 500, answer.status_code


def encoded(fields):
    """A form as a program may write it, with bytes that are no text."""
    return "&".join(
        f"{name}={quote_from_bytes(text.encode('utf-8', 'surrogatepass'))}"
        for name, text in fields.items()
    ).encode()


def in_parts(fields, filename):
    lines = []
    for name, text in fields.items():
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"'
        lines += [head.encode(), b"", text.encode("utf-8", "surrogatepass")]
    head = '--x\r\nContent-Disposition: form-data; name="files"; filename="'
    lines += [head.encode() + filename.encode("utf-8", "surrogatepass") + b'"', b"", b"words"]
    return b"\r\n".join([*lines, b"--x--", b""])


def test_H2_any_text_in_any_field_of_a_form(world, ids):
    form = make_channel("form", "Velobaza", world.support)
    before, pages.WAIT_SECONDS = pages.WAIT_SECONDS, 0.0
    browser, url = Client(raise_request_exception=False), f"/form/{form.public_key}/"

    def run(values, good, is_whole):
        cache.clear()
        stamp = stamp_in(browser.get(url))
        given = {name: values[n % len(values)] for n, name in enumerate(FILLED)}
        given |= {name: FILLED[name] for name in good}
        given |= {"stamp": stamp, "work": worked(stamp)} if is_whole else {"stamp": values[-1]}
        for body, kind in (
            (encoded(given), "application/x-www-form-urlencoded"),
            (in_parts(given, values[0]), "multipart/form-data; boundary=x"),
        ):
            answer = browser.generic("POST", url, body, content_type=kind)
            check(answer.status_code, answer.content or answer.status_code == 303, given)

    try:
        often(
            run,
            values=strategies.lists(WORDS, min_size=1, max_size=6),
            good=strategies.sets(strategies.sampled_from(sorted(FILLED)), min_size=2),
            is_whole=strategies.booleans(),
        )
        assert Inbound.objects.filter(channel=form).exists()
        work()
        opens_everywhere(world, ids)
    finally:
        pages.WAIT_SECONDS = before


def spoiled(value, words):
    """Each text in a body replaced, one after the other."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ({**value, name: each} for each in spoiled(one, words))
        yield {**value, words: words}
    elif isinstance(value, list):
        yield from ([each] for one in value for each in spoiled(one, words))
    elif isinstance(value, str):
        yield words
        yield value + words


def test_H2_any_text_in_any_field_of_the_API(world, ids):
    program, asked = Program(make_token(world.alice, "admin")), 0
    for key in API:
        method, path, data = sent(key, ids)
        for words in ODD:
            cache.clear()
            if method == "GET":
                text = quote_from_bytes(words.encode("utf-8", "surrogatepass"))
                bodies, query = [None], f"?q={text}&after={text}&tag={text}&kind={text}"
            else:
                bodies, query = list(spoiled(json.loads(data or "{}"), words)), ""
            for body in bodies:
                answer = program.raw(method, path.removeprefix("/api/v1") + query, body)
                check(answer.status_code, b"".join(answer), (key, body))
                asked += 1
    assert asked > 500
    opens_everywhere(world, ids)


ADDRESSES = (
    "/sign-in/?next=", "/recovery/", "/invitation/", "/form/", "/request/1/", "/chat/", "/widget-",
    "/?q=", "/?after=", "/search/?q=", "/contacts/?q=", "/settings/saved-replies/?q=",
    "/settings/audit/?since=", "/inbox/list?open=", "/api/v1/contacts?q=", "/static/", "/",
)  # fmt: skip


def test_L3_any_text_in_an_address_or_a_cookie(world, ids):
    strangers = Client(raise_request_exception=False)
    for start in ADDRESSES:
        for words in ODD:
            text = quote_from_bytes(words.encode("utf-8", "surrogatepass"))
            for browser in (strangers, browser_of(world.alice)):
                answer = browser.get(f"{start}{text}{'' if '?' in start else '/'}")
                assert answer.status_code < 500, (start, words)
    for name in ("okno_console", "okno_csrf", "okno_device", "messages", "sessionid"):
        for value in ('"\\000a"', '"\\355\\240\\200"', "\xff", '"\\', "x" * 3000):
            answer = strangers.get("/sign-in/", headers={"Cookie": f"{name}={value}"})
            assert answer.status_code < 500, (name, value)


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "utf-16", "idna"])
def test_H2_only_charsets_of_text_are_decoded(world, charset):
    form = make_channel("form", "Velobaza", world.support)
    browser = Client(raise_request_exception=False)
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        body = in_parts({"text": "\\ud800"}, "a") if "x-" not in kind else b"text=%5Cud800"
        for url in (f"/form/{form.public_key}/", "/sign-in/"):
            answer = browser.generic("POST", url, body, content_type=f"{kind}; charset={charset}")
            assert answer.status_code == 400
    quoted = {"Content-Type": f"text/plain; charset={charset}"}
    assert browser.get("/sign-in/?next=\\ud800", headers=quoted).status_code == 400
