"""H1: bodies of requests have a deadline, a size and a share of the room for them."""

import asyncio

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from okno.config.bodies import (
    LARGEST,
    LARGEST_WITHOUT_FILES,
    NETWORKS,
    SECONDS,
    SMALL,
    Bodies,
    Gone,
    Refused,
)

FORM = "/form/some-key/"
NOTHING_MORE = "nothing more comes"


def read(path, *pieces, network="203.0.113.7", among=None):
    """Read a body that comes in these pieces; its size."""
    left = list(pieces)

    async def receive():
        if not left:
            return {"type": "http.disconnect"}
        piece = left.pop(0)
        if piece is NOTHING_MORE:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def run():
        async with (among or Bodies()).read(path, receive, network) as body:
            return body.tell()

    return asyncio.run(run())


def refused(path, *pieces, **more):
    with pytest.raises(Refused) as no:
        read(path, *pieces, **more)
    return no.value.status


def test_H1_a_body_that_does_not_come_is_not_waited_for():
    assert refused(FORM, b"x", NOTHING_MORE, among=Bodies(seconds=0.05)) == 408
    assert refused(FORM, NOTHING_MORE, among=Bodies(seconds=0.05)) == 408
    assert SECONDS <= 30


def test_H1_what_comes_gives_time_for_more():
    pieces = [b"x" * 1000] * 50
    assert read(FORM, *pieces) == 50_000
    assert refused(FORM, *pieces, NOTHING_MORE, among=Bodies(seconds=0.05, pace=10**9)) == 408


def test_H1_half_a_request_whose_sender_hung_up_is_no_request():
    async def receive():
        pieces.append(1)
        if len(pieces) > 1:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"half", "more_body": True}

    async def run():
        async with Bodies().read(FORM, receive, ""):
            raise AssertionError("half a body was taken for a whole one")

    pieces = []
    with pytest.raises(Gone):
        asyncio.run(run())


def test_H1_only_where_files_are_taken_a_body_may_be_long():
    piece = b"x" * (1 << 18)
    assert refused("/sign-in/", *[piece] * 5) == 413
    assert refused("/nowhere/at/all", *[piece] * 5) == 413
    assert read("/sign-in/", b"x" * LARGEST_WITHOUT_FILES) == LARGEST_WITHOUT_FILES
    assert read(FORM, *[piece] * 160) == LARGEST
    assert refused(FORM, *[piece] * 160, b"x") == 413


def views(patterns, before=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern.callback


def test_H1_files_are_taken_where_a_file_can_be_chosen_and_nowhere_else():
    found = [
        path
        for path, view in views(get_resolver().url_patterns)
        if getattr(view, "takes_files", False)
    ]
    assert sorted(set(found)) == [
        "api/v1/conversations",
        "api/v1/conversations/<number>/messages",
        "api/v1/conversations/<number>/messages/<message_id>/forward",
        "api/v1/conversations/<number>/notes",
        "chat/<str:key>/messages",
        "conversations/<id:number>/draft/files",
        "conversations/<id:number>/write",
        "form/<str:key>/",
        "request/<id:number>/<str:token>/reply",
        "settings/me/picture",
        "write/",
    ]


def test_H1_large_bodies_share_a_room_and_small_ones_always_find_one():
    among = Bodies(room=SMALL * NETWORKS * 2)

    async def run():
        async def receive(size):
            return {"type": "http.request", "body": b"x" * size, "more_body": False}

        async def hold(size, network, until):
            async with among.read(FORM, lambda: receive(size), network) as body:
                held.release()
                await until.wait()
                return body.tell()

        async def status(size, network):
            try:
                async with among.read(FORM, lambda: receive(size), network):
                    return 200
            except Refused as no:
                return no.status

        held, until, kept = asyncio.Semaphore(0), asyncio.Event(), []
        for network in "abcd":
            kept.append(asyncio.ensure_future(hold(SMALL * 3, network, until)))
            await held.acquire()
            answers.append([await status(SMALL + 1, network), await status(SMALL, network)])
        answers.append([await status(SMALL + 1, "e"), await status(SMALL, "e")])
        until.set()
        await asyncio.gather(*kept)
        answers.append([await status(SMALL * 3, "a"), await status(SMALL * 3 + 1, "a")])

    answers = []
    asyncio.run(run())
    full = [503, 200]
    assert answers == [full, full, full, full, full, [200, 503]]


def test_H1_an_upload_that_breaks_off_gives_its_room_back():
    among = Bodies()

    async def receive():
        pieces.append(1)
        if len(pieces) > 20:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"x" * (1 << 20), "more_body": True}

    async def run():
        async with among.read(FORM, receive, "203.0.113.7"):
            raise AssertionError("half a body was taken for a whole one")

    for _ in range(10):
        pieces = []
        with pytest.raises(Gone):
            asyncio.run(run())
    assert read(FORM, *[b"x" * (1 << 20)] * 20, among=among) == 20 << 20
