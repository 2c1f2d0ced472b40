"""E01 and E02 at the door where a stranger names the address: pictures of their letters.

The client itself, with every form of redirect, resolver and slow server, is tested in okno/kit.
"""

import gzip

import pytest
from django.conf import settings as django_settings

from okno.console import pictures
from okno.kit.tests.listeners import endless, environment, listening, plain
from okno.kit.tests.vectors import E01_HOSTS
from tests.attacks.hostile_files import png

SCHEMES = [
    "http://{}:{}/p.png",
    "https://{}:{}/p.png",
    "HTTP://{}:{}/p.png",
    "http://{}:{}/?a=http://x",
]
ODD = [
    "file:///etc/passwd", "gopher://127.0.0.1:{}/_x", "ftp://127.0.0.1:{}/", "dict://127.0.0.1:{}/",
    "ldap://127.0.0.1:{}/", "jar:http://127.0.0.1:{}/!/", "data:image/png;base64,AA", "about:blank",
    "unix:/run/x.sock", "http:127.0.0.1:{}", "http:///127.0.0.1:{}/", "//127.0.0.1:{}/", "",
]  # fmt: skip
PICTURE = plain(png(2, 2), "Content-Type: image/png")


def test_E01_no_form_of_a_private_address_is_asked_for_a_picture(capsys):
    assert django_settings.ENV["OKNO_ALLOW_PRIVATE"] in ([], (), None, "")
    with listening(PICTURE) as victim:
        urls = [each.format(host, victim.port) for each in SCHEMES for host in E01_HOSTS]
        urls += [each.format(victim.port) for each in ODD]
        urls += [f"http://{host}/" for host in E01_HOSTS]
        assert [url for url in urls if pictures.fetch(url) is not None] == []
        assert victim.connections == 0
    with capsys.disabled():
        print(f"\nE01 n={len(urls)} addresses of a picture: 0 connections")


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_E01_a_picture_that_moved_inside_is_not_followed(settings, status):
    with listening(PICTURE) as victim:
        answer = plain(b"", f"Location: http://127.0.0.1:{victim.port}/p.png", status=status)
        with listening(answer) as door:
            settings.ENV = settings.ENV | {"OKNO_ALLOW_PRIVATE": [f"127.0.0.1:{door.port}"]}
            assert pictures.fetch(f"http://127.0.0.1:{door.port}/p.png") is None
            assert (door.connections, victim.connections) == (1, 0)


@pytest.mark.parametrize(
    "answer",
    [
        endless,
        plain(gzip.compress(png(2, 2) + bytes(200_000_000), 1), "Content-Encoding: gzip"),
        plain(b"<script>alert(1)</script>", "Content-Type: image/png"),
        plain(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Content-Type: image/svg+xml"),
        plain(png(100_000, 100_000), "Content-Type: image/png"),
        plain(png(2, 2), status="404 Not Found"),
    ],
    ids=["endless", "bomb", "script", "svg", "huge picture", "absent"],
)
def test_E02_what_is_no_picture_or_too_much_is_none(settings, answer):
    with listening(answer) as door:
        settings.ENV = settings.ENV | {"OKNO_ALLOW_PRIVATE": [f"127.0.0.1:{door.port}"]}
        assert pictures.fetch(f"http://127.0.0.1:{door.port}/p.png") is None


def test_E02_a_proxy_of_the_surroundings_is_not_asked(settings):
    names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
    with listening(PICTURE) as door, listening(PICTURE) as proxy:
        settings.ENV = settings.ENV | {"OKNO_ALLOW_PRIVATE": [f"127.0.0.1:{door.port}"]}
        with environment(**dict.fromkeys(names, f"http://127.0.0.1:{proxy.port}")):
            assert pictures.fetch(f"http://127.0.0.1:{door.port}/p.png")[0] == "image/jpeg"
        assert (door.connections, proxy.connections) == (1, 0)


def test_E02_a_dripping_server_holds_a_picture_no_longer_than_its_limit():
    """The limit is an argument of the one client, never left to the other side."""
    assert 0 < pictures.LONGEST_SECONDS <= 15
    assert pictures.LARGEST <= 5 * 1024 * 1024
