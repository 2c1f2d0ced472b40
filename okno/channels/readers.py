"""What the channels do when something happened."""

from okno.desk.models import Delivery
from okno.spine import Happened
from okno.spine.contract import reader
from okno.spine.queue import enqueue, hurry


# What was left by a worker that never ran is to be sent too, whoever wrote it; what was sent long
# ago has no delivery that its job could claim.
@reader("channels.outbox", on=("message.queued", "aside.queued"), begins="log", sees_own=True)
def queue_delivery(event: Happened) -> None:
    """A written message becomes a job of its channel's lane."""
    message_id = event.data["message"]
    key = f"deliver:{message_id}"
    first = Delivery.objects.filter(message_id=message_id).order_by("next_at").first()
    enqueue(
        "channels.deliver",
        {"message_id": message_id},
        key=key,
        lane=f"channel:{event.data['channel']}",
        run_at=first.next_at if first else None,
    )
    if first is None or first.next_at is None:
        hurry(key)
