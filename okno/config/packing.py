"""Pages go out compressed; what is compressed already, small or read by programs goes as it is."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Packed(GZipMiddleware):
    """Pages and the chat's script only: files are mostly compressed already, and an ETag of the
    API must stay strong.

    Django adds a random number of bytes, against guessing by length (BREACH); tokens of forms are
    masked anew in each answer.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        if response.streaming or not kind.startswith(("text/html", "text/javascript")):
            return response
        return super().process_response(request, response)
