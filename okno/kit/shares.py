"""How much of something scarce each holder has at this moment, so that none takes all of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Shares:
    """Nobody holds more than `most`; a nameless holder ("") is not counted. For one thread."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: Counter[str] = Counter()

    def take(self, who: str, amount: int = 1) -> bool:
        """Give `who` that much more; False, and nothing taken, when it would be too much."""
        if not who:
            return True
        if self._held[who] + amount > self.most:
            return False
        self._held[who] += amount
        return True

    def give_back(self, who: str, amount: int = 1) -> None:
        """What was taken is free again."""
        if who:
            self._held[who] -= amount
            if self._held[who] <= 0:
                del self._held[who]

    @contextmanager
    def hold(self, who: str) -> Iterator[bool]:
        """One share for as long as the block runs; whether there was one."""
        has_share = self.take(who)
        try:
            yield has_share
        finally:
            if has_share:
                self.give_back(who)
