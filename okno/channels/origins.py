"""Sites that may embed what a channel shows: origins (RFC 6454), one list per channel."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import pgettext

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]", re.ASCII)
_DEFAULT = {"http": 80, "https": 443}
MOST = 50


def canonical(text: str) -> str:
    """`https://host` or `https://host:port` in the form browsers send it; raises ValueError."""
    parts = urlsplit(text.strip().rstrip("/"))
    host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    host = f"[{host}]" if ":" in host else host
    extra = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in _DEFAULT or not _HOST.fullmatch(host) or extra:
        raise ValueError(f"{text[:80]!r} is not the address of a site, like https://shop.example")
    port = "" if parts.port in (None, _DEFAULT[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def allowed(settings: dict[str, Any]) -> list[str]:
    """The origins of a channel's settings."""
    return [origin for origin in settings.get("origins", []) if isinstance(origin, str)]


class OriginsField(forms.CharField):
    """One site a line; its clean value is the list of their origins."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The list; raises ValidationError naming the line that is no site."""
        lines = [line for line in str(super().clean(value)).split() if line]
        try:
            found = list(dict.fromkeys(canonical(line) for line in lines))
        except (ValueError, UnicodeError):
            raise forms.ValidationError(
                pgettext("site", "Write one site a line, like https://shop.example")
            ) from None
        if len(found) > MOST:
            raise forms.ValidationError(pgettext("site", "These are too many sites."))
        return found
