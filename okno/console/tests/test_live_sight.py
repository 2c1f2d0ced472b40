"""C07: each hint is asked of the agent as they are when it leaves, not as they were."""

import asyncio
import json

import pytest
from django.conf import settings

from okno.access.actions import change_agent
from okno.console.live import _look, live
from okno.console.tests.listening import House, house, listened, session_of
from okno.desk import actions
from okno.spine import reading

__all__ = ["house"]
# The data of the event "reload".
RELOAD = {}


def told(lines):
    return [line["conversation"] for line in lines if "conversation" in line]


def test_C07_who_left_the_team_hears_nothing_of_it_from_then_on(live_world, house, capsys):
    """Also of what happened in one go with it, before the page could have asked again."""
    world = live_world
    talk = world.letter().conversation
    times = 5

    def leave_and_work():
        world.do(change_agent, world.alice, world.bob, teams=[world.sales])
        for number in range(times):
            world.do(actions.note, world.alice, talk, f"SECRET {number}")

    before, during, after, returned, back = listened(
        house,
        session_of(world.bob),
        lambda: world.do(actions.note, world.alice, talk, "here"),
        leave_and_work,
        lambda: world.do(actions.note, world.alice, talk, "SECRET again"),
        lambda: world.do(change_agent, world.alice, world.bob, teams=[world.support]),
        lambda: world.do(actions.note, world.alice, talk, "back"),
    )
    assert told(before) == [talk.pk] and told(back) == [talk.pk]
    assert told(during) == told(after) == []
    # What was written meanwhile is on no open page yet: all of it is asked for anew.
    assert RELOAD in during and RELOAD in returned and RELOAD not in before + after + back
    with capsys.disabled():
        print(f"\nC07 n={times + 1} events after the agent left the team: 0 heard")


def test_C07_who_comes_back_while_the_stream_asks_hears_what_comes_then(live_world):
    """The stream asks once more who listens, when the agent changed behind its question."""
    world = live_world
    talk = world.letter().conversation

    class Late(House):
        is_late = True

        async def ask(self, work, *args):
            found = await super().ask(work, *args)
            if work is _look and self.is_late:
                self.is_late = False
                await self.run(put_in, world.support)
                newest = await self.run(reading.newest_id)
                while self.hub.told < newest:
                    await asyncio.sleep(0.005)
            return found

    def put_in(team):
        world.do(change_agent, world.alice, world.bob, teams=[team])

    made = Late()
    _, then = listened(
        made,
        session_of(world.bob),
        lambda: put_in(world.sales),
        lambda: world.do(actions.note, world.alice, talk, "after all"),
    )
    made.close()
    assert not made.is_late and told(then) == [talk.pk]


def test_C07_who_is_switched_off_hears_not_one_event_more(live_world, house):
    world = live_world
    talk = world.letter().conversation

    def end():
        world.do(change_agent, world.alice, world.bob, is_active=False)
        world.do(actions.note, world.alice, talk, "SECRET")

    [said] = listened(house, session_of(world.bob), end)
    assert told(said) == []


@pytest.mark.parametrize("last_id", ["0", "1", "-1", "%", "1e9", "99999999999999999999"])
def test_C07_an_old_or_odd_cursor_brings_nothing_foreign(live_world, last_id):
    """Carol comes back with whatever id: of Support's conversations she hears nothing."""
    world, made = live_world, House()
    made.hub.start()

    async def run():
        heard, gone = [], asyncio.Event()
        keep = made.hub.open(None, None)  # somebody listens, so that the window is kept
        await made.run(lambda: world.letter("SECRET"))
        await made.settle()

        async def send(message):
            heard.append(message.get("body", b"").decode())

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        cookie = f"{settings.SESSION_COOKIE_NAME}={session_of_carol}".encode()
        headers = [(b"cookie", cookie), (b"last-event-id", last_id.encode())]
        scope = {"type": "http", "method": "GET", "headers": headers}
        task = asyncio.ensure_future(live(made.hub, made.run, scope, receive, send))
        while not (task.done() or len(made.hub.streams) > 1):
            await asyncio.sleep(0.005)
        await made.settle()
        gone.set()
        made.hub.close(keep)
        made.hub.stop()
        await asyncio.wait_for(task, 5)
        return "".join(heard)

    session_of_carol = session_of(world.carol)
    text = asyncio.run(run())
    made.close()
    lines = [json.loads(line[6:]) for line in text.split("\n") if line.startswith("data: ")]
    assert told(lines) == [] and "SECRET" not in text
