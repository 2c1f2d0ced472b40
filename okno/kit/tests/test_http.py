"""Attack classes E01 and E02: real listeners on loopback count what reaches them."""

import gzip
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from okno.kit.http import Blocked, Client, HttpError, TooLarge, TooSlow, Unreachable
from okno.kit.tests.listeners import Answer, Listener, endless, environment, listening, plain
from okno.kit.tests.vectors import E01_HOSTS


@pytest.fixture
def target() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def to(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(addresses)


def test_allowed_address_answers(target: Listener) -> None:
    client = Client(allow=[f"127.0.0.1:{target.port}"])
    answer = client.request("GET", f"http://127.0.0.1:{target.port}/a?b=c", {"X-One": "1"})
    assert (answer.status, answer.body, answer.ok) == (200, b"hello", True)
    assert target.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"x-one: 1" in target.requests[0].lower()


@pytest.mark.parametrize("host", E01_HOSTS)
def test_E01_address_forms_never_reach_loopback(host: str, target: Listener) -> None:
    with pytest.raises(HttpError) as caught:
        Client(timeout_seconds=3).request("GET", f"http://{host}:{target.port}/")
    assert isinstance(caught.value, Blocked | Unreachable)
    assert target.connections == 0
    assert str(caught.value) == "The address could not be used."


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "ftp://127.0.0.1:{port}/",
        "dict://127.0.0.1:{port}/", "ws://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "127.0.0.1",
        "http:127.0.0.1:{port}", "http:///127.0.0.1:{port}", "javascript:alert(1)", "data:,x", "",
        "http://127.0.0.1:{port}/" + "a" * 9_000,
    ],
)  # fmt: skip
def test_E01_other_schemes_are_refused(url: str, target: Listener) -> None:
    client = Client(allow=[f"127.0.0.1:{target.port}"])
    with pytest.raises(Blocked):
        client.request("GET", url.replace("{port}", str(target.port)))
    assert target.connections == 0


@pytest.mark.parametrize("port", [0, 21, 22, 25, 53, 110, 143, 465, 587, 993, 1433, 3306, 5432,
                                  6379, 6667, 9200, 11211, 27017, 65_536])  # fmt: skip
def test_E01_service_ports_are_refused_before_look_up(port: int) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with pytest.raises(Blocked):
        Client(resolve=resolve).request("GET", f"http://name.test:{port}/")
    assert asked == []


@pytest.mark.parametrize(
    ("first", "second", "connects"), [("127.0.0.1", "127.0.0.2", 1), ("127.0.0.2", "127.0.0.1", 0)]
)
def test_E01_flipping_name_server_is_asked_once(first: str, second: str, connects: int) -> None:
    answers = [[first], [second], [second]]
    with listening() as good, listening(host="127.0.0.2", port=good.port) as victim:
        client = Client([f"127.0.0.1/32:{good.port}"], resolve=lambda h, p: answers.pop(0))
        if connects:
            assert client.request("GET", f"http://flip.test:{good.port}/").ok
            assert f"host: flip.test:{good.port}".encode() in good.requests[0].lower()
        else:
            with pytest.raises(Blocked):
                client.request("GET", f"http://flip.test:{good.port}/")
        assert (good.connections, victim.connections, len(answers)) == (connects, 0, 2)


def test_E01_flip_between_redirects_is_refused() -> None:
    with listening() as good, listening(host="127.0.0.2", port=good.port) as victim:
        good.answer = plain(b"", f"Location: http://flip.test:{good.port}/two", status="302 Found")
        answers = [["127.0.0.1"], ["127.0.0.2"]]
        client = Client([f"127.0.0.1/32:{good.port}"], resolve=lambda h, p: answers.pop(0))
        with pytest.raises(Blocked):
            client.request("GET", f"http://flip.test:{good.port}/")
        assert (good.connections, victim.connections) == (1, 0)


