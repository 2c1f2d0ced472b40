"""The visitor's own correspondence, to save or by mail; by mail only to an address that is theirs.

An address the site vouches for is. One that the visitor gave is after they have written back the
code we sent to it; that letter holds nothing a stranger wrote. Nothing is stored meanwhile: the
ticket the browser keeps holds the address, signed together with the code.
"""

import base64
import json
import re
import secrets

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import pgettext

from okno.access import system_mail
from okno.access.limits import allow
from okno.access.system_mail import SystemEmail
from okno.desk import correspondence
from okno.desk.models import Channel, Direction
from okno.kit import clock, crypto
from okno.portal.widget.door import Guest, Refusal, door, guest_of, json_of, limit
from okno.portal.widget.shapes import shown_name
from okno.portal.widget.talk import READ
from okno.spine import SYSTEM, unit

PURPOSE = "transcript code"
CODE_SECONDS = 900
LONGEST_TICKET = 2_000
# (times, within seconds): for one visitor, and for everyone behind one network; then for one
# address, whoever asks, and for one ticket.
SEND = (((5, 3600),), ((60, 3600),))
TO_ADDRESS = ((3, 3600), (6, 86_400))
TRIES = ((5, CODE_SECONDS),)
_ADDRESS = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)


@door("GET")
def transcript(request: HttpRequest, channel: Channel) -> HttpResponse:
    """As text, to save."""
    guest = guest_of(request, channel)
    limit(request, "chat-read", guest.visitor.address, *READ)
    response = HttpResponse(as_text(guest), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="chat.txt"'
    return response


@door("POST")
def by_mail(request: HttpRequest, channel: Channel) -> HttpResponse:
    """`{"email"}` asks for a code, `{"ticket", "code"}` gives it back; a visitor with an address
    that the site vouches for needs neither. Answers `{"state": "queued" or "code", "ticket"}`:
    what waits to leave has not been sent."""
    guest = guest_of(request, channel)
    limit(request, "chat-mail", guest.visitor.address, *SEND)
    if guest.identity is None:
        raise Refusal(404, "empty")
    if system_mail.way_out() is None:
        raise Refusal(503, "no_mail")
    given = json_of(request)
    if guest.visitor.until and guest.visitor.email:
        return _send(guest, guest.visitor.email)
    if "ticket" in given:
        return _send(guest, _confirmed(guest, given.get("ticket"), given.get("code")))
    return _ask(guest, given.get("email"))


def as_text(guest: Guest) -> str:
    """Who wrote what and when, oldest first."""
    me, channel = guest.identity, guest.channel
    lines = [channel.settings.get("title") or channel.name, ""]
    found, has_earlier = correspondence.everything(me) if me else ([], False)
    if has_earlier:
        with translation.override(channel.language):
            lines += [pgettext("transcript", "Only the newest 1000 messages are here."), ""]
    for message in found:
        ours = message.direction == Direction.OUT
        name = shown_name(message.agent.name if message.agent else "", channel) if ours else "—"
        lines += [f"{message.created_at:%Y-%m-%d %H:%M} UTC  {name}", message.own_words]
        lines += [f"[{row.name}]" for row in message.attachments.all()]
        lines.append("")
    return "\n".join(lines)


def _ask(guest: Guest, email: object) -> HttpResponse:
    """Send a code to an address; the browser gets the ticket that goes with it."""
    if not isinstance(email, str) or not _ADDRESS.fullmatch(email.strip()):
        raise Refusal(400, "email")
    email = email.strip().lower()
    if not allow("chat-mail-to", crypto.digest(email), TO_ADDRESS):
        raise Refusal(429, "often")
    code = f"{secrets.randbelow(1_000_000):06}"
    until = int(clock.now().timestamp()) + CODE_SECONDS
    text = json.dumps([guest.visitor.address, email, until])
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    ticket = f"{body}.{crypto.sign(PURPOSE, f'{body}:{code}')}"
    channel = guest.channel
    with translation.override(channel.language), unit(SYSTEM, "channel:widget"):
        subject = pgettext("transcript letter", "Your code for the conversation")
        words = pgettext(
            "transcript letter",
            "Somebody asked in the chat “%(channel)s” to send a conversation to this address."
            " If it was you, write this code into the chat:\n\n%(code)s\n\nIt works for 15"
            " minutes. If it was not you, do nothing: nothing else will be sent.\n",
        )
        said = words % {"channel": channel.name, "code": code}
        system_mail.post(SystemEmail(email, subject, said))
    return JsonResponse({"state": "code", "ticket": ticket})


def _confirmed(guest: Guest, ticket: object, code: object) -> str:
    """The address of a ticket that comes back with its code; raises Refusal."""
    if not (isinstance(ticket, str) and isinstance(code, str) and ticket.isascii()):
        raise Refusal(400, "code")
    body, _, signature = ticket.partition(".")
    if len(ticket) > LONGEST_TICKET or not allow("chat-code", crypto.digest(body), TRIES):
        raise Refusal(429, "often")
    if not crypto.is_signed(PURPOSE, f"{body}:{code.strip()}", signature):
        raise Refusal(403, "code")
    address, email, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if address != guest.visitor.address or until <= clock.now().timestamp():
        raise Refusal(403, "code")
    return str(email)


def _send(guest: Guest, email: str) -> HttpResponse:
    channel = guest.channel
    with translation.override(channel.language), unit(SYSTEM, "channel:widget"):
        subject = pgettext("transcript letter", "Your conversation with %(channel)s")
        name = " ".join(channel.name.split())
        system_mail.post(SystemEmail(email, subject % {"channel": name}, as_text(guest)))
    return JsonResponse({"state": "queued", "ticket": ""})
