"""An app that shows codes, connected by an agent."""

import re

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from okno.kit import clock
from tests.world import PASSWORD

APP = "/settings/me/factors/app/"


def code_of(secret, shift=0):
    """What an app would show now (RFC 6238)."""
    counter = int(clock.now().timestamp()) // 30 + shift
    return format_hotp_value(hotp_value(secret, counter))


def page_of(browser):
    """The secret and its sealed form from the page that shows the picture."""
    page = browser.get(APP).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    secret = re.search(r'code-line">(\w+)<', page)[1]
    return secret, re.search(r'name="sealed" value="([^"]+)"', page)[1]


def connected(browser):
    """Connect an app; returns its secret and the recovery codes."""
    secret, sealed = page_of(browser)
    form = {"sealed": sealed, "code": code_of(secret), "present": PASSWORD}
    page = browser.post(APP, form).content.decode()
    codes = re.findall(r"<code>(\d{8})</code>", page)
    assert len(codes) == 10
    return secret, codes
