"""A desk of the older version goes on after the upgrade: nothing lost, nothing done twice."""

import json
import os
import time

from tests.database import KIND
from tests.stands.installation import Installation
from tests.upgrade import old

COUNT = 100_000 if os.environ.get("OKNO_TEST_LONG") else 2_000


def run(okno, *args):
    done = okno.run(list(args), timeout_seconds=1200)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_desk_of_an_older_version_goes_on(tmp_path, server, capsys):
    settings = {"OKNO_SECRET_KEY": old.KEY}
    with Installation(tmp_path / "data", KIND, server=server, settings=settings) as okno:
        if server is None:
            (tmp_path / "data" / "okno.sqlite3").unlink()
        else:
            okno.database_url = server.create_database("okno_of_an_older_version")
        events = int(run(okno, "-m", "tests.upgrade.old", str(COUNT)))
        began = time.monotonic()
        run(okno, "-m", "okno", "migrate")
        seconds = time.monotonic() - began
        said = json.loads(run(okno, "-m", "tests.upgrade.use").splitlines()[-1])
    with capsys.disabled():
        print(f"\nupgrade of {COUNT} messages, {events} events, on {KIND}: {seconds:.1f} s")
    # The waiting letter was read once and joined by its token; the waiting answer left once.
    assert said["joined"] == [2]
    assert said["deliveries"] == [["sent", 0], ["sent", 1]]
    assert (said["woken"], said["closed"], said["left"]) == (True, "closed", [0, 0])
    # Old events were handled long ago: all that happened now comes of what waited.
    assert sorted(said["events"]) == sorted(
        ["conversation.woken", "status.changed", "message.received", "message.sent"]
    )
    assert said["signs_in"] == 302
    for text in ("Where is my order?", "A letter that waited", "A draft half done"):
        assert text in said["conversation"], text
    assert "Old order" in said["view"] and "Asleep" not in said["view"]
    assert "/conversations/2/" in said["search"]
    assert "https://a.example/" in said["chat_card"]
    assert said["api"]["visit"] == said["api"]["fields"]["visit"] == {"page": "https://a.example/"}
    assert "What I filled in" in said["request"]
    assert said["sent_mark"] == 303
    assert said["chat"] == [
        "Hello from the chat",
        "An answer that was sent",
        "An answer that waits",
    ]
    assert said["link"] == 200
