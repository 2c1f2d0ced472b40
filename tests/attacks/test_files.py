"""B03, B04, B05, B07: files of strangers, put in by every door and fetched by every door."""

import base64
import itertools
import re
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from okno.api.tests.conftest import Program, make_token
from okno.console.tests.conftest import browser_of
from okno.desk.models import Attachment
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.attacks.doors import by_mail, fresh
from tests.attacks.hostile_files import DECLARED, NAMES, SAFE_PICTURES, TYPES

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["fresh"]
PREVIEWED = {"image/png", "image/jpeg", "image/gif", "image/webp"}
DRAWN = {"image/png", "image/jpeg"}
STORED = PREVIEWED | {
    "application/octet-stream", "text/plain", "text/calendar", "message/rfc822", "application/pdf",
    "application/zip",
}  # fmt: skip
# Of these there is something to draw; of the others a head only.
REAL_PICTURES = {"real.png", "comment.png"}
STORAGE = re.compile(r"[0-9a-f]{32}")
_numbers = itertools.count(1)


def uploads(files):
    return [SimpleUploadedFile(name, data, declared) for name, (data, declared) in files.items()]


def checked(answer, name, *, is_ours=False):
    """The rules of every direct link to a file."""
    assert answer.status_code == 200, name
    kind, how = answer["Content-Type"], answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff", name
    assert "sandbox" in answer["Content-Security-Policy"], name
    assert "default-src 'none'" in answer["Content-Security-Policy"], name
    if is_ours:
        assert (how, kind in DRAWN) == ("inline", True), name
        assert b"script" not in answer.content, name
        return
    assert how.startswith("attachment"), name
    assert kind in STORED, name
    b"".join(answer.streaming_content)


def test_B03_B04_B07_every_type_by_every_door_is_saved_and_never_shown(world, capsys):
    files = TYPES | {name: (data, "text/html") for name, data in SAFE_PICTURES.items()}
    for name, (data, declared) in files.items():
        assert by_mail(world, name, data, declared) is not None
    chat = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    form = Person(make_channel("form", "Velobaza", world.support))
    links = []
    for batch in _batches(files, 5):
        assert chat.upload("Look", *uploads(batch))[0] == 200
        url = form.request(files=uploads(batch))
        links += re.findall(rf'href="({url}files/\d+/)"', form.page(url).content.decode())
    work()
    fetched = _by_agents(world) + _by_visitor(chat, len(files))
    for link in links:
        checked(form.page(link), link)
    assert len(links) == len(files)
    with capsys.disabled():
        print(
            f"\nB03 B04 B07 n={len(files)} types by 3 doors, {fetched + len(links)} fetched:"
            " 0 shown but pictures of 4 kinds"
        )


def _batches(files, size):
    names = list(files)
    for at in range(0, len(names), size):
        yield {name: files[name] for name in names[at : at + size]}


def _by_agents(world):
    """Each stored file by the page, the preview and the API; how many answers."""
    agent, program, count = browser_of(world.bob), Program(make_token(world.bob)), 0
    shown = set()
    for row in Attachment.objects.all():
        assert row.content_type in STORED, row.name
        assert STORAGE.fullmatch(row.storage)
        checked(agent.get(f"/attachments/{row.pk}/"), row.name)
        checked(program.raw("GET", f"/attachments/{row.pk}"), row.name)
        preview = agent.get(f"/attachments/{row.pk}/preview")
        if row.name in REAL_PICTURES:
            checked(preview, row.name, is_ours=True)
            shown.add(row.name)
        else:
            assert preview.status_code == 404, row.name
        count += 3
    assert shown == REAL_PICTURES
    return count


def _by_visitor(chat, wanted):
    found = [file for message in chat.history() for file in message["files"]]
    before = chat.history()[0]["id"]
    while len(found) < wanted:
        more = chat("GET", f"messages?before={before}")[1]["messages"]
        assert more
        found += [file for message in more for file in message["files"]]
        before = more[0]["id"]
    for file in found:
        checked(chat.raw("GET", f"files/{file['id']}"), file["name"])
    return len(found)


@pytest.mark.parametrize("declared", DECLARED)
def test_B04_the_senders_word_for_a_type_is_never_passed_on(world, declared):
    message = by_mail(world, "x.html", b"<script>alert(1)</script>", declared)
    for row in message.attachments.all():
        assert row.content_type in STORED
        answer = browser_of(world.bob).get(f"/attachments/{row.pk}/")
        checked(answer, declared)
        assert "evil" not in str(answer.headers).lower()


def test_B05_names_are_words_and_never_places(world, capsys):
    """By mail, chat and API: what is stored is a random name, what is shown is harmless."""
    chat = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    program, talk = Program(make_token(world.bob)), world.letter().conversation
    for number, name in enumerate(NAMES):
        by_mail(world, name, b"x", "text/plain")
        chat.upload("Look", SimpleUploadedFile(name.replace("\r\n", ""), b"x"))
        program(
            "POST",
            f"/conversations/{talk.pk}/notes",
            {"text": "x", "attachments": [
                {"filename": name[:255], "content_base64": base64.b64encode(b"x").decode()}
            ]},
            Idempotency_Key=f"name-{number}",
        )  # fmt: skip
    work()
    agent, folder = browser_of(world.bob), settings.FILES_DIR.resolve()
    rows = list(Attachment.objects.all())
    assert len(rows) >= 2 * len(NAMES)
    for row in rows:
        assert STORAGE.fullmatch(row.storage)
        assert len(row.name) <= 160 and row.name.strip(". ") == row.name
        assert not re.search(r'[/\\<>:"|?*\x00-\x1f\u200b\u202e\u2028\ufeff]', row.name), row.name
        how = agent.get(f"/attachments/{row.pk}/")["Content-Disposition"]
        told = re.fullmatch(r"attachment; filename(?:=\"([^\"]*)\"|\*=utf-8''(\S*))", how)
        assert told and (told[1] or unquote(told[2])) == row.name, how
    names = [path for path in folder.rglob("*") if path.is_file()]
    assert names and all(STORAGE.fullmatch(path.name) for path in names)
    assert not any(folder.is_relative_to(root) for root in (settings.PACKAGE_DIR,))
    with capsys.disabled():
        print(f"\nB05 n={len(rows)} files, {len(NAMES)} names by 3 doors: 0 a place, 0 a header")
