"""Figures on sample letters of other projects (development halves)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from okno.kit.mail import Letter, parse, reply_text
from okno.kit.mail.inspect import inspect
from okno.kit.mail.tests import corpus


def _letters() -> list[tuple[str, dict[str, Any], Letter]]:
    found = []
    for path in sorted(corpus.folder("zammad-mails").glob("*.yml")):
        raw = path.with_suffix(".box").read_bytes()
        found.append((path.stem, corpus.expectation(path), parse(raw)))
    assert found
    return found


def test_every_sample_is_parsed() -> None:
    paths = sorted(corpus.folder("zammad-mails").glob("*.box"))
    for path in paths:
        inspect(path.read_bytes())
    print(f"parsed without a fault: {len(paths)}")


# The program that the expectations come from leaves UTF-7 as it is: "+ANw-bermittlung".
_UTF7 = re.compile(r"\+[A-Za-z0-9/]{3}-")


def test_bodies() -> None:
    scores = {}
    for name, expected, letter in _letters():
        body = expected.get("body")
        if not isinstance(body, str):
            continue
        text = "" if body == "no visible content" else corpus.plain(body)
        text = _UTF7.sub(lambda found: found.group().encode().decode("utf-7"), text)
        scores[name] = corpus.f1(corpus.words(letter.body_text), corpus.words(text))
    low = {name: round(score, 2) for name, score in scores.items() if score < 0.9}
    share = 1 - len(low) / len(scores)
    print(f"bodies with F1 >= 0.9: {share:.3f} of {len(scores)}; below: {low}")
    assert share >= 0.95


def test_addresses() -> None:
    right, wrong = 0, []
    for name, expected, letter in _letters():
        ours = {
            "from": {letter.from_.address} if letter.from_ else set(),
            "to": {address.address for address in letter.to},
            "cc": {address.address for address in letter.cc},
        }
        for key, found in ours.items():
            if key not in expected:
                continue
            wanted = corpus.emails(expected["from_email" if key == "from" else key])
            right += found == wanted
            if found != wanted:
                wrong.append((name, key, found, wanted))
    share = right / (right + len(wrong))
    print(f"addresses: {share:.3f} of {right + len(wrong)}; others: {wrong}")
    assert share >= 0.97


def test_attachment_counts() -> None:
    right, wrong = 0, []
    for name, expected, letter in _letters():
        if "attachments" not in expected:
            continue
        wanted = [
            row
            for row in expected["attachments"]
            if not (row.get("preferences") or {}).get("content-alternative")
        ]
        right += len(wanted) == len(letter.attachments)
        if len(wanted) != len(letter.attachments):
            wrong.append((name, len(letter.attachments), len(wanted)))
    share = right / (right + len(wrong))
    print(f"attachment counts: {share:.3f} of {right + len(wrong)}; others: {wrong}")
    assert share >= 0.9


def _in_order(wanted: list[str], found: list[str]) -> bool:
    rest = iter(found)
    return all(word in rest for word in wanted)


def _cases() -> list[tuple[Path, str, str]]:
    base = corpus.folder("email-replies")
    return [
        (path, path.read_bytes().decode(), (base / "trimmed" / path.name).read_bytes().decode())
        for path in sorted((base / "emails").glob("*.txt"))
    ]


def test_replies() -> None:
    exact, whole, cyrillic, missed = 0, 0, [], []
    cases = _cases()
    for path, text, trimmed in cases:
        result = reply_text(text)
        same = result.split() == trimmed.split()
        exact += same
        whole += _in_order(trimmed.split(), result.split())
        if not same:
            missed.append(path.stem)
        if any("а" <= char <= "я" for char in text):
            cyrillic.append(same)
    print(f"replies exact: {exact}, nothing lost: {whole}, of {len(cases)}; others: {missed}")
    assert exact / len(cases) >= 0.7
    assert whole / len(cases) >= 0.95
    assert cyrillic and all(cyrillic)


def test_bounces() -> None:
    base = corpus.folder("bounces")
    letters = {path.stem: parse(path.read_bytes()) for path in sorted(base.glob("*.eml"))}
    automatic = [name for name, letter in letters.items() if letter.auto_reply]
    share = len(automatic) / len(letters)
    named = sum(bool(letter.bounce and letter.bounce.recipient) for letter in letters.values())
    print(f"automatic: {share:.3f} of {len(letters)}; with a recipient: {named}")
    assert share >= 0.97
    for path in sorted((base / "not-a-bounce").glob("*.eml")):
        assert parse(path.read_bytes()).bounce is None, path.name
