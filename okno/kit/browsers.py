"""What a browser says of itself, in words that its owner recognises."""

import re
from dataclasses import dataclass

# Each pretends to be those behind it, so the first that is found counts.
_BROWSERS = (
    ("YaBrowser", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LONGEST = 400


@dataclass(frozen=True)
class Browser:
    """Its name, the first number of its version, and its system; "" for what it does not say."""

    name: str = ""
    version: str = ""
    system: str = ""


def browser_of(said: str) -> Browser:
    """What a `User-Agent` header says (RFC 9110 section 10.1.5)."""
    said = said[:LONGEST]
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    for mark, name in _BROWSERS:
        if found := re.search(rf"{mark}\w*/(\d{{1,4}})?", said):
            # Safari alone writes its version under another name.
            return Browser(name, "" if mark == "Safari" else found[1] or "", system)
    return Browser(system=system)
