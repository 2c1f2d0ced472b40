"""Small parts of the pages for people outside."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from okno.kit.html import with_links
from okno.kit.icons import icon, mark
from okno.kit.previews import has_preview

register = template.Library()
register.simple_tag(icon)
register.simple_tag(mark)
register.filter(has_preview)


@register.filter
def words(text: str) -> SafeString:
    """What someone wrote: escaped, its lines kept, its links made links that carry nothing."""
    linked = with_links(text)
    linked = linked.replace("<a ", '<a target="_blank" ').replace(
        'rel="nofollow"', 'rel="nofollow noopener noreferrer"'
    )
    return mark_safe(linked.replace("\n", "<br>"))


@register.simple_tag
def described(field: Any) -> SafeString:
    """A field of a form with its help and error tied to it (WCAG 1.3.1, 3.3.1)."""
    ids = [f"{field.id_for_label}-help"] if field.help_text else []
    attributes: dict[str, Any] = {}
    if field.errors:
        ids.insert(0, f"{field.id_for_label}-error")
        attributes["aria-invalid"] = "true"
    if ids:
        attributes["aria-describedby"] = " ".join(ids)
    shown: SafeString = field.as_widget(attrs={**field.field.widget.attrs, **attributes})
    return shown
