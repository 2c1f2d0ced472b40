"""`/health/live`: the process answers. `/health/ready`: it can read its database and write."""

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

# With less room than this a letter with a file is refused.
LEAST_BYTES = 4_000_000


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
        is_well = shutil.disk_usage(settings.DATA_DIR).free >= LEAST_BYTES
    except (DatabaseError, OSError):
        is_well = False
    if not is_well:
        return HttpResponse("fail", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
