"""Files: by the rule of their conversation, and never as a page of our own origin."""

from django.http import FileResponse, HttpResponseBase
from ninja import Path, Router

from okno.access.policy import NotVisible
from okno.api.auth import Request
from okno.api.schemas import Id
from okno.desk import queries
from okno.desk.files import store

router = Router(tags=["messages"])
_BYTES = {
    "responses": {
        200: {
            "description": "The file",
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@router.get("/attachments/{attachment_id}", openapi_extra=_BYTES)
def get_attachment(request: Request, attachment_id: Path[Id]) -> HttpResponseBase:
    """The bytes of a file; its type is our own finding, not its sender's word."""
    found = queries.attachment(request.auth, attachment_id)
    try:
        file = store().open(found.storage)
    except FileNotFoundError:
        raise NotVisible("attachment") from None
    response = FileResponse(
        file, as_attachment=True, filename=found.name, content_type=found.content_type
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
