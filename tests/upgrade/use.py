"""Uses an upgraded installation and prints as JSON what came: `python -m tests.upgrade.use`."""

import json
from typing import Any

import django

django.setup()

from django.test import Client  # noqa: E402 - after the setup
from django.test.utils import setup_test_environment  # noqa: E402 - after the setup

from okno.desk.models import Conversation, Delivery, Message, View  # noqa: E402 - after the setup
from okno.portal.tests.guests import work  # noqa: E402 - after the setup
from okno.spine import schedules  # noqa: E402 - after the setup
from okno.spine.models import Event, Job, Schedule  # noqa: E402 - after the setup
from tests.upgrade import old  # noqa: E402 - after the setup


def main() -> None:
    setup_test_environment()
    before = Event.objects.order_by("-id").values_list("id", flat=True)[0]
    while schedules.fire_due():
        pass
    work()
    said: dict[str, Any] = {}
    page = Client(raise_request_exception=False)
    said["signs_in"] = page.post(
        "/sign-in/", {"login": "alice@okno.example", "password": old.PASSWORD}
    ).status_code
    said["conversation"] = page.get("/conversations/2/").content.decode()
    view = View.objects.get()
    said["view"] = page.get(f"/?view=v{view.pk}").content.decode()
    said["chat_card"] = page.get("/conversations/3/part/card").content.decode()
    said["search"] = page.get("/?q=Where+order").content.decode()
    stranger = Client(raise_request_exception=False)
    said["request"] = stranger.get(old.REQUEST).content.decode()
    sent = stranger.get(f"/form/{old.FORM_KEY}/sent/{old.SENT_MARK}/")
    said["sent_mark"] = sent.status_code
    bearer = {"Authorization": f"Bearer {old.VISITOR}"}
    chat = stranger.get(f"/chat/{old.CHAT_KEY}/messages", headers=bearer)
    said["chat"] = [message["text"] for message in chat.json().get("messages", ())]
    program = {"Authorization": f"Bearer {old.TOKEN}"}
    said["api"] = stranger.get("/api/v1/conversations/3", headers=program).json()
    said["link"] = stranger.get(f"/recovery/{old.LINK}/").status_code
    said["joined"] = list(
        Message.objects.filter(text__contains="that waited").values_list(
            "conversation_id", flat=True
        )
    )
    said["deliveries"] = list(Delivery.objects.order_by("pk").values_list("state", "attempts"))
    said["woken"] = Conversation.objects.get(subject="Asleep").snoozed_until is None
    said["closed"] = Conversation.objects.get(subject="Done").status
    said["left"] = [Job.objects.count(), Schedule.objects.count()]
    new = Event.objects.filter(id__gt=before).order_by("id")
    said["events"] = list(new.values_list("name", flat=True))
    print(json.dumps(said))


if __name__ == "__main__":
    main()
