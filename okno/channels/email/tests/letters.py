"""Letters as programs write them, and a quick way in for tests that need no door."""

import itertools

from okno.channels.contract import Raw
from okno.channels.email.message_ids import message_id_of
from okno.channels.intake import accept
from okno.channels.models import Inbound
from okno.desk.actions import Body, change_channel, reply
from okno.desk.models import Message
from okno.spine import queue, reading

SERVER = "mx.okno.example"
_numbers = itertools.count(1)


def write(headers: dict[str, str], body: str = "Where is my order?") -> bytes:
    """A plain letter from Dan to Support, with these headers instead of or beside the usual."""
    usual = {
        "From": "Dan <dan@client.example>",
        "To": "support@okno.example",
        "Subject": "My order",
        "Message-ID": f"<letter-{next(_numbers)}@client.example>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    lines = [f"{name}: {value}" for name, value in {**usual, **headers}.items() if value]
    return "\r\n".join([*lines, "", body, ""]).encode("utf-8", "surrogateescape")


def passed(domain: str) -> str:
    """What the channel's own server writes of a letter whose sender it has verified."""
    return f"{SERVER}; dmarc=pass header.from={domain}"


def run_jobs() -> None:
    """Let the log's readers and the local jobs do what they have, without threads."""
    while reading.read_once():
        pass
    while runs := queue.claim(local=True, limit=20):
        for some in queue.grouped(runs):
            queue.perform(some)


def take(channel, raw: bytes, *recipients: str) -> Message | None:
    """Accept a letter and read it; its message, None when it became none."""
    meta = {"recipients": recipients or ("support@okno.example",)}
    inbound_id = accept(channel.pk, Raw(raw, meta), message_id_of(raw))
    run_jobs()
    if inbound_id is None:
        return None
    assert Inbound.objects.get(pk=inbound_id).state != "new"
    return Message.every.filter(inbound_id=inbound_id).first()


def use(world, port: int, **more) -> None:
    """Support sends by the mail server at `port`."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", **more}
    world.do(change_channel, world.alice, world.channel, settings=given)


def answer(world, text: str = "It is on its way.", **more) -> Message:
    """Bob's answer to a new letter of Dan."""
    sender = f"Dan {next(_numbers)} <dan@client.example>"
    message = take(world.channel, write({"From": sender}))
    return world.do(reply, world.bob, message.conversation, Body(text), **more)
