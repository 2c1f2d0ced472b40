"""Which files rows name: whether each is there, and which files nobody names any more."""

import logging
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connections

from okno.access.models import Agent
from okno.channels.models import Inbound
from okno.desk.models import Attachment
from okno.kit.blobs import store

# A file is on disk before its row is committed; nobody takes a day for that.
DAY_SECONDS = 24 * 3600
# More than this share without rows: rather a foreign folder, or an older database, than rubbish.
MOST_SHARE, FEW = 0.1, 100
AT_ONCE = 500
log = logging.getLogger(__name__)


def rows() -> Iterator[tuple[str, str]]:
    """What names a file, in words for an administrator, and the file's storage name."""
    for pk, name in Attachment.objects.values_list("pk", "storage").iterator():
        yield f"the file of attachment {pk}", name
    pictures = Agent.objects.exclude(picture="")
    for pk, name in pictures.values_list("pk", "picture").iterator():
        yield f"the picture of agent {pk}", name
    letters = Inbound.objects.filter(storage__gt="")
    for pk, name in letters.values_list("pk", "storage").iterator():
        yield f"the raw file of inbound {pk}", name


def missing() -> Iterator[str]:
    """Each row whose file is not there."""
    place = store()
    for what, name in rows():
        # Asked again: a file goes after its row, and the row may be gone since we read it.
        if not place.exists(name) and _named([name]):
            yield what


def orphans() -> tuple[list[str], int]:
    """Files a day old that no row names, and how many files there are."""
    place, before = store(), time.time() - DAY_SECONDS
    total, found = 0, []
    names = place.names()
    while some := list(islice(names, AT_ONCE)):
        total += len(some)
        found += [n for n in set(some) - _named(some) if place.is_older(n, before)]
    return found, total


def are_many(orphans: int, total: int) -> bool:
    """Whether they rather belong to somebody else, or to a newer database than ours."""
    return orphans > max(FEW, total * MOST_SHARE)


def sweep() -> int:
    """Delete what killed processes left: half files, and files that no row names.

    Returns how many. The latter stay when they are many, and the log says so.
    """
    place = store()
    removed = place.sweep_unfinished()
    found, total = orphans()
    if are_many(len(found), total):
        log.warning("%s of %s files have no row: left alone", len(found), total)
        return removed
    for name in found:
        place.delete(name)
    return removed + len(found)


def sweep_at_start() -> None:
    """The same beside the work of a process; a trouble is a line in the log."""
    try:
        sweep()
    except Exception as error:
        log.warning("leftovers were not swept: %s", type(error).__name__)
    finally:
        connections.close_all()


def _named(names: Iterable[str]) -> set[str]:
    """Those that a row names."""
    wanted = list(names)
    # The first condition is that of the index.
    letters = Inbound.objects.filter(storage__gt="", storage__in=wanted)
    return {
        *Attachment.objects.filter(storage__in=wanted).values_list("storage", flat=True),
        *Agent.objects.filter(picture__in=wanted).values_list("picture", flat=True),
        *letters.values_list("storage", flat=True),
    }
