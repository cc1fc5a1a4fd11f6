"""A statement written once answers as its queryset does, whatever the values."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import F, JSONField, Max, Min, Value
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from core.postgres.compiled import CompiledQuery, CompiledValues

pytestmark = pytest.mark.django_db


def permissions() -> CompiledQuery[Permission]:
    rows = Permission.objects.select_related("content_type").annotate(loud=Upper(F("codename")))
    rows = rows.filter(content_type__app_label="any app", codename__startswith="add_").order_by("pk")
    return CompiledQuery(rows, {"app": "any app"})


def test_it_finds_what_the_queryset_finds_for_each_value() -> None:
    statement = permissions()
    for app in ("auth", "sessions", "no_such_app"):
        expected = Permission.objects.filter(content_type__app_label=app, codename__startswith="add_").order_by("pk")
        assert statement.run(app=app) == list(expected)


def test_what_is_related_and_annotated_comes_along() -> None:
    with CaptureQueriesContext(connection) as captured:
        found = permissions().run(app="auth")
        told = [(row.content_type.app_label, row.loud) for row in found]  # type: ignore[attr-defined]

    assert ("auth", "ADD_GROUP") in told
    assert len(captured) == 1


def test_a_value_is_never_text_of_the_statement() -> None:
    assert permissions().run(app="auth' OR 'x' = 'x") == []


def test_what_is_left_out_can_still_be_asked_for() -> None:
    Group.objects.create(name="Readers")
    statement = CompiledQuery(Group.objects.filter(name="any name").only("pk"), {"name": "any name"})

    assert [group.name for group in statement.run(name="Readers")] == ["Readers"]


def test_a_stand_in_that_is_not_in_the_statement_is_a_mistake_told_at_once() -> None:
    with pytest.raises(ValueError, match="no_such"):
        CompiledQuery(Group.objects.filter(pk=9_001), {"pk": 9_001, "no_such": "nowhere"})


def test_aggregates_are_one_row_also_of_nothing() -> None:
    groups = Group.objects.filter(name__startswith="any").order_by().values(all=Value(1))
    ends = groups.annotate(first=Min("name"), last=Max("name")).values("first", "last")
    statement = CompiledValues(ends, {"beginning": "any%"})
    Group.objects.bulk_create([Group(name="Readers"), Group(name="Renters"), Group(name="Owners")])

    assert statement.run(beginning="Re%") == [{"first": "Readers", "last": "Renters"}]
    assert statement.run(beginning="Nobody%") == [{"first": None, "last": None}]


def test_values_that_would_have_to_be_converted_are_refused() -> None:
    with pytest.raises(ValueError, match="converted"):
        CompiledValues(Group.objects.annotate(said=Value("1", JSONField())).values("said"), {})
