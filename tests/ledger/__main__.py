"""The long run: random kills under load.

python -m tests.ledger --kills 50 --database sqlite
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.ledger.campaign import Campaign


def main() -> int:
    """Run, print one line beginning with `n=`; 0 when the promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.ledger")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--apart", action="store_true", help="web, worker, mailin as processes")
    parser.add_argument("--folder", type=Path, help="kept; default: a temporary one")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="okno-ledger-", dir="/tmp"))
    with Campaign(folder, given.database, is_apart=given.apart) as campaign:
        campaign.random_kills(given.kills)
        verdict = campaign.verdict()
    print(verdict)
    print("\n".join(verdict.details[:50]), file=sys.stderr)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
