"""A browser that notices when words of a stranger run, and everything it asks others for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

# Dialogs are told instead of shown, so that a page with a thousand of them does not stop.
_WATCH = """
for (const name of ['alert', 'confirm', 'prompt', 'print', 'msgbox'])
  window[name] = () => console.log('RAN ' + name);
"""
# What a browser says when a sandboxed frame ran far enough to ask for a dialog.
_SIGNS = ("RAN ", "Ignored call to")
# Wakes handlers that wait for a person.
STIR = """
() => {
  const names = ['click', 'mouseover', 'pointerover', 'focus', 'toggle', 'load', 'error',
                 'animationstart', 'animationend', 'transitionend', 'begin', 'input', 'change'];
  let count = 0;
  document.addEventListener('click', event => event.preventDefault(), true);
  const all = root => {
    for (const element of root.querySelectorAll('*')) {
      for (const name of names) element.dispatchEvent(new Event(name, {cancelable: true}));
      count += 1;
      if (element.shadowRoot) all(element.shadowRoot);
    }
  };
  all(document);
  return count;
}
"""
# What pages were told and pictures they began to load before this have had their turn after it.
SETTLED = """
async () => {
  await new Promise(done => {
    addEventListener('message', event => { if (event.data === 'the last') done(); });
    postMessage('the last', '*');
  });
  await new Promise(done => {
    const picture = new Image();
    picture.onload = picture.onerror = done;
    picture.src = '/no-such-picture?' + performance.now();
  });
}
"""
# As the browser itself reads the page: what runs, loads, leads or covers. Empty when all is well.
AUDIT = """
() => {
  const bad = [], links = new Set(['http:', 'https:', 'mailto:', 'tel:']);
  const tags = 'SCRIPT IFRAME OBJECT EMBED FORM INPUT BUTTON BASE META LINK STYLE svg math TEMPLATE'
    + ' VIDEO AUDIO SOURCE TEXTAREA SELECT DIALOG PORTAL FRAME FRAMESET APPLET';
  const banned = new Set(tags.split(' '));
  for (const element of document.querySelectorAll('.vector *')) {
    const here = element.closest('.vector').dataset.number;
    const say = what => bad.push(here + ': ' + what + ' ' + element.outerHTML.slice(0, 200));
    if (banned.has(element.tagName)) say('tag');
    for (const {name, value} of element.attributes) {
      if (name.startsWith('on')) say('handler');
      if (name === 'src' && !value.startsWith('data:image/')) say('src');
      if (['srcset', 'background', 'ping', 'formaction', 'action', 'srcdoc'].includes(name))
        say(name);
    }
    if (element.tagName === 'A' && element.hasAttribute('href') && !links.has(element.protocol))
      say('link');
    const style = getComputedStyle(element);
    if (style.position !== 'static' || style.zIndex !== 'auto' || style.opacity !== '1'
        || style.transform !== 'none' || style.filter !== 'none' || style.clipPath !== 'none'
        || style.webkitTextSecurity !== 'none' || style.pointerEvents !== 'auto'
        || style.backgroundImage !== 'none')
      say('style');
  }
  return bad;
}
"""


@dataclass
class Alarm:
    """What happened in a window: signs of running, and addresses of other hosts asked."""

    ran: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def elsewhere(self, *ours: str) -> list[str]:
        """Requests to hosts that are not ours."""
        hosts = {urlsplit(one).netloc for one in ours} | {""}
        return [url for url in self.asked if urlsplit(url).netloc not in hosts]


def _dialog(alarm: Alarm, dialog: Any) -> None:
    alarm.ran.append("dialog " + dialog.message)
    dialog.dismiss()


def _said(alarm: Alarm, line: Any) -> None:
    alarm.said.append(line.text)
    if line.text.startswith(_SIGNS):
        alarm.ran.append(f"{line.text} {line.location}")


@contextmanager
def watched(chromium: Any, *, without_policy: bool = False) -> Iterator[tuple[Any, Alarm]]:
    """A window and its alarm; `without_policy` switches content security policies off."""
    context = chromium.new_context(
        bypass_csp=without_policy, viewport={"width": 1440, "height": 900}
    )
    alarm = Alarm()
    context.add_init_script(_WATCH)
    context.set_default_timeout(20_000)
    context.on("dialog", lambda dialog: _dialog(alarm, dialog))
    context.on("console", lambda line: _said(alarm, line))
    context.on("request", lambda request: alarm.asked.append(request.url))
    yield context, alarm
    context.close()
