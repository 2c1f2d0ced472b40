"""Marks tests behind which the kind of database cannot be seen: the short run asks them once."""

import os

import pytest

on_one_database = pytest.mark.skipif(
    os.environ.get("OKNO_TEST_DATABASE") == "postgres" and not os.environ.get("OKNO_TEST_LONG"),
    reason="the short run asks this on SQLite",
)
