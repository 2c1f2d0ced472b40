"""Chooses the database of a test run, before Django reads its settings.

`OKNO_TEST_DATABASE=postgres` starts a real server of its own; anything else is SQLite in a file.
Loaded by `-p tests.database`, because a conftest would come too late.
"""

import atexit
import os
import secrets
import shutil
import tempfile

from tests.stands.postgres import Postgres

_folder = tempfile.mkdtemp(prefix="okno-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["OKNO_DATA_DIR"] = _folder
os.environ.setdefault("OKNO_SECRET_KEY", secrets.token_urlsafe(48))
os.environ.setdefault("OKNO_LOG_LEVEL", "ERROR")

if os.environ.get("OKNO_TEST_DATABASE") == "postgres":
    server = Postgres()
    server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    os.environ["OKNO_DATABASE_URL"] = server.create_database("okno")
