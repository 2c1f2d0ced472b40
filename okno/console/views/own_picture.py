"""An agent's own picture: chosen, drawn anew, taken away, shown to colleagues."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import get_conditional_response
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access import actions, queries
from okno.access.limits import allow
from okno.console.answers import DOOR, agent_of, refused, told
from okno.kit import photos
from okno.kit.downloads import NOTHING
from okno.kit.uploads import takes_files
from okno.spine import unit

HERE = "/settings/me/"
# Drawing costs a second of a core.
LIMITS = ((20, 3600),)


@takes_files
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Another picture, or with `remove` none."""
    agent = agent_of(request)
    is_gone = "remove" in request.POST
    try:
        storage = "" if is_gone else _taken(request)
    except ValueError as error:
        refused(request, error)
        return HttpResponseRedirect(HERE)
    with unit(agent, DOOR):
        if is_gone:
            before = actions.remove_picture(agent, agent)
        else:
            before = actions.set_picture(agent, agent, storage)
    photos.forget(before)
    removed, saved = pgettext("toast", "The picture is removed"), pgettext("toast", "Saved")
    told(request, removed if is_gone else saved)
    return HttpResponseRedirect(HERE)


def _taken(request: HttpRequest) -> str:
    """The file of the form, drawn and kept; raises ValueError in the agent's language."""
    file = request.FILES.get("picture")
    if file is None:
        raise ValueError(pgettext("reason", "Choose a picture first."))
    if (file.size or 0) > photos.LARGEST:
        raise ValueError(pgettext("reason", "The picture is larger than 5 MB."))
    if not allow("picture", str(agent_of(request).pk), LIMITS):
        raise ValueError(pgettext("reason", "Too many pictures. Wait an hour."))
    try:
        return photos.keep(file.read())
    except photos.NoPhoto:
        said = pgettext("reason", "This picture cannot be read. Use JPEG, PNG, GIF or WebP.")
        raise ValueError(said) from None


@require_safe
def show(request: HttpRequest, picture: str) -> HttpResponse:
    """A colleague's picture; who may see it is asked each time, its bytes travel once."""
    found = queries.pictured(agent_of(request), picture)
    kind, data = photos.read(found.picture)
    etag = f'"{found.picture}"'
    response = HttpResponse(data, content_type=kind)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = NOTHING
    return get_conditional_response(request, etag=etag, response=response) or response
