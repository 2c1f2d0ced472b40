"""Pictures of our sprite on a page: template tags of every face."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


@lru_cache(maxsize=512)
def icon(name: str) -> SafeString:
    """A picture of the sprite; hidden from screen readers, because words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("okno/icons.svg"),
        name,
    )


@lru_cache(maxsize=1)
def mark() -> SafeString:
    """Our mark, the window with a lamp."""
    return format_html(
        '<svg class="mark" aria-hidden="true"><use href="{}#mark"/></svg>',
        static("okno/icons.svg"),
    )
