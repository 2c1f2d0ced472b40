"""A request as the dispatcher sees it: where it comes from, whom it asks, and as WSGI wants it."""

import logging
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http.request import split_domain_port, validate_host

from okno.config.bodies import Refused
from okno.kit.downloads import BESIDE
from okno.kit.networks import is_this_machine, network_of

Scope = dict[str, Any]
log = logging.getLogger(__name__)


def network_in(scope: Scope) -> str:
    """The network that a request counts for; "" for this machine itself.

    Behind a proxy of our own it is the last of the forwarded addresses, as in `access.limits`. A
    proxy that runs here and of which we were not told would make all people one: it is not counted.
    """
    address = (scope.get("client") or ("",))[0]
    if settings.ENV["OKNO_TRUSTED_PROXY"]:
        given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        address = given.decode("latin-1").rpartition(",")[2].strip() or address
    if not address or is_this_machine(address):
        return ""
    try:
        return network_of(address)
    except ValueError:
        return "unknown"


def is_our_host(scope: Scope) -> bool:
    """Whether the request is for a name of this installation, as pages ask (ALLOWED_HOSTS)."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def environ_of(scope: Scope, body: Any) -> dict[str, Any]:
    """The WSGI environment (PEP 3333) of an ASGI request; raises Refused for one that no page can
    read."""
    length = body.tell()
    body.seek(0)
    server, client = scope.get("server") or ("localhost", 0), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        BESIDE: True,
        "CONTENT_LENGTH": str(length),
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if name == "CONTENT_LENGTH":
            continue
        if "_" in raw_name.decode("latin-1"):
            # A name with an underscore could pass for another header once dashes are replaced.
            continue
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    _check_type(environ)
    return environ


def _check_type(environ: dict[str, Any]) -> None:
    # Django raises while it makes the request, outside of all that answers errors.
    if ";" in environ.get("CONTENT_TYPE", ""):
        try:
            WSGIRequest(dict(environ))
        except Exception as error:
            log.warning("a request was refused: Content-Type, %s", type(error).__name__)
            raise Refused(400, "this request cannot be read: its Content-Type is wrong") from None
