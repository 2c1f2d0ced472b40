"""Where on a site a visitor is and was, and with what: as far as their browser says it."""

import re
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest

MOST_PAGES = 10
LONGEST_TITLE = 160
_PATH = re.compile(r"[^\x00-\x20\x7f]{1,300}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,20}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
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


def page_of(value: Any) -> str:
    """An address without its query and fragment, in which sites keep secrets; "" for none."""
    if not isinstance(value, str) or len(value) > 2000:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return ""
    page = f"{parts.scheme}://{parts.netloc}{parts.path}"[:300]
    return page if _PATH.fullmatch(page) else ""


def path_of(value: Any) -> list[str]:
    """The last pages they walked through."""
    parts = value.split("\n") if isinstance(value, str) else value
    pages = [page_of(page) for page in parts[-MOST_PAGES:]] if isinstance(parts, list) else []
    return [page for page in pages if page]


def zone_of(value: Any) -> str:
    """A time zone that is known here, "" for anything else."""
    if not isinstance(value, str) or not _ZONE.fullmatch(value):
        return ""
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def browser_of(request: HttpRequest) -> str:
    """The browser in words, "Firefox 130, Windows"; "" when it does not say."""
    said = request.headers.get("User-Agent", "")[:400]
    words = []
    for mark, name in _BROWSERS:
        if found := re.search(rf"{mark}\w*/(\d{{1,4}})", said):
            words.append(f"{name} {found[1]}")
            break
    words += [name for mark, name in _SYSTEMS if mark in said][:1]
    return ", ".join(words)
