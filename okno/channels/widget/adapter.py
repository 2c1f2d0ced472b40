"""The kind `widget`: visitors of a site write in, and read the answers in the same place."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from django.utils.translation import pgettext, pgettext_lazy

from okno.channels import envelope
from okno.channels.contract import Account, Health, Outbound, Raw, callings, install
from okno.channels.embedding import embeddings
from okno.channels.widget import addresses, script
from okno.channels.widget.forms import WidgetForm
from okno.desk.contract import Abilities, Incoming, Level, Parsed, Person, ThreadHint
from okno.kit.outcomes import Outcome, Sent


class Widget:
    """See `channels.contract.Adapter`."""

    kind = addresses.KIND
    label = cast(str, pgettext_lazy("kind of channel", "Chat on a site"))
    icon = "message"
    # Visitors read it above the chat.
    begins_as = {"en": "Support", "ru": "Поддержка"}
    form_class = WidgetForm
    abilities = Abilities(identity_kind=addresses.KIND, max_length=10_000)

    def canonical(self, address: str) -> str:
        """Unchanged; raises ValueError for an address that our server has not handed out."""
        return addresses.canonical(address)

    def parse(self, raw: Raw, account: Account) -> Sequence[Parsed]:
        """The words are in the bytes; who wrote them is what the door found out itself."""
        head, files = envelope.unpack(raw.body)
        meta = raw.meta
        address = meta["address"]
        return [
            Incoming(
                external_id=addresses.external_id(address, head["id"]),
                sender=Person(address, meta.get("name", "")),
                level=Level(meta["level"]),
                text=head["text"],
                sent_at=datetime.fromisoformat(meta["received_at"]),
                files=files,
                thread=ThreadHint(key=addresses.thread_key(address)),
                language=meta.get("language", ""),
                visit=meta.get("visit", {}),
            )
        ]

    def send(
        self, outbound: Outbound, account: Account, at_risk: Callable[[], None]
    ) -> dict[int, Outcome]:
        """Sent at once: from now on the message is in the visitor's history."""
        sent = Sent(f"chat:{outbound.message_id}")
        return {recipient.delivery_id: sent for recipient in outbound.recipients}

    def check(self, account: Account) -> Health:
        """Well, or the one thing that is easily forgotten."""
        if account.settings.get("verified_only") and not account.secrets.get("identity_secret"):
            return Health(
                False,
                pgettext(
                    "site chat", "Only signed-in visitors may write, but there is no shared secret"
                ),
            )
        return Health(True)


install(Widget())
callings.add(addresses.KIND, addresses.calling)
embeddings.add(addresses.KIND, script.lines)
