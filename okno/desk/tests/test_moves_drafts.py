"""What was typed in a conversation is found after a merge and after its undoing."""

import pytest

from okno.access.actions import create_agent
from okno.desk import actions
from okno.desk.models import Attachment, Draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(world):
    return world.letter("First").conversation, world.letter("Second").conversation


def drafts(conversation):
    found = Draft.objects.filter(conversation=conversation).order_by("pk")
    return [(draft.agent, draft.text, [one["text"] for one in draft.kept]) for draft in found]


def test_a_draft_goes_with_a_merge_and_comes_back(world, two):
    first, second = two
    world.do(actions.save_draft, world.bob, second, "Half a reply", key="k", version="")
    move = world.do(actions.merge, world.alice, second, first)
    assert (drafts(first), drafts(second)) == ([(world.bob, "Half a reply", [])], [])
    # The composer that wrote it goes on with it.
    world.do(actions.save_draft, world.bob, first, "Half a reply, more", key="k", version="")
    assert drafts(first) == [(world.bob, "Half a reply, more", [])]
    world.do(actions.undo, world.alice, move)
    assert (drafts(first), drafts(second)) == ([], [(world.bob, "Half a reply, more", [])])


def test_a_second_draft_is_kept_beside_the_first(world, two):
    first, second = two
    mine = world.do(actions.save_draft, world.bob, first, "Here", key="a", version="")
    other = world.do(actions.save_draft, world.bob, second, "There", key="b", version="")
    world.do(actions.save_draft, world.bob, second, "And there", key="c", version="")
    file = Attachment.objects.create(
        draft=other, name="a", content_type="text/plain", size=1, sha256="0" * 64, storage="s"
    )
    move = world.do(actions.merge, world.alice, second, first)
    both = [(world.bob, "Here", ["And there", "There"])]
    assert (drafts(first), drafts(second)) == (both, [])
    file.refresh_from_db()
    assert file.draft == mine
    world.do(actions.undo, world.alice, move)
    assert drafts(first) == both


def test_a_draft_stays_with_a_writer_who_does_not_see_the_target(world, two):
    first, second = two
    agent = world.do(create_agent, world.alice, "z@okno.example", "Zoe", teams=[world.sales])
    second = world.do(actions.move_to_team, world.alice, second, world.sales)
    world.do(actions.save_draft, agent, second, "Mine", key="k", version="")
    world.do(actions.merge, world.alice, second, first)
    assert (drafts(first), drafts(second)) == ([], [(agent, "Mine", [])])
