"""`/health/live`: the process answers. `/health/ready`: it can also read its database."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Always ok."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """ok, or 503 with one word and nothing that helps a stranger."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM spine_event LIMIT 1")
    except DatabaseError:
        return HttpResponse("fail", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
