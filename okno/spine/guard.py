"""The database itself refuses to change the log: triggers on both engines."""

from pathlib import Path
from typing import Any

from django.db import connections

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS spine_event_no_{verb} BEFORE {verb} ON spine_event
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END
"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION spine_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the event log is append-only'; END $$
"""
_POSTGRESQL = """
CREATE OR REPLACE TRIGGER spine_event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON spine_event
FOR EACH STATEMENT EXECUTE FUNCTION spine_event_refuse()
"""


def protect(using: str = "default") -> None:
    """(Re)create the triggers; SQLite drops them whenever the table is altered."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(_SQLITE.format(verb=verb))
        else:
            cursor.execute(_FUNCTION)
            cursor.execute(_POSTGRESQL)


def is_protected(using: str = "default") -> bool:
    """Whether the triggers stand."""
    connection = connections[using]
    query, triggers = (
        ("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", 2)
        if connection.vendor == "sqlite"
        else ("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'D' AND tgname LIKE %s", 1)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, ["spine_event_no_%"])
        return bool(cursor.fetchone()[0] == triggers)


def after_migrate(using: str, **_: Any) -> None:
    """The one signal receiver of the product. The test database goes without, because tests
    empty their tables; the test that proves the guard calls `protect` itself."""
    name = Path(connections[using].settings_dict["NAME"]).name
    if not name.startswith(("test_", "file:memorydb")):
        protect(using)
