"""What others wrote is shown as text, in a frame, or saved; it never runs."""

from base64 import b64encode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okno.channels.email.tests.letters import take, write
from okno.console.tests.conftest import PNG, browser_of
from okno.desk import actions
from okno.kit.blobs import File, keep

pytestmark = pytest.mark.django_db
MARKER = '"><img src=x onerror=alert(7)><script>alert(8)</script>'


def test_markers_in_every_field_are_escaped(world):
    """B02: subject, text, names, tags, file names, teams, channels, errors."""
    world.bob.name = MARKER[:60]
    world.bob.save()
    message = world.letter(MARKER, subject=MARKER)
    world.dan.name = MARKER[:60]
    world.dan.save()
    conversation = message.conversation
    with_files = keep([File(MARKER + ".txt", "text/plain", b"x")])
    world.do(actions.add_tag, world.alice, conversation, MARKER[:60])
    world.do(actions.assign, world.alice, conversation, world.bob)
    world.do(actions.note, world.bob, conversation, MARKER, files=with_files)
    world.channel.name = MARKER[:60]
    world.channel.trouble = MARKER
    world.channel.save()
    browser = browser_of(world.alice)
    pages = ["/", f"/conversations/{conversation.pk}/", f"/contacts/{world.dan.pk}/", "/stuck/"]
    pages += ["/settings/", f"/settings/channels/{world.channel.pk}/", "/settings/people/"]
    pages += [f"/conversations/{conversation.pk}/{page}" for page in ("merging", "splitting")]
    for path in pages:
        text = browser.get(path).content.decode()
        assert "<img src=x" not in text, path
        assert "<script>alert" not in text, path


def test_a_designed_letter_stands_in_a_frame_that_can_do_nothing(world, desk):
    page = browser_of(world.bob).get(f"/messages/{desk.message.pk}/html/")
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    text = page.content.decode()
    assert "data:image/png;base64," in text
    assert "cid:" not in text
    thread = browser_of(world.bob).get(f"/conversations/{desk.conversation.pk}/").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in thread


def test_files_are_saved_and_only_pictures_are_shown(world, desk):
    browser = browser_of(world.bob)
    saved = browser.get(f"/attachments/{desk.attachment.pk}/")
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["Content-Type"] == "application/octet-stream"
    assert b"".join(saved.streaming_content) == PNG
    shown = browser.get(f"/attachments/{desk.attachment.pk}/preview")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in shown["Content-Security-Policy"]
    text = keep([File("x.html", "text/html", b"<script>alert(1)</script>")])
    note = world.do(actions.note, world.bob, desk.conversation, "x", files=text)
    page = browser.get(f"/attachments/{note.attachments.get().pk}/preview")
    assert page.status_code == 404


def test_links_open_elsewhere_and_scripts_are_no_links(world):
    letter = world.letter("See https://shop.example/a?b=1&c=2 or javascript:alert(1)")
    page = browser_of(world.bob).get(f"/conversations/{letter.conversation_id}/").content.decode()
    assert 'rel="noopener noreferrer nofollow" href="https://shop.example/a?b=1&amp;c=2"' in page
    assert 'href="javascript:' not in page


def test_the_list_asks_the_database_equally_often_for_few_and_many(world):
    browser = browser_of(world.bob)
    # The first page of a session also writes down where it was opened.
    browser.get("/settings/")

    def asked(path):
        with CaptureQueriesContext(connection) as found:
            assert browser.get(path).status_code == 200
        return len(found)

    first = None
    for number in range(100):
        letter = world.letter(f"Letter {number}")
        world.do(actions.add_tag, world.alice, letter.conversation, f"tag {number % 7}")
        if number == 9:
            first = asked("/?view=open"), asked(f"/conversations/{letter.conversation_id}/")
    again = asked("/?view=open"), asked(f"/conversations/{letter.conversation_id}/")
    assert again == first
    assert first[0] <= 10
    assert first[1] <= 32


def test_paging_walks_through_all_and_ends(world):
    for number in range(60):
        world.letter(f"Letter {number}", subject=f"Subject {number}.")
    browser = browser_of(world.bob)
    page = browser.get("/").content.decode()
    start = page.index("after=") + len("after=")
    key = page[start : page.index('"', start)]
    rest = browser.get(f"/?after={key}").content.decode()
    shown = {n for n in range(60) if f"Subject {n}." in page}
    more = {n for n in range(60) if f"Subject {n}." in rest}
    assert shown | more == set(range(60))
    assert not shown & more
    assert browser.get("/?after=nonsense").status_code == 404


def test_a_partial_answer_holds_only_the_panes(world):
    letter = world.letter()
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    path = f"/conversations/{letter.conversation_id}/"
    part = browser_of(world.bob).get(path, headers=headers).content.decode()
    assert "<html" not in part
    assert 'hx-target="#list"' in part
    assert "Where is my order?" in part
    headers |= {"Okno-List": "stays"}
    part = browser_of(world.bob).get(f"{path}?view=open", headers=headers).content.decode()
    assert "Where is my order?" in part and "status?view=open" in part
    assert 'hx-target="#list"' not in part and 'hx-target="#filters"' not in part


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("cid:image%20001%40x", "Content-ID: <image 001@x>"),
        ("shot.png", "Content-Location: shot.png"),
    ],
)
def test_25_a_picture_called_otherwise_is_in_its_place(world, source, headers):
    page = f'<p>Where is <img src="{source}"> it?</p>'
    image = b64encode(PNG).decode()
    body = (
        f"--BB\r\nContent-Type: text/html\r\n\r\n{page}\r\n--BB\r\nContent-Type: image/png\r\n"
        f"{headers}\r\nContent-Transfer-Encoding: base64\r\n\r\n{image}\r\n--BB--\r\n"
    )
    message = take(world.channel, write({"Content-Type": "multipart/related; boundary=BB"}, body))
    text = browser_of(world.bob).get(f"/messages/{message.pk}/html/").content.decode()
    assert f"data:image/png;base64,{image}" in text
