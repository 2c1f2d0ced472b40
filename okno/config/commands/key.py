"""`okno key new` and `okno key reseal`: the secret key, and how another one takes its place."""

import argparse

from okno.access.actions import reseal_factors
from okno.config import keyfile, keys
from okno.desk.actions.channels import reseal_channels
from okno.kit import crypto
from okno.spine import SYSTEM, installation, queue, unit


def new(given: argparse.Namespace) -> int:
    """Print a fresh key; nothing else happens."""
    print(keyfile.new())
    return 0


def reseal(given: argparse.Namespace) -> int:
    """Seal every secret in the database with the present key, while Okno runs; then the former ones
    are no longer needed for that. Raises ValueError for a secret that no key opens."""
    keys.confirm()
    with unit(SYSTEM, "cli"):
        channels, factors = reseal_channels(), reseal_factors()
        installation.remember_key(crypto.fingerprints()[0], is_first=False)
    jobs = queue.reseal_all(crypto.reseal)
    print(f"Sealed anew: {channels} channels, {factors} second factors, {jobs} jobs.")
    print("What is merely signed (links, sessions, marks in letters) is recognised by the key that")
    print("signed it: keep that one in OKNO_SECRET_KEY_OLD as long as these are to be good.")
    return 0
