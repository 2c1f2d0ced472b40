"""The one script and its versions: a site may pin one, so that its browsers run nothing else.

Subresource Integrity (W3C): a browser refuses a script whose SHA-384 is not the one in the page.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.utils.translation import pgettext

from okno.channels.embedding import Snippet
from okno.desk.models import Channel
from okno.kit.files import write_whole

_NAME = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Version:
    """The script's bytes, the name of exactly these, and their hash as a page writes it."""

    data: bytes
    name: str
    integrity: str


def current() -> Version | None:
    """The script of this installation; None when the front end is not built."""
    found = find("okno/widget.js")
    if not found:
        return None
    path = Path(str(found))
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> Version:
    data = path.read_bytes()
    digest = hashlib.sha384(data).digest()
    return Version(data, digest.hex()[:16], f"sha384-{base64.b64encode(digest).decode()}")


def version(name: str) -> bytes | None:
    """The script of that name: today's, or an earlier one that somebody may have pinned."""
    now = current()
    if now is not None and now.name == name:
        return now.data
    path = _folder() / f"{name}.js"
    return path.read_bytes() if _NAME.fullmatch(name) and path.is_file() else None


def keep(found: Version) -> None:
    """Put a version away for the day when it is an earlier one."""
    path = _folder() / f"{found.name}.js"
    if not path.exists():
        write_whole(path, found.data)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "scripts"


def lines(channel: Channel) -> Sequence[Snippet]:
    """The script line of a channel, and the same with one version pinned."""
    key, url = channel.public_key, settings.PUBLIC_URL
    plain = Snippet(
        pgettext("site chat", "Line for your site"),
        pgettext("site chat", "Once on each page, before the end of its body."),
        f'<script async src="{url}/widget.js" data-key="{key}"></script>',
    )
    found = current()
    if found is None:
        return [plain]
    keep(found)
    pinned = Snippet(
        pgettext("site chat", "Line with one version pinned"),
        pgettext(
            "site chat",
            "The browser runs exactly this version and refuses any other. It goes on to work after"
            " an update of Okno, but stays as it is: take the new line then.",
        ),
        f'<script async src="{url}/widget-{found.name}.js" integrity="{found.integrity}"'
        f' crossorigin="anonymous" data-key="{key}"></script>',
    )
    return [plain, pinned]
