"""D05: a site can pin the script by its hash, and then runs nothing else."""

import base64
import hashlib
import re
from html import unescape

import pytest
from django.test import Client

from okno.channels.widget import script
from okno.console.tests.conftest import browser_of

pytestmark = pytest.mark.django_db


def shown(world, channel):
    page = browser_of(world.alice).get(f"/settings/channels/{channel.pk}/").content.decode()
    return [unescape(text) for text in re.findall(r"<textarea[^>]*readonly[^>]*>([^<]*)<", page)]


def test_D05_the_hash_on_the_page_is_that_of_the_script(world, chat):
    plain, pinned = shown(world, chat)
    assert 'src="http://localhost:8000/widget.js"' in plain and "integrity" not in plain
    found = re.search(r'src="http://localhost:8000(/[^"]+)" integrity="([^"]+)"', pinned)
    path, told = found.groups()
    assert 'crossorigin="anonymous"' in pinned and f'data-key="{chat.public_key}"' in pinned
    answer = Client().get(path)
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
    assert told == f"sha384-{digest}"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.content == Client().get("/widget.js").content
    assert "immutable" not in Client().get("/widget.js")["Cache-Control"]


def test_D05_an_earlier_version_that_was_pinned_stays(world, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    script.keep(script.Version(b"earlier", "0123456789abcdef", ""))
    assert Client().get("/widget-0123456789abcdef.js").content == b"earlier"
    for name in ("0123456789abcdee", "0123456789ABCDEF", "x", "..", "0123456789abcdef0"):
        answer = Client().get(f"/widget-{name}.js")
        assert answer.status_code == 404, name


def test_a_form_says_how_it_comes_to_a_site(world, form):
    address, frame = shown(world, form)
    assert address.endswith(f"/form/{form.public_key}/") and f'src="{address}"' in frame
    assert shown(world, world.channel) == []
