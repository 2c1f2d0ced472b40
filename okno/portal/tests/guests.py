"""Visitors of a site, and the work that makes messages of what they wrote."""

import json
import time
import uuid
from dataclasses import dataclass, field

import jwt
from django.test import Client

from okno.desk.actions import create_channel
from okno.spine import SYSTEM, queue, reading, unit

SECRET = "a shared secret of at least thirty-two characters"


def work():
    """Read the log and run what is due until nothing is left, as the worker would."""
    while True:
        passed = reading.read_once()
        runs = [*queue.claim(local=True, limit=20), *queue.claim(local=False, limit=20)]
        for some in queue.grouped(runs):
            queue.perform(some)
        if not (passed or runs):
            return


@dataclass
class Visitor:
    """A browser with the chat open; answers come as (status, body)."""

    channel: object
    token: str = ""
    origin: str = ""
    address: str = "203.0.113.7"
    client: Client = field(default_factory=Client)

    def headers(self, **more):
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**sent, **({"Origin": self.origin} if self.origin else {}), **more}

    def raw(self, method, path, data=None, **headers):
        body = (
            {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}
        )
        return self.client.generic(
            method,
            f"/chat/{self.channel.public_key}/{path}",
            headers=self.headers(**headers),
            REMOTE_ADDR=self.address,
            **body,
        )

    def __call__(self, method, path, data=None, **headers):
        response = self.raw(method, path, data, **headers)
        return response.status_code, json.loads(response.content or b"{}")

    def start(self):
        status, answer = self("POST", "session")
        assert status == 200, answer
        self.token = answer["token"]
        return self

    def write(self, text, client_id=None, **more):
        return self(
            "POST", "messages", {"id": client_id or str(uuid.uuid4()), "text": text, **more}
        )

    def upload(self, text, *files, client_id=None):
        data = {"id": client_id or str(uuid.uuid4()), "text": text, "files": list(files)}
        response = self.client.post(
            f"/chat/{self.channel.public_key}/messages",
            data,
            headers=self.headers(),
            REMOTE_ADDR=self.address,
        )
        return response.status_code, json.loads(response.content)

    def history(self):
        return self("GET", "messages")[1]["messages"]

    def texts(self):
        return [message["text"] for message in self.history()]


def make_channel(kind, name, team, **settings):
    with unit(SYSTEM, "test"):
        secrets = {"identity_secret": SECRET} if kind == "widget" else {}
        return create_channel(SYSTEM, kind, name, team=team, settings=settings, secrets=secrets)


def proof(channel, secret=SECRET, algorithm="HS256", headers=None, **changes):
    """What a site signs of its visitor; `changes` to the claims, None leaves one out."""
    claims = {
        "sub": "customer-17", "aud": channel.public_key, "exp": int(time.time()) + 600,
        "jti": uuid.uuid4().hex, "name": "Dan Brook", "email": "dan@client.example",
    }  # fmt: skip
    claims |= changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, secret, algorithm, headers)
