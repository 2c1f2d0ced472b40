"""All that the database holds."""

from django.db import connection


def everything() -> dict[str, list[tuple]]:
    """All rows of all tables, except those of Django's sessions."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("django_", "sqlite_", "access_session")):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


def everything_stored() -> str:
    """Every row of every table as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [str(bytes(v) if isinstance(v, memoryview) else v) for r in cursor for v in r]
    return "\n".join(rows)
