"""How the SMTP sink misbehaves: a list of rules, each a dict (or a JSON object).

`at`, the stage: connect, banner, ehlo, starttls, auth, mail, rcpt, data, body (while the letter
comes in), dot (the letter is in, the reply is not yet out), quit. A rule acts when the client's
command has come, before it is answered: a drop "after RCPT" is a drop at data.

`do`, and the further keys it reads:

    reply     answer `reply` ("550 5.1.1 No such user") instead of the usual
    drop      cut the connection; at body: when `after` bytes of the letter have come in
    wait      stay silent for `seconds`, then go on
    slow      write the answer (at body: read the letter) at `rate` bytes per second
    greylist  451 for the first `tries` tries, or `seconds`, of each sender and recipient (at rcpt)
    hide      leave the extension `name` out (at ehlo), "8BITMIME", and hold the client to it
    garble    say yes to STARTTLS, then talk nonsense (at starttls)
    refuse    no listener at all (at connect); takes no conditions, lasts while the rule is there

`record` says whether a letter met by a rule at dot counts as delivered. Unsaid, a drop has
delivered it, a reply has if it is a 2xx, and a wait stores before it waits (false: after).

Conditions, all of which must hold: `sender` and `rcpt` (patterns as "*@slow.test", compared with
the envelope; `rcpt` at rcpt only), `connections` ([first, last], counted from 1), `skip` (so many
fitting times let pass), `times` (so many times and no more). wait, slow and hide go on to the next
rule, the others end the search.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

STAGES = {"connect", "banner", "ehlo", "starttls", "auth", "mail"}
STAGES |= {"rcpt", "data", "body", "dot", "quit"}
ACTIONS = {"reply", "drop", "wait", "slow", "greylist", "hide", "garble", "refuse"}
PASSING = frozenset({"wait", "slow", "hide"})


@dataclass
class Rule:
    """One rule with its counters; the fields are explained above."""

    at: str
    do: str
    reply: str = ""
    seconds: float = 0
    rate: float = 1
    after: int = 0
    tries: int = 0
    name: str = ""
    record: bool | None = None
    sender: str = "*"
    rcpt: str = "*"
    connections: tuple[int, int] | None = None
    skip: int = 0
    times: int | None = None
    met: int = field(default=0, init=False)
    seen: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.at not in STAGES or self.do not in ACTIONS:
            raise ValueError(f"no such stage or action: at {self.at!r} do {self.do!r}")
        if self.do == "reply" and not self.reply[:3].isdigit():
            raise ValueError(f"a reply begins with three digits: {self.reply!r}")

    def applies(self, place: "Place") -> bool:
        """Whether it acts now; counts the meeting."""
        if not self._fits(place):
            return False
        self.met += 1
        if self.met <= self.skip or (self.times is not None and self.met > self.skip + self.times):
            return False
        return self.do != "greylist" or self._is_grey((place.sender, place.rcpt))

    def _fits(self, place: "Place") -> bool:
        first, last = self.connections or (1, place.connection)
        return (
            self.at == place.at
            and first <= place.connection <= last
            and fnmatchcase(place.sender, self.sender)
            and fnmatchcase(place.rcpt, self.rcpt)
        )

    def _is_grey(self, pair: tuple[str, str]) -> bool:
        tries, since = self.seen.get(pair, (0, time.monotonic()))
        self.seen[pair] = (tries + 1, since)
        return tries < self.tries or time.monotonic() - since < self.seconds


@dataclass(frozen=True)
class Place:
    """Where a session stands when it asks for rules."""

    at: str
    connection: int
    sender: str = ""
    rcpt: str = ""


class Rules:
    """The rules in force."""

    def __init__(self, rules: Sequence[dict[str, Any]] = ()) -> None:
        self._rules = [Rule(**rule) for rule in rules]

    def acting(self, place: Place) -> Iterator[Rule]:
        """The rules that act at `place`, in order, up to the first that ends the search."""
        for rule in self._rules:
            if rule.applies(place):
                yield rule
                if rule.do not in PASSING:
                    return

    def has(self, at: str, do: str) -> bool:
        """Whether there is a rule to do `do` at `at`, whatever its conditions."""
        return any(rule.at == at and rule.do == do for rule in self._rules)
