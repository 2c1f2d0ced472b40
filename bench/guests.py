"""Runs inside an installation: makes a chat, visitors' tokens and an agent's session.

    python -m bench.guests COUNT

Prints JSON: {"key": the chat's public key, "tokens": COUNT of them, "cookie": the agent's}.
"""

import json
import sys

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

import bench.ready  # noqa: F401 - Django is set up
from okno.access.actions import create_token
from okno.access.models import Agent, Team
from okno.access.sessions import SessionStore
from okno.desk.actions import create_channel
from okno.portal.widget.visitors import newcomer, token_of
from okno.spine import SYSTEM, unit


def main(count: int) -> None:
    """Make them and say so."""
    agent = Agent.objects.get()
    with unit(SYSTEM, "bench"):
        team = Team.objects.order_by("pk").first()
        channel = create_channel(SYSTEM, "widget", "Chat", team=team)
        _, api_token = create_token(SYSTEM, agent)
    store = SessionStore()
    store[SESSION_KEY] = str(agent.user_id)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = agent.user.get_session_auth_hash()
    store.create()
    tokens = [token_of(newcomer(channel.pk)) for _ in range(count)]
    cookie = f"{settings.SESSION_COOKIE_NAME}={store.session_key}"
    made = {"key": channel.public_key, "tokens": tokens, "cookie": cookie, "api_token": api_token}
    print(json.dumps(made))


main(int(sys.argv[1]))
