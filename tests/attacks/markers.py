"""Markers in every field that may hold words, and whether a page took one for markup."""

from collections.abc import Iterator
from html.parser import HTMLParser

from django.apps import apps
from django.db.models import CharField, Model, TextField

ROOMS = ("access", "contacts", "desk")
MARKS = ("'\"></title></textarea><x-kumquat onclick=alert(1)>", "'\"><x-kumquat>", "<x-kumquat>")
# Written by the product itself and read by it, never by the words of a person.
OURS = {
    "password", "secrets", "public_key", "storage", "sha256", "external_id", "kind", "key",
    "name_key",
    "language", "timezone", "theme", "session_key", "session_data", "secret", "token_hash", "hash",
    "content_type", "type", "sort", "icon", "level", "role", "state", "status", "direction",
    "content_id", "prefix", "digest",
}  # fmt: skip


def wordy() -> Iterator[tuple[type[Model], str, int]]:
    """Every column that may hold words of somebody: model, name, longest value."""
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS:
            continue
        for column in model._meta.concrete_fields:
            is_words = isinstance(column, CharField | TextField) and not column.choices
            if is_words and not column.primary_key and column.name not in OURS:
                yield model, column.name, column.max_length or 10_000


def mark_everything(marks: tuple[str, ...] = MARKS) -> int:
    """Put the longest marker that fits into each column of each row; how many columns took one."""
    count = 0
    for model, name, longest in wordy():
        fit = [mark for mark in marks if len(mark) + 6 <= longest]
        if not fit:
            continue
        for row in model._base_manager.all():
            model._base_manager.filter(pk=row.pk).update(**{name: f"{fit[0]}{row.pk}"})
        count += 1
    return count


class Marks(HTMLParser):
    """Finds markers that became elements or attributes, and those that stayed words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.broken: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("x-kum") or any(name.startswith("on") for name, _ in attrs):
            self.broken.append(self.get_starttag_text() or tag)
