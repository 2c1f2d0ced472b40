"""How much of something scarce each holder has at this moment, so that none takes all of it."""

import mmap
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

    def of(self, who: str) -> int:
        """How much `who` has now."""
        return self._held[who]

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


# Processes that are forked after this was imported see each other's counts. Each writes to a row of
# its own, so that no lock is needed and none is left behind by one that is killed.
MOST_ROWS = 64
_PLACES = 1 << 17
_counts = memoryview(mmap.mmap(-1, MOST_ROWS * _PLACES * 2)).cast("H")
_row, _rows = 0, 1


def expect_rows(count: int) -> None:
    """How many processes will count; said before they are forked."""
    global _rows
    _rows = min(count, MOST_ROWS)


def use_row(number: int) -> None:
    """Count in this row from now on; what a former process left in it is forgotten."""
    global _row
    _row = number % MOST_ROWS
    _counts[_row * _PLACES : (_row + 1) * _PLACES] = memoryview(bytes(_PLACES * 2)).cast("H")


class SharesOfAll(Shares):
    """Counted together by all processes of the command, for counts that are small.

    Each holder is counted in two places, of which the lower count is true: others may meet it in
    one, hardly ever in both (a count-min sketch; Cormode, Muthukrishnan 2005). Two processes that
    count at the same instant may let one too many in.
    """

    def __init__(self, most: int, what: str) -> None:
        super().__init__(most)
        self._what = what

    def take(self, who: str, amount: int = 1) -> bool:
        """As `Shares.take`."""
        if not who:
            return True
        places = self._places(who)
        if min(map(_counted, places)) + amount > self.most:
            return False
        for place in places:
            _counts[_row * _PLACES + place] += amount
        return True

    def give_back(self, who: str, amount: int = 1) -> None:
        """As `Shares.give_back`."""
        for place in self._places(who) if who else ():
            _counts[_row * _PLACES + place] -= amount

    def _places(self, who: str) -> set[int]:
        # Salted by Python, alike in all that were forked from one process. Of texts, not of tuples:
        # those that differ in one item hash to places that lie at the same distance.
        return {hash(f"{number} {self._what} {who}") % _PLACES for number in range(2)}


def _counted(place: int) -> int:
    return sum(_counts[row * _PLACES + place] for row in range(_rows))
