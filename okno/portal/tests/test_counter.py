"""Messages that come at the same moment: one commit, and answers as if each had come alone."""

import io
import json
import uuid

import pytest
from django.test import RequestFactory

from okno.channels.models import Inbound
from okno.portal.tests.guests import Visitor, work
from okno.portal.widget import counter

SHOWN = (
    "Access-Control-Allow-Origin", "Content-Security-Policy", "Content-Type", "Cache-Control",
    "Cross-Origin-Resource-Policy", "X-Content-Type-Options",
)  # fmt: skip


def asked(visitor, data, *, key=None, body=None, **headers):
    """A message as the dispatcher hands it over."""
    request = RequestFactory().generic(
        "POST",
        f"/chat/{key or visitor.channel.public_key}/messages",
        json.dumps(data) if body is None else body,
        content_type="application/json",
        headers=visitor.headers(**headers),
        REMOTE_ADDR=visitor.address,
    )
    return request.environ


def said(text, client_id=None):
    return {"id": client_id or str(uuid.uuid4()), "text": text}


def test_a_crowd_of_visitors_is_accepted_in_one_commit_and_read(
    visitor, django_assert_max_num_queries
):
    crowd = [Visitor(visitor.channel, address=f"203.0.113.{n}").start() for n in range(20)]
    with django_assert_max_num_queries(20 * 3 + 12):
        answers = counter.serve([asked(one, said(f"I am {n}")) for n, one in enumerate(crowd)])
    assert [answer.status_code for answer in answers] == [200] * 20
    assert Inbound.objects.count() == 20
    work()
    assert [one.texts() for one in crowd] == [[f"I am {n}"] for n in range(20)]


def test_the_same_message_twice_at_once_is_one_and_other_words_under_its_id_are_refused(visitor):
    mine = said("Hello")
    answers = counter.serve(
        [asked(visitor, mine), asked(visitor, mine), asked(visitor, said("Other", mine["id"]))]
    )
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    again = counter.serve([asked(visitor, said("Other", mine["id"])), asked(visitor, mine)])
    assert [answer.status_code for answer in again] == [409, 200]
    work()
    assert visitor.texts() == ["Hello"]


def test_what_is_wrong_with_one_is_not_felt_by_its_neighbours(visitor):
    class Torn(io.RawIOBase):
        def read(self, size=-1):
            raise OSError("the line broke")

    torn = {**asked(visitor, said("Torn")), "wsgi.input": Torn()}
    answers = counter.serve([asked(visitor, said("One")), torn, asked(visitor, said("Two"))])
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    work()
    assert visitor.texts() == ["One", "Two"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"body": "[1]"}, 400),
        ({"body": "{"}, 400),
        ({"body": json.dumps({"id": "1", "text": "x"})}, 400),
        ({"body": json.dumps({"id": str(uuid.uuid4()), "text": " \0 "})}, 400),
        ({"body": json.dumps({"text": "x" * 70_000})}, 413),
        ({"key": "nobody"}, 404),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Host": "elsewhere.example"}, 400),
    ],
)
def test_an_answer_is_the_same_as_of_the_page_behind(visitor, change, status):
    change = {"body": json.dumps(said("Hello")), **change}
    (answer,) = counter.serve([asked(visitor, None, **change)])
    body, key = change.pop("body"), change.pop("key", visitor.channel.public_key)
    paged = visitor.client.generic(
        "POST",
        f"/chat/{key}/messages",
        body,
        content_type="application/json",
        headers=visitor.headers(**change),
        REMOTE_ADDR=visitor.address,
    )
    assert answer.status_code == paged.status_code == status
    if "Host" not in change:
        assert answer.content == paged.content
        assert [answer.get(name) for name in SHOWN] == [paged.get(name) for name in SHOWN]


def test_only_messages_without_files_go_to_the_counter():
    path = "/chat/k3y/messages"
    assert counter.takes("POST", path, "application/json; charset=utf-8")
    assert not counter.takes("GET", path, "application/json")
    assert not counter.takes("POST", path, "multipart/form-data; boundary=x")
    assert not counter.takes("POST", f"{path}/1", "application/json")
    assert not counter.takes("POST", "/chat/a/b/messages", "application/json")
