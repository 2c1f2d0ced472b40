"""What the composer begins with, and what it sends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from okno.access.models import Agent
from okno.console import when
from okno.console.thread import new_key
from okno.desk import queries
from okno.desk.actions.drafts import Words
from okno.desk.models import Attachment, Conversation, Direction, Draft, Participant, Status
from okno.desk.seen import unknown_to
from okno.kit.html import html_to_text, outgoing_html
from okno.kit.numbers import identifier

LONGEST_KEY = 64
THEN = (Status.PENDING, Status.SOLVED, Status.OPEN)
# Greetings that begin a letter, in both languages; a note to colleagues hardly begins so.
_GREETING = re.compile(
    r"\s*(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|"
    r"здравствуй(?:те)?|добр(?:ый|ое|ого) (?:день|утро|вечер|времени)|привет(?:ствую)?|"
    r"уважаем(?:ый|ая|ые))\b(?P<rest>[^\n]*)",
    re.I,
)


@dataclass(frozen=True)
class Typed:
    """The form of the composer as it came."""

    mode: str
    text: str
    html: str
    key: str
    to: str
    cc: str | None
    bcc: str
    then: str
    goes_on: bool
    # The draft's version that this composer began with or saved last; None: it does not say.
    version: str | None = None
    # The composer that stood here before this page was drawn, when it may still have been saving.
    before: str = ""
    # The newest message that was known at the first key.
    seen: int | None = None

    @property
    def is_note(self) -> bool:
        return self.mode == "note"

    @property
    def is_forward(self) -> bool:
        return self.mode == "forward"


def typed(request: HttpRequest) -> Typed:
    """Read the form. With `html` the text is made from it, so that the two say the same."""
    post = request.POST
    html = outgoing_html(post.get("html", "")) if post.get("html", "").strip() else ""
    then = post.get("then", "")
    return Typed(
        mode=post.get("mode", "reply"),
        text=_words(html) if html else post.get("text", "").replace("\0", ""),
        html=html,
        key=post.get("key", "")[:LONGEST_KEY] or new_key(),
        to=post.get("to", "").strip(),
        cc=post.get("cc"),
        bcc=post.get("bcc", ""),
        then=then if then in THEN else Status.PENDING,
        goes_on=then == "next",
        version=post.get("version"),
        before=post.get("before", "")[:LONGEST_KEY],
        seen=identifier(post.get("seen")),
    )


def words_of(given: Typed) -> Words:
    """What was typed, for a draft."""
    to, cc, bcc = given.to, given.cc, given.bcc
    return Words(given.text, given.html, given.is_note, given.is_forward, to, cc, bcc)


def _words(html: str) -> str:
    """The text of a letter. Editors write hard spaces where soft ones would be lost in HTML."""
    return html_to_text(html).replace("\xa0", " ").strip()


def undo_seconds() -> float:
    """How long a letter waits to be taken back."""
    return float(settings.ENV["OKNO_UNDO_SECONDS"])


def context(agent: Agent, found: Conversation, in_copy: Sequence[Participant]) -> dict[str, Any]:
    """What the composer of a conversation shows."""
    draft = queries.draft(agent, found)
    everyone = ", ".join(p.identity.address for p in in_copy if p.is_confirmed)
    shown = Typed("reply", "", "", "", "", None, "", Status.PENDING, goes_on=False)
    if draft is not None:
        mode = "note" if draft.is_note else "forward" if draft.is_forward else "reply"
        named = (draft.to, draft.cc, draft.bcc)
        shown = Typed(mode, draft.text, draft.html, "", *named, Status.PENDING, goes_on=False)
    seen = draft.seen if draft is not None and draft.text.strip() else None
    return {
        **fields(shown, everyone),
        "everyone": everyone,
        "draft_files": files_of(draft),
        "new_key": new_key(),
        "version": draft.version if draft is not None else "",
        "seen": seen,
        "kept": draft.kept[-1]["text"] if draft is not None and draft.kept else "",
        **(news(agent, found, seen) if seen is not None else {}),
    }


def news(agent: Agent, found: Conversation, seen: int) -> dict[str, Any]:
    """What came after the message that the writer knew at the first key, in words."""
    came = list(unknown_to(agent, found.pk, seen).select_related("agent", "contact"))
    if not came:
        return {}
    last = came[-1]
    values = {"ago": when.moments_ago(last.created_at), "name": last.agent and last.agent.name}
    if last.direction == Direction.IN:
        said = gettext("The client wrote %(ago)s") % values
    elif last.agent is None:
        said = gettext("An automatic answer was sent %(ago)s") % values
    else:
        said = gettext("%(name)s answered %(ago)s") % values
    return {"news": said, "news_count": len(came), "news_since": seen, "news_id": last.pk}


def fields(shown: Typed, everyone: str = "") -> dict[str, Any]:
    """The words in the form, also when it comes back with a reason."""
    return {
        "text": shown.text,
        "html": shown.html,
        "mode": shown.mode,
        "is_note": shown.is_note,
        "to": shown.to,
        "cc": everyone if shown.cc is None else shown.cc,
        "bcc": shown.bcc,
    }


def files_of(draft: Draft | None) -> list[Attachment]:
    """The files that lie with a draft."""
    return list(draft.attachments.order_by("pk")) if draft is not None else []


def greets_client(text: str) -> bool:
    """Whether a note looks like a reply: its first line greets, and greets no colleague.

    The rule is simple on purpose; whoever means it presses once more.
    """
    greeting = _GREETING.match(text)
    return greeting is not None and "@" not in greeting["rest"]


LOOKS_LIKE_REPLY = gettext_lazy(
    "This note begins like a letter to the client. Colleagues will see it, the client will not."
)
