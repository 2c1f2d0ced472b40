import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.stands.browser import browser, shot, window
from tests.stands.processes import wait_until

PAGE = (
    "data:text/html;charset=utf-8,<html lang=ru><style>:root{color-scheme:light dark}"
    "</style><h1>Обращения</h1><script>document.title=navigator.language</script>"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as chromium:
        yield chromium


def first_pixel(png: bytes) -> tuple[int, ...]:
    """Red, green and blue at the top left (whatever the filter, it is plain there)."""
    start = png.index(b"IDAT")
    (size,) = struct.unpack(">I", png[start - 4 : start])
    return tuple(zlib.decompressobj().decompress(png[start + 4 : start + 4 + size])[1:4])


@pytest.mark.parametrize("dark", [True, False])
def test_a_page_is_drawn(chromium: Browser, tmp_path: Path, dark: bool) -> None:
    file = tmp_path / "page.png"
    shot(PAGE, file, 390, 844, dark=dark, locale="ru-RU", chromium=chromium)
    png = file.read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (390, 844)
    assert (first_pixel(png) < (100, 100, 100)) is dark


def test_locale_and_cyrillic_letters(chromium: Browser) -> None:
    page = window(chromium, locale="ru-RU").new_page()
    page.goto(PAGE)
    assert page.title() == "ru-RU"
    # A letter the fonts lack is drawn as one box, as wide for all.
    widths = page.evaluate(
        """() => ["Ш", "г", "ё", "ы"].map(letter => {
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = "40px sans-serif";
            return pen.measureText(letter).width;
        })"""
    )
    assert len(set(widths)) == 4


def test_it_dies_with_a_killed_parent() -> None:
    code = (
        "import time; from tests.stands.browser import browser\n"
        "with browser() as chromium: print('up', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    assert parent.stdout.readline() == "up\n"
    family = descendants(parent.pid)
    assert len(family) > 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not any(map(runs, family)), 10, "the end of Chromium")


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [int(word) for word in children.read_text().split()] if children.exists() else []
    return direct + [pid for child in direct for pid in descendants(child)]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
