"""Jobs: work that reaches outside, in rows with leases. At least once, never two at a time."""

import json
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Case, F, When

from okno.kit import clock
from okno.kit.failpoint import failpoint
from okno.kit.failures import OwnWords, told
from okno.spine import contract, instants, units, wake
from okno.spine.models import Job

# A lane is one destination: no more than this many of its jobs run at once in one process.
LANE_WIDTH = 2
# Local jobs for which a person waits at a page: they have a thread of their own, and no width.
LIVE = "live"
_WIDE = ("", LIVE)
log = logging.getLogger(__name__)


class Again(Exception):
    """Raised by a job: not now, try again after `seconds`; not counted as a failure."""

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(why)
        self.seconds = seconds


class NeedsPerson(OwnWords):
    """Raised by a job: another try might do harm, so it fails at once, in words for a person."""


@dataclass
class Run:
    """One claimed job, as its function sees it."""

    id: int
    name: str
    args: dict[str, Any]
    lane: str
    holder: str
    attempts: int
    is_done: bool = field(default=False)

    def done(self) -> None:
        """Finish inside the open unit, so that effect and completion commit together.

        Raises LostLease when another worker has taken the job over meanwhile.
        """
        if not _finish(self):
            raise LostLease(self.name)
        self.is_done = True

    def keep(self, **args: Any) -> None:
        """Write down for the next try, in a commit of its own; raises LostLease as `done` does."""
        self.args |= args
        with units.bookkeeping():
            mine = Job.objects.filter(id=self.id, holder=self.holder)
            if not mine.update(args=self.args):
                raise LostLease(self.name)


class Deadly(OwnWords):
    """A job whose worker did not live to its end, as often as it may be tried."""


class LostLease(RuntimeError):
    """This worker was away so long that another one took its job."""


_ENQUEUE = """
INSERT INTO spine_job
    (name, key, args, lane, is_local, run_at, set_at, created_at, holder, is_wanted, attempts,
    error)
VALUES {} ON CONFLICT (key) DO UPDATE SET is_wanted = TRUE
"""
_ONE = "(%s, %s, %s, %s, %s, {0}, {0}, {0}, '', TRUE, 0, '')"


def enqueue(
    name: str,
    args: dict[str, Any],
    *,
    key: str | None = None,
    lane: str = "",
    run_at: datetime | None = None,
) -> None:
    """Add a job to the open transaction; a second one with the `key` of a waiting job is not added,
    and one with the key of a running job makes that run once more."""
    _enqueue(name, [(key, args)], lane, run_at)


def enqueue_all(name: str, keyed: Mapping[str, dict[str, Any]], *, lane: str = "") -> None:
    """The same for several jobs at once: arguments by key."""
    if keyed:
        _enqueue(name, list(keyed.items()), lane)


def _enqueue(
    name: str,
    keyed: Sequence[tuple[str | None, dict[str, Any]]],
    lane: str = "",
    run_at: datetime | None = None,
) -> None:
    kind = contract.jobs.get(name)
    # As a distance: the caller's clock and the database's may differ.
    due = instants.sql(run_at - clock.now() if run_at else instants.NOW)[1]
    place, now = instants.sql()
    rest = (lane, kind.local, due, now, now)
    values = [value for key, args in keyed for value in (name, key, json.dumps(args), *rest)]
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE.format(", ".join([_ONE.format(place)] * len(keyed))), values)
    here = wake.LIVE if lane == LIVE else wake.LOCAL
    units.rouse(here if kind.local else wake.OUTSIDE)


def finish(keys: Sequence[str]) -> None:
    """End jobs by key inside the open unit that did their work, claimed or not."""
    if keys:
        sql = f"DELETE FROM spine_job WHERE key IN ({_places(keys)})"
        units.current().cursor.execute(sql, keys)


def hurry(key: str) -> None:
    """Make the waiting job of that key due now (a person pressed "try now")."""
    Job.objects.filter(key=key, holder="").update(failed_at=None, attempts=0, **_due())


# Only names that this version knows: a job that a newer process left is for one of its kind.
_LOOK = """
SELECT id, holder, lane FROM spine_job
WHERE {where} AND failed_at IS NULL AND run_at <= {now} AND name IN ({names}) {more}
ORDER BY run_at, id LIMIT %s
"""

# As a subquery PostgreSQL may run it once per row and so claim more than the limit.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM spine_job
    WHERE id IN ({ids}) AND holder = %s AND failed_at IS NULL AND run_at <= {now} {skip})
