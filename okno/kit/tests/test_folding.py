"""A folded template says what it said before."""

import pytest
from django.template import Context, Engine
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import override

from okno.kit.folding import Loader, fold

LIBRARIES = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
PARTS = {
    "row": "[{{ who.name }}{% if it == 2 %}!{% endif %}]",
    "base": "<{% block a %}one{% endblock %}|{% block b %}two{% endblock %}>",
    "child": '{% extends "base" %}{% block b %}{{ block.super }}{{ text }}{% endblock %}',
    "loop": '{% for it in many %}{% include "row" with who=person %}{% endfor %}{{ who }}',
    "words": '{% load i18n static %}a {% translate "Okno" context "brand" %} '
    "{% translate text %}{% static 'x.css' %}{# no #}{% translate 'Text' as t %}{{ t }}",
    "values": "{{ text }}{{ safe }}{{ number }}{{ none }}{{ absent.name }}{{ many.1 }}"
    "{{ call }}{{ call.real }}{{ lazy }}{{ person.name }}{{ person.loud }}{{ flag }}"
    "{{ text|upper }}{{ absent|default:'-' }}{{ many|length }}{{ wide }}",
    "off": "{% autoescape off %}{{ text }}{% endautoescape %}{% with it=text %}{{ it }}{% endwith %}",
}


class Person:
    name = "Ann & Bob"

    def loud(self):
        return "ANN <3"


GIVEN = {
    "text": "a < b", "safe": mark_safe("<b>"), "number": 1234567, "none": None, "many": [1, 2, 3],
    "call": lambda: 7, "lazy": SimpleLazyObject(lambda: "la<zy"), "person": Person(),
    "flag": True, "wide": 1.5, "it": "outside",
}  # fmt: skip


def engine(*, folds: bool) -> Engine:
    made = Engine(libraries=LIBRARIES, loaders=[("django.template.loaders.locmem.Loader", PARTS)])
    if folds:
        made.loaders = [("okno.kit.folding.Loader", made.loaders)]
    return made


@pytest.mark.parametrize("name", [name for name in PARTS if name != "row"])
def test_the_same_is_said_in_each_language_and_each_time(name):
    plain, folded = engine(folds=False), engine(folds=True)
    for language in ("en", "ru", "en"):
        with override(language):
            asked = Context(GIVEN)
            said = plain.get_template(name).render(asked)
            assert folded.get_template(name).render(Context(GIVEN)) == said


def test_what_is_always_the_same_becomes_one_piece():
    template = engine(folds=True).get_template("words")
    assert len(template.nodelist) < len(engine(folds=False).get_template("words").nodelist)


def test_while_debugging_nothing_is_folded():
    made = Engine(debug=True, libraries=LIBRARIES, loaders=[])
    loader = Loader(made, [("django.template.loaders.locmem.Loader", PARTS)])
    kinds = [type(node).__module__ for node in loader.get_template("words").nodelist]
    assert "okno.kit.folding" not in kinds


def test_folding_twice_changes_nothing():
    template = engine(folds=True).get_template("values")
    said = template.render(Context(GIVEN))
    fold(template.nodelist)
    assert template.render(Context(GIVEN)) == said
