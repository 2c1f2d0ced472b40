"""What was written with an editor, shown as it was sent."""

import re

from django import template
from django.utils.safestring import SafeString, mark_safe

from okno.desk.models import Message
from okno.kit.html import outgoing_html

register = template.Library()
_CID = re.compile(r'src="cid:([\w.@+-]{1,200})"', re.A)


@register.filter
def safe_outgoing(html: str) -> SafeString:
    """HTML of our editor, reduced to the forms we send."""
    return mark_safe(outgoing_html(html))


@register.filter
def as_sent(message: Message) -> SafeString:
    """A letter of ours with its pictures (RFC 2392) taken from where they lie here."""
    own = {row.content_id: row.pk for row in message.attachments.all() if row.content_id}

    def put(found: re.Match[str]) -> str:
        return f'src="/attachments/{own[found[1]]}/preview"' if found[1] in own else ""

    return mark_safe(_CID.sub(put, outgoing_html(message.html)))