UPDATE spine_job
SET holder = %s, run_at = {now}, set_at = {now}, attempts = attempts + 1, is_wanted = FALSE
WHERE id IN (SELECT id FROM due)
RETURNING id, name, args, lane, attempts
"""


def claim(
    *, local: bool, limit: int, lanes: Mapping[str, int] | None = None, only: str | None = None
) -> list[Run]:
    """Take up to `limit` due jobs by compare-and-set; `lanes` says how many of each run already.
    With `only` they are those of that lane.

    Jobs of a dead worker are taken one at a time, so that one which kills its worker does not use
    up the tries of those claimed with it.
    """
    place, now = instants.sql()
    chosen, former = _choose(local, only, limit, Counter(lanes or {}))
    if not chosen:
        return []
    sql = _CLAIM.format(
        ids=_places(chosen),
        now=place,
        skip="FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else "",
    )
    holder = secrets.token_hex(8)
    with units.bookkeeping(), connection.cursor() as cursor:
        lease = instants.sql(_lease())[1]
        cursor.execute(sql, [*chosen, former, now, holder, lease, now])
        rows = sorted(cursor.fetchall())
    return [
        Run(id_, name, json.loads(args) if isinstance(args, str) else args, lane, holder, attempts)
        for id_, name, args, lane, attempts in rows
    ]


def _choose(
    local: bool, only: str | None, limit: int, lanes: Counter[str]
) -> tuple[list[int], str]:
    """Which due jobs to claim, and who held them: "" for nobody, a dead worker for one job."""
    names = contract.jobs.names()
    full = [lane for lane, count in lanes.items() if lane not in _WIDE and count >= LANE_WIDTH]
    # Said as the conditions of the two indexes say it; a parameter would hide them from SQLite.
    where = "is_local" if local else "NOT is_local"
    asked = [] if only is None else [only]
    more = f"AND lane NOT IN ({_places(full)})" if full else ""
    if not names:
        return [], ""
    with connection.cursor() as cursor:
        # Twice as many, because some of them may be too many for their lane.
        where += " AND lane = %s" * len(asked)
        place, now = instants.sql()
        sql = _LOOK.format(where=where, names=_places(names), more=more, now=place)
        cursor.execute(sql, [*asked, now, *names, *full, 2 * limit])
        due = cursor.fetchall()
    if due and due[0][1]:
        return [due[0][0]], due[0][1]
    chosen: list[int] = []
    for id_, holder, lane in due:
        has_room = lane in _WIDE or lanes[lane] < LANE_WIDTH
        if not holder and len(chosen) < limit and has_room:
            chosen.append(id_)
            lanes[lane] += 1
    return chosen, ""


def _places(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _due(after: timedelta = instants.NOW) -> dict[str, Any]:
    """When a job is due, and when that was decided."""
    return {"run_at": instants.expression(after), "set_at": instants.expression()}


def _mend(now: datetime, latest: datetime) -> int:
    """Jobs that were set when the clock stood later: each keeps its distance from now."""
    moved = Job.objects.filter(set_at__gt=latest)
    with units.bookkeeping():
        # Those due at once are many, and those of dead workers need no more than a lease.
        count = moved.filter(run_at__lte=F("set_at")).update(run_at=now, set_at=now)
        count += moved.exclude(holder="").update(run_at=now + _lease(), set_at=now)
        for job in moved.only("run_at", "set_at"):
            due_at = now + (job.run_at - (job.set_at or job.run_at))
            count += moved.filter(pk=job.pk).update(run_at=due_at, set_at=now)
    if count:
        log.warning("the clock was set back: %s jobs are moved along", count)
        wake.ring()
    return count


instants.menders.append(_mend)


def _lease() -> timedelta:
    return timedelta(seconds=settings.ENV["OKNO_LEASE_SECONDS"])


def renew(run: Run) -> None:
    """Keep a running job ours for another lease."""
    with units.bookkeeping():
        Job.objects.filter(id=run.id, holder=run.holder).update(**_due(_lease()))


def release(run: Run, seconds: float = 0.0) -> None:
    """Give back a job that was claimed but not begun; it is due again after `seconds`."""
    _put_back(run, seconds, "", counted=False)
    run.is_done = True


def grouped(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Claimed jobs as they are performed: alone, or with others of their kind."""
    for name, some in groupby(runs, key=lambda run: run.name):
        together = name in contract.jobs and contract.jobs.get(name).together
        fresh: list[Run] = []
        for run in some:
            if together and run.attempts == 1:
                fresh.append(run)
            else:
                yield [run]
        if fresh:
            yield fresh


