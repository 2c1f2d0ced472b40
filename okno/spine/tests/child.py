"""Starts a program of `programs.py` in a process of its own: `child NAME '{"argument": 1}'`."""

import json
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    program = getattr(import_module("okno.spine.tests.programs"), sys.argv[1])
    program(**json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
