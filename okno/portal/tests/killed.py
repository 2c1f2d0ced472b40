"""Work of an installation that is killed on its way; prints what the last verb says as JSON.

SINK_PORT=2525 python -m okno.portal.tests.killed prepare answer
python -m okno.portal.tests.killed work look
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.config.settings")
django.setup()

from okno.access.models import Agent  # noqa: E402
from okno.access.system_mail import SystemEmail, post  # noqa: E402
from okno.channels import envelope  # noqa: E402
from okno.channels.contract import Raw  # noqa: E402
from okno.channels.intake import accept  # noqa: E402
from okno.desk import actions  # noqa: E402
from okno.desk.models import Channel, Conversation, Delivery  # noqa: E402
from okno.kit import clock  # noqa: E402
from okno.portal.tests.guests import make_channel  # noqa: E402
from okno.portal.tests.guests import work as work_once  # noqa: E402
from okno.spine import SYSTEM, unit  # noqa: E402
from okno.spine.models import Job  # noqa: E402
from okno.spine.queue import retry  # noqa: E402
from tests.world import build_world  # noqa: E402


def prepare():
    """People, a mail channel that sends to the sink, and a request by a form."""
    world = build_world()
    port = int(os.environ["SINK_PORT"])
    way = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    world.do(actions.change_channel, world.alice, world.channel, settings=way)
    form = make_channel("form", "Velobaza", world.support, confirms=False)
    head = {"address": "dan@client.example", "name": "Dan", "subject": "No bill", "text": "Where?"}
    accept(form.pk, Raw(envelope.pack(head), {"external_id": "form:1:0"}), "form:1:0")
    work_once()
    assert Channel.objects.count() == 2


def answer():
    """Bob answers the request."""
    with unit(Agent.objects.get(name="Bob"), "test") as _:
        actions.reply(Agent.objects.get(name="Bob"), Conversation.objects.get(), actions.Body("Ok"))


def letter():
    """A letter of the installation itself waits to leave."""
    with unit(SYSTEM, "test"):
        post(SystemEmail("dan@client.example", "Your conversation", "All that was said"))


def work():
    """All there is to do, at once, also what a dead worker holds."""
    for _ in range(4):
        Job.objects.filter(failed_at=None).update(run_at=clock.now())
        Delivery.objects.exclude(next_at=None).update(next_at=clock.now())
        work_once()


def decide():
    """A person lets the failed work go on."""
    for job in Job.objects.exclude(failed_at=None):
        retry(job.pk)


def look():
    """Where everything stands."""
    jobs = Job.objects.exclude(failed_at=None).values_list("error", flat=True)
    rows = Delivery.objects.order_by("pk").values_list("medium", "state")
    return {"deliveries": [list(row) for row in rows], "failed": list(jobs),
            "waiting": Job.objects.filter(failed_at=None).count()}  # fmt: skip


if __name__ == "__main__":
    said = [globals()[verb]() for verb in sys.argv[1:]]
    print(json.dumps(said[-1]))
