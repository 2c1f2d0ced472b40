"""B06, B07: what is shown of a picture was drawn by us, once, for whom the file itself opens to."""

import asyncio
import os
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from PIL import Image

from okno.config.server import THREADS, Application
from okno.console.tests.conftest import browser_of
from okno.desk.models import Attachment
from okno.kit import pictures, previews
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, make_channel, work
from okno.spine.live import Hub
from tests.attacks.doors import by_mail, fresh
from tests.attacks.hostile_files import PNG_HEAD

__all__ = ["fresh"]
MARKER = b"marker-of-a-camera"


def photograph(colour="teal"):
    sink, exif = BytesIO(), Image.Exif()
    exif[0x010F] = MARKER.decode()
    Image.new("RGB", (1_600, 900), colour).save(sink, "JPEG", exif=exif, comment=MARKER)
    return sink.getvalue() + b"<script>alert(1)</script>" + MARKER


def kept():
    return [path for path in Path(settings.DATA_DIR, "cache", "previews").glob("*/*")]


def shown(answer):
    """The rules of every preview."""
    assert answer.status_code == 200
    assert (answer["Content-Disposition"], answer["Content-Type"]) == ("inline", "image/jpeg")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"]
    assert MARKER not in answer.content and b"<script>" not in answer.content
    assert max(Image.open(BytesIO(answer.content)).size) == previews.SIDE
    return answer.content


@pytest.fixture
def form(world):
    return Person(make_channel("form", "Velobaza", world.support))


@pytest.mark.django_db
def test_B07_every_face_shows_our_drawing_to_whom_the_file_opens(world, form, capsys):
    """The same picture by three doors: drawn once; each stranger meets what is not there."""
    data = photograph()
    letter = by_mail(world, "photo.jpg", data, "image/jpeg")
    chat = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    chat.upload("Look", SimpleUploadedFile("photo.jpg", data))
    url = form.request(files=[SimpleUploadedFile("photo.jpg", data)])
    work()
    mailed = letter.attachments.get().pk
    here = f"{url}files/{Attachment.objects.get(message__conversation__channel=form.form).pk}"
    assert f'src="{here}/preview"' in form.page(url).content.decode()
    file = chat.history()[0]["files"][0]
    assert file["is_picture"]
    bob, carol = browser_of(world.bob), browser_of(world.carol)
    other = Visitor(chat.channel).start()
    other.write("Hello")
    elsewhere = form.request()
    work()
    before = len(kept())
    views = [
        shown(bob.get(f"/attachments/{mailed}/preview")),
        shown(chat.raw("GET", f"files/{file['id']}/preview")),
        shown(form.page(f"{here}/preview")),
    ]
    assert len(set(views)) == 1 and len(kept()) == before + 1
    refused = {
        "another team": (carol, f"/attachments/{mailed}/preview", "/attachments/999999/preview"),
        "nobody": (Client(), f"/attachments/{mailed}/preview", "/attachments/999999/preview"),
        "another request": (
            form.client, here.replace(url, elsewhere) + "/preview",
            f"{elsewhere}files/999999/preview",
        ),
        "a guessed link": (
            form.client, here.replace(url, url[:-4] + "aaa/") + "/preview", url[:-4] + "aaa/",
        ),
    }  # fmt: skip
    for who, (browser, address, absent) in refused.items():
        answer, nothing = browser.get(address), browser.get(absent)
        assert answer.status_code in (302, 404), who
        assert answer.status_code == nothing.status_code, who
        assert answer.content.count(b"\xff\xd8") == 0, who
        if answer.status_code == 404:
            assert answer.content == nothing.content, who
    for path in (f"files/{file['id']}/preview", f"files/{mailed}/preview"):
        foreign = other.raw("GET", path)
        assert foreign.status_code == 404
        assert foreign.content == other.raw("GET", "files/999999/preview").content
    with capsys.disabled():
        print(f"\nB07 n=3 doors, {len(refused) + 2} strangers: drawn once, shown to none of them")


@pytest.mark.django_db
def test_B06_what_cannot_be_drawn_is_tried_once_and_then_absent(world):
    message = by_mail(world, "half.png", PNG_HEAD + photograph()[20:], "image/png")
    broken = by_mail(world, "half.jpg", photograph("red")[:400], "image/jpeg").attachments.get()
    bob = browser_of(world.bob)
    assert bob.get(f"/attachments/{message.attachments.get().pk}/preview").status_code == 404
    for _ in range(2):
        assert bob.get(f"/attachments/{broken.pk}/preview").status_code == 404
    [path] = [path for path in kept() if path.name.startswith(broken.sha256)]
    assert path.read_bytes() == b""


@pytest.mark.django_db
def test_old_drawings_go(world, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    file = by_mail(world, "photo.jpg", photograph("navy"), "image/jpeg").attachments.get()
    bob = browser_of(world.bob)
    shown(bob.get(f"/attachments/{file.pk}/preview"))
    [path] = kept()
    os.utime(path, (1, 1))
    shown(bob.get(f"/attachments/{file.pk}/preview"))
    assert [found.stat().st_mtime > 1 for found in kept()] == [True]
    os.utime(path, (1, 1))
    previews.sweep()
    assert kept() == []


def asked(application, path, browser):
    """One request to the server, and its status, headers and body."""
    cookie = "; ".join(f"{name}={value.value}" for name, value in browser.cookies.items())
    scope = {
        "type": "http", "method": "GET", "path": path, "scheme": "http",
        "headers": [(b"cookie", cookie.encode()), (b"host", b"localhost")],
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    async def ask():
        await application(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]

    return ask()


@pytest.mark.django_db(transaction=True)
def test_B06_slow_pictures_hold_up_no_page(live_world, capsys):
    """Nobody draws, more pictures are asked for than there are threads: pages are answered."""
    number = THREADS + 2
    files = [
        by_mail(live_world, "photo.jpg", photograph((n, 0, 90)), "image/jpeg").attachments.get()
        for n in range(number)
    ]
    bob = browser_of(live_world.bob)
    busy = [pictures._drawers._free.get() for _ in range(pictures.CHILDREN)]
    application = Application(Hub(), {})

    async def scene():
        wanted = [
            asyncio.create_task(asked(application, f"/attachments/{file.pk}/preview", bob))
            for file in files
        ]
        while application.waiting_beside < number:
            await asyncio.sleep(0.01)
        status, _, _ = await asyncio.wait_for(asked(application, "/settings/me/", bob), 20)
        assert (status, application.waiting) == (200, 0)
        assert not any(task.done() for task in wanted)
        for child in busy:
            pictures._drawers._free.put(child)
        return await asyncio.gather(*wanted)

    for status, headers, body in asyncio.run(asyncio.wait_for(scene(), 60)):
        assert (status, headers[b"content-type"]) == (200, b"image/jpeg")
        assert body.startswith(b"\xff\xd8") and MARKER not in body
    # The connections of these threads go with them.
    for pool in (application.pool, application.beside):
        list(pool.map(lambda _: connections.close_all(), range(20)))
        pool.shutdown()
    with capsys.disabled():
        print(f"\nB06 n={number} pictures wait for a drawer: the next page does not")
