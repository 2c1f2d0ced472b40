"""What programs send. Nothing beyond the named fields is taken."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

LARGEST_ID = 2**63 - 1
# Stands for a field that a PATCH did not name; pydantic does not check defaults, so that null is
# refused where it means nothing.
UNNAMED: Any = None


def _no_nul(text: str) -> str:
    # PostgreSQL cannot keep U+0000 in text; refused on both databases alike.
    if "\0" in text:
        raise ValueError("a text cannot hold the character U+0000")
    return text


def _in_range(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2999:
        raise ValueError("use a year from 1970 to 2999")
    return moment.astimezone(UTC)


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
Line = Annotated[str, Field(max_length=250), AfterValidator(_no_nul)]
Name = Annotated[str, Field(max_length=160), AfterValidator(_no_nul)]
Address = Annotated[str, Field(min_length=1, max_length=320), AfterValidator(_no_nul)]
Text = Annotated[str, Field(max_length=1_000_000), AfterValidator(_no_nul)]
Language = Annotated[str, Field(max_length=8), AfterValidator(_no_nul)]
Word = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_no_nul)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
Value = Annotated[str, Field(max_length=2000), AfterValidator(_no_nul)] | bool | Number | None
StatusName = Literal["open", "pending", "solved", "closed"]


class In(BaseModel):
    """The base of all input."""

    model_config = ConfigDict(extra="forbid")


class PersonIn(In):
    """Someone outside."""

    address: Address
    name: Name = ""


class FileIn(In):
    """A file, in base64 (RFC 4648)."""

    filename: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_no_nul)]
    content_type: Annotated[str, Field(max_length=80), AfterValidator(_no_nul)] = ""
    content_base64: Annotated[str, Field(max_length=36_000_000)]


class ConversationIn(In):
    """A new conversation: `in` as if the client had written, `out` as our first letter."""

    channel: Id
    requester: PersonIn
    subject: Line = ""
    text: Text
    html: Text = ""
    direction: Literal["in", "out"] = "in"
    attachments: list[FileIn] = Field(default=[], max_length=50)


class ConversationPatch(In):
    """What to change; what is not named stays. With `version` it fails when someone was first."""

    subject: Line = Field(default=UNNAMED)
    status: StatusName = Field(default=UNNAMED)
    priority: Annotated[int, Field(ge=1, le=4)] = Field(default=UNNAMED)
    assignee: Id | None = None
    team: Id | None = None
    tags: Annotated[list[Word], Field(max_length=50)] = Field(default=UNNAMED)
    snoozed_until: Moment | None = None
    due_at: Moment | None = None
    # Only null: it does not belong where it was said that it may.
    suggested: None = None
    fields: Annotated[dict[Word, Value], Field(max_length=100)] = Field(default=UNNAMED)
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class ActionIn(In):
    """`action` is one of those that its refusal names, such as assign, team, status, tag."""

    numbers: Annotated[list[Id], Field(min_length=1, max_length=50)]
    action: Word
    value: Any = None


class MessageIn(In):
    """A reply. `seen` is the id of the newest message its writer knew when they began to write:
    newer ones of others make it fail (409), and `news` names them."""

    text: Text
    html: Text = ""
    attachments: list[FileIn] = Field(default=[], max_length=50)
    cc: list[PersonIn] = Field(default=[], max_length=50)
    seen: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = None


class ForwardIn(In):
    """To whom a message goes on, with words of yours above its quote."""

    to: PersonIn
    text: Text = ""
    with_quote: bool = True
    with_files: bool = True
    attachments: list[FileIn] = Field(default=[], max_length=50)


class NoteIn(In):
    """Words for colleagues only."""

    text: Text
    attachments: list[FileIn] = Field(default=[], max_length=50)


class MergeIn(In):
    into: Id


class SplitIn(In):
    messages: list[Id] = Field(min_length=1, max_length=1000)
    subject: Line = ""


class IdentityIn(In):
    """An address and the sort it is of, such as `email`."""

    kind: Annotated[str, Field(min_length=1, max_length=24), AfterValidator(_no_nul)]
    address: Address


class ViewIn(In):
    """A saved filter. `conditions`: see the operation; what is wrong with them is said in words."""

    name: Word
    conditions: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=12)]
    sort: Annotated[str, Field(max_length=24)] = "newest"
    icon: Annotated[str, Field(max_length=24)] = "filter"
    is_shared: bool = False
    team: Id | None = None


class ViewPatch(In):
    name: Word = Field(default=UNNAMED)
    conditions: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=12)] = Field(
        default=UNNAMED
    )
    sort: Annotated[str, Field(max_length=24)] = Field(default=UNNAMED)
    icon: Annotated[str, Field(max_length=24)] = Field(default=UNNAMED)
    is_shared: bool = Field(default=UNNAMED)
    team: Id | None = None


class ContactIn(In):
    name: Name = ""
    language: Language = ""
    identities: list[IdentityIn] = Field(default=[], max_length=20)


class ContactPatch(In):
    name: Name = Field(default=UNNAMED)
    language: Language = Field(default=UNNAMED)
    timezone: Annotated[str, Field(max_length=48), AfterValidator(_no_nul)] = Field(default=UNNAMED)
    about: Annotated[str, Field(max_length=10_000), AfterValidator(_no_nul)] = Field(
        default=UNNAMED
    )
    company: Name | None = None
