"""Words of requests are clean Unicode before anything reads them, or the request is refused."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

from okno.kit.unicode import REPLACEMENT, clean

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# What others decode to may be no Unicode at all (unicode_escape) or no text (zlib).
CHARSETS = ("", "utf-8", "utf8", "us-ascii")
View = Callable[..., HttpResponse]


class CleanUnicode:
    """Refuses NUL in a query or a cookie and foreign charsets; takes NUL out of forms.

    JSON is read by `kit.unicode.read_json`, or checked field by field.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "").strip("'\"").lower()
        if charset not in CHARSETS:
            raise BadRequest("this charset is not taken")
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            raise BadRequest("a query cannot hold NUL")
        if "\0" in request.path:
            # Nothing is called so, and is answered like anything else that is not there.
            request.path = request.path.replace("\0", REPLACEMENT)
            request.path_info = request.path_info.replace("\0", REPLACEMENT)
        # Cookies may write it in octal (RFC 2109 quoting, which Python's parser undoes).
        if "\\000" in request.META.get("HTTP_COOKIE", ""):
            raise BadRequest("a cookie cannot hold NUL")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        """Forms, which are read here, as the check of their origin would a moment later.

        The API takes none, and says so itself.
        """
        is_form = request.content_type in FORMS and not request.path.startswith("/api/")
        if request.method == "POST" and is_form:
            given = request.POST
            if any("\0" in text for texts in given.lists() for text in [texts[0], *texts[1]]):
                request.POST = _cleaned(given)  # type: ignore[assignment]


def _cleaned(given: QueryDict) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, texts in given.lists():
        made.setlist(clean(name), [clean(text) for text in texts])
    made._mutable = False
    return made