def perform(runs: list[Run]) -> None:
    """Run claimed jobs of one group to their end: done, again later, or failed for a person."""
    failpoint("job.after_claim")
    first, tries = runs[0], 1
    try:
        kind = contract.jobs.get(first.name)
        tries = kind.tries
        if first.attempts > tries:
            raise Deadly("its worker died each time")
        if kind.together:
            kind.run(runs)
        else:
            kind.run(first, **first.args)
        _end([run for run in runs if not run.is_done])
    except LostLease:
        log.warning("job %s %s went to another worker", first.id, first.name)
    except Again as again:
        for run in runs:
            _put_back(run, again.seconds, str(again), counted=False)
    except Exception as error:
        log.warning("job %s %s failed: %s", first.id, first.name, type(error).__name__)
        last = first.attempts >= tries or isinstance(error, NeedsPerson)
        for run in runs:
            _put_back(run, _pause(run.attempts), told(error), failed=last)


def _end(runs: list[Run]) -> None:
    if runs:
        with units.bookkeeping():
            for run in runs:
                _finish(run)


def _finish(run: Run) -> bool:
    """Delete the job, or make it due again if it was asked for meanwhile; False if not ours."""
    mine = Job.objects.filter(id=run.id, holder=run.holder)
    gone, _ = mine.filter(is_wanted=False).delete()
    return bool(gone or mine.update(holder="", attempts=0, **_due()))


def _pause(attempts: int) -> float:
    """Seconds until the next try: 5, 10, 20 ... up to an hour."""
    return float(min(3600.0, 5.0 * 2 ** (attempts - 1)) * settings.ENV["OKNO_RETRY_SCALE"])


def _put_back(
    run: Run, seconds: float, error: str, *, counted: bool = True, failed: bool = False
) -> None:
    now = instants.expression()
    # Asked for again while it ran (someone pressed "send again"): then it does not wait.
    wanted = When(is_wanted=True, then=now)
    with units.bookkeeping():
        Job.objects.filter(id=run.id, holder=run.holder).update(
            holder="",
            run_at=Case(wanted, default=instants.expression(timedelta(seconds=seconds))),
            set_at=now,
            attempts=F("attempts") - (0 if counted else 1),
            error=error[-4000:],
            failed_at=now if failed else None,
        )


def retry(job_id: int) -> None:
    """Give a failed job its tries again, from now."""
    again = {"failed_at": None, "attempts": 0, "holder": "", "error": ""}
    Job.objects.filter(id=job_id).update(**again, **_due())
    wake.ring()


def reseal_all(reseal: Callable[[str], str]) -> int:
    """Put `reseal(text)` in the place of each sealed argument of a job; how many changed."""
    count = 0
    with units.bookkeeping():
        for job in Job.objects.filter(args__has_key="sealed").order_by("id"):
            if (sealed := reseal(job.args["sealed"])) != job.args["sealed"]:
                Job.objects.filter(id=job.id).update(args={**job.args, "sealed": sealed})
                count += 1
    return count


def hold(names: Sequence[str], why: str) -> int:
    """Stop what waits of these jobs until a person lets each go on; returns how many."""
    waiting = Job.objects.filter(name__in=names, failed_at=None)
    return waiting.update(failed_at=clock.now(), holder="", error=why)


class Running:
    """The jobs this process is at: for the lanes and for the renewal of leases."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self._runs: dict[int, Run] = {}

    def take(self, *, local: bool, limit: int, only: str | None = None) -> list[Run]:
        """Claim jobs and keep them; one thread at a time, or each would find the lanes free."""
        with self._claiming:
            runs = claim(local=local, limit=limit, lanes=self.lanes(), only=only)
            with self._lock:
                self._runs.update({run.id: run for run in runs})
        return runs

    def lanes(self) -> Counter[str]:
        """How many jobs of each lane run here."""
        with self._lock:
            return Counter(run.lane for run in self._runs.values() if run.lane)

    def remove(self, run: Run) -> None:
        with self._lock:
            self._runs.pop(run.id, None)

    def renew_all(self) -> None:
        """Renew each lease; called at a third of its length."""
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            renew(run)
