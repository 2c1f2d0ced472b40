"""Placeholders in ready texts: `{{client.name}}` and the like.

Logic-free and from this list only. A text is read once, so a value that looks like a placeholder
stays what it is: the words of a client never become a template (attack E07).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.access.models import Agent
from okno.desk.models import Conversation
from okno.kit.registry import Registry

_PLACE = re.compile(r"\{\{(.{0,80}?)\}\}", re.S)


@dataclass(frozen=True)
class About:
    """What values are taken from."""

    conversation: Conversation
    agent: Agent | None


@dataclass(frozen=True)
class Placeholder:
    """One value by its name; `label` and `example` are for people."""

    name: str
    label: str | Promise
    example: str | Promise
    value: Callable[[About], str]


known: Registry[Placeholder] = Registry("placeholder")


class UnknownPlaceholder(ValueError):
    """A text names values that do not exist; says which do."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.known = names, known.names()
        listed = ", ".join("{{" + name + "}}" for name in self.known)
        unknown = ", ".join("{{" + name + "}}" for name in names)
        super().__init__(f"there is no {unknown}; use one of {listed}")


def _add(name: str, label: Promise, example: Promise | str, value: Callable[[About], str]) -> None:
    known.add(name, Placeholder(name, label, example, value))


def _client(about: About) -> str:
    head = about.conversation.requester
    return (head.merged_into or head).name


def _company(about: About) -> str:
    head = about.conversation.requester
    company = (head.merged_into or head).company
    return company.name if company else ""


def _first(name: str) -> str:
    return name.split()[0] if name.split() else ""


_add(
    "client.name",
    pgettext_lazy("placeholder", "The client's name"),
    pgettext_lazy("placeholder example", "Anna Field"),
    _client,
)
_add(
    "client.first_name",
    pgettext_lazy("placeholder", "The client's first name"),
    pgettext_lazy("placeholder example", "Anna"),
    lambda about: _first(_client(about)),
)
_add(
    "company.name",
    pgettext_lazy("placeholder", "The client's company"),
    pgettext_lazy("placeholder example", "Field & Sons"),
    _company,
)
_add(
    "agent.name",
    pgettext_lazy("placeholder", "Your name"),
    pgettext_lazy("placeholder example", "Ivan Kreps"),
    lambda about: about.agent.name if about.agent else "",
)
_add(
    "agent.first_name",
    pgettext_lazy("placeholder", "Your first name"),
    pgettext_lazy("placeholder example", "Ivan"),
    lambda about: _first(about.agent.name) if about.agent else "",
)
_add(
    "conversation.number",
    pgettext_lazy("placeholder", "The number of the conversation"),
    "1042",
    lambda about: str(about.conversation.pk),
)
_add(
    "conversation.subject",
    pgettext_lazy("placeholder", "The subject of the conversation"),
    pgettext_lazy("placeholder example", "Where is my order?"),
    lambda about: about.conversation.subject,
)
_add(
    "channel.name",
    pgettext_lazy("placeholder", "The name of the channel"),
    pgettext_lazy("placeholder example", "Support"),
    lambda about: about.conversation.channel.name,
)


def _name(inner: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", inner)).replace("\xa0", " ").strip()


def check(template: str) -> None:
    """Raise UnknownPlaceholder for a name that is not on the list."""
    names = dict.fromkeys(_name(found) for found in _PLACE.findall(template))
    if wrong := [name for name in names if name not in known]:
        raise UnknownPlaceholder(wrong)


def values(conversation: Conversation, agent: Agent | None) -> dict[str, str]:
    """All values for one conversation and one writer, each on one line."""
    about = About(conversation, agent)
    return {each.name: " ".join(each.value(about).split()) for each in known}


def examples() -> dict[str, str]:
    """Made-up values, for a preview without a conversation."""
    return {each.name: str(each.example) for each in known}


def fill(template: str, given: dict[str, str], *, is_html: bool = False) -> str:
    """`template` with values in their places; in HTML they are escaped. What is not on the list
    stays as it is written."""

    def put(found: re.Match[str]) -> str:
        value = given.get(_name(found[1]))
        if value is None:
            return found[0]
        return escape(value) if is_html else value

    return _PLACE.sub(put, template)


def missing(template: str, given: dict[str, str]) -> list[str]:
    """Names that the template uses and for which there is nothing to say."""
    names = dict.fromkeys(_name(found) for found in _PLACE.findall(template))
    return [name for name in names if given.get(name) == ""]
