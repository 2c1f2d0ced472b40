"""Channels of one name are told apart where an administrator chooses between them."""

import pytest

from okno.console.channel_names import told_apart
from okno.console.tests.conftest import browser_of
from okno.console.view_form import options
from okno.desk import conditions
from okno.portal.tests.guests import make_channel

pytestmark = pytest.mark.django_db


def test_channels_of_one_name_say_their_kind_and_then_their_address(world):
    chat, form = (make_channel(kind, "Support", world.support) for kind in ("widget", "form"))
    assert told_apart([world.channel]) == {world.channel.pk: "Support"}
    assert told_apart([world.channel, chat, form]) == {
        world.channel.pk: "Support · E-mail",
        chat.pk: "Support · Chat on a site",
        form.pk: "Support · Form on a page",
    }
    second = make_channel("form", "support", world.support)
    names = told_apart([chat, form, second])
    assert names[form.pk] == f"Support · Form on a page · #{form.pk}"
    assert len(set(names.values())) == 3
    page = browser_of(world.alice).get("/settings/").content.decode()
    assert "Support · Chat on a site" in page
    offered = options(world.alice, conditions.get("channel"), [])
    assert (str(chat.pk), "Support · Chat on a site") in offered
