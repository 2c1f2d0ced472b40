"""Work of the channels that reaches outside or takes time."""

from okno.channels import patience, reading, sending
from okno.spine import queue
from okno.spine.contract import job
from okno.spine.queue import Run


# More than `reading.MOST_TRIES`, so that an item is shown as unreadable before its job gives up.
@job("channels.read", tries=3 * reading.MOST_TRIES, local=True, together=True)
def read(runs: list[Run]) -> None:
    """Make accepted items messages."""
    behind: list[int] = []
    read = reading.read_inbound({run.args["inbound_id"]: run.attempts for run in runs}, behind)
    for run in runs:
        run.is_done = run.args["inbound_id"] in read
        if run.args["inbound_id"] in behind:
            place = behind.index(run.args["inbound_id"])
            queue.release(run, (place + 1) * patience.PAUSE_SECONDS)


@job("channels.deliver", tries=1_000)
def deliver(run: Run, message_id: int) -> None:
    """Send a message; deliveries keep their own count of tries and give up after three days."""
    sending.deliver(message_id)
