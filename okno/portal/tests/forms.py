"""People who write by the form, with script or without."""

import re

from django.test import Client

from okno.desk import actions
from okno.desk.models import Conversation
from okno.portal.form import stamps
from okno.portal.tests.guests import work

FILLED = {
    "name": "Dan", "email": "Dan@Client.example", "subject": "No bill", "text": "Where is it?"
}  # fmt: skip
MARKERS = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7777*7777}}"


def worked(stamp):
    number = 0
    while not stamps.is_worked(stamp, str(number)):
        number += 1
    return str(number)


def stamp_in(response):
    return re.search(r'name="stamp" value="([^"]+)"', response.content.decode())[1]


class Person:
    """Someone with a browser, with script or without."""

    def __init__(self, form, address="203.0.113.9", script=True):
        self.form = form
        self.client = Client(REMOTE_ADDR=address)
        self.url = f"/form/{form.public_key}/"
        self.script = script

    def page(self, url=""):
        return self.client.get(url or self.url)

    def send(self, url="", stamp=None, **fields):
        stamp = stamp or stamp_in(self.page(url.removesuffix("reply")))
        data = {**({} if url else FILLED), **fields, "stamp": stamp}
        if self.script:
            data["work"] = worked(stamp)
        return self.client.post(url or self.url, data)

    def request(self, **fields):
        """Send the form and come to the request's own page."""
        answer = self.send(**fields)
        assert answer.status_code == 303, answer.content.decode()
        work()
        if "/sent/" in answer["Location"]:
            answer = self.page(answer["Location"])
            assert answer.status_code == 303
        return answer["Location"]


def answer(world, text, **more):
    talk = Conversation.objects.order_by("-pk").first()
    message = world.do(actions.reply, world.bob, talk, actions.Body(text), **more)
    work()
    return message
