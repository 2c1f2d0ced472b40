"""Answers with bytes that others made: files to save, pictures to show; never a page of ours."""

from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

from django.http import FileResponse, HttpRequest, HttpResponse

# A server that can work beside the pages' threads says so in the environment of a request.
BESIDE = "okno.beside"
NOTHING = "sandbox; default-src 'none'; frame-ancestors 'none'"


class Drawing(Protocol):
    """A picture that may still have to be drawn; `ready` gives None until `draw` was called."""

    def ready(self) -> bytes | None: ...

    def draw(self) -> object: ...


class Later(HttpResponse):
    """Not drawn yet: a server may call `beside` outside of the pages' threads and ask again."""

    def __init__(self, beside: Callable[[], object]) -> None:
        super().__init__(status=503, headers={"Retry-After": "2", "Cache-Control": "no-store"})
        self.beside = beside


def to_save(
    file: BinaryIO, name: str, content_type: str = "application/octet-stream"
) -> HttpResponse:
    """A file to save under this name; the browser is never asked to show it."""
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["Content-Security-Policy"] = NOTHING
    # Django's decorators are typed as if no view could stream.
    return cast(HttpResponse, response)


def to_show(request: HttpRequest, drawing: Drawing) -> HttpResponse:
    """The picture, a PNG or JPEG of our own drawing, or Later when the server can wait for it."""
    data = drawing.ready()
    if data is None:
        if request.META.get(BESIDE):
            return Later(drawing.draw)
        drawing.draw()
        data = drawing.ready()
    kind = "image/png" if data and data.startswith(b"\x89PNG") else "image/jpeg"
    headers = {
        "Content-Disposition": "inline",
        "Content-Security-Policy": NOTHING,
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type=kind, headers=headers)
