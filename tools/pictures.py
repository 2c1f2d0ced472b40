"""Makes the pictures of the README from the running product: `make pictures`."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.stands.browser import browser  # noqa: E402 - the path first

TARGET = ROOT / "docs" / "pictures"
PASSWORD = "window-2026-open"
ANNA, KATE = "anna@velobaza.example", "kate@velobaza.example"
# Name, width, height, dark, who looks (in their own language), conversation to open.
SHOTS = (
    ("console-en-light", 1440, 860, False, KATE, 2),
    ("thread-ru-dark", 1280, 800, True, ANNA, 1),
    ("phone-ru-light", 390, 800, False, ANNA, 5),
)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Until the address answers; raises TimeoutError after half a minute."""
    for _ in range(150):
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)


def main() -> None:
    """Start a demo, look at it, save the pictures."""
    TARGET.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "OKNO_DATA_DIR": folder,
            "OKNO_BIND": f"127.0.0.1:{port}",
            "OKNO_SMTP_BIND": "off",
        }
        subprocess.run([sys.executable, "-m", "okno", "demo"], env=env, check=True, cwd=ROOT)
        server = subprocess.Popen([sys.executable, "-m", "okno", "serve"], env=env, cwd=ROOT)
        try:
            base = f"http://localhost:{port}"
            wait_for(base + "/health/ready")
            with browser() as chromium:
                for shot in SHOTS:
                    _take(chromium, base, *shot)
                _take_shop(chromium, base)
        finally:
            server.terminate()
            server.wait(15)


def _take(
    chromium: object,
    base: str,
    name: str,
    width: int,
    height: int,
    dark: bool,
    email: str,
    number: int,
) -> None:
    context = chromium.new_context(  # type: ignore[attr-defined]
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    page.goto(f"{base}/sign-in/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_timeout(800)
    if number:
        page.goto(f"{base}/conversations/{number}/")
    page.wait_for_timeout(800)
    page.screenshot(path=str(TARGET / f"{name}.png"))
    context.close()


def _take_shop(chromium: object, base: str) -> None:
    """A visitor of the demo's shop writes in its chat."""
    context = chromium.new_context(  # type: ignore[attr-defined]
        viewport={"width": 1280, "height": 800}, color_scheme="light", locale="en-GB"
    )
    page = context.new_page()
    page.goto(f"{base}/demo/shop/")
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name=re.compile("Open the chat|Открыть чат")).click()
    box = page.get_by_role("textbox", name=re.compile("Your message|Ваше сообщение"))
    box.fill("Hello! Is the blue touring bike in stock in size L?")
    box.press("Enter")
    page.wait_for_timeout(2_500)
    page.screenshot(path=str(TARGET / "shop-chat-light.png"))
    context.close()


if __name__ == "__main__":
    main()
