"""Writes the pages of the documentation that the code itself knows best."""

import os
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "okno.config.settings"
django.setup()

from okno.config import docs  # noqa: E402 - Django first

docs.write(Path(__file__).resolve().parent.parent)
