"""Runs inside an installation: makes a chat, visitors' tokens and agents' sessions.

    python -m bench.guests VISITORS AGENTS

Prints JSON: {"key": the chat's public key, "tokens": of the visitors, "cookies": of the agents,
"api_token": of the first agent}.
"""

import json
import sys

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

import bench.ready  # noqa: F401 - Django is set up
from okno.access.actions import create_agent, create_token
from okno.access.models import Agent, Team
from okno.access.sessions import SessionStore
from okno.desk.actions import create_channel
from okno.portal.widget.visitors import newcomer, token_of
from okno.spine import SYSTEM, unit


def main(visitors: int, agents: int) -> None:
    """Make them and say so."""
    first = Agent.objects.get()
    with unit(SYSTEM, "bench"):
        team = Team.objects.order_by("pk").first()
        channel = create_channel(SYSTEM, "widget", "Chat", team=team)
        _, api_token = create_token(SYSTEM, first)
        more = [
            create_agent(SYSTEM, f"agent{number}@bench.example", f"Agent {number}", teams=[team])
            for number in range(1, agents)
        ]
    made = {
        "key": channel.public_key,
        "tokens": [token_of(newcomer(channel.pk)) for _ in range(visitors)],
        "cookies": [_cookie(agent) for agent in (first, *more)],
        "api_token": api_token,
    }
    print(json.dumps(made))


def _cookie(agent: Agent) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(agent.user_id)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = agent.user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


main(*map(int, sys.argv[1:]))
