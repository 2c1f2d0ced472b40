"""The form and the page of a request: HTTP in, pages out."""

import hashlib
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from okno.channels.models import Inbound
from okno.desk import actions
from okno.desk.models import Conversation, Delivery, Message
from okno.kit import clock
from okno.portal.form import stamps
from okno.portal.tests.forms import FILLED, MARKERS, Person, answer, stamp_in, worked
from okno.portal.tests.guests import make_channel, work
from okno.portal.tests.posting import no_waiting

# Imported fixtures count as used.
__all__ = ["no_waiting"]


@pytest.fixture
def dan(form):
    return Person(form)


def test_a_request_is_stored_first_and_gets_its_own_page(world, dan):
    response = dan.send()
    assert (response.status_code, Inbound.objects.count(), Message.objects.count()) == (303, 1, 0)
    waiting = dan.page(response["Location"])
    assert waiting.status_code == 200 and waiting["Refresh"]
    work()
    url = dan.page(response["Location"])["Location"]
    message = Message.objects.get()
    assert (message.level, message.identity.kind, message.identity.address) == (
        "claimed",
        "email",
        "dan@client.example",
    )
    assert Conversation.objects.get().subject == "No bill"
    page = dan.page(url).content.decode()
    assert "Where is it?" in page and f"Request {message.conversation_id}" in page
    assert 'is-now" aria-current="step"><span class="stage-dot"></span><span>Received' in page


def test_the_talk_goes_on_on_the_page(world, dan):
    url = dan.request()
    answer(world, "We look into it")
    page = dan.page(url).content.decode()
    assert "We look into it" in page and "Waiting for you" in page
    assert Delivery.objects.get().state == "sent"
    upload = SimpleUploadedFile("bill.pdf", b"%PDF-1.4 x")
    reply = dan.send(f"{url}reply", text="Here it is", files=[upload])
    assert reply.status_code == 303 and reply["Location"] == url
    work()
    assert Conversation.objects.get().status == "open"
    page = dan.page(url).content.decode()
    assert "Here it is" in page
    file = re.search(r'href="(/request/[^"]+/files/\d+/)"', page)[1]
    saved = dan.page(file)
    assert b"".join(saved.streaming_content) == b"%PDF-1.4 x"
    assert saved["Content-Disposition"] == 'attachment; filename="bill.pdf"'


def test_the_client_closes_and_reopens(world, dan):
    url = dan.request()
    assert dan.client.post(f"{url}status", {"is_done": "1"}).status_code == 303
    assert Conversation.objects.get().status == "solved"
    assert "Reopen" in dan.page(url).content.decode()
    dan.client.post(f"{url}status", {"is_done": "0"})
    talk = Conversation.objects.get()
    assert talk.status == "open" and talk.waiting_since
    world.do(actions.set_status, world.bob, talk, "closed")
    assert dan.client.post(f"{url}status", {"is_done": "0"}).status_code == 409
    assert dan.send(f"{url}reply", stamp=stamps.new(f"request:{Message.objects.get().pk}"),
                    text="more").status_code == 409  # fmt: skip
    assert "closed for good" in dan.page(url).content.decode()


def test_notes_never_reach_the_page(world, dan):
    """C03; what a merge brings is in `test_request_pages`."""
    url = dan.request()
    world.do(actions.note, world.bob, Conversation.objects.get(), "MARKERNOTE")
    answer(world, "To the client")
    page = dan.page(url).content.decode()
    assert "MARKER" not in page and "To the client" in page


def test_forged_foreign_and_absent_links_are_one_and_the_same_404(world, dan, form):
    url = dan.request()
    eve = Person(form, "198.51.100.4").request(email="eve@client.example", text="Eve's words")
    _, _, number, token, _ = url.split("/")
    eve_token = eve.split("/")[3]
    flipped = token[:-1] + ("1" if token[-1] == "0" else "0")
    others = (eve_token, token[:-1], flipped, token.upper(), "x", f"²-{'0' * 32}")
    wrong = [f"/request/{number}/{other}/" for other in others]
    wrong += [f"/request/{int(number) + 1}/{token}/", f"/request/999999/1-{'0' * 32}/"]
    bodies = set()
    for address in wrong:
        response = dan.page(address)
        assert response.status_code == 404, address
        bodies.add(response.content)
    assert len(bodies) == 1
    for path in ("reply", "status"):
        assert dan.client.post(wrong[0] + path, {"text": "x", "is_done": "1"}).status_code == 404
    file = Person(form, "198.51.100.5").request(
        text="With a file", files=[SimpleUploadedFile("a.txt", b"secret")]
    )
    own = re.search(r"files/(\d+)/", dan.page(file).content.decode())[1]
    assert dan.page(f"{url}files/{own}/").content in bodies


