"""Messages that go on to somebody outside, whose answer comes back aside."""

from datetime import UTC

from django.http import HttpResponse
from django.utils import translation
from ninja import Path, Router

from okno.access.policy import NotVisible
from okno.api import shapes
from okno.api.addresses import canonical_person
from okno.api.auth import Request
from okno.api.schemas import ForwardIn, Id
from okno.api.writing import Call, KeyHeader, Right, once
from okno.desk import actions, composing, queries
from okno.desk.actions.draft_files import stored
from okno.desk.models import Channel, Message
from okno.desk.quoting import quote_of
from okno.kit.uploads import takes_files

router = Router(tags=["messages"])


@takes_files
@router.post(
    "/conversations/{number}/messages/{message_id}/forward", response={201: shapes.MessageShape}
)
def forward_message(
    request: Request,
    number: Path[Id],
    message_id: Path[Id],
    data: ForwardIn,
    key: KeyHeader = None,
) -> HttpResponse:
    """Send a message on to somebody outside: the client sees neither it nor the answer.

    Your `text` stands above the quote; the files of the message go along unless `with_files` is
    false. A 201 means it is stored and will be sent; see `delivery`.
    """
    found = queries.conversation(request.auth, number)
    message = queries.message(request.auth, message_id)
    if message.conversation_id != found.pk:
        raise NotVisible("message")

    def effect(call: Call) -> tuple[int, shapes.MessageShape]:
        channel = composing.forwarding_channel(request.auth, found)
        if channel is None:
            raise ValueError("no channel can send a letter to somebody outside")
        own = message.attachments.order_by("pk") if data.with_files else []
        written = actions.forward(
            request.auth,
            found,
            channel,
            canonical_person(channel.kind, data.to),
            actions.Body(_text(data, message, channel)),
            files=[*map(stored, own), *call.files],
            key=call.key,
        )
        return 201, shapes.message_of(written, *queries.of_message(written))

    right = Right(
        "conversation.reply", found, lambda kept: queries.message(request.auth, kept["id"])
    )
    return once(request, key, effect, data.attachments, right=right)


def _text(data: ForwardIn, message: Message, channel: Channel) -> str:
    """The words of the letter, the quote in the language of the channel it leaves by."""
    if not data.with_quote:
        return data.text
    with translation.override(channel.language):
        at = message.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        quote = quote_of(message, at)
    return "\n\n".join(filter(None, (data.text.rstrip(), quote)))
