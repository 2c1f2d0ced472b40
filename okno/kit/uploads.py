"""Which views take files: all others get a short body only, so that nobody fills the disk."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Mark a view whose requests may be as large as files are."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view
