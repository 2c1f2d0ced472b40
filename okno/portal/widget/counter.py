"""Messages that visitors send at the same moment: taken together, committed once.

The same steps as one by one (`talk.messages`), without the layers of pages around them.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse

from okno.channels.intake import Arrival, accept_new
from okno.desk.models import Channel
from okno.kit.files import is_full
from okno.portal.widget.door import VIA, Steps, dressed, entered, guest_of
from okno.portal.widget.writing import write

# As channels get them: anything odd in its place goes the long way, and is refused there.
PATH = re.compile(r"/chat/([A-Za-z0-9_-]+)/messages")
log = logging.getLogger(__name__)


def takes(method: str, path: str, content_type: str) -> bool:
    """Whether a request is a message without files."""
    is_text = content_type.partition(";")[0].strip().lower() == "application/json"
    return method == "POST" and is_text and PATH.fullmatch(path) is not None


def serve(environs: Sequence[Mapping[str, Any]]) -> list[HttpResponse]:
    """Answer these requests (PEP 3333 environments) in their order; each is answered only after its
    message is committed, and what is wrong with one is not felt by the others."""
    all_steps = [_steps(environ) for environ in environs]
    answers = [_go(steps) for steps in all_steps]
    waiting = [at for at, answer in enumerate(answers) if isinstance(answer, Arrival)]
    told = _accept([answers[at] for at in waiting])
    for at, is_new in zip(waiting, told, strict=True):
        answers[at] = is_new if isinstance(is_new, HttpResponse) else _go(all_steps[at], is_new)
    return answers


def _steps(environ: Mapping[str, Any]) -> Steps:
    # Here, inside the guarded step: what Django cannot read is the fault of this request alone.
    request = WSGIRequest(dict(environ))

    def act(channel: Channel) -> Steps:
        return (yield from write(request, guest_of(request, channel)))

    found = PATH.fullmatch(request.path)
    return (yield from entered(request, found[1] if found else "", ("POST",), act))


def _go(steps: Steps, is_new: bool | None = None) -> Any:
    """The next item, or the answer."""
    try:
        return next(steps) if is_new is None else steps.send(is_new)
    except StopIteration as end:
        return end.value
    except Exception as error:
        return _failed(error)


def _accept(arrivals: list[Arrival]) -> list[Any]:
    """Whether each id was new, or the answer that says why nothing was accepted."""
    try:
        return list(accept_new(arrivals, via=VIA)) if arrivals else []
    except Exception as error:
        if len(arrivals) == 1:
            return [_failed(error)]
    return [told for arrival in arrivals for told in _accept([arrival])]


def _failed(error: Exception) -> HttpResponse:
    if isinstance(error, SuspiciousOperation):
        return dressed(JsonResponse({"error": "request"}, status=400), {})
    if isinstance(error, OperationalError | InterfaceError) or is_full(error):
        return dressed(
            JsonResponse({"error": "away"}, status=503, headers={"Retry-After": "5"}), {}
        )
    log.error("no answer to a message: %s", type(error).__name__, exc_info=error)
    return dressed(JsonResponse({"error": "broken"}, status=500), {})
