"""The first day of an installation: from the welcome page to an answered letter, a colleague and a
forgotten password. Letters come and go through real servers."""

import re
import smtplib
from email.message import EmailMessage

import pytest

from okno.portal.tests.sites import Served
from tests.seen.conftest import sign_in
from tests.seen.eyes import Eyes
from tests.stands.browser import in_browser
from tests.stands.processes import free_port, wait_until
from tests.stands.smtp_sink import SmtpSink

pytestmark = in_browser
PASSWORD, OTHER = "a window in the roof", "a window at night"
CLIENT = "ida@client.example"


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An installation nobody has signed in to; `sink` has the letters that leave it."""
    port = free_port()
    with SmtpSink() as sink:
        served = Served(
            tmp_path_factory.mktemp("empty"),
            OKNO_SMTP_BIND=f"127.0.0.1:{port}",
            OKNO_SMTP_URL=f"smtp://127.0.0.1:{sink.port}",
            OKNO_ALLOW_PRIVATE=f"127.0.0.1:{sink.port}",
        )
        served.sink, served.smtp_port = sink, port
        with served.okno:
            served.start()
            yield served


def text_to(sink, address):
    """The words of the last letter to an address, once it has come."""
    found = lambda: [mail for mail in sink.mails if address in mail.recipients]  # noqa: E731
    wait_until(found, 20, f"the letter to {address}")
    return found()[-1].raw.decode().replace("=\r\n", "").replace("=3D", "=")


def link_to(sink, address):
    """The address in that letter."""
    return re.search(r"http://\S+", text_to(sink, address))[0]


def write_in(port):
    """A client's letter."""
    letter = EmailMessage()
    letter["From"], letter["To"] = f"Ida <{CLIENT}>", "support@okno.example"
    letter["Subject"], letter["Message-ID"] = "A broken bell", "<first@client.example>"
    letter.set_content("The bell does not ring.")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as door:
        door.send_message(letter)


def test_from_the_first_page_to_an_answered_letter(empty, session):
    context = session(width=1440)
    page, eyes = context.new_page(), Eyes(context)
    page.set_default_timeout(15_000)
    page.goto(empty.url)
    eyes.look_twice(page, "the first page")
    said = empty.okno.run(["-m", "okno", "setup", "--code"]).stdout
    for name, value in (
        ("code", said.split()[-1]),
        ("name", "Alice"),
        ("email", "alice@okno.example"),
        ("password", PASSWORD),
        ("address", "support@okno.example"),
    ):
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Okno is ready").wait_for()
    page.goto(empty.url)
    eyes.look_twice(page, "nothing yet")
    write_in(empty.smtp_port)
    page.click("text=A broken bell")
    page.locator("#text.is-rich").press_sequentially("We will send another one.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".message.is-out")
    assert "another one" in text_to(empty.sink, CLIENT)
    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_a_colleague_is_invited_and_forgets_the_password(empty, session):
    admin, guest = session(), session()
    page = admin.new_page()
    sign_in(page, empty.url, "alice@okno.example", PASSWORD)
    page.goto(f"{empty.url}/settings/people/")
    page.locator("form:has(button:text-is('Invite')) [name=name]").fill("Bob")
    page.locator("form:has(button:text-is('Invite')) [name=email]").fill("bob@okno.example")
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_text("The letter is on its way").wait_for()

    bob, eyes = guest.new_page(), Eyes(guest)
    bob.set_default_timeout(15_000)
    bob.goto(link_to(empty.sink, "bob@okno.example"))
    _choose(bob, PASSWORD)
    sign_in(bob, empty.url, "bob@okno.example", PASSWORD)
    page.reload()
    page.get_by_text("invited", exact=True).wait_for(state="detached")

    guest.clear_cookies()
    before = len(empty.sink.mails)
    bob.goto(f"{empty.url}/sign-in/")
    bob.click("a[href^='/recovery/']")
    bob.fill("[name=email]", "bob@okno.example")
    bob.click("button.is-primary")
    wait_until(lambda: len(empty.sink.mails) > before, 20, "the link")
    bob.goto(link_to(empty.sink, "bob@okno.example"))
    _choose(bob, OTHER)
    sign_in(bob, empty.url, "bob@okno.example", OTHER)
    assert not eyes.wrong, "\n".join(eyes.wrong)


def _choose(page, password):
    page.fill("[name=password]", password)
    page.fill("[name=again]", password)
    page.click("button.is-primary")
    page.wait_for_selector("#id_login")
