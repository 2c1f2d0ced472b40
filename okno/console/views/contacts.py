"""A client's card."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access.policy import NotVisible, can
from okno.console.answers import DOOR, agent_of, refused, told
from okno.console.forms import ContactCard
from okno.contacts import actions, queries
from okno.contacts.models import Contact
from okno.desk import queries as desk
from okno.kit.numbers import identifier
from okno.spine import unit


@require_safe
def show(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Name, addresses, company, conversations."""
    agent = agent_of(request)
    found = queries.contact(agent, contact_id)
    first = {
        "name": found.name,
        "language": found.language,
        "company": found.company.name if found.company else "",
        "about": found.about,
    }
    after = request.GET.get("after", "")
    try:
        page = desk.listing(agent, queries.family(found), after=after)
    except desk.BadKey as error:
        raise NotVisible("page") from error
    context = {
        "contact": found,
        "form": ContactCard(initial=first),
        "identities": list(queries.identities(found)),
        "rows": page.rows,
        "next": page.next,
        "may_edit": bool(can(agent, "contact.edit", found)),
        "merged": list(found.merged.all()),
    }
    return render(request, "console/contact.html", context)


def _verb(act: Callable[..., tuple[str, str] | str]) -> Callable[..., HttpResponse]:
    """A view that does one thing to a contact and shows its card again."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, contact_id: int) -> HttpResponse:
        agent = agent_of(request)
        found = queries.contact(agent, contact_id)
        try:
            with unit(agent, DOOR):
                said = act(request, found)
        except ValueError as error:
            refused(request, error)
        else:
            told(request, *((said,) if isinstance(said, str) else said))
        return HttpResponseRedirect(f"/contacts/{contact_id}/")

    return view


@_verb
def edit(request: HttpRequest, found: Contact) -> str:
    """Name, language, company and what to know about them."""
    agent, form = agent_of(request), ContactCard(request.POST)
    if not form.is_valid():
        raise ValueError(pgettext("reason", "Something in the form is too long."))
    given = form.cleaned_data
    company = given["company"] and actions.find_or_create_company(agent, given["company"])
    actions.change_contact(
        agent,
        found,
        name=given["name"],
        language=given["language"],
        about=given["about"],
        company=company or None,
    )
    return pgettext("toast", "Saved")


@_verb
def merge(request: HttpRequest, found: Contact) -> tuple[str, str]:
    """Make this and another client one person."""
    agent, text = agent_of(request), request.POST.get("into", "").strip().lstrip("#")
    number = identifier(text)
    if number is None:
        raise ValueError(pgettext("reason", "Write the other client's number."))
    into = queries.contact(agent, number)
    actions.merge(agent, found, into)
    said = pgettext("toast", "Merged with %(name)s") % {"name": into.name or f"#{into.pk}"}
    return said, f"/contacts/{found.pk}/unmerge"


@_verb
def unmerge(request: HttpRequest, found: Contact) -> str:
    """Separate again."""
    actions.unmerge(agent_of(request), found)
    return pgettext("toast", "Separated again")


@_verb
def block(request: HttpRequest, found: Contact) -> tuple[str, str]:
    """What they write goes to spam."""
    actions.block(agent_of(request), found)
    said = pgettext("toast", "Blocked: what they write goes to spam")
    return said, f"/contacts/{found.pk}/unblock"


@_verb
def unblock(request: HttpRequest, found: Contact) -> str:
    """Undo `block`."""
    actions.unblock(agent_of(request), found)
    return pgettext("toast", "No longer blocked")
