"""Saved filters in the console: made, changed, shared, deleted, brought back; and their counts."""

import re
from datetime import timedelta

import pytest

from okno.console.tests.conftest import browser_of
from okno.desk import actions
from okno.desk.models import View
from okno.kit import clock
from okno.spine import reading

NAME = re.compile(r'class="nav-item" href="/\?view=(v\d+)"[^>]*>.*?<span class="cut">([^<]*)')


def read_all():
    while reading.read_once():
        pass


def shelf(browser):
    return {name: key for key, name in NAME.findall(browser.get("/").content.decode())}


def line(place, name, operator, *values, typed=False):
    found = {f"c{place}-name": name, f"c{place}-operator": operator, f"c{place}-value": values}
    return found | ({f"c{place}-typed": "1"} if typed else {})


def save(browser, address="/views/new", **fields):
    form = {"do": "save", "name": "Urgent", "sort": "newest", "icon": "star", "share": "", **fields}
    return browser.post(address, form)


URGENT = line(0, "priority", "at_least", "3") | line(1, "status", "is", "open", "pending")


def test_a_filter_is_made_shows_its_list_and_its_count(world):
    talk = world.letter("It burns", subject="Fire").conversation
    world.letter("Not urgent", subject="Calm")
    world.do(actions.set_priority, world.bob, talk, 4)
    browser = browser_of(world.bob)
    made = save(browser, **URGENT)
    assert made.status_code == 302, made.content.decode()
    read_all()
    page = browser.get(made["Location"]).content.decode()
    rows = page[page.index('id="list"') : page.index('id="thread"')]
    assert "Fire" in rows
    assert "Calm" not in rows
    assert list(shelf(browser)) == ["Urgent"]
    assert '<span class="cut">Urgent</span><span class="count">1</span>' in page
    assert shelf(browser_of(world.alice)) == {}


def test_one_of_the_conditions_is_enough_where_the_form_says_so(world):
    for subject, priority in (("Fire", 4), ("Bill", 2), ("Calm", 1)):
        talk = world.letter(subject=subject).conversation
        world.do(actions.set_priority, world.bob, talk, priority)
    browser = browser_of(world.bob)
    either = line(0, "priority", "at_least", "4") | line(1, "subject", "contains", "bill")
    page = browser.get(save(browser, join="any", **either)["Location"]).content.decode()
    rows = page[page.index('id="list"') : page.index('id="thread"')]
    assert [subject in rows for subject in ("Fire", "Bill", "Calm")] == [True, True, False]
    (view,) = View.objects.all()
    form = browser.get(f"/views/{view.pk}/edit").content.decode()
    assert '<option value="any" selected>' in form
    save(browser, f"/views/{view.pk}/edit", join="all", **either)
    view.refresh_from_db()
    assert [one["name"] for one in view.conditions] == ["priority", "subject"]


def test_nested_conditions_stay_as_they_are(world):
    high = {"name": "priority", "operator": "at_least", "value": 3}
    asked = [{"not": {"any": [high, {"name": "waiting", "operator": "is", "value": True}]}}]
    view = world.do(actions.save_view, world.bob, "Rest", asked)
    browser = browser_of(world.bob)
    form = browser.get(f"/views/{view.pk}/edit").content.decode()
    assert "the API can change them" in form
    assert "c0-name" not in form
    assert "c0-name" not in browser.get(f"/views/new?view=v{view.pk}").content.decode()
    assert save(browser, f"/views/{view.pk}/edit", name="Quiet").status_code == 302
    view.refresh_from_db()
    assert (view.name, view.conditions) == ("Quiet", asked)


def test_the_form_begins_with_the_present_list_and_grows_line_by_line(world):
    browser = browser_of(world.bob)
    page = browser.get("/views/new?view=mine").content.decode()
    for word in ('value="assignee"', 'value="me" checked', 'value="open" checked'):
        assert word in page
    grown = browser.post(
        "/views/new",
        {"do": "add", "new": "tag", "name": "Half", **line(0, "team", "is_not", "none")},
    ).content.decode()
    assert 'name="c1-name" value="tag"' in grown
    assert 'value="Half"' in grown
    fewer = browser.post(
        "/views/new", {"remove": "0", **line(0, "team", "is", "none"), **line(1, "tag", "is")}
    ).content.decode()
    assert 'name="c0-name" value="tag"' in fewer
    assert "c1-name" not in fewer
    assert not View.objects.exists()


