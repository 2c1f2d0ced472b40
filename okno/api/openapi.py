"""Documents the refusals, which are the same at every route."""

from http import HTTPStatus
from typing import Any

from ninja.openapi.schema import OpenAPISchema

from okno.api.errors import CONTENT_TYPE

_EVERYWHERE = (400, 401, 403, 404, 405, 413, 415, 422, 429, 503)
_WRITES = (409,)
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "what kind of problem, a URN or about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, in plain words"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["location", "message"],
                "properties": {"location": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "news": {
            "type": "array",
            "items": {"type": "integer"},
            "description": "ids of messages that came meanwhile (stale)",
        },
    },
}


def describe_problems(schema: OpenAPISchema) -> OpenAPISchema:
    """Add the answers 4xx and 503 to every operation."""
    components = schema["components"]
    components["schemas"]["Problem"] = _PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        f"Problem{code}": {"description": HTTPStatus(code).phrase, "content": content}
        for code in (*_EVERYWHERE, *_WRITES)
    }
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            for code in _EVERYWHERE + (() if method == "get" else _WRITES):
                link = {"$ref": f"#/components/responses/Problem{code}"}
                operation["responses"].setdefault(code, link)
    return schema
