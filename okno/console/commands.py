"""What the command palette offers besides what the open page can do, and the sheet of keys."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.access.models import Agent, Theme
from okno.access.policy import can
from okno.console.filters import FILTERS, of_view
from okno.desk import saved

Words = str | Promise
LANGUAGES = ("en", "ru")
# How other programs call it; nobody sees these, they only help to find a command.
_ALSO_CALLED = {"write": "new ticket, новый тикет, новая заявка, compose", "settings": "config"}
KEYS: tuple[tuple[Words, tuple[tuple[tuple[str, ...], Words], ...]], ...] = (
    (
        pgettext_lazy("keys", "Everywhere"),
        (
            (("Ctrl", "K"), pgettext_lazy("keys", "Find any command")),
            (("/",), pgettext_lazy("keys", "Search all conversations")),
            (("?",), pgettext_lazy("keys", "Show this list")),
            (("Esc",), pgettext_lazy("keys", "Close what is open, leave a field")),
        ),
    ),
    (
        pgettext_lazy("keys", "In the list"),
        (
            (("J",), pgettext_lazy("keys", "Next conversation")),
            (("K",), pgettext_lazy("keys", "Previous conversation")),
            (("Enter",), pgettext_lazy("keys", "Open it")),
            (("X",), pgettext_lazy("keys", "Select it, to act on several at once")),
            (("Shift", "X"), pgettext_lazy("keys", "Select all up to it")),
        ),
    ),
    (
        pgettext_lazy("keys", "In a conversation"),
        (
            (("R",), pgettext_lazy("keys", "Reply to the client")),
            (("N",), pgettext_lazy("keys", "Note that only colleagues see")),
            (("A",), pgettext_lazy("keys", "Assign to somebody")),
            (("T",), pgettext_lazy("keys", "Add a tag")),
            (("S",), pgettext_lazy("keys", "Snooze: out of sight until a time")),
            (("E",), pgettext_lazy("keys", "Solve: nothing more to do")),
        ),
    ),
    (
        pgettext_lazy("keys", "While you write"),
        (
            (("/",), pgettext_lazy("keys", "Insert a saved reply")),
            (("@",), pgettext_lazy("keys", "Call a colleague, in a note")),
            ((":",), pgettext_lazy("keys", "Insert an emoji")),
            (("Ctrl", "Enter"), pgettext_lazy("keys", "Send")),
        ),
    ),
)
# What buttons of a conversation are called, so that they are found in the other language too.
_ON_PAGE: tuple[Words, ...] = (
    pgettext_lazy("action", "Solve"),
    pgettext_lazy("action", "Reopen"),
    pgettext_lazy("action", "Snooze"),
    pgettext_lazy("action", "End snooze"),
    pgettext_lazy("noun", "Reply"),
    pgettext_lazy("noun", "Note"),
    pgettext_lazy("conversation", "Assignee"),
    pgettext_lazy("conversation", "Tags"),
    pgettext_lazy("action", "Take it"),
    pgettext_lazy("action", "Merge…"),
    pgettext_lazy("action", "Split…"),
    pgettext_lazy("action", "Spam"),
    pgettext_lazy("action", "To the bin"),
    pgettext_lazy("action", "Restore"),
    pgettext_lazy("action", "Send and solve"),
)


@dataclass(frozen=True)
class Command:
    """A link, or with `theme` a change of the theme; `words` are its names in other languages."""

    label: str
    icon: str
    href: str = ""
    words: str = ""
    theme: str | None = None
    opens: str = ""


def listed(agent: Agent) -> list[Command]:
    """The commands of this agent, those of the filters first."""
    return [*_filters(agent), *_pages(agent), *_themes(agent), _keys()]


def glossary() -> list[tuple[str, str]]:
    """What stands on a page, with its names in the other languages."""
    return [(str(name), elsewhere(name)) for name in _ON_PAGE]


def elsewhere(name: Words) -> str:
    """A name in all languages but the one that is spoken now, joined by |."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(str(name))
    return "|".join(word for word in dict.fromkeys(found) if word != str(name))


def _filters(agent: Agent) -> Iterable[Command]:
    views = [of_view(view) for view in saved.views(agent)]
    for each in (*FILTERS, *views):
        yield Command(str(each.title), each.icon, f"/?view={each.key}", elsewhere(each.title))


def _pages(agent: Agent) -> Iterable[Command]:
    pages: list[tuple[str, Words, str, str, bool]] = [
        ("write", pgettext_lazy("action", "Write first"), "edit", "/write/",
         bool(can(agent, "conversation.open"))),
        ("stuck", pgettext_lazy("section", "Stuck"), "alert", "/stuck/",
         bool(can(agent, "stuck.view"))),
        ("me", pgettext_lazy("section", "My settings"), "user", "/settings/me/", True),
        ("settings", pgettext_lazy("section", "Settings"), "settings", "/settings/", True),
    ]  # fmt: skip
    for name, title, icon, href, is_open in pages:
        if is_open:
            words = "|".join(filter(None, (elsewhere(title), _ALSO_CALLED.get(name, ""))))
            yield Command(str(title), icon, href, words)


def _themes(agent: Agent) -> Iterable[Command]:
    sentence = pgettext_lazy("command", "Theme: %(theme)s")
    for value, label in Theme.choices:
        if value == agent.theme:
            continue
        names = []
        for language in LANGUAGES:
            with translation.override(language):
                names.append(str(sentence) % {"theme": str(label).lower()})
        here = str(sentence) % {"theme": str(label).lower()}
        icon = "moon" if value == Theme.DARK else "sun"
        yield Command(here, icon, words="|".join(names), theme=value)


def _keys() -> Command:
    title = pgettext_lazy("command", "Keyboard shortcuts")
    return Command(str(title), "keyboard", words=elsewhere(title), opens="keys")
