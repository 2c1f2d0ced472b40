"""What a letter, a chat message and an answer ask of the database is the same on a full desk.

Counted in steps of SQLite's machine, and by the plans of PostgreSQL: not in time.
"""

import itertools
from collections import Counter
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection, transaction
from psycopg import ClientCursor

from okno.channels.email.tests.letters import take, write
from okno.channels.models import Inbound
from okno.contacts.models import Contact, Identity
from okno.desk import actions
from okno.desk.models import Attempt, Conversation, Delivery, Message
from okno.portal.tests.guests import Visitor, make_channel, work
from okno.spine.models import Event
from tests.stands.smtp_sink import SmtpSink

FULL = 100_000
numbers = itertools.count(1)
# Each row of these once more and again, with other numbers, and with other words where a constraint
# asks for it. Numbers go down from what is there: readers have passed them, and no sequence comes
# near.
APART = {
    Contact: ["id"],
    Identity: ["id", "contact_id", "address"],
    Inbound: ["id", "external_id"],
    Conversation: ["number", "requester_id", "identity_id"],
    Message: ["id", "conversation_id", "contact_id", "identity_id", "inbound_id", "external_id"],
    Delivery: ["id", "message_id", "external_id"],
    Attempt: ["id", "delivery_id"],
    Event: ["id", "subject_id", "key"],
}
# A list of a fixed length may find more to skip; what grows with the desk is far over this.
SLACK_STEPS = 3_000
MOST_ROWS = 2_000
# A kept statement is planned anew five times; then its plan may stay.
SETTLED = 6
PG_TYPES = {int: "bigint", bool: "boolean", float: "float8", datetime: "timestamptz"}
PLANNED = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


@pytest.fixture
def sink():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def desk(world, sink, settings):
    """Where a client of each kind has written and was answered already."""
    settings.ENV = {**settings.ENV, "OKNO_SMTP_URL": ""}
    given = {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
    world.do(actions.change_channel, world.alice, world.channel, settings=given)
    world.chat = make_channel("widget", "Velobaza", world.support)
    for _ in range(3):
        a_day(world)
    return world


def a_day(world):
    """A letter of a new client and another of a known one, a chat, and an answer to each."""
    letters = [write({"From": f"New <new{next(numbers)}@client.example>"}), write({})]
    for raw in letters:
        answer(world, take(world.channel, raw).conversation)
    visitor = Visitor(world.chat).start()
    assert visitor.write("Is it there?")[0] == 200
    work()
    answer(world, Conversation.objects.order_by("-pk").first())


def answer(world, conversation):
    world.do(actions.reply, world.bob, conversation, actions.Body("It is."))
    work()


def fill():
    """Copy what is there until there are FULL messages, and what belongs to them."""
    times = FULL // Message.every.count()
    with transaction.atomic(), connection.cursor() as cursor:
        for model, apart in APART.items():
            few = times if model is not Event else FULL // Event.objects.count()
            cursor.execute(_copies(model, apart, few))
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


def _copies(model, apart, times):
    columns, values = [], []
    for field in model._meta.concrete_fields:
        quoted = f'"{field.column}"'
        columns.append(quoted)
        if field.column not in apart:
            values.append(quoted)
        elif field.get_internal_type() in ("CharField", "TextField"):
            values.append(f"{quoted} || '-' || n.n")
        else:
            values.append(f"{quoted} - n.n * 10000")
    source = f'"{model._meta.db_table}"'
    into = f"INSERT INTO {source} ({', '.join(columns)}) "
    if connection.vendor == "sqlite":
        numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {})"
        return f"{into}{numbers.format(times)} SELECT {', '.join(values)} FROM {source}, n"
    return f"{into}SELECT {', '.join(values)} FROM {source}, generate_series(1, {times}) AS n(n)"


@contextmanager
def steps():
    """Steps of SQLite's machine by statement, the most that one took."""
    counted, most = Counter(), {}

    def one_more():
        counted["now"] += 1

    def ask(execute, sql, params, many, context):
        counted["now"] = 0
        try:
            return execute(sql, params, many, context)
        finally:
            most[sql] = max(most.get(sql, 0), counted["now"])

    connection.connection.set_progress_handler(one_more, 1)
    try:
        with connection.execute_wrapper(ask):
            yield most
    finally:
        connection.connection.set_progress_handler(None, 0)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's planner")
def test_no_statement_of_the_ways_in_and_out_takes_more_steps_on_a_full_desk(desk):
    with steps() as empty:
        a_day(desk)
    fill()
    with steps() as full:
        a_day(desk)
    assert len(full) > 40
    # It would be seen.
    with steps() as found:
        list(Message.every.filter(text="nothing of the kind"))
    assert max(found.values()) > FULL
    longer = {
        sql: (empty.get(sql, 0), count)
        for sql, count in full.items()
        if count > empty.get(sql, 0) * 1.5 + SLACK_STEPS
    }
    assert not longer


@contextmanager
def plans():
    """Scans of PostgreSQL's plans by statement: table, how, and how many rows are expected."""
    found = {}

    def ask(execute, sql, params, many, context):
        if not many and sql.lstrip().split(None, 1)[0] in PLANNED:
            found[sql] = [scan for plan in both_plans(sql, params) for scan in scans(plan)]
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ask):
        yield found


def both_plans(sql, params):
    """The plan for these values, and the one that a kept statement settles for: from the sixth time
    on it may be a plan for all values, where PostgreSQL finds that no dearer."""
    with ClientCursor(connection.connection) as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        yield cursor.fetchone()[0][0]["Plan"]
        kinds = ", ".join(PG_TYPES.get(type(value), "unknown") for value in params or ())
        places = [f"${n}" for n in range(1, len(params or ()) + 1)]
        text = sql.replace("%%", "%") if not places else sql.replace("%%", "%\0")
        for place in places:
            text = text.replace("%s", place, 1)
        declared = f"({kinds})" if kinds else ""
        cursor.execute(f"PREPARE asked{declared} AS {text}".replace("%\0", "%"))
        try:
            marks = f"({', '.join(['%s'] * len(places))})" if places else ""
            for _ in range(SETTLED):
                cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{marks}", params)
                plan = cursor.fetchone()[0][0]["Plan"]
        finally:
            cursor.execute("DEALLOCATE asked")
        yield plan


def scans(node, most=None):
    """`most` is what a limit above lets through."""
    rows = node["Plan Rows"] if most is None else min(most, node["Plan Rows"])
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        yield node["Relation Name"], node["Node Type"], rows
    for inner in node.get("Plans", ()):
        yield from scans(inner, rows if node["Node Type"] == "Limit" else None)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about PostgreSQL's planner")
def test_no_statement_of_the_ways_in_and_out_reads_a_table_of_a_full_desk(desk):
    fill()
    with plans() as found:
        a_day(desk)
    assert len(found) > 40
    # It would be seen.
    with plans() as seen:
        list(Message.every.filter(text="nothing of the kind"))
    assert {scan[:2] for scan in next(iter(seen.values()))} == {("desk_message", "Seq Scan")}
    large = {model._meta.db_table for model in APART}
    bad = {
        sql: scan
        for sql, scanned in found.items()
        for scan in scanned
        if scan[0] in large and (scan[1] == "Seq Scan" or scan[2] > MOST_ROWS)
    }
    assert not bad
