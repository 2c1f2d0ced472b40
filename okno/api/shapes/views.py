"""Saved filters as the API shows them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from okno.desk.buckets import bucket_of
from okno.desk.models import View


class ConditionShape(BaseModel):
    name: str
    operator: str
    value: Any


class AllShape(BaseModel):
    all: list["Term"]


class AnyShape(BaseModel):
    any: list["Term"]


class NotShape(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    term: "Term" = Field(alias="not")


Term = ConditionShape | AllShape | AnyShape | NotShape


class ViewShape(BaseModel):
    """All `conditions` must fit. `count` is null where the answer depends on who looks or on the
    clock."""

    id: int
    name: str
    is_shared: bool
    team: int | None
    sort: str
    icon: str
    conditions: list[Term]
    count: int | None


def view(row: View, counts: Mapping[str, int]) -> ViewShape:
    """A view with its count for the one who asks."""
    return ViewShape(
        id=row.pk,
        name=row.name,
        is_shared=row.is_shared,
        team=row.team_id,
        sort=row.sort,
        icon=row.icon,
        conditions=row.conditions,
        count=counts.get(bucket_of(row.pk), 0) if row.is_counted else None,
    )
