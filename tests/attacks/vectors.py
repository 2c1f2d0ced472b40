"""Vectors of cross-site scripting: those of the sanitiser's own tests, and writings × places.

Each calls `alert` when it works. `sample(n)` takes the same n of them in each run; with
OKNO_TEST_LONG all are taken.
"""

import os
import random
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from itertools import product
from urllib.parse import quote

from okno.kit.tests.vectors import vectors as kit_vectors

IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))
_CORES = [
    "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<script>alert(1)</script>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>", "<details open ontoggle=alert(1)>x",
]  # fmt: skip
_WRITINGS = {
    "plain": lambda t: t,
    "upper": lambda t: t.upper().replace("ALERT", "alert"),
    "decimal": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "hex": lambda t: "".join(f"&#x{ord(c):x}" for c in t),
    "twice": lambda t: t.replace("<", "&amp;lt;").replace(">", "&amp;gt;"),
    "url": quote,
    "utf-7": lambda t: t.replace("<", "+ADw-").replace(">", "+AD4-"),
    "escaped": lambda t: t.replace("<", "\\u003c").replace(">", "\\x3e"),
    "wide": lambda t: t.replace("<", "\uff1c").replace(">", "\uff1e"),
    "nul": lambda t: t.replace("on", "o\0n").replace("scr", "s\0cr"),
    "lines": lambda t: t.replace(" ", "\n/\t"),
    "nested": lambda t: t.replace("<", "<<").replace("script", "scr<b>ipt"),
    "base64": lambda t: f"<object data='data:text/html;base64,{b64encode(t.encode()).decode()}'>",
}
_PLACES = [
    "{}", '<p title="{}">x', "<p title='{}'>x", "<p title={}>x", '"><b>{}', "<!-- {} -->",
    "<!--> {}",
    "<style>{}</style>", "<textarea>{}</textarea>", "<title></title>{}",
    "<svg><desc>{}</desc></svg>",
    "<math><mi>{}</mi></math>", "<table>{}<tr><td>x</table>", "<template>{}</template>",
    "<noscript>{}</noscript>", "<select><option>{}</select>", "<a href='{}'>x</a>",
    "<base href='{}'><a href=x>x</a>", "<meta http-equiv=refresh content='0;url={}'>",
    "<form action='{}'><button>x</button></form>",
]  # fmt: skip


@cache
def every() -> tuple[str, ...]:
    """The whole corpus, each a piece of HTML of its own."""
    return tuple(dict.fromkeys([*kit_vectors(), *_written()]))


def _written() -> Iterator[str]:
    for core, write, place in product(_CORES, _WRITINGS.values(), _PLACES):
        yield place.replace("{}", write(core))


def sample(n: int) -> list[str]:
    """`n` of the corpus, spread over all kinds; all of it in a long run."""
    found = every()
    return list(found) if IS_LONG else random.Random(7).sample(found, n)


# Ends whatever a vector left open, so that the next one on the same page is read as HTML too.
CLOSING = (
    "\"'>--></style></title></textarea></script></xmp></noscript></iframe></noembed></noframes>"
    "</template></select></svg></math></table></form>"
)


def bundles(found: list[str], size: int) -> list[str]:
    """Many vectors in one letter; what nothing can end stands in a letter of its own."""
    ends = [one for one in found if "plaintext" not in one.lower()]
    groups = [ends[at : at + size] for at in range(0, len(ends), size)]
    return [CLOSING.join(group) + CLOSING for group in groups] + [
        one for one in found if "plaintext" in one.lower()
    ][:3]
