"""What agents see of a request: in the console and by the API."""

import html
import re

import pytest

from okno.api.tests.conftest import make_token
from okno.console.tests.conftest import browser_of
from okno.desk.models import Delivery


def deliveries(message):
    rows = Delivery.objects.filter(message=message).order_by("pk")
    return [(row.medium, row.address, row.state) for row in rows]


def console_text(agent, number):
    page = browser_of(agent).get(f"/conversations/{number}/").content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def api(client, path):
    return client.get(f"/api/v1{path}").json()


@pytest.fixture
def bob_api(world, client):
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {make_token(world.bob)}"
    return client
