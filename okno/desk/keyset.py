"""Pages by the key of their last row, so that nothing is skipped or repeated while rows go."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet

from okno.desk.sorting import BadKey
from okno.kit.numbers import identifier

PAGE = 100
M = TypeVar("M", bound=Model)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def page(rows: QuerySet[M], field: str, after: str, limit: int) -> tuple[list[M], str]:
    """`limit` rows behind the key `after` ("" for the first) in the order of `field`, an instant or
    a whole number, and of ids; and the key of the next page, "" at the end. Raises BadKey."""
    if after:
        value, pk = _read(after, rows.model, field)
        # The first condition alone can use an index.
        rows = rows.filter(Q(**{f"{field}__gte": value}))
        rows = rows.filter(Q(**{f"{field}__gt": value}) | Q(pk__gt=pk))
    found = list(rows.order_by(field, "pk")[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    value = getattr(last, field)
    number = (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value
    return found[:limit], f"{number}.{last.pk}"


def _read(after: str, model: type[Model], field: str) -> tuple[Any, int]:
    first, _, second = after.partition(".")
    number, pk = identifier(first), identifier(second)
    if number is None or pk is None:
        raise BadKey("this page key is not one of ours")
    if not isinstance(model._meta.get_field(field), DateTimeField):
        return number, pk
    try:
        return _EPOCH + number * _MICROSECOND, pk
    except OverflowError:
        raise BadKey("this page key is not one of ours") from None
