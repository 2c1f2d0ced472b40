"""The composer as an agent lives in it: formats, offers, files, a reload, a letter taken back."""

import pytest

from okno.console.tests.conftest import PNG
from okno.desk import actions
from okno.desk.models import Delivery, Draft, Message, Note
from tests.stands.browser import browser, in_browser, sign_in, until, window
from tests.world import PASSWORD


@in_browser
@pytest.mark.django_db(transaction=True)
def test_a_letter_is_written_offered_kept_sent_and_taken_back(live_world, live_server, tmp_path):
    world = live_world
    talk = world.letter("Where is my order?").conversation
    html = "<p>Thank you, <b>{{client.name}}</b>!</p>"
    world.do(
        actions.create_saved_reply, world.alice, "Thanks", "Thank you, {{client.name}}!", html=html
    )
    (tmp_path / "plan.txt").write_text("Monday")
    wrong = []
    with browser() as chromium:
        page = window(chromium, 1280, 860).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: _note(wrong, said))
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.goto(f"{live_server.url}/conversations/{talk.pk}/?view=open")
        _write(page)
        assert wrong == []
        _attach(page, tmp_path / "plan.txt")
        # While hostile HTML is cut down the browser says what it would have refused to run.
        wrong[:] = [words for words in wrong if "Content Security Policy" not in words]
        page.reload()
        page.wait_for_selector("#text.is-rich b:has-text('Dan')")
        page.wait_for_selector(".composer-file:has-text('plan.txt')")

        page.click("[data-send]")
        page.wait_for_selector(".message.is-out .delivery:has-text('Leaves in')")
        page.click(".toast:has-text('Leaves in') button")
        page.wait_for_selector("#text.is-rich b:has-text('Dan')")
        page.wait_for_selector(".composer-file:has-text('plan.txt')")
        page.wait_for_selector(".message.is-out", state="detached")

        _note_to_alice(page)
        _ready_text(page, live_server.url)
        page.screenshot(path=tmp_path / "end.png")
    assert wrong == []
    assert Note.objects.get().mentions.get().agent == world.alice
    assert not (Delivery.objects.exists() or Draft.objects.exists())
    assert Message.objects.filter(direction="out").count() == 0


def _ready_text(page, url):
    """The editor of a saved reply writes the lines that one sees."""
    page.goto(f"{url}/settings/saved-replies/add")
    page.click("#id_text.is-rich")
    for key in ("A", "Enter", "Enter", "B", "Enter", "C"):
        page.keyboard.press(key)
    assert page.input_value("textarea[name=text]") == "A\n\nB\nC"


def _write(page):
    page.click("#text.is-rich")
    page.keyboard.type("A ")
    page.click("[data-format-toggle]")
    page.click("[data-format=bold]")
    page.keyboard.type("bold")
    page.click("[data-format=bold]")
    page.keyboard.type(" word :heart_eyes")
    page.wait_for_selector(".picker-item.is-line")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('[name=text]').value.includes('😍')")
    page.keyboard.press("Enter")
    # The slash is a character, wherever it lies on the board.
    page.keyboard.insert_text("/tha")
    page.wait_for_selector(".picker-side:has-text('Thank you, Dan!')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#text b:has-text('Dan')")
    assert "<b>bold</b>" in page.input_value("[name=html]")
    assert "/tha" not in page.input_value("[name=html]")
    page.wait_for_selector("#draft-state:has-text('Draft saved')")


def _attach(page, plan):
    page.set_input_files("#composer input[type=file]", plan)
    page.wait_for_selector(".composer-file a:has-text('plan.txt')")
    page.evaluate(PASTE, PNG.hex())
    page.wait_for_selector("#text img[data-cid]", state="attached")
    until(page, "document.querySelector('[name=html]').value.includes('cid:')")
    page.wait_for_selector("#draft-state:has-text('Draft saved')")


# What a browser does when a picture and hostile HTML are pasted.
PASTE = """
hex => {
  const bytes = Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16));
  const paste = data => document.querySelector('#text').dispatchEvent(
    new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
  const picture = new DataTransfer();
  picture.items.add(new File([bytes], 'shot.png', {type: 'image/png'}));
  paste(picture);
  const hostile = new DataTransfer();
  hostile.setData('text/html',
    '<p style="color:red">ok<script>window.bad=1</script><img src=x onerror="window.bad=1">');
  paste(hostile);
  if (window.bad || document.querySelector('#text [style], #text script')) throw new Error('bad');
}
"""


def _note_to_alice(page):
    page.click(".composer label:has-text('Note')")
    page.click("#text.is-rich")
    page.keyboard.press("Control+A")
    page.keyboard.type("Hello, ask @ali")
    page.wait_for_selector(".picker-item:has-text('Alice')")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('[name=text]').value.includes('@Alice')")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".message.is-note:has-text('ask @Alice')")


def _note(wrong, said):
    # The stream of hints is served by the real server, not by the one of this test.
    if said.type == "error" and "/live" not in str(said.location):
        wrong.append(said.text)
