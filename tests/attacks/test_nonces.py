"""B01, B03: only the scripts that a page itself named run in it, though a file of ours would do."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

import okno
from okno.console.tests.conftest import browser_of, desk
from okno.portal.tests.guests import make_channel
from tests.access.routes import filled, ids, routes
from tests.attacks.alarm import watched
from tests.stands.browser import browser, in_browser

# Imported fixtures count as used.
__all__ = ["desk", "ids"]
SCRIPT = re.compile(rb"<script\b[^>]*>")
NONCE = re.compile(r"'nonce-([\w-]{22,})'")
# Nothing for a browser's window: programs read them, or they end the session.
NO_PAGES = ("api/", "health/", "sign-out/")


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def directives(answer):
    parts = answer["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


def nonce_of(answer):
    """The nonce of a page; its policy lets in nothing else, and each script carries it."""
    scripts = directives(answer)["script-src"]
    nonce = NONCE.fullmatch(scripts)
    assert nonce, scripts
    for tag in SCRIPT.findall(answer.content):
        assert f'nonce="{nonce[1]}"'.encode() in tag and b" src=" in tag, tag
    return nonce[1]


def has_script(answer):
    return not answer.streaming and SCRIPT.search(answer.content) is not None


@pytest.mark.django_db
def test_B01_every_page_with_a_script_has_a_nonce_of_its_own(ids, world, capsys):
    chat = make_channel("widget", "Velobaza", world.support)
    form = make_channel("form", "Velobaza", world.support)
    agent, stranger = browser_of(world.alice), Client(raise_request_exception=False)
    paths = [filled(r, ids) for r in routes() if not r.startswith(NO_PAGES)]
    asked = [(agent, path) for path in paths + paths[:1]]
    for path in ("sign-in", f"chat/{chat.public_key}", f"form/{form.public_key}", "nowhere"):
        asked += [(stranger, f"/{path}/")] * 2
    nonces, bare = [], 0
    for client, path in asked:
        answer = client.get(path)
        if has_script(answer):
            nonces.append(nonce_of(answer))
        elif answer.headers.get("Content-Type", "").startswith("text/html"):
            sources = directives(answer)
            assert sources.get("script-src", sources["default-src"]) == "'none'", path
            bare += 1
    assert len(nonces) > 30 and bare > 10
    assert len(set(nonces)) == len(nonces)
    with capsys.disabled():
        print(f"\nB01 n={len(nonces)} answers with a script: each its own nonce; {bare} without")


def test_B01_no_template_names_a_script_without_the_nonce():
    """Pages that only a second step, a client's request or the demo show, are among them."""
    tags = [
        (path.name, tag.decode())
        for path in Path(okno.__file__).parent.glob("*/templates/**/*.html")
        for tag in SCRIPT.findall(path.read_bytes())
    ]
    assert len(tags) >= 8
    assert [one for one in tags if 'nonce="{{ csp_nonce }}"' not in one[1]] == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/nowhere/", "/api/v1/tags", "/health/live"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_B01_no_answer_goes_without_a_policy(path, host):
    answer = Client(raise_request_exception=False).get(path, headers={"Host": host})
    assert "'self'" not in directives(answer)["script-src"]
    assert directives(answer)["frame-ancestors"] == "'none'"


LISTEN = """
window.blocked = [];
document.addEventListener('securitypolicyviolation', event =>
  blocked.push(event.effectiveDirective + ' ' + event.blockedURI.replace(location.origin, '')));
"""
# As if a page of ours had put the words of a stranger into itself: files of this very host, one
# that the stranger sent among them. The first line shows that a script with the nonce does run.
INJECTED = """<script nonce="{nonce}">window.ranBy = ['nonce']</script>
<script>ranBy.push('inline')</script><script nonce="">ranBy.push('empty')</script>
<script nonce="AAAAAAAAAAAAAAAAAAAAAA">ranBy.push('guessed')</script>
<script src="{file}"></script><script src="/widget.js" data-key="k"></script>
<script type="module" src="/static/okno/live-worker.js"></script>
<script src="data:text/javascript,ranBy.push('data')"></script>
<link rel="modulepreload" href="/static/okno/palette.js">
<img src="data:," onerror="ranBy.push('handler')">
<iframe src="javascript:parent.ranBy.push('address')"></iframe>
<script src="/static/okno/form.js" async></script></body>"""
FILES = ["/widget.js", "/static/okno/live-worker.js", "/static/okno/form.js"]
ADD = """file => new Promise(resolve => {
  const made = Object.assign(document.createElement('script'), {src: file});
  made.onload = () => resolve('ran'); made.onerror = () => resolve('stopped');
  document.body.append(made);
})"""


def inject(route, file):
    """The page as the server gives it, with the scripts of a stranger at its end."""
    answer = route.fetch()
    nonce = NONCE.search(answer.headers["content-security-policy"])[1]
    text = answer.text().replace("</body>", INJECTED.format(nonce=nonce, file=file))
    route.fulfill(response=answer, body=text)


@in_browser
@pytest.mark.django_db(transaction=True)
def test_B01_B03_a_script_of_our_own_host_does_not_run_without_the_nonce(live_world, live_server):
    letter = live_world.letter()
    chat = make_channel("widget", "Velobaza", live_world.support).public_key
    cookie = browser_of(live_world.alice).cookies["okno_console"].value
    url, file = live_server.url, "/attachments/1/"
    pages = (f"/conversations/{letter.conversation_id}/", f"/chat/{chat}/")
    with browser() as chromium, watched(chromium) as (context, _):
        context.add_cookies([{"name": "okno_console", "value": cookie, "url": url}])
        context.add_init_script(LISTEN)
        tab = context.new_page()
        for path in pages:
            tab.route(url + path, lambda route: inject(route, file))
            tab.goto(url + path, wait_until="load")
            stopped = set(tab.evaluate("blocked"))
            assert tab.evaluate(ADD, "/static/okno/form.js") == "stopped"
            assert tab.evaluate("ranBy") == ["nonce"], path
            assert {f"script-src-elem {one}" for one in (file, *FILES)} <= stopped, path
            assert {"script-src-elem inline", "script-src-attr inline"} <= stopped, path
            assert tab.evaluate("'Okno' in window") == path.startswith("/chat/")
