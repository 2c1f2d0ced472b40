"""The kind `form`: a public page, and a page of its own for each request."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from django.utils.translation import pgettext_lazy

from okno.channels import envelope
from okno.channels.acknowledging import acknowledgers
from okno.channels.contract import Account, Health, Outbound, Raw, install
from okno.channels.embedding import embeddings
from okno.channels.form import embedding, ids, letters
from okno.channels.form.destinations import PAGES
from okno.channels.form.forms import FormForm
from okno.desk.contract import Abilities, Incoming, Level, Medium, Parsed, Person, ThreadHint
from okno.desk.destinations import pages
from okno.kit.mail.addresses import settled
from okno.kit.outcomes import Outcome, Sent


class Form:
    """See `channels.contract.Adapter`."""

    kind = ids.KIND
    label = cast(str, pgettext_lazy("kind of channel", "Form on a page"))
    icon = "note"
    # Clients read it above their requests.
    begins_as = {"en": "Support", "ru": "Поддержка"}
    form_class = FormForm
    abilities = Abilities(
        identity_kind=ids.ADDRESSES, medium=Medium.FORM, subject=True, max_length=100_000
    )

    def canonical(self, address: str) -> str:
        """Lower case, punycode domain; raises ValueError for anything doubtful."""
        return settled(address)

    def parse(self, raw: Raw, account: Account) -> Sequence[Parsed]:
        """What was filled in. Nobody has proved the address: its level is always `claimed`."""
        head, files = envelope.unpack(raw.body)
        return [
            Incoming(
                external_id=raw.meta["external_id"],
                sender=Person(head["address"], head["name"]),
                level=Level.CLAIMED,
                text=head["text"],
                subject=head["subject"],
                sent_at=datetime.fromisoformat(raw.meta["received_at"]),
                files=files,
                thread=ThreadHint(number=raw.meta.get("number")),
                language=raw.meta.get("language", ""),
            )
        ]

    def send(
        self, outbound: Outbound, account: Account, at_risk: Callable[[], None]
    ) -> dict[int, Outcome]:
        """Sent at once: from now on the message is on the request's own page."""
        sent = Sent(f"request:{outbound.message_id}")
        return {recipient.delivery_id: sent for recipient in outbound.recipients}

    def check(self, account: Account) -> Health:
        """Nothing outside is needed."""
        return Health(True)


install(Form())
acknowledgers.add(ids.KIND, letters.confirm)
pages.add(ids.KIND, PAGES)
embeddings.add(ids.KIND, embedding.lines)
