"""Chooses the database of a test run, before Django reads its settings.

`OKNO_TEST_DATABASE=postgres` starts a real server of its own; anything else is SQLite in a file.
Loaded by `-p tests.database`, because a conftest would come too late. `KIND` is what was chosen.
"""

import atexit
import os
import secrets
import shutil
import tempfile

import pytest

from tests.stands.postgres import Postgres

KIND = "postgres" if os.environ.get("OKNO_TEST_DATABASE") == "postgres" else "sqlite"
_postgres: Postgres | None = None
_folder = tempfile.mkdtemp(prefix="okno-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["OKNO_DATA_DIR"] = _folder
os.environ.setdefault("OKNO_SECRET_KEY", secrets.token_urlsafe(48))
os.environ.setdefault("OKNO_LOG_LEVEL", "ERROR")

if KIND == "postgres":
    _postgres = Postgres()
    _postgres.__enter__()
    atexit.register(_postgres.__exit__, None, None, None)
    os.environ["OKNO_DATABASE_URL"] = _postgres.create_database("okno")


@pytest.fixture(scope="session")
def server() -> Postgres | None:
    """The PostgreSQL server of this run, None when it is SQLite's turn."""
    return _postgres
