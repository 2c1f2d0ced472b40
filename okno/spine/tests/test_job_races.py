"""Jobs when workers die, pause and compete: at least once, never two at a time, effect once."""

import os
import signal
from collections import Counter, defaultdict

from okno.spine.queue import LANE_WIDTH
from okno.spine.tests.processes import ENGINE, IS_LONG, finish, go, lines
from tests.stands.processes import wait_until

SHORT_LEASE = {"OKNO_LEASE_SECONDS": "1"}
JOBS = 2_000 if IS_LONG else 150


def hold(log, number, seconds, lane=""):
    args = {"number": number, "seconds": seconds, "log": str(log)}
    return {"name": "test.hold", "args": args, "lane": lane}


def test_no_two_workers_ever_run_one_job_at_once(race, tmp_path):
    """Some jobs outlast their lease of three seconds, so this proves its renewal as well."""
    log = tmp_path / "log"
    # The first four keep one process busy, so the other has to do the rest.
    jobs = [hold(log, number, 4.5) for number in range(4)]
    jobs += [hold(log, number, 0.01) for number in range(4, JOBS + 4)]
    workers = race.start("work", settings={"OKNO_LEASE_SECONDS": "3"}, jobs=jobs, processes=2)
    go(workers)
    race.until("SELECT count(*) = 0 FROM spine_job", 120, "all jobs to end")
    finish(workers)
    said = defaultdict(list)
    for _, process, what, number, _ in lines(log):
        said[number].append((process, what))
    assert len(said) == len(jobs)
    for number, entries in said.items():
        assert [what for _, what in entries] == ["begin", "end"], (number, entries)
    shares = Counter(entries[0][0] for entries in said.values())
    assert len(shares) == 2, "only one of the two processes worked"
    print(f"\n{ENGINE}, 2 processes with 4 threads: {len(jobs)} jobs, no two at once, none twice")


def test_a_lane_holds_so_many_jobs_of_a_process_and_the_others_pass(race, tmp_path):
    log = tmp_path / "log"
    jobs = [hold(log, number, 0.15, lane="slow") for number in range(10)]
    jobs += [hold(log, number, 0.01, lane="quick") for number in range(10, 20)]
    worker = race.start("work", jobs=jobs)
    go(worker)
    race.until("SELECT count(*) = 0 FROM spine_job", 60, "all jobs to end")
    finish(worker)
    at_once, most, ended = Counter(), Counter(), []
    for _, _, what, _, lane in lines(log):
        at_once[lane] += 1 if what == "begin" else -1
        most[lane] = max(most[lane], at_once[lane])
        ended += [lane] if what == "end" else []
    assert most["slow"] == LANE_WIDTH and most["quick"] <= LANE_WIDTH
    assert ended[:10].count("quick") > ended[:10].count("slow")


def stall(race, log, seconds):
    """Two workers, one of which has begun a job that hangs; the program and that one's process."""
    job = {"name": "test.stall", "args": {"log": str(log), "seconds": seconds}}
    workers = race.start("work", settings=SHORT_LEASE, jobs=[job], processes=2)
    go(workers)
    wait_until(lambda: len(lines(log)) > 0, 20, "a worker to begin")
    return workers, int(lines(log)[0][1])


def test_a_killed_workers_job_runs_again_and_takes_effect_once(race, tmp_path):
    workers, victim = stall(race, tmp_path / "log", 60)
    os.kill(victim, signal.SIGKILL)
    took = race.until("SELECT count(*) > 0 FROM test_effect", 35, "the job to run again")
    workers.communicate(timeout=30)
    ((process,),) = race.sql("SELECT process FROM test_effect")
    assert process != victim
    assert race.count("spine_job") == 0
    print(f"\n{ENGINE}: killed with a lease of 1 s, taken over and done after {took:.1f} s")


def test_a_worker_that_slept_past_its_lease_changes_nothing_when_it_wakes(race, tmp_path):
    """A machine that was suspended: its job has gone to another, which did it."""
    log = tmp_path / "log"
    workers, sleeper = stall(race, log, 1.5)
    race.suspend(sleeper)
    race.until("SELECT count(*) > 0 FROM test_effect", 35, "the job to run again")
    os.kill(sleeper, signal.SIGCONT)
    woke = lambda: any(words[2] == "woke" for words in lines(log))  # noqa: E731
    wait_until(woke, 20, "the sleeper to go on")
    # A worker ends when what it had begun has ended.
    finish(workers)
    ((process,),) = race.sql("SELECT process FROM test_effect")
    assert process != sleeper
    assert race.count("spine_job") == 0


def test_a_job_that_kills_its_worker_fails_alone(race):
    """Those claimed with it are done, although they lost a worker to it as well."""
    neighbours = [{"name": "test.bystander", "args": {"number": n}} for n in range(5)]
    jobs = [{"name": "test.poison", "args": {}}, *neighbours]
    workers = race.start("work", settings=SHORT_LEASE, jobs=jobs, processes=3)
    go(workers)
    race.until("SELECT count(*) > 0 FROM spine_job WHERE failed_at IS NOT NULL", 30, "the verdict")
    race.until("SELECT count(*) = 1 FROM spine_job", 20, "the others")
    workers.communicate(timeout=30)
    ((name, attempts, error),) = race.sql("SELECT name, attempts, error FROM spine_job")
    assert (name, attempts) == ("test.poison", 3)
    assert "its worker died each time" in error
    done = race.sql("SELECT target FROM test_effect ORDER BY target")
    assert [target for (target,) in done] == [0, 1, 2, 3, 4]


def test_workers_leave_what_a_newer_version_has_to_do(race):
    """Two releases side by side: the older one's workers go on past jobs and timers they do not
    know, and touch neither."""
    race.sql(
        "INSERT INTO spine_job (name, args, lane, is_local, run_at, created_at, holder, is_wanted,"
        " attempts, error) VALUES ('newer.do', '{}', '', FALSE, '2020-01-01 12:00:00',"
        " '2020-01-01 12:00:00', '', TRUE, 0, '')"
    )
    race.sql(
        "INSERT INTO spine_schedule (name, key, args, due_at, attempts, error)"
        " VALUES ('newer.ring', 'newer', '{}', '2020-01-01 12:00:00', 0, ''),"
        " ('test.ring', 'known', '{\"number\": 7}', '2020-01-01 12:00:01', 0, '')"
    )
    jobs = [{"name": "test.effect", "args": {"number": number}} for number in range(10)]
    workers = race.start("work", jobs=jobs, processes=2)
    go(workers)
    race.until("SELECT count(*) = 11 FROM test_effect", 30, "what they know")
    race.until("SELECT count(*) = 1 FROM spine_job", 10, "the known jobs to end")
    finish(workers)
    assert race.sql("SELECT name, attempts, holder, error FROM spine_job") == [
        ("newer.do", 0, "", "")
    ]
    assert race.sql("SELECT name, attempts, error FROM spine_schedule") == [("newer.ring", 0, "")]
