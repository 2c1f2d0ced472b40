"""The channel by which a letter leaves: one that can, best of the same team."""

import pytest

from okno.desk import actions, sending_channel
from okno.desk.models import Channel

SERVER = {"smtp_host": "127.0.0.1", "smtp_port": 2525, "smtp_security": "none"}


@pytest.fixture
def mail(world):
    """Makes a channel that can send letters."""

    def made(address, team=None, settings=SERVER):
        more = {"address": address, "team": team, "settings": settings}
        return world.do(actions.create_channel, world.alice, "email", address, **more)

    return made


@pytest.fixture
def form(world) -> Channel:
    return world.do(actions.create_channel, world.alice, "form", "Shop", team=world.support)


def test_one_of_the_same_team_goes_before_the_first(world, mail, form):
    sales = mail("sales@okno.example", world.sales)
    assert sending_channel.nearest(form) == sales
    own = mail("help@okno.example", world.support)
    assert sending_channel.nearest(form) == own
    world.do(actions.change_channel, world.alice, own, is_active=False)
    assert sending_channel.nearest(form) == sales


def test_who_has_no_server_no_address_or_no_letters_sends_none(world, mail, form):
    # The world's own channel has an address and no server.
    assert not sending_channel.can_send(world.channel) and not sending_channel.can_send(form)
    mail("", world.support)
    assert sending_channel.nearest(form) is None
    able = mail("help@okno.example")
    assert sending_channel.can_send(able) and sending_channel.nearest(form) == able
