"""What the tests of the portal may use."""

import pytest
from django.core.cache import cache

from okno.portal.tests.guests import Visitor, make_channel


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def chat(world):
    return make_channel(
        "widget", "Velobaza", world.support, origins=["https://shop.example"], typing_preview=True
    )


@pytest.fixture
def visitor(chat):
    return Visitor(chat).start()


@pytest.fixture
def form(world):
    return make_channel("form", "Velobaza", world.support, origins=["https://shop.example"])
