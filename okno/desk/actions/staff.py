"""What becomes of conversations when an agent or a team goes."""

from okno.access import actions as access
from okno.access.models import Agent, Team
from okno.access.policy import authorize
from okno.desk.events import ConversationAssigned
from okno.desk.models import Channel, Conversation, SavedReply, Status, View
from okno.spine import Actor, record, verb


@verb
def switch_off(actor: Actor, agent: Agent) -> int:
    """Let an agent work no more: signed out, and their unfinished conversations have no assignee.

    Returns how many conversations were given back; raises ValueError for the last administrator.
    """
    access.change_agent(actor, agent, is_active=False)
    mine = Conversation.objects.filter(
        assignee=agent, status__in=(Status.OPEN, Status.PENDING, Status.SOLVED)
    )
    numbers = list(mine.select_for_update().values_list("pk", flat=True))
    for start in range(0, len(numbers), 500):
        some = Conversation.objects.filter(pk__in=numbers[start : start + 500])
        some.update(assignee=None)
    for number in numbers:
        record(ConversationAssigned(number, agent.pk, None))
    return len(numbers)


@verb
def delete_team(actor: Actor, team: Team) -> None:
    """Delete a team that nothing belongs to; raises ValueError with what still does.

    Its conversations may not simply lose it: what has no team is seen by everyone.
    """
    authorize(actor, "team.manage")
    if Conversation.objects.filter(team=team).exists():
        raise ValueError("conversations belong to this team: move them to another first")
    if Channel.objects.filter(team=team).exists():
        raise ValueError("a channel brings its conversations to this team: change that first")
    ready = SavedReply.objects.filter(team=team, removed_at=None).exists()
    if ready or View.objects.filter(team=team, removed_at=None).exists():
        raise ValueError("saved replies or filters are shared with this team: move them first")
    access.delete_team(actor, team)