@pytest.mark.parametrize("mixed", [("127.0.0.1", "127.0.0.2"), ("127.0.0.2", "127.0.0.1"),
                                   ("127.0.0.1", "::1"), ("127.0.0.1", "nonsense")])  # fmt: skip
def test_E01_one_bad_record_spoils_the_answer(mixed: tuple[str, ...], target: Listener) -> None:
    client = Client([f"127.0.0.1/32:{target.port}"], resolve=to(*mixed))
    with pytest.raises(Blocked):
        client.request("GET", f"http://many.test:{target.port}/")
    assert target.connections == 0


def test_international_names_are_looked_up_in_ascii(target: Listener) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    client = Client([f"127.0.0.1/32:{target.port}"], resolve=resolve)
    assert client.request("GET", f"http://пример.test:{target.port}/").ok
    assert asked == ["xn--e1afmkfd.test"]


def test_several_good_records_are_tried_in_turn(target: Listener) -> None:
    client = Client([f"127.0.0.0/8:{target.port}"], resolve=to("127.0.0.9", "127.0.0.1"))
    assert client.request("GET", f"http://many.test:{target.port}/").ok


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{victim}/", "http://localhost:{victim}/", "//127.0.0.1:{victim}/",
        "http://2130706433:{victim}/", "http://[::ffff:127.0.0.1]:{victim}/", "file:///etc/passwd",
        "gopher://127.0.0.1:{victim}/_x", "http://u@127.0.0.1:{victim}/", "http://127.0.0.1:22/",
    ],
)  # fmt: skip
def test_E01_redirect_into_private_space(status: str, location: str, target: Listener) -> None:
    location = location.replace("{victim}", str(target.port))
    with listening(plain(b"", f"Location: {location}", status=status)) as door:
        client = Client([f"127.0.0.1:{door.port}"])
        with pytest.raises((Blocked, Unreachable)):
            client.request("POST", f"http://127.0.0.1:{door.port}/", json={"a": 1})
        assert (door.connections, target.connections) == (1, 0)


def test_E01_redirect_chain_ends_after_five() -> None:
    with listening(plain(b"", "Location: /again", status="302 Found")) as door:
        with pytest.raises(Blocked):
            Client([f"127.0.0.1:{door.port}"]).request("GET", f"http://127.0.0.1:{door.port}/")
        assert door.connections == 6


def test_redirect_to_another_origin_carries_no_secrets(target: Listener) -> None:
    door_answer = plain(b"", f"Location: http://127.0.0.1:{target.port}/b", status="302 Found")
    with listening(door_answer) as door:
        client = Client([f"127.0.0.1:{door.port}", f"127.0.0.1:{target.port}"])
        headers = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Cookie": "s3cret"}
        answer = client.request("POST", f"http://127.0.0.1:{door.port}/", headers, json={"a": 1})
        assert answer.url == f"http://127.0.0.1:{target.port}/b"
    assert b"s3cret" in door.requests[0]
    assert b"s3cret" not in target.requests[0]
    assert target.requests[0].startswith(b"GET /b ")


def test_temporary_redirect_repeats_the_body() -> None:
    def answer(peer: socket.socket, request: bytes) -> None:
        if b"/first" in request.splitlines()[0]:
            plain(b"", "Location: /second", status="307 T")(peer, request)
        else:
            plain(b"done")(peer, request)

    with listening(answer) as door:
        client = Client([f"127.0.0.1:{door.port}"])
        url = f"http://127.0.0.1:{door.port}/first"
        assert client.request("POST", url, content="payload").body == b"done"
        assert [r.split(b" ")[0] for r in door.requests] == [b"POST", b"POST"]


@pytest.mark.parametrize(
    "allow",
    ["127.0.0.1:{port}", "127.0.0.0/8", "127.0.0.1", "127.0.0.1/32:{port}", "in.test:{port}"],
)
def test_forms_of_the_allow_list(allow: str, target: Listener) -> None:
    client = Client([allow.replace("{port}", str(target.port))], resolve=to("127.0.0.1"))
    assert client.request("GET", f"http://in.test:{target.port}/").ok


