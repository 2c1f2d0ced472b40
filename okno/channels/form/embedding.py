"""How a form comes to a site: by its own address, or in a frame."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import pgettext

from okno.channels.embedding import Snippet
from okno.desk.models import Channel


def lines(channel: Channel) -> Sequence[Snippet]:
    """The address of a form, and a frame of it."""
    url = f"{settings.PUBLIC_URL}/form/{channel.public_key}/"
    title = escape(channel.settings.get("title") or channel.name)
    return [
        Snippet(
            pgettext("public form", "Its address"),
            pgettext("public form", "For a link, a button or a letter."),
            url,
        ),
        Snippet(
            pgettext("public form", "Line for your site"),
            pgettext("public form", "Shows the form in a frame; name the site above."),
            f'<iframe src="{url}" title="{title}" width="100%" height="900"></iframe>',
        ),
    ]
