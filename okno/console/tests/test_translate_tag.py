"""Constant words of templates are translated once a language; the rest as Django does."""

from functools import cache
from typing import Any

from django.template import engines
from django.utils.translation import override


def _rendered(source: str, language: str, **context: object) -> str:
    with override(language):
        return str(_template(source).render(context))


@cache
def _template(source: str) -> Any:
    return engines["django"].from_string("{% load i18n %}" + source)


def test_each_language_gets_its_own_words() -> None:
    source = "{% translate 'Close' context 'action' %}"
    seen = [_rendered(source, language) for language in ("en", "ru", "en", "ru")]
    assert seen == ["Close", "Закрыть", "Close", "Закрыть"]


def test_what_depends_on_the_context_is_not_kept() -> None:
    assert [_rendered("{% translate w %}", "en", w=word) for word in "ab"] == ["a", "b"]
    filtered = "{% translate 'x'|add:more %}"
    assert [_rendered(filtered, "en", more=word) for word in "ab"] == ["xa", "xb"]
    named = "{% translate 'Close' context 'action' as word %}{{ word }}"
    assert [_rendered(named, language) for language in ("en", "ru")] == ["Close", "Закрыть"]
    context = "{% translate 'Close' context c %}"
    assert [_rendered(context, "ru", c=c) for c in ("action", "of nothing")] != ["Закрыть"] * 2
    assert _rendered("{% translate '50%%' noop %}", "ru") == "50%"
