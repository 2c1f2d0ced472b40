"""Ready texts."""

from pydantic import BaseModel

from okno.desk.models import SavedReply


class SavedReplyShape(BaseModel):
    id: int
    name: str
    text: str
    html: str
    language: str
    team: int | None
    is_own: bool
    used: int

    @classmethod
    def of(cls, row: SavedReply) -> "SavedReplyShape":
        return cls(
            id=row.pk,
            name=row.name,
            text=row.text,
            html=row.html,
            language=row.language,
            team=row.team_id,
            is_own=row.owner_id is not None,
            used=row.used_count,
        )
