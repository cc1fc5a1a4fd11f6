"""A plan that no longer fits is a calm answer once, and no fault afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pghistory
import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import Busy
from core.postgres.prepared import Insert, Prepared, rows_of, run

pytestmark = pytest.mark.django_db(transaction=True)
TEN = [Group(name=f"Group {number}") for number in range(10)]
WIDER = "ALTER TABLE prepared_test ALTER name TYPE varchar(20)"


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def read() -> Iterator[Prepared]:
    """Of a table of its own, and known to this connection."""
    execute("CREATE TABLE prepared_test (id bigint, name varchar(10))", "INSERT INTO prepared_test VALUES (1, 'one')")
    statement = Prepared("prepared_test_read", ["bigint"], "SELECT name FROM prepared_test WHERE id = $1")
    assert run(statement.call(1)) == ("one",)
    yield statement
    execute("DROP TABLE prepared_test")
    connection.close()


def test_a_column_of_another_type_is_read_all_the_same(read: Prepared) -> None:
    execute(WIDER)

    assert run(read.call(1)) == ("one",)
    assert rows_of(read.call(2)) == []


def test_only_what_writes_takes_the_context_of_the_trail_along(read: Prepared) -> None:
    insert = Insert(Group)
    with CaptureQueriesContext(connection) as asked, pghistory.context(page="/here/"):
        run(read.call(1))
        run(read.call(1), read.whole(1))
        rows_of(read.call(1))
        run(read.call(1), insert.call([Group(name="Written")]))
        run(read.whole(1), insert.call([Group(name="Written as well")]))

    sent = ["/here/" in query["sql"] for query in asked.captured_queries if "PREPARE" not in query["sql"]]
    assert sent == [False, False, False, True, True]


def test_inside_a_transaction_it_is_a_calm_answer_once(read: Prepared) -> None:
    execute(WIDER)
    with pytest.raises(Busy), transaction.atomic():
        run(read.call(1))

    with transaction.atomic():
        assert run(read.call(1)) == ("one",)


def test_a_name_that_was_lost_or_is_there_already_is_no_fault(read: Prepared) -> None:
    execute("DEALLOCATE prepared_test_read")
    assert run(read.call(1)) == ("one",)

    connection.close()
    execute("PREPARE prepared_test_read (bigint) AS SELECT 'another'")
    with pytest.raises(Exception, match="already exists"):
        read.call(1)
    assert run(read.call(1)) == ("one",)


def test_an_error_of_the_statement_itself_is_told(read: Prepared) -> None:
    execute("ALTER TABLE prepared_test RENAME name TO called")
    with pytest.raises(Exception, match="name"):
        run(read.call(1))


def test_many_rows_are_written_at_once_and_their_statement_is_not_kept() -> None:
    insert = Insert(Group)
    with transaction.atomic():
        run(insert.call(TEN))
        run(insert.call([Group(name="One")]))

    assert Group.objects.filter(name__in=["One", *(group.name for group in TEN)]).count() == 11
    assert list(insert._statements) == [1]
