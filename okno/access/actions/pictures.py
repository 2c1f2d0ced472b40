"""Verbs over an agent's own picture."""

from okno.access.events import PictureChanged
from okno.access.models import Agent
from okno.access.policy import authorize
from okno.spine import Actor, record, verb


@verb
def set_picture(actor: Actor, agent: Agent, storage: str) -> str:
    """Show a file to all who see this agent; `storage` is its random name.

    Returns the name of the file shown before, "" for none: nothing names it any more.
    """
    authorize(actor, "access.change_own", agent)
    fresh = Agent.objects.select_for_update().get(pk=agent.pk)
    before, fresh.picture = fresh.picture, storage
    fresh.save(update_fields=["picture"])
    record(PictureChanged(agent.pk, bool(storage)))
    return before


@verb
def remove_picture(actor: Actor, agent: Agent) -> str:
    """Initials again. Returns the name of the file that was shown, "" when there was none."""
    authorize(actor, "access.change_own", agent)
    return set_picture(actor, agent, "") if agent.picture else ""
