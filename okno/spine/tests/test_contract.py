"""Every event the product declares keeps the rules of the log."""

import dataclasses
import re
import string
import types
import typing

import pytest

from okno.spine import contract

PLAIN = {int, float, bool, str, type(None)}
NAME = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
IRREGULAR = {"sent", "unsent", "read", "split", "undone", "woken", "set", "lost", "begun", "taken"}
IRREGULAR |= {"given", "met", "made", "hidden", "shown", "put", "left", "kept", "written"}
IRREGULAR |= {"bought", "run", "cut", "won", "found", "built", "held", "chosen"}
IRREGULAR |= {"seen", "told", "withdrawn"}

# Each with its reason.
NO_PARTICIPLE = {"message.uncertain": "the name of that status: it may have arrived"}

EVENTS = sorted(contract.events, key=lambda kind: kind.name)
PRODUCT = [kind for kind in EVENTS if ".tests." not in kind.data.__module__]
each = pytest.mark.parametrize("kind", PRODUCT, ids=lambda kind: kind.name)


def is_plain(hint: object) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return all(is_plain(part) for part in inner)
    if origin in (list, tuple):
        return all(part is Ellipsis or is_plain(part) for part in inner)
    return hint in PLAIN


def test_the_product_declares_events():
    assert len(PRODUCT) >= 40


@each
def test_its_name_is_a_noun_and_a_past_participle(kind):
    assert NAME.fullmatch(kind.name)
    past = kind.name.rpartition(".")[2].rpartition("_")[2]
    is_past = past.endswith("ed") or past in IRREGULAR or kind.name in NO_PARTICIPLE
    assert is_past, f"{kind.name}: {past} is no past participle"


@each
def test_its_data_is_frozen_and_plain_and_names_its_subject(kind):
    assert kind.data.__dataclass_params__.frozen
    hints = typing.get_type_hints(kind.data)
    name = kind.subject or "subject_id"
    assert hints.get(name) is int, f"{kind.name} has no field `{name}: int`"
    assert kind.subject or hints.get("subject_type") is str, f"{kind.name} has no `subject_type`"
    for name, hint in hints.items():
        assert is_plain(hint), f"{kind.name}.{name} is {hint}: ids, numbers, flags and codes only"


@each
def test_its_sentence_is_there_and_uses_its_own_fields(kind):
    assert kind.sentence.strip()
    used = {name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name}
    fields = {field.name for field in dataclasses.fields(kind.data)}
    assert used <= fields, f"{kind.name}: {', '.join(used - fields)} is no field"


@each
def test_it_fits_its_columns(kind):
    assert len(kind.name) <= 64
    assert len(kind.subject) <= 32
    assert kind.version >= 1


def test_readers_timers_and_jobs_fit_their_columns_and_form_no_circle():
    for registry in (contract.readers, contract.jobs, contract.timers):
        assert all(len(name) <= 64 for name in registry.names())
    going_first = {reader.name: reader.after for reader in contract.readers}
    while ready := [name for name, first in going_first.items() if not set(first) & {*going_first}]:
        for name in ready:
            del going_first[name]
    assert not going_first, "these readers wait for each other"


def test_each_reader_names_events_and_readers_that_exist():
    for reader in contract.readers:
        for first in reader.after:
            assert first in contract.readers, f"{reader.name} waits for {first}, which is not there"
        for pattern in reader.on:
            wanted = [
                k for k in contract.events if contract.Reader("", (pattern,), print).wants(k.name)
            ]
            assert wanted, f"{reader.name} waits for {pattern}, which nothing records"
