"""A passkey from its making to sign-in, in a real browser with a virtual authenticator."""

import pytest

from tests.stands.browser import browser, in_browser, sign_in, window
from tests.world import PASSWORD


@in_browser
@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_made_signs_in_and_is_the_second_step(live_world, live_server):
    with browser() as chromium:
        context = window(chromium, 1280, 900)
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("WebAuthn.enable")
        kind = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        wire.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        url = live_server.url.replace("127.0.0.1", "localhost")
        sign_in(page, url, "bob@okno.example", PASSWORD)
        page.goto(f"{url}/settings/me/factors/passkey/")
        page.fill("input[name=name]", "My laptop")
        page.fill("input[name=present]", PASSWORD)
        page.click("button.is-primary")
        page.wait_for_selector(".codes li")
        assert page.locator(".codes li").count() == 10
        page.click("a.is-primary")
        page.wait_for_selector("text=My laptop")

        page.click("text=Sign out everywhere")
        page.wait_for_selector("text=Sign in with a passkey")
        page.click("text=Sign in with a passkey")
        page.wait_for_selector(".shell")

        page.goto(f"{url}/sign-out/")
        page.click("button.is-primary")
        sign_in(page, url, "bob@okno.example", PASSWORD)
        page.wait_for_selector("text=Second step")
        page.click("text=Use a passkey")
        page.wait_for_selector(".shell")
        assert wrong == []
