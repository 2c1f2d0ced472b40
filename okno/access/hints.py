"""Which open pages may hear of an agent: news of one (a mention) are for that agent alone."""

from okno.access.models import Agent
from okno.spine import live

live.audience("agent", lambda ids: {pk: pk for pk in ids}, lambda viewer, pk: viewer == Agent(pk))
