"""Django's `i18n` tags, with constant words translated once a language.

A page has hundreds of constant words, and Django looks each up, escapes and localises it anew at
every rendering: a quarter of the time of a conversation's page. Here the second time is a lookup.
"""

from typing import Any

from django.template import Variable
from django.template.base import FilterExpression
from django.template.context import Context
from django.templatetags.i18n import TranslateNode, register
from django.templatetags.i18n import do_translate as _do_translate
from django.utils.translation import get_language

__all__ = ["register"]


class KeptTranslateNode(TranslateNode):
    """`{% translate "word" %}`, which is the same wherever it stands."""

    def __init__(self, node: TranslateNode) -> None:
        vars(self).update(vars(node))
        self._kept: dict[str | None, Any] = {}

    def render(self, context: Context) -> Any:
        """The words in the language of the moment."""
        language = get_language()
        kept = self._kept.get(language)
        if kept is None:
            kept = self._kept[language] = super().render(context)
        return kept


def _is_constant(found: FilterExpression | None) -> bool:
    if found is None:
        return True
    is_literal = not isinstance(found.var, Variable) or found.var.literal is not None
    return is_literal and not found.filters


def do_translate(parser: Any, token: Any) -> TranslateNode:
    """As Django's; what depends on the context stays as it was."""
    node = _do_translate(parser, token)
    is_fixed = _is_constant(node.filter_expression) and _is_constant(node.message_context)
    return node if node.asvar or not is_fixed else KeptTranslateNode(node)


for name in ("translate", "trans"):
    register.tag(name, do_translate)
