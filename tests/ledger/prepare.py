"""Runs inside an installation: fills in what a test needs, and prints an API token last.

python -m tests.ledger.prepare ADMIN PASSWORD ADDRESS [MAILBOX IMAP_PORT IMAP_PASSWORD]
"""

import sys

import django

django.setup()

from okno.access.actions import create_token  # noqa: E402
from okno.access.models import Team  # noqa: E402
from okno.channels.setup import set_up  # noqa: E402
from okno.desk.actions import create_channel  # noqa: E402
from okno.spine import SYSTEM, unit  # noqa: E402


def main(admin: str, password: str, address: str, *mailbox: str) -> None:
    """Set up, connect the mailbox if there is one, make a token."""
    agent = set_up(email=admin, password=password, name="Alice", address=address)
    with unit(SYSTEM, "test"):
        if mailbox:
            _connect(*mailbox)
        _, token = create_token(SYSTEM, agent, name="ledger", scopes=["admin"])
    print(token)


def _connect(address: str, port: str, password: str) -> None:
    create_channel(
        SYSTEM,
        "email",
        "Mailbox",
        address=address,
        team=Team.objects.first(),
        settings={
            "imap_host": "127.0.0.1",
            "imap_port": int(port),
            "imap_security": "none",
            "imap_user": address,
            # Also what was delivered before the first look.
            "start": "all",
            "sent_folder": "Sent",
        },
        secrets={"imap_password": password},
    )


main(*sys.argv[1:])