def test_what_is_wrong_stands_beside_its_line(world):
    browser = browser_of(world.bob)
    bad = save(browser, **line(0, "status", "is"), **line(1, "company", "is", "Nobody", typed=True))
    assert bad.status_code == 422
    text = bad.content.decode()
    assert "Choose or write something here." in text
    assert "no company is called" in text
    assert save(browser, name="").status_code == 422
    assert "a filter needs a name" in save(browser, name=" ", **URGENT).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        line(0, "pk", "is", "1"),
        line(0, "status", "__in", "open"),
        line(0, "status", "is", "open' OR 1=1"),
        {**URGENT, "sort": "password"},
        {**URGENT, "icon": "x.svg#y"},
        line(0, "created", "before"),
        {"c0-name": "created", "c0-operator": "before", "c0-date": "2026-99-99"},
    ],
)
def test_C11_the_form_takes_only_what_is_on_the_list(world, fields):
    assert save(browser_of(world.bob), **fields).status_code == 422
    assert not View.objects.exists()


def test_a_filter_is_changed_deleted_and_brought_back(world):
    browser = browser_of(world.bob)
    key = save(browser, **URGENT)["Location"].partition("=")[2]
    pk = int(key[1:])
    assert "checked" in browser.get(f"/views/{pk}/edit").content.decode()
    save(browser, f"/views/{pk}/edit", **{**URGENT, "name": "Burning", "sort": "time_left"})
    assert shelf(browser) == {"Burning": key}
    page = browser.post(f"/views/{pk}/delete", follow=True).content.decode()
    assert "Filter “Burning” deleted" in page
    assert browser.get(f"/?view={key}").status_code == 404
    browser.post(re.search(r'action="(/views/\d+/restore[^"]*)"', page)[1])
    assert shelf(browser) == {"Burning": key}


def test_C08_foreign_filters_are_absent_and_shared_ones_need_a_supervisor(world):
    bob, carol, alice = map(browser_of, (world.bob, world.carol, world.alice))
    key = save(bob, **URGENT)["Location"].partition("=")[2]
    pk = int(key[1:])
    for browser in (carol, alice):
        assert browser.get(f"/?view={key}").status_code == 404
        assert browser.get(f"/views/{pk}/edit").status_code == 404
        assert browser.post(f"/views/{pk}/delete").status_code == 404
        assert browser.post(f"/views/{pk}/restore").status_code == 404
    assert save(bob, **URGENT, share="all").status_code == 403
    save(alice, **URGENT, share=str(world.sales.pk), name="For sales")
    assert list(shelf(carol)) == ["For sales"]
    assert list(shelf(bob)) == ["Urgent"]
    shared = int(shelf(carol)["For sales"][1:])
    assert carol.get(f"/views/{shared}/edit").status_code == 403


def test_waiting_comes_by_deadline_then_by_how_long_and_pages_by_key(world):
    talks = [world.letter(f"Letter {n}", subject=f"Subject {n}.").conversation for n in range(60)]
    for n in (50, 7, 33):
        due = clock.now() + timedelta(hours=n)
        world.do(actions.set_due, world.alice, talks[n], due)
    expected = [7, 33, 50, *(n for n in range(60) if n not in (7, 33, 50))]
    browser = browser_of(world.bob)
    page = browser.get("/").content.decode()
    key = re.search(r"after=([\w-]+)", page)[1]
    rest = browser.get(f"/?after={key}").content.decode()
    shown = [
        int(n) for text in (page, rest) for n in re.findall(r"row-subject\">Subject (\d+)", text)
    ]
    assert shown == expected
    assert browser.get("/?after=d1-1").status_code == 200
    assert browser.get("/?after=x1-1").status_code == 404


def test_the_title_and_counts_come_from_the_tallies(world):
    world.letter()
    browser = browser_of(world.bob)
    assert 'data-title-count="0"' in browser.get("/inbox/filters").content.decode()
    read_all()
    page = browser.get("/inbox/filters").content.decode()
    assert 'data-title-count="1"' in page
    assert page.count('class="count') == 3
