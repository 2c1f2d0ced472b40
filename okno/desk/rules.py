"""Permissions over conversations and what hangs on them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from okno.access.models import Agent, Role
from okno.access.policy import ALLOWED, Denied, Verdict, agent_only, rule
from okno.access.queries import team_ids
from okno.contacts.models import Contact
from okno.desk.models import Conversation, Message, Press, SavedReply, View
from okno.kit import clock

# The toast stands ten seconds, longer while it is looked at.
UNDO_WITHIN = timedelta(minutes=5)
_WORKERS = (Role.ADMIN, Role.SUPERVISOR, Role.AGENT)


@dataclass(frozen=True)
class Place:
    """Where a conversation stands, as far as seeing it goes; built from a row or a model."""

    team_id: int | None
    assignee_id: int | None
    requester_id: int | None = None
    requester_merged_id: int | None = None


def place_of(conversation: Conversation) -> Place:
    return Place(
        conversation.team_id,
        conversation.assignee_id,
        conversation.requester_id,
        conversation.requester.merged_into_id,
    )


def sees(actor: Any, place: Place) -> bool:
    """The one rule of sight; `queries.visible_to` says the same to the database.

    Administrators and supervisors see all; an agent sees what is theirs, their teams' and nobody's;
    a client sees their own.
    """
    if isinstance(actor, Agent):
        return (
            actor.sees_all
            or place.team_id is None
            or place.team_id in team_ids(actor)
            or place.assignee_id == actor.pk
        )
    if isinstance(actor, Contact):
        head = actor.merged_into_id or actor.pk
        return head in (place.requester_id, place.requester_merged_id)
    return False


@rule("conversation.view", scope="read")
def view(actor: Any, conversation: Conversation) -> Verdict:
    if sees(actor, place_of(conversation)):
        return ALLOWED
    return Denied("this conversation belongs to another team")


def _work(actor: Any, conversation: Conversation) -> Verdict:
    """Seen, and by someone who answers clients."""
    role = agent_only(actor, *_WORKERS)
    return view(actor, conversation) if role else role


@rule("conversation.open", scope="write")
def open_conversation(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, *_WORKERS)


@rule("conversation.reply", scope="write")
def reply(actor: Any, conversation: Conversation) -> Verdict:
    return _work(actor, conversation)


@rule("conversation.note", scope="write")
def note(actor: Any, conversation: Conversation) -> Verdict:
    """Light agents too: colleagues who help but do not answer clients."""
    role = agent_only(actor)
    return view(actor, conversation) if role else role


@rule("note.view", scope="read")
def view_notes(actor: Any, conversation: Conversation) -> Verdict:
    """Whoever may write notes reads them."""
    return note(actor, conversation)


@rule("conversation.change", scope="write")
def change(actor: Any, conversation: Conversation) -> Verdict:
    return _work(actor, conversation)


@rule("conversation.settle", scope="write")
def settle(actor: Any, conversation: Conversation) -> Verdict:
    """The client's own say on whether it is done; agents have more."""
    return view(actor, conversation) if isinstance(actor, Contact) else _work(actor, conversation)


@rule("request.confirm", scope="write")
def confirm_request(actor: Any, first: Message | None) -> Verdict:
    """Whoever wrote it, wherever a merge has brought it."""
    me = first.identity if first is not None else None
    is_own = isinstance(actor, Contact) and me is not None and me.contact_id == actor.pk
    return ALLOWED if is_own else Denied("this is somebody else's request")


@rule("saved_reply.list", scope="read")
def list_saved_replies(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("saved_reply.view", scope="read")
def view_saved_reply(actor: Any, saved: SavedReply) -> Verdict:
    """One's own, one's teams', everybody's; administrators and supervisors see every team's."""
    role = agent_only(actor)
    if not role:
        return role
    is_foreign = saved.owner_id not in (None, actor.pk)
    in_reach = actor.sees_all or saved.team_id is None or saved.team_id in team_ids(actor)
    return ALLOWED if in_reach and not is_foreign else Denied("this saved reply is another's")


@rule("saved_reply.manage", scope="write")
def manage_saved_reply(actor: Any, saved: SavedReply) -> Verdict:
    """One's own; what others use too, administrators and supervisors."""
    role = agent_only(actor)
    if not role:
        return role
    if saved.owner_id is None:
        return agent_only(actor, Role.ADMIN, Role.SUPERVISOR)
    return view_saved_reply(actor, saved)


@rule("tag.view", scope="read")
def view_tags(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("tag.manage", scope="admin")
def manage_tags(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN, Role.SUPERVISOR)


@rule("field.view", scope="read")
def view_fields(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("field.manage", scope="admin")
def manage_fields(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN)


@rule("channel.view", scope="read")
def view_channels(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("channel.manage", scope="admin")
def manage_channels(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN)


@rule("stuck.view", scope="read")
def view_stuck(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN, Role.SUPERVISOR)


@rule("event.view", scope="admin")
def view_events(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN)


@rule("view.view", scope="read")
def view_views(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("view.share", scope="write")
def share_views(actor: Any, _: Any) -> Verdict:
    """Views that others see."""
    return agent_only(actor, Role.ADMIN, Role.SUPERVISOR)


@rule("view.change", scope="write")
def change_view(actor: Any, found: View | None) -> Verdict:
    """Without a view: to make one of one's own, which light agents may too."""
    if found is None:
        return agent_only(actor)
    if found.is_shared:
        return share_views(actor, found)
    if isinstance(actor, Agent) and found.owner_id == actor.pk:
        return ALLOWED
    return Denied("this filter is somebody else's")


@rule("press.undo", scope="write")
def undo_press(actor: Any, press: Press) -> Verdict:
    """One's own, for a short while: the right to press was asked when it was pressed."""
    if not isinstance(actor, Agent) or press.agent_id != actor.pk:
        return Denied("somebody else did this")
    if clock.now() - press.at > UNDO_WITHIN:
        return Denied("it is too late to undo this")
    return ALLOWED
