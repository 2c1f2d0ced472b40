"""What every test may use."""

import os
from pathlib import Path

import pytest
from django.conf import settings

# Tests of the leaves run without Django, and without the world.
pytest_plugins = ["tests.world"] if settings.configured else []


def pytest_report_header() -> str:
    return f"okno: database {os.environ.get('OKNO_TEST_DATABASE', 'sqlite')}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real mails and payloads; a test that needs it fails in clear words."""
    here = Path(__file__).resolve().parent
    folder = Path(os.environ.get("OKNO_SHARED_DATA", here.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.fail(f"the folder of sample data is absent: {folder}; set OKNO_SHARED_DATA")
    return folder