@pytest.mark.parametrize("allow", ["in.test", "127.0.0.1:x", ":80", "*", "10.0.0.0/99", "a:99999"])
def test_a_wrong_allow_entry_is_told(allow: str) -> None:
    with pytest.raises(ValueError, match="allowed address"):
        Client([allow])


def test_E01_the_allow_list_opens_its_own_port_only(target: Listener) -> None:
    with listening() as other:
        client = Client([f"127.0.0.1:{target.port}"], resolve=to("127.0.0.1"))
        with pytest.raises(Blocked):
            client.request("GET", f"http://127.0.0.1:{other.port}/")
        with pytest.raises(Blocked):
            Client(["127.0.0.0/8"]).request("GET", "http://127.0.0.1:6379/")
        assert other.connections == 0


@pytest.mark.parametrize("header", ["x\r\nHost: evil.test", "x\ny"])
def test_headers_cannot_be_split(header: str, target: Listener) -> None:
    with pytest.raises(Blocked):
        url = f"http://127.0.0.1:{target.port}/"
        Client([f"127.0.0.1:{target.port}"]).request("GET", url, {"X-One": header})
    assert target.requests == []


def test_E02_environment_proxies_are_ignored(target: Listener) -> None:
    names = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY")
    with (
        listening() as proxy,
        environment(**dict.fromkeys(names, f"http://127.0.0.1:{proxy.port}")),
    ):
        client = Client([f"127.0.0.1:{target.port}"])
        assert client.request("GET", f"http://127.0.0.1:{target.port}/").ok
        assert (proxy.connections, target.connections) == (0, 1)


def drip(before: bytes) -> Answer:
    def answer(peer: socket.socket, request: bytes) -> None:
        peer.sendall(before)
        for _ in range(30):
            peer.sendall(b"x")
            time.sleep(0.2)

    return answer


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nX-A: ",
                                    b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n",
                                    b"HTTP/1.1 200 OK\r\n\r\n"])  # fmt: skip
def test_E02_dripping_server_is_left_in_time(before: bytes) -> None:
    with listening(drip(before)) as slow, pytest.raises(TooSlow):
        client = Client([f"127.0.0.1:{slow.port}"], timeout_seconds=1)
        client.request("GET", f"http://127.0.0.1:{slow.port}/")


def test_E02_dripping_tls_handshake_and_slow_resolver_are_left_in_time() -> None:
    with listening(drip(b"")) as slow:
        with pytest.raises((TooSlow, Unreachable)):
            client = Client([f"127.0.0.1:{slow.port}"], timeout_seconds=1)
            client.request("GET", f"https://127.0.0.1:{slow.port}/")
        with pytest.raises(TooSlow):
            asleep = Client(timeout_seconds=0.3, resolve=lambda h, p: time.sleep(2) or [])
            asleep.request("GET", "http://slow.test/")


def test_E02_redirects_share_one_time_limit() -> None:
    def answer(peer: socket.socket, request: bytes) -> None:
        time.sleep(0.4)
        plain(b"", "Location: /again", status="302 Found")(peer, request)

    with listening(answer) as slow, pytest.raises(TooSlow):
        Client([f"127.0.0.1:{slow.port}"], 1).request("GET", f"http://127.0.0.1:{slow.port}/")


LARGE = b"x" * 2_000_000


@pytest.mark.parametrize(
    "answer",
    [
        endless,
        plain(b"x" * 1_000_001),
        plain(gzip.compress(bytes(200_000_000), 1), "Content-Encoding: gzip"),
        plain(gzip.compress(bytes(600_000)) * 2, "Content-Encoding: gzip"),
        lambda p, r: p.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + LARGE),
    ],
    ids=["endless", "plain", "bomb", "members", "declared"],
)
def test_E02_body_is_limited_after_decompression(answer: Answer) -> None:
    with listening(answer) as big, pytest.raises(TooLarge):
        Client([f"127.0.0.1:{big.port}"]).request("GET", f"http://127.0.0.1:{big.port}/")


