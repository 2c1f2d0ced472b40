"""Where the shared sample letters are, and how to read their expectations."""

from __future__ import annotations

import base64
import html
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).resolve().parents[4]


def folder(name: str) -> Path:
    """Folder of sample data; skips loudly when it is not there, fails when it is empty."""
    given = os.environ.get("OKNO_SHARED_DATA")
    base = Path(given) if given else _ROOT.parent / "shared" / "data"
    if not given and not base.is_dir():
        pytest.skip(f"NOT MEASURED: no sample data in {base}; set OKNO_SHARED_DATA")
    if not (base / name).is_dir():
        pytest.fail(f"sample data {name} is missing in {base}")
    return base / name


class _Loader(yaml.SafeLoader):
    """Reads what Ruby wrote: its tags are ignored, its binary strings become bytes."""


def _ruby(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


def _binary(_loader: yaml.SafeLoader, node: yaml.Node) -> bytes:
    return base64.b64decode(str(node.value))


_Loader.add_multi_constructor("!ruby/", _ruby)
_Loader.add_constructor("!binary", _binary)


def expectation(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    return values


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def plain(markup: str) -> str:
    """Crude on purpose: the expectation must not be read with the converter under test."""
    markup = re.sub(r"(?is)<(style|script)\b.*?</\1>", " ", markup)
    markup = re.sub(r"(?is)</?(?:span|b|i|u|a|font|strong|em)\b[^>]*>", "", markup)
    return html.unescape(re.sub(r"(?s)<[^>]*>", " ", markup))


def f1(left: list[str], right: list[str]) -> float:
    if not left and not right:
        return 1.0
    common = sum((Counter(left) & Counter(right)).values())
    return 2 * common / (len(left) + len(right))


def emails(text: object) -> set[str]:
    return {found.lower().rstrip(".") for found in re.findall(r"[\w.+-]+@[\w.-]+", str(text or ""))}
