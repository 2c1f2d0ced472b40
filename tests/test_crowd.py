"""Requests gather while others are served."""

import asyncio
import threading

import pytest
from django.http import HttpResponse

from okno.config.together import MOST_TOGETHER, Together


class Slow:
    """A counter that serves nobody before it is told to."""

    def __init__(self):
        self.may = threading.Event()
        self.served = []

    def takes(self, method, path, content_type):
        return True

    def serve(self, environs):
        self.served.append([environ["at"] for environ in environs])
        assert self.may.wait(10)
        if any(environ["at"] < 0 for environ in environs):
            raise RuntimeError("broken")
        return [HttpResponse(str(environ["at"])) for environ in environs]


async def crowd(counter, numbers):
    """Ask for the first number, then, while it is served, for all others."""
    together = Together(counter, asyncio.to_thread)
    asks = [asyncio.ensure_future(together.ask({"at": numbers[0]}))]
    while not counter.served:
        await asyncio.sleep(0.001)
    asks += [asyncio.ensure_future(together.ask({"at": at})) for at in numbers[1:]]
    await asyncio.sleep(0)
    counter.may.set()
    answers = await asyncio.gather(*asks, return_exceptions=True)
    return answers, await together.ask({"at": 7})


def test_those_who_come_meanwhile_are_served_together():
    counter, numbers = Slow(), list(range(MOST_TOGETHER + 3))
    answers, last = asyncio.run(crowd(counter, numbers))
    assert [answer.content for answer in answers] == [str(at).encode() for at in numbers]
    assert counter.served == [[0], numbers[1 : MOST_TOGETHER + 1], numbers[-2:], [7]]
    assert last.content == b"7"


def test_a_broken_round_is_told_to_all_of_it_and_the_next_one_is_served():
    counter = Slow()
    answers, last = asyncio.run(crowd(counter, [1, -1, 2]))
    assert answers[0].content == b"1"
    for broken in answers[1:]:
        with pytest.raises(RuntimeError, match="broken"):
            raise broken
    assert last.content == b"7"
