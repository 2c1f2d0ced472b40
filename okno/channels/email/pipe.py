"""A letter from a mail server's pipe: `okno mail deliver --to ADDRESS`. Exit codes: sysexits.h."""

import logging
import os

from okno.channels.contract import Raw
from okno.channels.email.message_ids import message_id_of
from okno.channels.email.recipients import Recipients
from okno.channels.email.smtp_session import LARGEST
from okno.channels.intake import Arrival, accept_all

log = logging.getLogger(__name__)


def deliver(raw: bytes, to: str) -> int:
    """Accept a letter for one of our addresses. 0 after the commit; EX_TEMPFAIL (75): the mail
    server keeps it and tries again; EX_NOUSER (67), EX_DATAERR (65): never, it goes back."""
    if len(raw) > LARGEST:
        return os.EX_DATAERR
    try:
        channel_id = Recipients().channel_of(to)
        if channel_id is None:
            return os.EX_NOUSER
        meta = {"sender": "", "recipients": [to[:320]], "peer": "pipe"}
        arrival = Arrival(channel_id, Raw(raw, meta), message_id_of(raw))
        accept_all([arrival], via="pipe")
        if not arrival.name:
            # Whoever is told 0 will not hand it over again.
            accept_all([], heard=[arrival], via="pipe")
    except Exception as error:
        log.warning("the letter was not accepted: %s", type(error).__name__)
        return os.EX_TEMPFAIL
    return os.EX_OK
