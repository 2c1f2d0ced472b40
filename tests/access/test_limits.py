"""C16: limits per account and per network hold, whatever a request says of where it comes from."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from okno.access.models import Count
from okno.api.tests.conftest import Program, make_token
from okno.console.accounts import ACCOUNT, NETWORK, PAIR
from okno.console.tests.conftest import quick_world, sign_in
from okno.kit import clock
from okno.spine.models import Job
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["quick_world"]


def tried(email="bob@okno.example", password="wrong", network="10.0.0.1", browser=None, **headers):
    """The status of one sign-in from a network."""
    browser = browser or Client(raise_request_exception=False)
    form = {"login": email, "password": password}
    return browser.post("/sign-in/", form, REMOTE_ADDR=network, headers=headers).status_code


def rotating(number):
    """Headers of somebody who claims another address each time."""
    forged = f"203.0.113.{number % 250}"
    return {"X-Forwarded-For": forged, "X-Real-Ip": forged, "Forwarded": f"for={forged}"}


def test_C16_one_address_and_many_passwords(quick_world):
    statuses = [tried(**rotating(n)) for n in range(PAIR[0][0] + 3)]
    assert statuses == [422] * PAIR[0][0] + [429] * 3
    assert tried(password=PASSWORD) == 429, "not even the right one, from there"
    assert tried(password=PASSWORD, network="10.9.9.9") == 302
    with clock.moved(timedelta(seconds=PAIR[0][1] + 1)):
        assert tried(password=PASSWORD) == 302


def test_C16_many_addresses_and_one_password(quick_world):
    statuses = [tried(f"p{n}@okno.example", **rotating(n)) for n in range(NETWORK[0][0] + 2)]
    assert statuses == [422] * NETWORK[0][0] + [429] * 2


def test_C16_many_networks_lock_the_account_but_never_its_owner(quick_world):
    owner, _ = sign_in()
    owner.post("/sign-out/")
    statuses = [tried(network=f"10.1.{n}.1") for n in range(ACCOUNT[0][0] + 2)]
    assert statuses == [422] * ACCOUNT[0][0] + [429] * 2
    assert tried(password=PASSWORD, network="10.2.0.1") == 429
    assert tried(password=PASSWORD, network="10.2.0.2", browser=owner) == 302
    assert ACCOUNT[0][1] <= 15 * 60
    with clock.moved(timedelta(seconds=ACCOUNT[0][1] + 1)):
        assert tried(password=PASSWORD, network="10.2.0.3") == 302


@pytest.mark.parametrize("cookie", ["x.y", ".", "", "a" * 300, "nonce." + "0" * 32, "é.é"])
def test_C16_a_made_up_cookie_of_a_device_helps_nobody(quick_world, cookie):
    for n in range(ACCOUNT[0][0] + 1):
        tried(network=f"10.1.{n}.1")
    browser = Client(raise_request_exception=False)
    browser.cookies["okno_device"] = cookie
    assert tried(network="10.3.0.1", browser=browser) == 429
    mine, _ = sign_in("carol@okno.example")
    mine.post("/sign-out/")
    assert tried(network="10.3.0.2", browser=mine) == 429, "that cookie is Carol's"


def test_C16_an_own_device_is_counted_too(quick_world):
    browser, _ = sign_in()
    browser.post("/sign-out/")
    statuses = [tried(browser=browser, network=f"10.4.{n}.1") for n in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_C16_right_passwords_do_not_count(quick_world):
    assert {tried(password=PASSWORD) for _ in range(PAIR[0][0] + 3)} == {302}


def test_C16_counts_are_shared_by_all_processes(quick_world):
    for _ in range(PAIR[0][0]):
        tried()
        cache.clear()  # what another process would know
    assert tried() == 429
    assert Count.objects.exists()


def test_C16_behind_our_own_proxy_the_last_address_counts(quick_world, settings):
    settings.ENV = {**settings.ENV, "OKNO_TRUSTED_PROXY": True}
    for n in range(PAIR[0][0] + 1):
        last = tried(**{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.7"})
    assert last == 429
    assert tried(**{"X-Forwarded-For": "198.51.100.7, 198.51.100.8"}) == 422


def test_C16_letters_of_recovery_are_few(quick_world, settings):
    settings.ENV = {**settings.ENV, "OKNO_SMTP_URL": "smtp://127.0.0.1:9"}
    statuses = []
    for n in range(5):
        form = {"email": "bob@okno.example"}
        browser = Client(raise_request_exception=False)
        answer = browser.post("/recovery/", form, REMOTE_ADDR=f"10.5.{n}.1", headers=rotating(n))
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 200, 429, 429]
    assert Job.objects.count() == 3


def test_C16_the_API_answers_429_with_when_to_come_back(quick_world, settings):
    settings.ENV = {**settings.ENV, "OKNO_API_PER_MINUTE": 3}
    cache.clear()
    bob, carol = Program(make_token(quick_world.bob)), Program(make_token(quick_world.carol))
    with clock.held_at(clock.now()):
        answers = [bob.raw("GET", "/tags", **rotating(n)) for n in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    last = answers[-1]
    assert last["Content-Type"] == "application/problem+json"
    assert 0 < int(last["Retry-After"]) <= 60
    assert carol.raw("GET", "/tags").status_code == 200
    settings.ENV = {**settings.ENV, "OKNO_API_PER_MINUTE": 0}
    assert bob.raw("GET", "/tags").status_code == 200


def test_C16_wrong_tokens_of_one_network_are_stopped(quick_world):
    cache.clear()
    statuses = set()
    # Within one minute, however busy the machine is.
    with clock.held_at(clock.now()):
        for n in range(125):
            statuses.add(Program("okno_" + f"{n:032d}").raw("GET", "/tags").status_code)
    assert statuses == {401, 429}
    cache.clear()
