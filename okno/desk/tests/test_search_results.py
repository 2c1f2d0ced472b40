"""What is found and in which order: one list for both databases (C08, C11, B02)."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okno.contacts.actions import change_contact
from okno.contacts.actions import merge as merge_contacts
from okno.contacts.models import Company, Contact
from okno.desk import search
from okno.desk.actions import add_tag, assign, mark_spam, move_to_team, note, reply, set_status
from okno.desk.actions.reply import Body
from okno.desk.models import Conversation, Message
from okno.desk.search import candidates, contacts
from okno.desk.search.completing import offers
from okno.desk.search.language import read
from okno.desk.search.snippets import marked
from okno.kit import clock
from okno.spine import SYSTEM
from okno.spine.reading import read_once

again = import_module("okno.desk.migrations.0017_search_again")
DAYS = ("2026-11-01", "2026-11-05", "2026-11-10", "2026-11-15", "2026-11-20", "2026-11-21")
LETTERS = (
    ("dan", "Lamp", "The lamp flickers and the lamp goes out"),
    ("eve", "Счёт", "Счета не пришли, лампа тоже"),
    ("dan", "Two chairs", "Chairs came without screws; the lamp is fine"),
    ("eve", "Возврат", "Верните деньги за заказ A-12/2024"),
    ("dan", "Lamp refund", "I want a refund, not another lamp"),
    ("eve", "Ещё заказ", "Мои заказы не приехали, звоните +7 495 123-45-67"),
)


def caught_up():
    while read_once():
        pass


@pytest.fixture
def corpus(world):
    """Six conversations, numbered 1 to 6 by `names`, on six days."""
    made = []
    for day, (who, subject, text) in zip(DAYS, LETTERS, strict=True):
        with clock.held_at(datetime.fromisoformat(f"{day}T12:00:00+00:00")):
            made.append(world.letter(text, who=who, subject=subject).conversation)
    world.do(add_tag, world.bob, made[0], "Срочно")
    world.do(add_tag, world.bob, made[1], "very important")
    world.do(assign, world.bob, made[2], world.bob)
    world.do(set_status, world.bob, made[3], "solved")
    world.do(mark_spam, world.bob, made[5])
    caught_up()
    world.made = made
    return world


def found(world, question, actor=None, **more):
    """Positions in LETTERS, from 1, of what an actor finds."""
    with clock.held_at(datetime(2026, 11, 21, 13, tzinfo=UTC)):
        rows = search.find(actor or world.bob, question, **more).rows
    numbers = [conversation.pk for conversation in world.made]
    return [numbers.index(row["number"]) + 1 for row in rows]


EXPECTED = [
    ("lamp", [5, 3, 1]), ("лампы", [2]), ("ламп", [2]), ("lam", [5, 3, 1]), ("счет", [2]),
    ('"the lamp"', [3, 1]), ('"lamp refund"', [5]), ('"refund lamp"', []), ("«не пришли»", [2]),
    ("lamp -refund", [3, 1]), ("lamp -flickering -screws", [5]), ('lamp -"goes out"', [5, 3]),
    ("status:solved", [4]), ("статус:решено", [4]), ("status:open lamp", [5, 3, 1]),
    ("-status:solved заказ", []), ("tag:срочно", [1]), ("метка:Срочно", [1]),
    ('tag:"very important"', [2]), ("assignee:me", [3]), ("ответственный:я lamp", [3]),
    ("assignee:nobody lamp", [5, 1]), ("assignee:bob", [3]), ("team:support lamp", [5, 3, 1]),
    ("группа:никто", []), ("channel:email lamp", [5, 3, 1]), ("канал:support деньги", [4]),
    ("from:dan", [5, 3, 1]), ("от:eve@client", [4, 2]), ("from:nobodyatall", []),
    ("from:dan lamp -from:eve", [5, 3, 1]), ("priority:normal деньги", [4]), ("is:spam", [6]),
    ("есть:спам заказы", [6]), ("is:unassigned refund", [5]), ("заказ", [4]), ("заказы", [4]),
    ("lamp before:2026-11-10", [1]), ("lamp after:10.11.2026", [5, 3]), ("after:вчера", [5]),
    ("lamp after:2026-11-02 до:2026-11-12", [3]), ("after:7d", [5, 4]),
    ("a-12/2024", [4]), ("dan@client.example refund", [5]), ("LAMP Refund", [5]),
    ("status:opne", []), ("notanoperator:lamp", []), ("-lamp", []), ("status:", []), ("", []),
]  # fmt: skip


def test_C08_the_same_list_on_each_database(corpus):
    for question, expected in EXPECTED:
        assert found(corpus, question) == expected, question


def test_best_match_puts_subjects_and_words_in_a_row_first(corpus):
    assert found(corpus, "lamp refund", is_best_first=True) == [5]
    assert found(corpus, "lamp", is_best_first=True) == [5, 1, 3]
    first = search.find(corpus.bob, "lamp", limit=2, is_best_first=True)
    second = search.find(corpus.bob, "lamp", limit=2, is_best_first=True, after=first.next)
    assert len(first.rows) == 2 and len(second.rows) == 1 and second.next == ""


def test_what_cannot_be_read_is_told_with_what_was_meant(corpus):
    cases = [
        ("stauts:open", "unknown_operator", "status:open"),
        ("status:opne", "unclear_value", "status:open"),
        ("метка:срочн", "unclear_value", "метка:Срочно"),
        ('tag:"very importnt"', "unclear_value", 'tag:"very important"'),
        ("before:soon", "unclear_value", ""),
        ("is:zzz", "unclear_value", ""),
        ("-lamp", "only_without", ""),
        ("x" * 400, "too_long", ""),
    ]
    for question, code, instead in cases:
        problem = search.find(corpus.bob, question).problems[0]
        assert (problem.code, problem.instead) == (code, instead), question


def test_pages_hold_each_conversation_once_though_it_fits_again(corpus):
    for conversation in (corpus.made[0], corpus.made[4]):
        corpus.do(reply, corpus.bob, conversation, Body("The lamp is on its way"))
    caught_up()
    for question in ("lamp", "lamp -refund", '"the lamp"', "lamp status:pending"):
        whole = found(corpus, question)
        seen, after = [], ""
        for _ in range(9):
            page = search.find(corpus.bob, question, limit=1, after=after)
            seen += [row["number"] for row in page.rows]
            if not (after := page.next):
                break
        assert seen == [corpus.made[at - 1].pk for at in whole], question


def test_C08_nobody_learns_of_what_they_may_not_see(corpus):
    corpus.do(note, corpus.bob, corpus.made[0], "Notemarker")
    caught_up()
    for question, _ in EXPECTED:
        for actor in (corpus.carol, corpus.dan, corpus.eve):
            page = search.find(actor, question)
            assert (page.rows, page.next) == ([], ""), (question, actor)
    assert search.find(corpus.alice, "notemarker").rows == []
    for client in (corpus.dan, corpus.eve):
        assert contacts.find(client, "dan") == []
        assert offers(client, "tag:", is_russian=False) == []
        assert search.find(client, "tag:zzz").problems == ()


def test_C08_the_index_follows_team_and_assignee(corpus):
    lamp = corpus.made[0]
    corpus.do(move_to_team, corpus.alice, lamp, corpus.sales)
    caught_up()
    assert found(corpus, "flickers", corpus.carol) == [1]
    assert found(corpus, "flickers") == []
    # Who answers for it sees it in whatever team it is.
    Conversation.objects.filter(pk=lamp.pk).update(assignee=corpus.bob)
    search.index(lamp.messages.values_list("pk", flat=True))
    assert found(corpus, "flickers") == [1]
    corpus.do(assign, corpus.alice, lamp, None)
    caught_up()
    assert found(corpus, "flickers") == []
    corpus.do(move_to_team, corpus.alice, lamp, None)
    caught_up()
    assert found(corpus, "flickers") == found(corpus, "flickers", corpus.carol) == [1]


def test_clients_are_found_by_name_firm_and_address(corpus):
    def names(question):
        caught_up()
        return [row["name"] for row in contacts.find(corpus.carol, question)]

    assert names("da") == names("dan@cli") == names("DAN") == ["Dan"]
    assert names("client.example") == ["Eve", "Dan"]
    assert names("") == names("zzz") == names("' OR 1=1") == []
    Contact.objects.filter(pk=corpus.dan.pk).update(company=Company.objects.create(name="Ёлки"))
    corpus.do(change_contact, corpus.bob, corpus.dan, name="Daniel")
    assert names("елки") == names("daniel") == ["Daniel"]
    corpus.do(merge_contacts, corpus.bob, corpus.eve, corpus.dan)
    assert names("eve@client.example") == ["Daniel"]
    assert found(corpus, "from:eve деньги") == [4]


def test_completions_name_operators_and_values(corpus):
    def labels(question, is_russian=False):
        return [offer.label for offer in offers(corpus.bob, question, is_russian=is_russian)]

    assert labels("")[:2] == ["status:", "tag:"]
    assert labels("", is_russian=True)[:2] == ["статус:", "метка:"]
    assert labels("lamp st") == ["status:"] and labels("отв") == ["ответственный:"]
    assert labels("status:")[:2] == ["open", "открыто"] and labels("статус:")[0] == "открыто"
    assert labels("tag:very") == ["very important"] and labels("lamp ") == []
    taken = offers(corpus.bob, 'lamp tag:"very i', is_russian=False)[0]
    assert taken.question == 'lamp tag:"very important" '
    assert labels("from:da") == ["Dan"] and labels("assignee:bo") == ["Bob", "nobody"]


HOSTILE = [
    '"', '""', '"a', 'a" OR "b', "NEAR(a b)", "a AND", "OR", "*", "^a", "a*b*", "{a b}: c", "-",
    "--",
    "stems:x", "rowid:1", "desk_search MATCH 'x'", "'; DROP TABLE desk_search; --", "\0", "a\0b",
    "status:\0", "tag:'; --", "%", "_", "\\", "$$", "&|!:*()<->", "'a':*", "τ1", "α1", "x003c4x1",
    "before:99999-99-99", "after:-1", "after:٣", "#" + "9" * 30, "9" * 19, "#00", "\ud800",
    "status:" * 200, '"' * 999, "-" * 999, "a" * 10_000, "слово " * 2_000, "tag:" + "x" * 9_000,
    "is:is:is", "from:%", "from:_", "assignee:__class__", "team:1 OR 1=1", "channel:[1]", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE, ids=lambda text: repr(text[:24]))
def test_C11_hostile_questions_find_nothing_and_break_nothing(world, question):
    world.letter("Plain words", subject="")
    caught_up()
    for is_best_first in (False, True):
        page = search.find(world.bob, question, is_best_first=is_best_first)
        assert page.rows == []
    assert contacts.find(world.bob, question) == []
    assert isinstance(offers(world.bob, question, is_russian=True), list)


def plan(sql, values):
    """How the database would answer, as text."""
    asks = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asks + sql, values)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_the_words_are_looked_up_in_an_index(corpus):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A handful of rows is read quicker than any index.
            cursor.execute("SET LOCAL enable_seqscan = off")
    looking = candidates.Looking(corpus.bob, candidates.Wanted(read("lamp ")))
    sql = candidates._NEWEST[connection.vendor].format(fits="1 = 1")
    text = plan(sql, [looking.expression, 10**9, 0, 200])
    assert "VIRTUAL TABLE INDEX" in text or "Index" in text, text
    assert "Seq Scan" not in text and "TEMP B-TREE" not in text, text


def test_spam_and_bin_stay_out_of_words(corpus):
    Conversation.objects.filter(pk=corpus.made[0].pk).update(binned_at=clock.now())
    assert found(corpus, "flickers") == []
    assert found(corpus, "flickers is:bin") == [1]


def test_a_question_looks_at_a_bounded_number_of_messages(corpus):
    """However many fit, a page with no rows says where to look on."""
    rows = [
        Message(conversation=corpus.made[3], direction="in", text="Common bulk", pk=10_000 + n)
        for n in range(60)
    ]
    Message.objects.bulk_create(rows)
    search.index([row.pk for row in rows])
    page = search.find(corpus.bob, "common", limit=50)
    assert [row["number"] for row in page.rows] == [corpus.made[3].pk]
    assert page.rows[0]["message_id"] == 10_059 and page.next == ""


def test_the_system_finds_everything(corpus):
    assert found(corpus, "lamp", SYSTEM) == [5, 3, 1]
    assert found(corpus, "lamp", corpus.alice) == [5, 3, 1]


FORMS = {
    "Нужны две заявки и письмо": ("заявок", "писем", "нужен"),
    "Звонок пришёл без ошибок": ("звонка", "пришла", "ошибка", "придет"),
    "На перекрёстке за три дня дали денег": ("перекресток", "день", "деньги"),
    "Code AB-12345/7, v2.0.1, Wi-Fi": ("12345/7", "2.0.1", "wifi", "wi-fi"),
    "Счёт на 1\u00a0250\u00a0000,50 ₽": ("1250000", "1 250 000", "1 250 000,50"),
}


def test_any_form_of_a_word_and_parts_of_codes_are_found(world):
    made = {text: world.letter(text, subject="").conversation.pk for text in FORMS}
    caught_up()
    for text, questions in FORMS.items():
        for question in (each + end for each in questions for end in ("", " ")):
            rows = search.find(world.bob, question).rows
            assert [row["number"] for row in rows] == [made[text]], question
            assert [
                row["number"] for row in search.find(world.bob, question, is_best_first=True).rows
            ] == [made[text]], question
    (row,) = search.find(world.bob, "заявок ").rows
    pieces = marked(row["snippet"], search.find(world.bob, "заявок ").terms)
    assert [text for text, is_found in pieces if is_found] == ["заявки"]


def test_an_upgraded_desk_is_read_anew_and_stays_searchable_meanwhile(world):
    world.letter("Code AB-12345/7", subject="Lamp")
    caught_up()
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_id FROM spine_cursor WHERE reader = 'desk.search'")
        (before,) = cursor.fetchone()
        for statement in again.STATEMENTS:
            cursor.execute(statement)
    assert len(search.find(world.bob, "lamp").rows) == 1
    caught_up()
    assert len(search.find(world.bob, "12345/7").rows) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_id FROM spine_cursor WHERE reader = 'desk.search'")
        assert cursor.fetchone() == (before,)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL")
def test_what_is_nowhere_is_asked_of_the_index_whatever_the_limit(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO desk_search (message_id, stems) SELECT n, array_to_tsvector("
            "ARRAY(SELECT 'z' || g || 'x' || n % 9 FROM generate_series(1, 80) g))"
            " FROM generate_series(1, 20000) n"
        )
        cursor.execute("SELECT gin_clean_pending_list('desk_search_stems')")
        cursor.execute("ANALYZE desk_search")
    world.letter("Lamp")
    Message.objects.update(id=30_000)
    caught_up()
    with CaptureQueriesContext(connection) as asked:
        assert search.find(world.alice, "nowhere ", limit=1).rows == []
    looks = [one["sql"] for one in asked.captured_queries if "stems @@ '" in one["sql"]]
    assert looks
    for look in looks:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + look)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "desk_search_stems" in plan, plan
