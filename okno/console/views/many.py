"""One press for many conversations, and the press that takes it back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access import queries as access
from okno.access.models import Agent
from okno.access.policy import Forbidden, NotVisible
from okno.automation.contract import Act, bound
from okno.console import when
from okno.console.answers import DOOR, agent_of, is_partial, kept, panes, refused, told
from okno.desk import actions, queries
from okno.desk.actions.presses import Step
from okno.desk.models import Conversation, Press, Status
from okno.kit.numbers import identifier
from okno.spine import unit

MOST = 200
# In one unit: enough to save commits, few enough to let others write in between.
AT_ONCE = 20


@require_POST
def many(request: HttpRequest) -> HttpResponse:
    """Do one thing to the chosen conversations; says how many were done and left out. Solving asks
    once where something is not sent."""
    agent = agent_of(request)
    try:
        numbers = _chosen(request)
        act = _act(request, agent)
    except ValueError as error:
        refused(request, error)
        return _back(request)
    solves = request.POST.get("do") == f"status:{Status.SOLVED}"
    if solves and (unsent := queries.with_drafts(agent, numbers)):
        return _back(request, unsent=unsent, unsent_of=numbers)
    press, left = _do(agent, numbers, act)
    done = len(numbers) - left
    said = ngettext("%(n)d conversation changed", "%(n)d conversations changed", done) % {"n": done}
    if left:
        more = ngettext("%(n)d left out", "%(n)d left out", left) % {"n": left}
        said = f"{said}, {more}"
    told(request, said, f"/presses/{press.pk}/undo" if press else "")
    return _back(request)


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    """Whom conversations may be assigned to, for the menu of chosen ones."""
    me = agent_of(request)
    rows = access.agents(me).filter(is_active=True).exclude(pk=me.pk).values_list("pk", "name")
    return render(request, "console/_many_choices.html", {"verb": "assign", "choices": rows})


@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    """Which teams they may be handed to."""
    rows = access.teams(agent_of(request)).values_list("pk", "name")
    return render(request, "console/_many_choices.html", {"verb": "team", "choices": rows})


def _chosen(request: HttpRequest) -> list[int]:
    """The numbers that were sent; raises ValueError for none or too many."""
    numbers = map(identifier, request.POST.getlist("number"))
    given = {number for number in numbers if number is not None}
    if not given:
        raise ValueError(pgettext("reason", "Choose conversations first."))
    if len(given) > MOST:
        raise ValueError(pgettext("reason", "200 conversations at once are the most."))
    return sorted(given)


def _parts(found: Sequence[Conversation]) -> Iterator[Sequence[Conversation]]:
    for start in range(0, len(found), AT_ONCE):
        yield found[start : start + AT_ONCE]


def _do(agent: Agent, numbers: list[int], act: Act) -> tuple[Press | None, int]:
    """The press that was kept, if anything was done, and how many were left out."""
    found = queries.conversations(agent, numbers)
    press, left = None, len(numbers) - len(found)
    for part in _parts(found):
        steps: list[Step] = []
        with unit(agent, DOOR):
            for conversation in part:
                try:
                    steps.append(actions.pressed(conversation, act))
                except (ValueError, Forbidden):
                    left += 1
            if steps:
                press = actions.keep_press(agent, steps, press)
    return press, left


def _act(request: HttpRequest, agent: Agent) -> Act:
    """What was pressed, as a verb on one conversation; raises ValueError, NotVisible."""
    name, _, value = request.POST.get("do", "").partition(":")
    tag, at = request.POST.get("tag", ""), request.POST.get("at", "")
    if name == "typed":
        # Enter in one of the two fields, which presses no button of its own.
        name = "tag" if tag else "snooze"
    if name == "sure":
        name = "status"
    chosen: dict[str, Callable[[], Any]] = {
        "assign": lambda: {"nobody": None, "me": "me"}.get(value, identifier(value) or value),
        "team": lambda: None if value == "none" else identifier(value) or value,
        "status": lambda: value,
        "tag": lambda: tag,
        "snooze": lambda: when.chosen(value, at),
        "spam": lambda: True,
        "bin": lambda: True,
    }
    if name not in chosen:
        raise ValueError(pgettext("reason", "Choose what to do."))
    return bound(agent, name, chosen[name]())


def _back(request: HttpRequest, **question: Any) -> HttpResponse:
    """The list as it is now, with a question if there is one, beside the open conversation."""
    number = identifier(request.GET.get("open"))
    if not is_partial(request) and not question:
        page = f"/conversations/{number}/" if number else "/"
        return HttpResponseRedirect(f"{page}{kept(request)}")
    try:
        found = queries.conversation(agent_of(request), number) if number else None
    except NotVisible:
        found = None
    return panes(request, found, **question)


@require_POST
def undo(request: HttpRequest, press_id: int) -> HttpResponse:
    """Take one press back, as far as nobody has changed what it did."""
    agent = agent_of(request)
    press = queries.press(agent, press_id)
    left = 0
    try:
        with unit(agent, DOOR):
            actions.begin_undo(agent, press)
    except ValueError as error:
        refused(request, error)
    else:
        for step in press.steps:
            try:
                with unit(agent, DOOR):
                    actions.undo_step(agent, press, step)
            except (ValueError, Forbidden):
                left += 1
        _told_undone(request, len(press.steps) - left, left)
    return _back(request)


def _told_undone(request: HttpRequest, done: int, left: int) -> None:
    if done:
        told(request, pgettext("toast", "Undone"))
    if left:
        words = ngettext(
            "%(n)d conversation was changed meanwhile and stays as it is",
            "%(n)d conversations were changed meanwhile and stay as they are",
            left,
        )
        refused(request, ValueError(words % {"n": left}))
