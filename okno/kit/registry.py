"""The one kind of registry: names to things, each name once."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Unknown(LookupError):
    """Nothing is registered under that name."""


class Registry(Generic[T]):
    """A dictionary that refuses a second owner of a name and lists the known ones on a miss."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._items: dict[str, T] = {}

    def add(self, name: str, item: T) -> T:
        """Register `item`; raises ValueError when the name is taken by another."""
        if self._items.setdefault(name, item) is not item:
            raise ValueError(f"{self.what} {name!r} is registered twice")
        return item

    def get(self, name: str) -> T:
        """The item; raises Unknown, naming what is known."""
        try:
            return self._items[name]
        except KeyError:
            known = ", ".join(sorted(self._items)) or "none"
            raise Unknown(f"no {self.what} {name!r}; known: {known}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def names(self) -> list[str]:
        return sorted(self._items)
