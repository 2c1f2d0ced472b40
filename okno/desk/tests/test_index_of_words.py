"""The index of words: any table's, the same on both databases."""

import pytest
from django.db import connection

from okno.desk.search import contacts
from okno.kit import words
from okno.kit.search import stems
from okno.kit.search.index import Index

pytestmark = pytest.mark.django_db
FIRST = "The lamp of order A-17 does not shine"
SECOND = "Лампы придут завтра"


def made(table):
    """An index whose table is there until the test ends."""
    index = Index(table, "article_id")
    with connection.cursor() as cursor:
        for statement in index.creation(connection.vendor):
            cursor.execute(statement)
    return index


@pytest.fixture
def articles():
    return made("test_articles")


def found(index, text, **more):
    return index.having(stems.expression(words.query(text), **more))


def test_a_second_index_finds_its_own_rows_and_no_others(articles):
    drafts = made("test_drafts")
    articles.put([articles.entry(1, FIRST), articles.entry(2, SECOND)])
    drafts.put([drafts.entry(1, SECOND)])
    assert found(articles, "lamps ") == [1] and found(articles, "лампа ") == [2]
    assert found(drafts, "лампа ") == [1] and found(drafts, "lamps ") == []
    assert found(articles, "sh") == [1], "a word that is still being typed"
    drafts.clear()
    assert found(drafts, "лампа ") == [] and found(articles, "лампа ") == [2]


def test_newer_words_take_the_place_of_older_ones_and_a_row_can_go(articles):
    articles.put([articles.entry(key, FIRST) for key in (1, 2, 3)])
    articles.put([articles.entry(2, SECOND)])
    assert found(articles, "lamp ") == [3, 1] and found(articles, "завтра ") == [2]
    articles.put([(3, None)])
    articles.drop([2, 4])
    assert found(articles, "lamp ") == [1] and found(articles, "завтра ") == []


def test_marks_limits_and_words_that_must_be_absent(articles):
    articles.put([articles.entry(1, FIRST, ["π1"]), articles.entry(2, f"{FIRST} today", ["π2"])])
    assert found(articles, "lamp ", one_of=["π1"]) == [1]
    assert found(articles, "lamp ", without=words.query("today ")) == [1]
    assert articles.having(stems.expression(words.query("lamp ")), limit=1) == [2]


def test_the_indexes_of_the_desk_have_the_same_form():
    """The table of an index made now is the one that earlier migrations made."""
    other = made("test_others")
    assert _form(other) == _form(contacts.INDEX)


def _form(index):
    told = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name = %s",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY indexdef",
    }
    with connection.cursor() as cursor:
        cursor.execute(told[connection.vendor], [index.table])
        form = [row[0].replace(index.table, "T").replace(index.key, "K") for row in cursor]
    assert form
    return form
