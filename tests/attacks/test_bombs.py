"""B06: files that are larger inside than outside."""

import tracemalloc

import pytest

from okno.console.tests.conftest import browser_of
from okno.kit.filetypes import is_previewable, sniff
from tests.attacks.doors import by_mail
from tests.attacks.hostile_files import bombs, jpeg, png, webp

pytestmark = pytest.mark.django_db


def test_B06_bombs_are_kept_as_they_are_and_never_unpacked(world, capsys):
    """By work done: nothing takes much more memory than the file itself."""
    agent = browser_of(world.bob)
    made = bombs()
    for name, data in made.items():
        tracemalloc.start()
        message = by_mail(world, name, data, "image/png")
        answer = agent.get(f"/conversations/{message.conversation_id}/")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert answer.status_code == 200
        assert most < 40_000_000 + 12 * len(data), (name, most)
        row = message.attachments.get()
        assert row.size == len(data)
        assert not is_previewable(row.content_type), name
        assert agent.get(f"/attachments/{row.pk}/preview").status_code == 404
        assert f"/attachments/{row.pk}/preview" not in answer.content.decode()
    with capsys.disabled():
        print(f"\nB06 n={len(made)} bombs by mail: 0 unpacked, 0 previewed")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(7_000, 7_000), "image/png"), (png(7_200, 7_000), None),
        (jpeg(7_000, 7_000), "image/jpeg"), (jpeg(7_200, 7_000), None),
        (webp(7_000, 7_000), "image/webp"), (webp(7_200, 7_000), None),
        (webp(7_000, 7_000, b"VP8L"), "image/webp"), (webp(7_200, 7_000, b"VP8L"), None),
        (webp(7_000, 7_000, b"VP8 "), "image/webp"), (webp(7_200, 7_000, b"VP8 "), None),
        (b"\xff\xd8\xff\xe0" + b"\xff" * 1_000_000, "image/jpeg"),
        (b"\xff\xd8\xff\xe0\0\0" * 200_000, "image/jpeg"),
    ],
)  # fmt: skip
def test_B06_a_picture_of_more_than_200_MB_has_no_preview(data, kind):
    assert sniff(data, "x") == (kind or "application/octet-stream")
