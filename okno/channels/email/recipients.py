"""Which of our mailboxes an envelope address means."""

import threading
import time

from okno.channels.email import threads
from okno.desk.models import Channel
from okno.kit.mail.addresses import canonical

FRESH_SECONDS = 5.0
# A search through made-up addresses must not become a search through the database.
MISS_SECONDS = 0.5


class Recipients:
    """The addresses of the active channels, as they were a few seconds ago at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: dict[str, int] = {}
        self._at = float("-inf")

    def known(self, address: str) -> int | None:
        """The channel of an address, if fresh memory has it. Never asks the database."""
        is_fresh = time.monotonic() - self._at <= FRESH_SECONDS
        return _look(self._ids, canonical(address)) if is_fresh else None

    def channel_of(self, address: str) -> int | None:
        """The channel an address belongs to, with or without a tag after a plus sign.

        Raises the database's error when it cannot be asked and what is remembered is not fresh.
        """
        wanted = canonical(address)
        with self._lock:
            age = time.monotonic() - self._at
            if age > FRESH_SECONDS or (age > MISS_SECONDS and _look(self._ids, wanted) is None):
                self._ids = addresses()
                self._at = time.monotonic()
            return _look(self._ids, wanted)


def _look(ids: dict[str, int], address: str) -> int | None:
    return ids.get(address) or ids.get(threads.without_tag(address))


def addresses() -> dict[str, int]:
    """Every address of an active e-mail channel, in canonical form, with its channel's id."""
    rows = Channel.objects.filter(kind="email", is_active=True).exclude(address="")
    return {canonical(address): pk for pk, address in rows.values_list("pk", "address")}