def test_compressed_answers_are_read_and_unknown_encodings_refused() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    for body, header, good in (
        (packed, "gzip", True), (packed, "br", False), (packed[:-9], "gzip", False),
        (b"junk", "gzip", False),
    ):  # fmt: skip
        with listening(plain(body, f"Content-Encoding: {header}")) as server:
            client = Client([f"127.0.0.1:{server.port}"])
            if good:
                answer = client.request("GET", f"http://127.0.0.1:{server.port}/")
                assert answer.body == b"one two"
            else:
                with pytest.raises(Unreachable):
                    client.request("GET", f"http://127.0.0.1:{server.port}/")


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    day = timedelta(days=1)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.3"))]
    signed = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(x509.SubjectAlternativeName(names), False)
        .sign(key, hashes.SHA256())
    )
    both = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    both.write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(pem)
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    return server, ssl.create_default_context(cafile=both)


def test_certificate_is_checked_for_the_name_not_the_address(tmp_path: Path) -> None:
    with listening() as server:
        server.tls, trusting = certificate(tmp_path, "hooks.test")
        server.tls.sni_callback = lambda sock, name, context: server.names.append(name)
        client = Client([f"127.0.0.1/32:{server.port}"], resolve=to("127.0.0.1"), tls=trusting)
        assert client.request("GET", f"https://hooks.test:{server.port}/").body == b"hello"
        with pytest.raises(Unreachable):
            client.request("GET", f"https://other.test:{server.port}/")
        assert server.names == ["hooks.test", "other.test"]
        distrusting = Client([f"127.0.0.1/32:{server.port}"], resolve=to("127.0.0.1"))
        with pytest.raises(Unreachable):
            distrusting.request("GET", f"https://hooks.test:{server.port}/")


def test_bodies_are_encoded(target: Listener) -> None:
    client = Client([f"127.0.0.1:{target.port}"])
    url = f"http://127.0.0.1:{target.port}/"
    client.request("POST", url, json={"имя": 1})
    client.request("POST", url, data={"a": "б"})
    client.request("POST", url, data={"a": "b"}, files={"file": ("я.txt", b"data", "text/plain")})
    first, second, third = (request.lower() for request in target.requests)
    assert b"content-type: application/json" in first
    assert b"application/x-www-form-urlencoded" in second
    assert b"multipart/form-data" in third


def test_the_fake_gets_finished_requests_and_no_name_is_looked_up() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/broken":
            raise httpx.ConnectError("no")
        return httpx.Response(429, json={"ok": False}, headers={"Retry-After": "3"})

    client = Client(transport=httpx.MockTransport(answer))
    got = client.request("POST", "https://api.messenger.test/send", json={"text": "да"})
    assert (got.status, got.json(), got.headers["retry-after"]) == (429, {"ok": False}, "3")
    assert seen[0].read() == '{"text":"да"}'.encode()
    with pytest.raises(Unreachable):
        client.request("GET", "https://api.messenger.test/broken")
    with pytest.raises(Blocked):
        client.request("GET", "http://127.0.0.1/")


def test_bad_json_is_a_value_error() -> None:
    for body in (b"<html>", b"[" * 200_000, b"\xff"):
        client = Client(
            transport=httpx.MockTransport(lambda r, b=body: httpx.Response(200, content=b))
        )
        with pytest.raises(ValueError):
            client.request("GET", "https://api.messenger.test/").json()


def test_nobody_there() -> None:
    with listening() as gone:
        port = gone.port
    with pytest.raises(Unreachable) as caught:
        Client([f"127.0.0.1:{port}"]).request("GET", f"http://127.0.0.1:{port}/secret-token")
    assert "secret-token" not in caught.value.reason
