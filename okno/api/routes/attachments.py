"""Files: by the rule of their conversation, and never as a page of our own origin."""

from django.http import HttpResponse
from ninja import Path, Router

from okno.api.auth import Request
from okno.api.schemas import Id
from okno.desk import queries
from okno.kit.blobs import opened
from okno.kit.downloads import to_save

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
def get_attachment(request: Request, attachment_id: Path[Id]) -> HttpResponse:
    """The bytes of a file; its type is our own finding, not its sender's word."""
    found = queries.attachment(request.auth, attachment_id)
    return to_save(opened(found.storage), found.name, found.content_type)
