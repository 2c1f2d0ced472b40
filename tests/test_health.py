"""What a load balancer and a supervisor ask, and how a node leaves without losing a request."""

import http.client
import os
import signal
import socket
import threading

import httpx
import psycopg
import pytest

from tests.database import KIND
from tests.ledger.product import Product
from tests.stands.processes import free_port, wait_until

pytestmark = pytest.mark.skipif(KIND != "postgres", reason="one process serves on SQLite")


@pytest.fixture(scope="module")
def okno(tmp_path_factory, server):
    """Two pages, a worker and a mail-in on one database; the latter two have a port for probes."""
    with Product(
        tmp_path_factory.mktemp("health") / "data", "postgres", server=server, parts=("web",)
    ) as product:
        product.ports = {name: free_port() for name in ("worker", "mailin")}
        product.start()
        for name, port in product.ports.items():
            product.start_part(name, settings={"OKNO_PROBE_BIND": f"127.0.0.1:{port}"})
        yield product


def ask(port, path, host=None):
    """Status and text of one probe, under a Host of the prober's own; 0 when nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except ConnectionError:
        return 0, ""
    finally:
        connection.close()


@pytest.mark.parametrize("host", ["10.1.2.3", "10.1.2.3:8000", "node-7.internal", "a_b", "..:x"])
def test_health_answers_a_prober_that_names_no_host_of_ours(okno, host):
    for path in ("/health/live", "/health/ready"):
        assert ask(okno.web_port, path, host) == (200, "ok")
    assert ask(okno.web_port, "/sign-in/", host)[0] == 400
    assert "Traceback" not in okno.log.read_text()


def test_a_prober_may_use_http_1_0_without_a_host(okno):
    """HAProxy's `option httpchk` does."""
    with socket.create_connection(("127.0.0.1", okno.web_port), timeout=20) as raw:
        raw.sendall(b"GET /health/ready HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.") and b" 200 " in answer.split(b"\r\n")[0], answer


@pytest.mark.parametrize("name", ["worker", "mailin"])
def test_worker_and_mailin_have_a_port_for_probes(okno, name):
    port = okno.ports[name]
    wait_until(lambda: ask(port, "/health/ready") == (200, "ok"), 60, name)
    assert ask(port, "/health/live", "10.1.2.3") == (200, "ok")
    assert ask(port, "/sign-in/")[0] == 404


def test_nobody_is_ready_without_schema_and_all_live(okno):
    ports = [okno.web_port, *okno.ports.values()]
    for port in ports:
        wait_until(lambda port=port: ask(port, "/health/ready") == (200, "ok"), 60, "ready")
    with psycopg.connect(okno.installation.database_url) as admin:
        gone = admin.execute(
            "DELETE FROM django_migrations WHERE app = 'desk' RETURNING app, name, applied"
        ).fetchall()
    try:
        assert [ask(port, "/health/ready") for port in ports] == [(503, "fail")] * 3
        assert [ask(port, "/health/live") for port in ports] == [(200, "ok")] * 3
    finally:
        with psycopg.connect(okno.installation.database_url) as admin:
            insert = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)"
            admin.cursor().executemany(insert, gone)
    assert [ask(port, "/health/ready") for port in ports] == [(200, "ok")] * 3


def test_a_worker_that_waits_for_the_database_lives_and_is_not_ready(okno):
    port = free_port()
    away = "postgresql://okno@127.0.0.1:9/okno"
    with Product(okno.folder.parent / "other", "postgres", server=okno.installation.server) as it:
        settings = {"OKNO_PROBE_BIND": f"127.0.0.1:{port}", "OKNO_DATABASE_URL": away}
        it.start_part("worker", settings=settings)
        wait_until(lambda: ask(port, "/health/live") == (200, "ok"), 60, "it to live")
        assert ask(port, "/health/ready") == (503, "fail")


def test_a_stopping_node_says_so_before_it_closes(okno):
    """A load balancer that looks sends nobody there any more when the port closes: every request
    that was let in while readiness said yes, and until the end of the grace, is answered."""
    port = free_port()
    settings = {"OKNO_BIND": f"127.0.0.1:{port}", "OKNO_DRAIN_SECONDS": "300"}
    node = okno.start_part("web", settings=settings)
    wait_until(lambda: ask(port, "/health/ready") == (200, "ok"), 60, "the node")
    ended, stop = [], threading.Event()

    def balance():
        while not stop.is_set():
            ended.append(ask(port, "/sign-in/")[0])

    clients = [threading.Thread(target=balance, daemon=True) for _ in range(2)]
    for client in clients:
        client.start()
    wait_until(lambda: len(ended) > 4, 60, "traffic")
    node.signal(signal.SIGTERM)
    wait_until(lambda: ask(port, "/health/ready") == (503, "fail"), 20, "it to say no")
    seen = len(ended)
    wait_until(lambda: len(ended) > seen + 4, 60, "answers after it said no")
    # The balancer has noticed, and sends nobody any more.
    stop.set()
    for client in clients:
        client.join(20)
    assert ask(port, "/health/live") == (200, "ok")
    assert set(ended) == {200}
    # A person at the terminal (Ctrl-C reaches all its processes) does not wait for the rest.
    os.killpg(node.pid, signal.SIGINT)
    assert node.wait(20) == 0
    assert httpx.get(f"{okno.url}/health/ready").status_code == 200


def test_a_worker_that_is_told_to_stop_is_gone_at_once(okno):
    okno.running["worker"].signal(signal.SIGTERM)
    assert okno.running["worker"].wait(20) == 0
    assert ask(okno.ports["worker"], "/health/live") == (0, "")
