"""What a visitor gets to see: messages, and of our people a name to show and its initials."""

from typing import Any

from okno.access.models import Agent
from okno.channels.widget.addresses import client_id
from okno.desk.contract import DeliveryState
from okno.desk.models import Channel, Direction, Message
from okno.kit.previews import has_preview
from okno.kit.text import initials


def about(channel: Channel) -> dict[str, Any]:
    """What the chat says of itself before anyone wrote."""
    chosen = channel.settings
    return {
        "name": channel.name,
        "title": chosen.get("title", ""),
        "greeting": chosen.get("greeting", ""),
        "colour": chosen.get("colour", ""),
        "corner": chosen.get("corner", "right"),
        "answer_minutes": chosen.get("answer_minutes"),
        "previews": bool(chosen.get("typing_preview")),
    }


def shown_name(name: str, channel: Channel) -> str:
    """What visitors see of an agent's name: by default the first word of it."""
    style = channel.settings.get("names", "first")
    if style == "channel" or not name.strip():
        return channel.name
    return name if style == "full" else name.split()[0]


def shown_picture(agent: Agent | None, channel: Channel) -> str:
    """The name of an agent's picture, "" where visitors see the channel instead of people."""
    if agent is None or channel.settings.get("names", "first") == "channel":
        return ""
    return agent.picture


def entry(message: Message, channel: Channel) -> dict[str, Any]:
    """One message. Ours carry a name to show, theirs the id their browser gave it."""
    is_theirs = message.direction == Direction.IN
    shown: dict[str, Any] = {
        "id": message.pk,
        "from": "visitor" if is_theirs else "us",
        "text": message.own_words,
        "at": message.created_at.isoformat(),
        "files": [_file(row) for row in message.attachments.all()],
    }
    if is_theirs:
        return {**shown, "client_id": client_id(message.external_id)}
    name = shown_name(message.agent.name if message.agent else "", channel)
    states = {delivery.state for delivery in message.deliveries.all()}
    return {
        **shown,
        "name": name,
        "initials": initials(name),
        "picture": shown_picture(message.agent, channel),
        "is_read": states == {DeliveryState.READ},
    }


def _file(row: Any) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "size": row.size, "is_picture": has_preview(row)}
