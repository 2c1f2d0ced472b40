"""M7: no word of a client and no secret reaches the log or a column of errors, whatever fails.

PostgreSQL quotes the row that it refuses; every insert is refused here while strangers write
through each door of theirs.
"""

import contextlib
import smtplib
import uuid

import httpx
import psycopg
import pytest

from tests.ledger.letters import ADDRESS
from tests.ledger.product import Product
from tests.stands.processes import wait_until

MARK, SECRET = "Parole-Kornblume-7", "Secret-Kornblume-8"
REFUSING = ("channels_inbound", "contacts_contact", "desk_message", "api_idempotencyrecord")


@pytest.fixture(scope="module")
def okno(tmp_path_factory):
    settings = {"OKNO_LOG_LEVEL": "DEBUG"}
    with Product(tmp_path_factory.mktemp("words") / "okno", "postgres", settings=settings) as okno:
        okno.set_up()
        okno.start()
        yield okno


@contextlib.contextmanager
def refusing(okno, *tables):
    """While the block runs, no row may be added to these tables."""
    with psycopg.connect(okno.installation.database_url, autocommit=True) as connection:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT no CHECK (false) NOT VALID")
        try:
            yield
        finally:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT no")


def write_everywhere(okno):
    """Marked words through every door; the statuses of what was answered."""
    rows = okno.database.rows("SELECT kind, public_key FROM desk_channel ORDER BY id")
    chat, form = (f"{okno.url}/{kind}/{dict(rows)[name]}" for kind, name in
                  (("chat", "widget"), ("form", "form")))  # fmt: skip
    told = []
    token = httpx.post(f"{chat}/session", timeout=20).json()["token"]
    for path in ("messages", "visit", "typing", "seen", "identify", "transcript/mail"):
        body = {"id": str(uuid.uuid4()), "text": MARK, "page": f"http://a/{MARK}", "email": MARK}
        headers = {"Authorization": f"Bearer {token}"}
        told.append(httpx.post(f"{chat}/{path}", json=body, headers=headers, timeout=20))
    told.append(httpx.post(f"{form}/", data={"text": MARK, "email": f"{MARK}@a.example"}))
    with okno.client() as client:
        told.append(client.post("/contacts", json={"name": MARK}))
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        told.append(client.post("/contacts", json={"name": MARK}, headers=headers))
    letter = f"Subject: {MARK}\r\nFrom: {MARK}@client.example\r\n\r\n{MARK}\r\n".encode()
    refused = contextlib.suppress(smtplib.SMTPException)
    with refused, smtplib.SMTP("127.0.0.1", okno.smtp_port, timeout=20) as smtp:
        smtp.sendmail(f"{MARK}@client.example", [ADDRESS], letter)
    return [answer.status_code for answer in told]


def test_M7_G01_no_word_is_in_the_log_whatever_fails(okno, capsys):
    with refusing(okno, *REFUSING):
        refused = write_everywhere(okno)
    assert 500 in refused or 503 in refused, refused
    with refusing(okno, "desk_message"):
        # Accepted, and then the work of reading it fails.
        write_everywhere(okno)
        failed = "SELECT error FROM spine_job WHERE error <> '' UNION ALL SELECT error FROM {}"
        columns = failed.format("spine_parked WHERE error <> ''")
        wait_until(lambda: bool(okno.database.rows(columns)), 40, "a job that failed")
        errors = [text for (text,) in okno.database.rows(columns)]
    with httpx.Client(base_url=okno.url, timeout=20) as client:
        for path in ("recovery", "invitation"):
            assert client.post(f"/{path}/{SECRET}/").status_code == 403
        client.post(f"/request/1/{SECRET}/reply", data={"text": MARK})
        client.get("/sign-in/", headers={"Host": f"{MARK}.example"})
        client.get("/sign-in/", headers={"Cookie": f"okno_console={MARK}"})
    log = okno.log.read_text(errors="replace")
    assert "23514" in log and "Forbidden" in log and "DisallowedHost" in log
    assert any("CheckViolation 23514" in text for text in errors), errors
    found = [word for word in (MARK, SECRET, "DETAIL", "Failing row") if word in log]
    assert found == []
    assert [text for text in errors if MARK in text or "Failing row" in text] == []
    with capsys.disabled():
        print(f"\nM7 n={len(log.splitlines())} lines of log, {len(errors)} errors: 0 words")
