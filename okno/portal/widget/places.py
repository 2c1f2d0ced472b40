"""Where on a site a visitor is and was, and with what: as far as their browser says it."""

import re
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest

from okno.kit.browsers import browser_of

MOST_PAGES = 10
LONGEST_TITLE = 160
_PATH = re.compile(r"[^\x00-\x20\x7f]{1,300}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,20}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")


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


def browser_words(request: HttpRequest) -> str:
    """The browser in words, "Firefox 130, Windows"; "" when it does not say."""
    browser = browser_of(request.headers.get("User-Agent", ""))
    named = f"{browser.name} {browser.version}".strip()
    return ", ".join(filter(None, (named, browser.system)))
