"""Work of the channels that reaches outside or takes time."""

from okno.channels import reading, sending
from okno.spine.contract import job
from okno.spine.queue import Run


# More than `reading.MOST_TRIES`, so that an item is shown as unreadable before its job gives up.
@job("channels.read", tries=3 * reading.MOST_TRIES, local=True)
def read(run: Run, inbound_id: int) -> None:
    """Make an accepted item a message."""
    reading.read_inbound(run, inbound_id)


@job("channels.deliver", tries=1_000)
def deliver(run: Run, message_id: int) -> None:
    """Send a message; deliveries keep their own count of tries and give up after three days."""
    sending.deliver(message_id)
