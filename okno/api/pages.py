"""Lists: `{items, next}`, with keys instead of offsets, so that nothing is skipped or repeated."""

from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from pydantic import BaseModel, Field, ValidationInfo, model_validator

from okno.desk.queries import BadKey
from okno.kit.numbers import identifier

MOST = 200
M = TypeVar("M", bound=Model)


class Paging(BaseModel):
    """What every list takes. A parameter it does not know is refused, for a filter with a slip of
    the pen would otherwise show everything; so is one that is given twice."""

    after: str = Field("", max_length=64, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=MOST)

    @model_validator(mode="after")
    def _no_others(self, info: ValidationInfo) -> Self:
        known = type(self).model_fields
        if info.context is None:
            return self
        given = info.context["request"].GET
        if set(given) - set(known):
            raise ValueError(f"unknown parameter; known are {', '.join(known)}")
        twice = [name for name in given if len(given.getlist(name)) > 1]
        if twice:
            raise ValueError(f"{', '.join(twice)} given more than once; one value is taken")
        return self

    def after_id(self) -> int:
        """The key of a list ordered by id; raises BadKey."""
        if not self.after:
            return 0
        found = identifier(self.after)
        if found is None:
            raise BadKey("this page key is not one of ours")
        return found


def by_id(rows: QuerySet[M], paging: Paging) -> tuple[list[M], str]:
    """A page of a query set in the order of ids, and the key of the next one."""
    ordered = rows.order_by("pk").filter(pk__gt=paging.after_id())
    return cut(list(ordered[: paging.limit + 1]), paging.limit, lambda row: str(row.pk))


T = TypeVar("T")


def cut(rows: list[T], limit: int, key: Callable[[T], str]) -> tuple[list[T], str]:
    """`limit` rows out of one more, and the key of the last if there are more."""
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, key(rows[-1]) if more else ""


def listed(items: Iterable[BaseModel], following: str) -> HttpResponse:
    """The answer of a list."""
    text = ",".join(item.model_dump_json() for item in items)
    return HttpResponse(
        f'{{"items":[{text}],"next":"{following}"}}', content_type="application/json"
    )


def shown(item: BaseModel, status: int = 200) -> HttpResponse:
    """The answer of one thing."""
    return HttpResponse(item.model_dump_json(), status=status, content_type="application/json")


def page_of(shape: Any) -> Any:
    """The documented form of a list of `shape`."""
    return type(
        f"{shape.__name__}Page",
        (BaseModel,),
        {"__annotations__": {"items": list[shape], "next": str}, "__module__": __name__},
    )
