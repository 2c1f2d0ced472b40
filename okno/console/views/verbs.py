"""What is done to a conversation with one press. Each view is one verb of the desk."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.access import queries as access
from okno.access.models import Agent
from okno.access.policy import NotVisible, can
from okno.console import when
from okno.console.answers import DOOR, after, agent_of, panes, refused, told, verb
from okno.console.views.compose import people
from okno.contacts.actions import block
from okno.desk import actions, queries
from okno.desk.models import Conversation, Delivery, Participant, Status
from okno.kit.numbers import identifier
from okno.spine import unit


def _id(request: HttpRequest, name: str) -> int | None:
    return identifier(request.POST.get(name))


@verb
def assign(request: HttpRequest, found: Conversation) -> None:
    """To me, to somebody, to nobody."""
    agent, chosen = agent_of(request), _id(request, "agent")
    to = access.agent(agent, chosen) if chosen else None
    try:
        actions.assign(agent, found, to)
    except ValueError:
        name = to.name if to else ""
        said = pgettext("reason", "%(name)s is not in this conversation's team or not active.")
        raise ValueError(said % {"name": name}) from None


@verb
def team(request: HttpRequest, found: Conversation) -> str:
    """Hand it to another team."""
    agent, chosen = agent_of(request), _id(request, "team")
    to = access.team(agent, chosen) if chosen else None
    actions.move_to_team(agent, found, to)
    if to is None:
        return pgettext("toast", "It belongs to no team now: everyone sees it")
    return pgettext("toast", "Handed to team %(name)s") % {"name": to.name}


@require_POST
def status(request: HttpRequest, number: int) -> HttpResponse:
    """Open, waiting for the client, solved, closed. Solving asks while something is not sent."""
    if _chosen_status(request) == Status.SOLVED and "sure" not in request.POST:
        agent = agent_of(request)
        found = queries.conversation(agent, number)
        draft = queries.draft(agent, found)
        # The page knows what is not saved yet.
        typed = request.POST.get("text", draft.text if draft is not None else "")
        if typed.strip() and can(agent, "conversation.change", found):
            return panes(request, found, asks_unsent=True)
    return _set_status(request, number)


def _chosen_status(request: HttpRequest) -> str:
    return request.POST.get("status") or request.GET.get("status", "")


@verb
def _set_status(request: HttpRequest, found: Conversation) -> tuple[str, str] | None:
    before = found.status
    chosen = _chosen_status(request)
    if chosen != Status.SOLVED or before == Status.SOLVED:
        actions.set_status(agent_of(request), found, chosen)
        return None
    agent = agent_of(request)
    step = actions.pressed(found, lambda one: actions.set_status(agent, one, chosen))
    press = actions.keep_press(agent, [step])
    return pgettext("toast", "Solved"), f"/presses/{press.pk}/undo?open={found.pk}"


@verb
def priority(request: HttpRequest, found: Conversation) -> None:
    """Low, normal, high, urgent."""
    actions.set_priority(agent_of(request), found, _id(request, "priority") or 0)


@verb
def subject(request: HttpRequest, found: Conversation) -> None:
    """Rename."""
    actions.set_subject(agent_of(request), found, request.POST.get("subject", ""))


@verb
def tag(request: HttpRequest, found: Conversation) -> None:
    """Label it."""
    actions.add_tag(agent_of(request), found, request.POST.get("tag", ""))


@verb
def untag(request: HttpRequest, found: Conversation) -> None:
    """Take a label off."""
    agent = agent_of(request)
    label = queries.tags(agent).filter(pk=_id(request, "tag") or 0).first()
    if label is None:
        raise NotVisible("tag")
    actions.remove_tag(agent, found, label)


@verb
def snooze(request: HttpRequest, found: Conversation) -> tuple[str, str]:
    """Put off until a usual time or one of one's own."""
    until = when.chosen(request.POST.get("until", ""), request.POST.get("at", ""))
    actions.snooze(agent_of(request), found, until)
    said = pgettext("toast", "Snoozed until %(when)s") % {"when": when.moment(until)}
    return said, f"/conversations/{found.pk}/wake"


@verb
def wake(request: HttpRequest, found: Conversation) -> str:
    """Back from snooze."""
    actions.wake(agent_of(request), found)
    return pgettext("toast", "Back from snooze")


