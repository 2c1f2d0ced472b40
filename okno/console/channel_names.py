"""What channels are called where several stand together: several may have one name for clients."""

from collections import Counter
from collections.abc import Iterable

from okno.channels.contract import adapters
from okno.desk.models import Channel


def told_apart(channels: Iterable[Channel]) -> dict[int, str]:
    """A name for each channel by its id: its own, and where others have that too its kind and, if
    need be, its address or number."""
    rows = list(channels)
    names = {row.pk: row.name for row in rows}
    for more in (_kind, _place):
        times = Counter(name.casefold() for name in names.values())
        for row in rows:
            if times[names[row.pk].casefold()] > 1:
                names[row.pk] = f"{names[row.pk]} · {more(row)}"
    return names


def _kind(row: Channel) -> str:
    return adapters.get(row.kind).label


def _place(row: Channel) -> str:
    return row.address or f"#{row.pk}"