@pytest.mark.parametrize("times", [2, 10])
def test_a_double_click_is_one_request(live_world, times):
    """R26."""
    form = make_channel("form", "Velobaza", live_world.support)
    dan = Person(form)
    stamp = stamp_in(dan.page())
    work_done = worked(stamp)

    def press(_):
        try:
            data = {**FILLED, "stamp": stamp, "work": work_done}
            return Client(REMOTE_ADDR="203.0.113.9").post(dan.url, data)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(press, range(times)))
    assert {a.status_code for a in answers} == {303}
    assert len({a["Location"] for a in answers}) == 1
    work()
    assert (Inbound.objects.count(), Message.objects.count()) == (1, 1)
    assert dan.page(press(0)["Location"]).status_code == 200
    assert Message.objects.count() == 1


def test_back_and_other_words_are_another_request(dan):
    stamp = stamp_in(dan.page())
    dan.send(stamp=stamp)
    dan.send(stamp=stamp, text="And another thing")
    work()
    assert Conversation.objects.count() == 2
    assert not any(Message.objects.values_list("notices", flat=True)[n] for n in range(2))


def test_nothing_of_a_flood_leaves_the_house(form):
    """A12: no confirmation is sent, and a network gets through a few times only."""
    with clock.moved(-clock.timedelta(seconds=10)):
        plain = [stamp_in(Person(form).page()) for _ in range(12)]
    slow = Person(form, script=False)
    answers = [
        slow.send(stamp=stamp, email=f"victim-{n}@client.example").status_code
        for n, stamp in enumerate(plain)
    ]
    assert answers == [303] * 3 + [429] * 9
    quick = Person(form, "198.51.100.77")
    stamps_ = [stamp_in(quick.page()) for _ in range(23)]
    answers = [
        quick.send(stamp=stamp, email=f"victim-{n}@client.example").status_code
        for n, stamp in enumerate(stamps_)
    ]
    assert answers == [303] * 20 + [429] * 3
    work()
    assert Delivery.objects.count() == 0
    assert Message.objects.filter(direction="out").count() == 0


def test_refusals_keep_the_words_and_store_nothing(dan, form):
    too_quick = Person(form, script=False)
    cases = [
        dan.send(company_site="https://spam.example"),
        too_quick.send(),
        dan.send(stamp="forged"),
        dan.send(email="not an address"),
        dan.send(text=" \n "),
        dan.send(files=[SimpleUploadedFile("a.bin", b"x" * (10 * 1024 * 1024 + 1))]),
        dan.send(files=[SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)]),
    ]
    for response in cases:
        assert response.status_code == 422
        assert "No bill" in response.content.decode()
    old = stamp_in(dan.page())
    with clock.moved(clock.timedelta(days=3)):
        assert dan.send(stamp=old).status_code == 422
    assert not Inbound.objects.exists()


def test_words_of_strangers_are_never_markup(world, dan):
    """B02."""
    url = dan.request(
        name=MARKERS,
        subject=MARKERS,
        text=MARKERS,
        files=[SimpleUploadedFile("<img src=x onerror=alert(3)>.txt", b"x")],
    )
    answer(world, MARKERS)
    for page in (dan.page(url), dan.send(email="x", name=MARKERS, subject=MARKERS, text=MARKERS)):
        text = page.content.decode()
        assert (
            "<script>alert" not in text
            and "<img src=x" not in text
            and "60481729" not in re.sub(r'(value|stamp|href|action|content)="[^"]*"', "", text)
        )
        policy = page["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; script-src 'nonce-")
        assert "unsafe" not in policy


def test_only_listed_sites_may_frame_it(dan):
    policy = dan.page()["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example" in policy
    assert not dan.page().cookies


def test_a_stamp_is_of_one_form_and_the_work_is_checked(form):
    stamp = stamps.new("form:1")
    assert stamps.read("form:1", stamp) and not stamps.read("form:2", stamp)
    number = worked(stamp)
    assert hashlib.sha256(f"{stamp}:{number}".encode()).hexdigest().startswith("000")
    for wrong in ("", "-1", "x", "9" * 13, "１"):
        assert not stamps.is_worked(stamp, wrong)
    assert stamps.read("form:1", stamp).age <= time.time()


def test_spaces_of_every_width_and_joiners_come_through_form_and_chat(world, dan, visitor):
    price = "1\u202f250\u202f000\xa0₽ в\u2009магазине\u3000می\u200cخواهم"
    dan.request(text=price, subject=price)
    visitor.write(price)
    work()
    assert set(Message.objects.values_list("text", flat=True)) == {price}
    assert Conversation.objects.first().subject == "1 250 000 ₽ в магазине می\u200cخواهم"
