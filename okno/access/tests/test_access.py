from datetime import timedelta

import pytest

from okno.access import actions
from okno.access.models import ApiToken
from okno.access.policy import Forbidden, can, rules
from okno.access.queries import token_actor
from okno.kit import clock


def test_every_permission_refuses_clients_and_the_unknown(world):
    talk = world.letter().conversation
    for rule in rules:
        about = talk if rule.name.startswith(("conversation.", "note.")) else None
        assert not can(world.eve, rule.name, about), rule.name


def test_e11_a_token_is_its_agent_and_no_more(world):
    token, text = world.do(actions.create_token, world.bob, world.bob, scopes=["read"])
    actor = token_actor(text)
    assert actor.agent == world.bob
    assert not can(actor, "conversation.open", None)
    assert text not in (token.prefix, token.digest)
    for wrong in ("", "okno_", text[:-1], text + "x", text.upper()):
        assert token_actor(wrong) is None


def test_e11_a_token_ends_by_time_by_hand_and_with_its_agent(world):
    _, text = world.do(
        actions.create_token, world.bob, world.bob, expires_at=clock.now() + timedelta(hours=1)
    )
    with clock.moved(timedelta(hours=2)):
        assert token_actor(text) is None
    assert token_actor(text) is not None
    world.do(actions.change_agent, world.alice, world.bob, is_active=False)
    assert token_actor(text) is None
    _, other = world.do(actions.create_token, world.alice, world.carol)
    world.do(actions.revoke_token, world.alice, ApiToken.objects.get(agent=world.carol))
    assert token_actor(other) is None


def test_e10_nobody_makes_a_token_for_another(world):
    with pytest.raises(Forbidden):
        world.do(actions.create_token, world.bob, world.alice)


def test_one_administrator_remains(world):
    with pytest.raises(ValueError, match="administrator"):
        world.do(actions.change_agent, world.alice, world.alice, role="agent")
    with pytest.raises(Forbidden):
        world.do(actions.change_agent, world.bob, world.bob, role="admin")
