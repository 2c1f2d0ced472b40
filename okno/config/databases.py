"""How each of the two databases is opened, so that "accepted" means what it says."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

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
    """Django's settings of a PostgreSQL database; raises BadSetting for another kind of address."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise env.BadSetting("OKNO_DATABASE_URL: use postgresql://user:password@host:5432/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            # Compiling a query that takes milliseconds takes longer than the query.
            "options": "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off",
        },
    }
