"""What is shared by the whole process, replaced for a while and put back whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def instead(owner: Any, **values: Any) -> Iterator[None]:
    """`owner` with other attributes. Replace a container, never empty it: whoever walks through
    the old one meanwhile, as a thread does, is not disturbed."""
    before = {name: getattr(owner, name) for name in values}
    try:
        for name, value in values.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)
