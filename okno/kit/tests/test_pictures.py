"""B06, B07: a picture is drawn anew in a child; what it hides is gone, what it harms is the child."""

import os
import random
import struct
import sys
import threading
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from okno.kit.filetypes import sniff
from okno.kit.pictures import Drawers, NoPicture, redraw

MARKER = b"hidden-marker-4711"
# A child that does harm on demand, with the real limits and the real loop.
HARMFUL = """
import os, sys, time
from okno.kit import confined
from okno.kit.picture_child import MEMORY, answer

def harmful(head, data):
    if b"HANG" in data:
        time.sleep(60)
    if b"EAT" in data:
        bytearray(2_000_000_000)
    if b"DIE" in data:
        os._exit(1)
    if b"WRITE" in data:
        os.write(os.memfd_create("x"), b"x")
    if b"LIE" in data:
        return confined.frame(b'{"type": "text/html", "width": 1, "height": 1}', [b"<script>"])
    if b"BABBLE" in data:
        return confined.frame(b"nojson")
    if b"HTML" in data:
        return confined.frame(b'{"type": "image/png", "width": 1, "height": 1}', [b"<script>"])
    return answer(head, data)

confined.confine(MEMORY)
confined.serve(harmful, sys.stdin.buffer, sys.stdout.buffer)
"""


def made(kind="PNG", mode="RGB", size=(300, 200), **more):
    sink = BytesIO()
    Image.new(mode, size, None if mode == "P" else "teal").save(sink, kind, **more)
    return sink.getvalue()


def opened(picture):
    assert sniff(picture.data, "") == picture.content_type
    image = Image.open(BytesIO(picture.data))
    assert image.size == (picture.width, picture.height)
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_each_kind_is_drawn_within_its_box(kind):
    assert opened(redraw(made(kind), 150, 150)).size == (150, 100)
    assert opened(redraw(made(kind), 4_000, 4_000)).size == (300, 200)  # never larger than it was


def test_what_can_be_looked_through_stays_so():
    sink = BytesIO()
    Image.new("RGBA", (20, 20), (200, 0, 0, 90)).save(sink, "WEBP")
    drawn = redraw(sink.getvalue(), 10, 10)
    assert drawn.content_type == "image/png" and opened(drawn).mode == "RGBA"
    assert redraw(made(mode="RGBA"), 10, 10).content_type == "image/jpeg"


def test_it_stands_upright_and_tells_nothing():
    """EXIF turns it by a quarter; then EXIF, comments, text and a second picture are gone."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = 6, MARKER.decode(), {1: "N", 2: (55.0, 45.0, 0.0)}
    picture = Image.new("RGB", (300, 200), "white")
    picture.paste("black", (0, 0, 150, 200))
    sink = BytesIO()
    picture.save(sink, "JPEG", exif=exif, comment=MARKER, icc_profile=MARKER * 20)
    drawn = redraw(sink.getvalue() + MARKER, 120, 120)
    shown = opened(drawn)
    assert shown.size == (80, 120) and not shown.getexif()
    assert shown.getpixel((40, 10))[0] < 40 and shown.getpixel((40, 110))[0] > 200
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", MARKER.decode())
    clear = made(mode="RGBA", pnginfo=text, exif=exif, icc_profile=MARKER * 20)
    for data in (drawn.data, redraw(clear + MARKER, 50, 50).data):
        assert MARKER not in data and b"Exif" not in data and b"ICC" not in data


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "TGA", "PDF", "EPS", "JPEG2000"])
def test_B07_other_kinds_meet_no_decoder(kind):
    with pytest.raises(NoPicture) as caught:
        redraw(made(kind), 100, 100)
    assert caught.value.reason == "unknown"


def test_B07_fuzzed_pictures_kill_nothing(capsys):
    """Bytes changed, cut and put in; each gives a picture of ours or a word why not."""
    times = 1_500 if os.environ.get("OKNO_TEST_LONG") else 40
    chance, counts = random.Random(7), {"drawn": 0, "refused": 0}
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        whole = made(kind, size=(64, 48))
        for _ in range(times):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(12, len(data))] = chance.randrange(256)
            if chance.random() < 0.3:
                del data[chance.randrange(12, len(data)) :]
            try:
                opened(redraw(bytes(data), 40, 40))
                counts["drawn"] += 1
            except NoPicture as no:
                assert no.reason not in ("timeout", "malformed_answer"), (kind, bytes(data))
                counts["refused"] += 1
    with capsys.disabled():
        print(f"\nB07 n={4 * times} fuzzed pictures: {counts}, 0 harmed")


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width, height, *, more=b"", body=b""):
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + more
        + _chunk(b"IDAT", body or zlib.compress(bytes(1_000))) + _chunk(b"IEND", b"")
    )  # fmt: skip


def test_B06_picture_bombs_are_refused_or_drawn_within_the_limits(capsys):
    """10 GB by dimensions, 50 million points in a few kB, a word of 100 MB, a moving one."""
    words = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 1))
    whole = zlib.compress(bytes(7_000 * (4 * 7_000 + 1)), 1)
    moving = BytesIO()
    frames = [Image.new("P", (500, 500), number) for number in range(100)]
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    bombs = {
        "dimensions": _png(50_000, 50_000),
        "words": _png(10, 10, more=words, body=zlib.compress(bytes(410))),
        "points": _png(7_000, 7_000, body=whole),
        "moving": moving.getvalue(),
    }
    told = {}
    for name, data in bombs.items():
        try:
            drawn = redraw(data, 100, 100)
            assert len(drawn.data) < 50_000
            told[name] = "drawn"
        except NoPicture as no:
            told[name] = no.reason
    assert told["dimensions"] == "unknown" and told["moving"] == told["points"] == "drawn", told
    assert told["words"] != "timeout"
    with capsys.disabled():
        print(f"\nB06 n={len(bombs)} picture bombs: {told}")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (b"HANG", "timeout"), (b"EAT", "died"), (b"DIE", "died"), (b"WRITE", "died"),
        (b"LIE", "malformed_answer"), (b"HTML", "malformed_answer"),
        (b"BABBLE", "malformed_answer"),
    ],
)  # fmt: skip
def test_B07_a_harmful_picture_kills_only_itself(harm, reason):
    drawers = Drawers(1, 1.0 if harm == b"HANG" else 20.0, [sys.executable, "-c", HARMFUL])
    try:
        with pytest.raises(NoPicture) as caught:
            drawers.redraw(made() + harm, 10, 10)
        assert caught.value.reason == reason
        assert opened(drawers.redraw(made(), 10, 10))
    finally:
        drawers.close()


def test_ten_pictures_at_once_are_drawn_by_two_children():
    drawers, seen = Drawers(seconds=20.0), []
    threads = [
        threading.Thread(target=lambda: seen.append(drawers.redraw(made(), 60, 60).width))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    drawers.close()
    assert seen == [60] * 10