@verb
def spam(request: HttpRequest, found: Conversation) -> tuple[str, str]:
    """To spam; the client is blocked too when asked."""
    agent = agent_of(request)
    actions.mark_spam(agent, found)
    if request.POST.get("block"):
        block(agent, found.requester)
        said = pgettext("toast", "Moved to spam, and the client is blocked")
    else:
        said = pgettext("toast", "Moved to spam")
    return said, f"/conversations/{found.pk}/not-spam"


@verb
def not_spam(request: HttpRequest, found: Conversation) -> str:
    """Back from spam."""
    actions.unmark_spam(agent_of(request), found)
    return pgettext("toast", "Not spam")


@verb
def to_bin(request: HttpRequest, found: Conversation) -> tuple[str, str]:
    """To the bin."""
    actions.bin_conversation(agent_of(request), found)
    return pgettext("toast", "Moved to the bin"), f"/conversations/{found.pk}/restore"


@verb
def restore(request: HttpRequest, found: Conversation) -> str:
    """Out of the bin."""
    actions.restore(agent_of(request), found)
    return pgettext("toast", "Restored from the bin")


@verb
def merge(request: HttpRequest, found: Conversation) -> tuple[str, str]:
    """Into another conversation."""
    agent = agent_of(request)
    target = queries.conversation(agent, _id(request, "into") or 0)
    move = actions.merge(agent, found, target)
    said = pgettext("toast", "Merged into #%(n)s") % {"n": target.pk}
    return said, f"/moves/{move.pk}/undo"


@verb
def join(request: HttpRequest, found: Conversation) -> tuple[str, str]:
    """Merge another conversation into this one."""
    agent = agent_of(request)
    move = actions.merge(agent, queries.conversation(agent, _id(request, "number") or 0), found)
    said = pgettext("toast", "#%(n)s is merged into this one") % {"n": move.source_id}
    return said, f"/moves/{move.pk}/undo"


@verb
def apart(request: HttpRequest, found: Conversation) -> str:
    """This conversation, or the one of `number` that may belong here, stays by itself."""
    agent = agent_of(request)
    number = _id(request, "number")
    actions.keep_apart(agent, queries.conversation(agent, number) if number else found)
    return pgettext("toast", "They stay two conversations")


@verb
def split(request: HttpRequest, found: Conversation) -> tuple[str, str]:
    """Chosen messages become a conversation of their own."""
    agent = agent_of(request)
    chosen = set(request.POST.getlist("message"))
    messages = [m for m in queries.messages(found) if str(m.pk) in chosen]
    target = actions.split(agent, found, messages, subject=request.POST.get("subject", ""))
    move = queries.moves(found)[0]
    said = pgettext("toast", "Split off as #%(n)s") % {"n": target.pk}
    return said, f"/moves/{move.pk}/undo"


@require_POST
def undo_move(request: HttpRequest, move_id: int) -> HttpResponse:
    """Take a merge or a split back."""
    agent = agent_of(request)
    move = queries.move(agent, move_id)
    try:
        with unit(agent, DOOR):
            actions.undo(agent, move)
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Undone"))
    return after(request, move.source_id)


@verb
def add_participant(request: HttpRequest, found: Conversation) -> str:
    """Put somebody in copy of later replies."""
    who = people(found.channel, request.POST.get("address", ""))
    if len(who) != 1:
        raise ValueError(pgettext("reason", "Write one address."))
    actions.add_participant(agent_of(request), found, who[0])
    said = pgettext("toast", "%(address)s gets a copy of replies from now on")
    return said % {"address": who[0].address}


def _of_participant(act: Callable[[Agent, Participant], None]) -> Callable[..., HttpResponse]:
    @require_POST
    @wraps(act)
    def view(request: HttpRequest, participant_id: int) -> HttpResponse:
        agent = agent_of(request)
        participant = queries.participant(agent, participant_id)
        with unit(agent, DOOR):
            act(agent, participant)
        return after(request, participant.conversation_id)

    return view


confirm_participant = _of_participant(actions.confirm_participant)
remove_participant = _of_participant(actions.remove_participant)


def _of_delivery(act: Callable[[Agent, Delivery], None]) -> Callable[..., HttpResponse]:
    @require_POST
    @wraps(act)
    def view(request: HttpRequest, delivery_id: int) -> HttpResponse:
        agent = agent_of(request)
        delivery = queries.delivery(agent, delivery_id)
        try:
            with unit(agent, DOOR):
                act(agent, delivery)
        except ValueError as error:
            refused(request, error)
        return after(request, delivery.message.conversation_id)

    return view


send_again = _of_delivery(actions.send_again)
mark_sent = _of_delivery(actions.mark_sent_by_hand)
