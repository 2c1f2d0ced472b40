"""System mail: letters of the installation to its own people.

Whoever can send letters registers as a sender; what waits obeys the rules of the outbox.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from okno.kit import crypto
from okno.kit.failpoint import failpoint
from okno.kit.outcomes import Outcome, Refused, Sent, Unknown
from okno.kit.registry import Registry
from okno.spine.queue import NeedsPerson, Run, enqueue

# Names that waiting jobs of every version have.
JOB = "channels.house_letter"
LANE = "house"


@dataclass(frozen=True)
class SystemEmail:
    """A short letter of the installation itself to one of its people: no conversation, no reply.

    `id` makes its Message-ID, the same on every try; random, of letters and digits.
    """

    to: str
    subject: str
    text: str
    id: str = field(default_factory=crypto.new_token)


# Tries once to hand a letter over. Calls its second argument right before the bytes after which a
# lost answer no longer means "not arrived".
Send = Callable[[SystemEmail, Callable[[], None]], Outcome]
# By name: looks for a server, and returns how a letter leaves by it; None when it knows none.
senders: Registry[Callable[[], Send | None]] = Registry("sender of system mail")


class NoWayOut(RuntimeError):
    """No outgoing mail server is known, or it took no letter now; the text says which."""


def way_out() -> Send | None:
    """How system mail leaves now, by the first sender that can; None when nobody can."""
    return next((send for find in senders if (send := find()) is not None), None)


def post(letter: SystemEmail) -> None:
    """Send from a job, inside the open unit; what a letter says is sealed until it has left."""
    text = json.dumps([letter.to, letter.subject, letter.text, letter.id])
    enqueue(JOB, {"sealed": crypto.seal(text)}, lane=LANE)


def send_sealed(run: Run) -> None:
    """Send now, by the rules of the outbox (fault M3): the last commit before the final dot says
    that the letter may arrive. Whoever comes after it asks a person, who sends it again from the
    failed job. Raises NoWayOut for the next try and NeedsPerson for none."""
    if run.attempts > (crossed := run.args.get("crossed", 0)) > 0:
        raise NeedsPerson("the worker stopped while it was sending: the letter may have arrived")
    letter = SystemEmail(*json.loads(crypto.unseal(run.args["sealed"])))
    send = way_out()
    if send is None:
        raise NoWayOut("no outgoing mail server: set one on a channel or OKNO_SMTP_URL")
    if crossed or "id" not in run.args:  # letters of an older version have no id of their own yet
        run.keep(crossed=0, id=letter.id)
    letter = replace(letter, id=run.args["id"])
    outcome = send(letter, lambda: run.keep(crossed=run.attempts))
    if isinstance(outcome, Sent):
        failpoint("smtp.after_reply_before_commit")
        return
    if isinstance(outcome, Unknown):
        raise NeedsPerson(f"the letter may have arrived: {outcome.reason}")
    if isinstance(outcome, Refused):
        raise NeedsPerson(outcome.reason)
    if run.args["crossed"]:
        run.keep(crossed=0)
    raise NoWayOut(outcome.reason)
