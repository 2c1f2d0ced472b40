"""Coming and going: a token for a newcomer, and another one for someone the site vouches for."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from okno.access import limits
from okno.channels.widget.addresses import KIND
from okno.contacts import actions as contacts
from okno.contacts.models import Contact
from okno.desk import correspondence
from okno.desk.actions import read_secrets
from okno.desk.models import Channel
from okno.kit import clock
from okno.portal.widget import visitors
from okno.portal.widget.door import Refusal, bearer, door, json_of, limit
from okno.portal.widget.proofs import Proof, read
from okno.portal.widget.shapes import about
from okno.portal.widget.visitors import Visitor
from okno.spine import SYSTEM, unit

START_NETWORK = ((60, 60), (600, 3600))
PROOF_NETWORK = ((60, 60), (1200, 3600))


@door("POST")
def session(request: HttpRequest, channel: Channel) -> HttpResponse:
    """A token for someone who has none. Nothing is stored."""
    limit(request, "chat-start", "", (), START_NETWORK)
    visitor = visitors.newcomer(channel.pk)
    if channel.settings.get("verified_only"):
        raise Refusal(403, "verified_only")
    return _welcome(channel, visitor)


@door("POST")
def identify(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The site vouches for its visitor: a new token. A wrong proof changes nothing."""
    limit(request, "chat-proof", "", (), PROOF_NETWORK)
    before = visitors.visitor_of(bearer(request), channel.pk)
    given = json_of(request).get("proof")
    secret = read_secrets(channel).get("identity_secret", "")
    proof = read(given, secret, channel.public_key) if isinstance(given, str) else None
    if proof is None:
        raise Refusal(403, "proof")
    visitor = visitors.known(channel.pk, proof.subject, proof.name, proof.email)
    is_same = before is not None and before.address == visitor.address
    if not is_same and not _is_first_use(channel, proof):
        raise Refusal(403, "proof")
    if before is not None and not is_same and not before.until:
        _bring_along(before, visitor)
    return _welcome(channel, visitor)


def _welcome(channel: Channel, visitor: Visitor) -> HttpResponse:
    answer: dict[str, Any] = {
        "token": visitors.token_of(visitor),
        "level": visitor.level,
        "name": visitor.name,
        "about": about(channel),
    }
    return JsonResponse(answer)


def _is_first_use(channel: Channel, proof: Proof) -> bool:
    """A proof makes one token: who has only overheard it comes too late, at any process."""
    left = max(1, proof.until - int(clock.now().timestamp())) + 60
    return limits.first_time("proof", f"{channel.pk}:{proof.id}", left)


def _bring_along(before: Visitor, visitor: Visitor) -> None:
    """What this browser wrote before it signed in belongs to the same person from now on."""
    nobody = correspondence.identity(KIND, before.address)
    if nobody is None or nobody.contact.merged_into_id:
        return
    with unit(SYSTEM, "portal"):
        somebody = contacts.find_or_create(SYSTEM, KIND, visitor.address, visitor.name).contact
        into: Contact = somebody.merged_into or somebody
        if into.pk != nobody.contact_id:
            contacts.merge(SYSTEM, nobody.contact, into)
