"""Saved filters by the API: whose they are, and their counts."""

import json
from urllib.parse import urlencode

from okno.desk.actions import save_view
from okno.spine import reading

OPEN = [{"name": "status", "operator": "is", "value": ["open"]}]


def test_C08_a_token_gets_its_agents_filters_and_counts_of_what_they_see(world, bob, carol):
    world.letter()
    world.do(save_view, world.bob, "Own", OPEN)
    mine = [*OPEN, {"name": "assignee", "operator": "is", "value": ["me"]}]
    world.do(save_view, world.alice, "Shared", OPEN, is_shared=True)
    world.do(save_view, world.alice, "Shared mine", mine, is_shared=True)
    while reading.read_once():
        pass
    seen = {
        name: {row["name"]: row["count"] for row in program("GET", "/views")[1]["items"]}
        for name, program in (("bob", bob), ("carol", carol))
    }
    assert seen["bob"] == {"Own": 1, "Shared": 1, "Shared mine": None}
    assert seen["carol"] == {"Shared": 0, "Shared mine": None}


VIP = {"name": "subject", "operator": "contains", "value": "vip"}
HIGH = {"name": "priority", "operator": "at_least", "value": 3}


def test_a_filter_is_made_changed_deleted_and_brought_back(world, bob, carol):
    given = {"name": "Soon", "conditions": [*OPEN, {"any": [VIP, {"not": HIGH}]}]}
    status, made = bob("POST", "/views", given)
    assert (status, made["conditions"]) == (201, given["conditions"])
    assert (made["sort"], made["icon"], made["is_shared"], made["count"]) == (
        ("newest", "filter", False, 0)
    )
    path = f"/views/{made['id']}"
    assert bob("GET", path) == (200, made)
    assert carol("GET", path)[0] == carol("PATCH", path, {"name": "Hers"})[0] == 404
    status, changed = bob("PATCH", path, {"name": "Now", "sort": "time_left"})
    assert status == 200
    assert changed == made | {"name": "Now", "sort": "time_left"}
    assert bob("DELETE", path)[0] == 200
    assert bob("GET", path)[0] == 404
    assert carol("POST", f"{path}/restore")[0] == 404
    assert bob("POST", f"{path}/restore") == (200, changed)
    assert bob("GET", "/views")[1]["items"] == [changed]


def test_what_is_no_filter_is_refused_in_words(world, bob, alice):
    for given, status, says in (
        ({"conditions": [{"any": []}]}, 422, "1 to 12 conditions"),
        ({"conditions": [{"xor": OPEN}]}, 422, "all, any, not"),
        ({"conditions": [{"name": "pk", "operator": "is", "value": 1}]}, 422, "known: assignee"),
        ({"sort": "worst"}, 422, "worst"),
        ({"icon": "skull"}, 422, "skull"),
        ({"name": "  "}, 422, "needs a name"),
        ({"conditions": []}, 422, ""),
        ({"is_shared": True}, 403, ""),
        ({"is_shared": True, "team": 999_999}, 404, ""),
    ):
        found, answer = bob("POST", "/views", {"name": "x", "conditions": OPEN} | given)
        assert found == status, (given, answer)
        assert says in str(answer), (given, answer)
    assert bob("GET", "/views")[1]["items"] == []


def test_the_list_speaks_the_language_of_filters(world, bob, carol):
    vip, plain = (world.letter(subject=words).conversation for words in ("A VIP order", "A bill"))

    def numbers(program, **asked):
        status, page = program("GET", f"/conversations?{urlencode(asked)}")
        assert status == 200, page
        return [row["number"] for row in page["items"]]

    for given, found in (
        ([VIP], [vip.pk]),
        ({"not": VIP}, [plain.pk]),
        ([{"any": [VIP, HIGH]}], [vip.pk]),
        ([{"any": [VIP, *OPEN]}, {"not": {"all": [VIP, HIGH]}}], [plain.pk, vip.pk]),
    ):
        assert sorted(numbers(bob, conditions=json.dumps(given))) == sorted(found), given
    assert numbers(carol, conditions=json.dumps([VIP])) == []
    made = bob("POST", "/views", {"name": "VIP", "conditions": [VIP]})[1]["id"]
    assert numbers(bob, view=made) == [vip.pk]
    assert numbers(bob, view=made, conditions=json.dumps([HIGH])) == []
    assert carol("GET", f"/conversations?view={made}")[0] == 404
    for text in ("", "{", "[" * 9_000, "null", "NaN", '[{"name": "pk"}]', '{"all": NaN}'):
        status, answer = bob("GET", f"/conversations?{urlencode({'conditions': text})}")
        assert status == (200 if not text else 422), (text, answer)
