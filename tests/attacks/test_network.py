"""H1, M1, M2, L10: one host or visitor takes nothing away that others need (the whole product)."""

import contextlib
import itertools
import json
import resource
import select
import socket
import uuid

import httpx
import pytest

from okno.config.server import MOST_OF_A_NETWORK
from tests.ledger.product import Product
from tests.stands.processes import wait_until

HOST = "127.0.0.1"
_addresses = itertools.count(1)


@pytest.fixture(scope="module")
def okno(tmp_path_factory):
    """One process, started with few open files as shells and systemd do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        settings = {"OKNO_TRUSTED_PROXY": "1"}
        folder = tmp_path_factory.mktemp("network") / "okno"
        with Product(folder, settings=settings) as okno:
            okno.set_up()
            okno.start()
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
            yield okno
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def chat(okno):
    rows = okno.database.rows("SELECT public_key FROM desk_channel WHERE kind = 'widget'", [])
    return f"{okno.url}/chat/{rows[0][0]}"


@contextlib.contextmanager
def connections(okno, count, text):
    """That many connections, each of which has sent `text`."""
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(count):
            made.append(stack.enter_context(socket.create_connection((HOST, okno.web_port), 20)))
            made[-1].sendall(text)
        yield made


def half_sent(path, length, address=""):
    """The beginning of a request; behind the proxy, from `address`."""
    forwarded = f"X-Forwarded-For: {address}\r\n" if address else ""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{forwarded}"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n\r\nx"
    ).encode()


def answered(lines):
    """Those to which something was said."""
    return select.select(lines, [], [], 0)[0]


def somewhere():
    return f"203.0.113.{next(_addresses) % 250}"


def visitor(chat):
    headers = {"X-Forwarded-For": somewhere()}
    return httpx.post(f"{chat}/session", headers=headers, timeout=20).json()["token"]


def write(chat, token, **headers):
    return httpx.post(
        f"{chat}/messages",
        content=json.dumps({"id": str(uuid.uuid4()), "text": "Hello"}),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers,
        timeout=20,
    )


def test_H1_half_sent_requests_hold_up_nobody(okno, chat):
    token = visitor(chat)
    with connections(okno, 260, half_sent("/sign-in/", 1000)):
        assert httpx.get(f"{okno.url}/sign-in/", timeout=20).status_code == 200
        with okno.client() as client:
            assert client.get("/conversations").status_code == 200
        assert write(chat, token).status_code == 200


def test_H1_one_network_holds_up_itself_alone(okno):
    mine, theirs = "198.51.100.7", "198.51.100.8"
    page = f"{okno.url}/sign-in/"
    with connections(okno, MOST_OF_A_NETWORK + 10, half_sent("/sign-in/", 1000, mine)) as lines:
        wait_until(
            lambda: httpx.get(page, headers={"X-Forwarded-For": mine}).status_code == 429,
            20,
            "the share of a network to be used up",
        )
        assert httpx.get(page, headers={"X-Forwarded-For": theirs}).status_code == 200
        assert httpx.get(page).status_code == 200
        # In no order: there are several processes of pages.
        wait_until(lambda: len(answered(lines)) >= 10, 20, "what is too much to be refused")
        said = [status(line) for line in answered(lines)]
        assert said.count(b"429") >= 10, said

    def is_free():
        return httpx.get(page, headers={"X-Forwarded-For": mine}).status_code == 200

    wait_until(is_free, 20, "the share to be free again")


def test_H1_a_long_body_is_refused_where_no_files_are_taken(okno, chat):
    with connections(okno, 1, half_sent("/sign-in/", 39 << 20)) as (line,):
        with contextlib.suppress(OSError):
            for _ in range(20):
                line.sendall(b"x" * (1 << 16))
        assert line.recv(64).startswith(b"HTTP/1.1 413")
    files = {"files": ("big.txt", b"x" * (3 << 20))}
    data = {"id": str(uuid.uuid4()), "text": "with a file"}
    headers = {"Authorization": f"Bearer {visitor(chat)}"}
    sent = httpx.post(f"{chat}/messages", data=data, files=files, headers=headers, timeout=20)
    assert sent.status_code == 200, sent.text


def stream(okno, chat, token, host="localhost"):
    key = chat.rpartition("/")[2]
    return (
        f"GET /chat/stream?key={key} HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


def status(line):
    return line.recv(64).split(b" ")[1]


def test_M1_a_visitor_has_five_streams_and_no_more(okno, chat):
    asked = stream(okno, chat, visitor(chat))
    with connections(okno, 5, asked) as lines:
        assert [status(line) for line in lines] == [b"200"] * 5
        with connections(okno, 1, asked) as (sixth,):
            assert status(sixth) == b"429"
        with connections(okno, 1, stream(okno, chat, visitor(chat))) as (another,):
            assert status(another) == b"200"

    def is_free():
        with connections(okno, 1, asked) as (again,):
            return status(again) == b"200"

    wait_until(is_free, 20, "the streams that were closed to be free again")


def test_M1_more_streams_than_a_shell_lets_files_open_stop_no_page_and_no_letter(okno, chat):
    tokens = [visitor(chat) for _ in range(50)]
    with contextlib.ExitStack() as stack:
        for token in tokens:
            asked = stream(okno, chat, token)
            lines = stack.enter_context(connections(okno, 5, asked))
            assert [status(line) for line in lines] == [b"200"] * 5
        lines = stack.enter_context(connections(okno, 60, half_sent("/sign-in/", 1000)))
        assert httpx.get(f"{okno.url}/sign-in/", timeout=20).status_code == 200
        with socket.create_connection((HOST, okno.smtp_port), 20) as letters:
            assert letters.recv(3) == b"220"


def test_M2_poisoned_types_are_refused_alone(okno, chat):
    tokens = [visitor(chat) for _ in range(12)]
    poison = "application/json; charset*=utf-8''a%00b"
    with httpx.Client(timeout=20) as client:
        for number, token in enumerate(tokens):
            kind = {"Content-Type": poison} if number % 3 == 0 else {}
            answer = write(chat, token, **kind)
            assert answer.status_code == (400 if kind else 200), answer.text
        for kind in (poison, "text/plain; charset=zlib", "text/plain; charset=unicode_escape"):
            headers = {"Content-Type": kind}
            page = client.post(f"{okno.url}/sign-in/?a=b", headers=headers, content=b"x")
            assert page.status_code == 400


def test_L10_a_stream_asks_for_whom_it_is(okno, chat):
    token = visitor(chat)
    with connections(okno, 1, stream(okno, chat, token, "evil.example")) as (line,):
        assert status(line) == b"400"


def test_L10_and_M1_what_strangers_do_wrong_costs_few_lines_of_log(okno):
    before = okno.log.stat().st_size
    with httpx.Client(base_url=okno.url, timeout=20) as client:
        for number in range(300):
            headers = {"Host": f"evil{number}.example"}
            assert client.get("/sign-in/", headers=headers).status_code == 400
        for _ in range(100):
            kind = {"Content-Type": "text/plain; charset*=utf-8''a%00b"}
            assert client.post("/sign-in/", headers=kind, content=b"x").status_code == 400
    written = okno.log.read_bytes()[before:]
    assert len(written) < 8_000, written[-2_000:]
    assert max(map(len, written.splitlines()), default=0) < 400
    assert b"Traceback" not in written


@pytest.mark.parametrize(("scheme", "promise"), [("https", "max-age=31536000"), ("http", None)])
def test_L10_https_is_promised_where_it_is_the_public_address(tmp_path, scheme, promise):
    settings = {"OKNO_PUBLIC_URL": f"{scheme}://help.example", "OKNO_TRUSTED_PROXY": "1"}
    with Product(tmp_path / "okno", settings=settings) as okno:
        okno.start()
        asked = {"host": "help.example", "x-forwarded-proto": "https"}
        answer = httpx.get(f"{okno.url}/sign-in/", headers=asked)
    assert answer.status_code < 400
    assert answer.headers.get("strict-transport-security") == promise
