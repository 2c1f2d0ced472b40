"""How each of the two databases is opened, so that "accepted" means what it says."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from okno.config import env


def sqlite(folder: Path) -> dict[str, Any]:
    """Django's settings of the embedded database in `folder`."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "okno.sqlite3",
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": folder / "test_okno.sqlite3"},
        "OPTIONS": {
            # IMMEDIATE: a unit takes the write lock at once, so it never fails half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL is what "accepted" means: a commit survives loss of power.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000"
            ),
        },
    }


def postgresql(url: str) -> dict[str, Any]:
    """Django's settings of a PostgreSQL database; raises BadSetting for another kind of address.

    The address is libpq's: several hosts, `sslmode` and whatever else it knows
    (PostgreSQL, 34.1.1.2 Connection URIs and 34.1.2 Parameter Key Words) are honoured.
    """
    given = parameters(url)
    name = given.pop("dbname", "") or given.get("user", "")
    if not name and "service" not in given:
        raise env.BadSetting("OKNO_DATABASE_URL: name the database, as in postgresql://.../okno")
    # Compiling a query that takes milliseconds takes longer than the query.
    ours = "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": "5",
            "application_name": "okno",
            # Planning took longer than the work: the same statement is planned once a connection.
            "server_side_binding": True,
            "prepare_threshold": 5,
            **given,
            # What comes later holds.
            "options": f"{ours} {given.get('options', '')}".strip(),
        },
    }


def parameters(url: str) -> dict[str, str]:
    """libpq's own reading of an address; raises BadSetting, which never repeats the password."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise env.BadSetting("OKNO_DATABASE_URL: use postgresql://user:password@host:5432/name")
    # Here, because an installation on SQLite need not have it.
    psycopg = import_module("psycopg")
    try:
        found: dict[str, str] = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        named = re.search(r'query parameter: "(\w+)"', str(error))
        why = f"libpq knows no parameter {named[1]}" if named else "libpq cannot read this address"
        raise env.BadSetting(
            f"OKNO_DATABASE_URL: {why}; use postgresql://user:password@host:5432/name?sslmode=..."
            " and write special characters as %40"
        ) from None
    if bad := next((p for p in found.get("port", "").split(",") if not env.is_port(p)), None):
        raise env.BadSetting(f"OKNO_DATABASE_URL: {bad} is no port")
    return found


def for_programs(url: str) -> tuple[str, dict[str, str]]:
    """For PostgreSQL's own programs: what to connect to, for their command line, which everybody on
    the machine can read, and the password, for their environment, which only we can."""
    given = parameters(url)
    if "sslpassword" in given:
        raise ValueError(
            "PostgreSQL's programs cannot be given sslpassword unseen: use a key file without one"
        )
    password = given.pop("password", "")
    text: str = import_module("psycopg").conninfo.make_conninfo(**given)
    return text, {"PGPASSWORD": password} if password else {}
