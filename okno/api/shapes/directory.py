"""What conversations point to. Never settings or secrets of a channel."""

from datetime import datetime
from typing import Any, Literal, cast

from pydantic import BaseModel

from okno.access.models import Agent, Team
from okno.desk.models import Channel, Tag

Health = Literal["ok", "trouble", "off"]


class Named(BaseModel):
    id: int
    name: str


class ChannelShape(BaseModel):
    id: int
    kind: str
    name: str
    address: str
    health: Health

    @classmethod
    def of(cls, row: Channel) -> "ChannelShape":
        return cls(
            id=row.pk,
            kind=row.kind,
            name=row.name,
            address=row.address,
            health=cast(Health, row.health),
        )


class AgentShape(BaseModel):
    id: int
    name: str
    role: str
    is_active: bool
    teams: list[int]

    @classmethod
    def of(cls, row: Agent) -> "AgentShape":
        return cls(
            id=row.pk,
            name=row.name,
            role=row.role,
            is_active=row.is_active,
            teams=[team.pk for team in row.teams.all()],
        )


def named(row: Team | Tag) -> Named:
    """A team or a tag."""
    return Named(id=row.pk, name=row.name)


class EventShape(BaseModel):
    id: int
    name: str
    subject_type: str
    subject_id: int
    actor_type: str
    actor_id: int | None
    via: str
    cause_id: int | None
    depth: int
    at: datetime
    data: dict[str, Any]
