"""Administration: tags."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access.policy import NotVisible, authorize
from okno.console.answers import DOOR, agent_of, refused, told
from okno.desk import catalogue
from okno.desk.actions import tags as verbs
from okno.desk.models import Tag
from okno.kit.numbers import identifier
from okno.spine import unit

HOME = "/settings/tags/"
UNDO = "/settings/tags/undo"
KEPT = "deleted_tag"
Act = Callable[[HttpRequest, Tag], None]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every tag and how often it stands."""
    agent = agent_of(request)
    authorize(agent, "tag.manage")
    context = {"tags": catalogue.tags_with_use(agent), "tab": "tags"}
    return render(request, "console/settings/tags.html", context)


def _verb(act: Act) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view that does one thing to a tag, in a unit of its own."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, tag_id: int) -> HttpResponse:
        agent = agent_of(request)
        found = catalogue.tag(agent, tag_id)
        try:
            with unit(agent, DOOR):
                act(request, found)
        except ValueError as error:
            refused(request, error)
        return HttpResponseRedirect(HOME)

    return view


@_verb
def rename(request: HttpRequest, tag: Tag) -> None:
    """Another name."""
    verbs.rename_tag(agent_of(request), tag, request.POST.get("name", ""))
    told(request, pgettext("toast", "Saved"))


@_verb
def merge(request: HttpRequest, tag: Tag) -> None:
    """Two tags become one."""
    wanted = identifier(request.POST.get("into"))
    if wanted is None:
        raise ValueError("choose another tag to merge into")
    verbs.merge_tags(agent_of(request), tag, catalogue.tag(agent_of(request), wanted))
    told(request, pgettext("toast", "The two tags are one now"))


@_verb
def delete(request: HttpRequest, tag: Tag) -> None:
    """A tag goes; for a while it can be taken back."""
    name = tag.name
    numbers = verbs.delete_tag(agent_of(request), tag)
    undo = ""
    if len(numbers) <= verbs.MOST_KEPT:
        request.session[KEPT] = [name, numbers]
        undo = UNDO
    told(request, pgettext("toast", "Tag deleted: %(name)s") % {"name": name}, undo)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last deletion back."""
    agent = agent_of(request)
    kept = request.session.pop(KEPT, None)
    if kept is None:
        raise NotVisible("deletion")
    with unit(agent, DOOR):
        verbs.restore_tag(agent, *kept)
    told(request, pgettext("toast", "The tag is back"))
    return HttpResponseRedirect(HOME)
