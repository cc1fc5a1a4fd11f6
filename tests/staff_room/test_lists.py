"""Lists of the admin cost the same however long they are, and never count to the end (H1)."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.tests.factories import make_booking
from core.admin import lists as admin_lists
from core.admin import service_admin
from doctors.tests.factories import make_doctor, make_slot
from tests.staff_room.records import make_records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

MANY = 40
BOOKINGS = "/admin/bookings/booking/"


@pytest.fixture
def desk(db: None) -> Client:
    client = Client()
    client.force_login(StaffFactory())
    client.get("/admin/")  # what is kept for later is kept now
    return client


def lists() -> dict[str, str]:
    return {
        model._meta.label: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    }


def asked(client: Client, path: str) -> list[str]:
    """The statements a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return [str(query["sql"]) for query in captured.captured_queries]


def costs(client: Client) -> dict[str, int]:
    return {
        f"{label}{query}": len(asked(client, path + query))
        for label, path in lists().items()
        for query in ("", "?q=pat")
    }


def test_every_list_takes_as_many_queries_with_one_row_as_with_forty(desk: Client) -> None:
    make_records()
    one = costs(desk)
    for _ in range(MANY - 1):
        make_records()

    many = costs(desk)

    assert len(admin.site._registry) > 15
    assert len(many) == 2 * len(admin.site._registry)
    assert all(model._default_manager.count() >= MANY for model in admin.site._registry)
    assert {path: (one[path], count) for path, count in many.items() if count != one[path]} == {}


def test_no_list_counts_its_rows_without_a_bound(desk: Client) -> None:
    make_records()
    counts = [
        sql
        for path in lists().values()
        for query in ("", "?q=pat", "?p=1")
        for sql in asked(desk, path + query)
        if re.match(r"\s*SELECT COUNT\(", sql)
    ]

    assert len(counts) >= len(lists())
    assert [sql for sql in counts if "LIMIT" not in sql] == []


def test_the_first_page_counts_in_bounds_too(desk: Client) -> None:
    make_records()

    counts = [sql for sql in asked(desk, "/admin/") if re.match(r"\s*SELECT COUNT\(", sql)]

    assert len(counts) == 6
    assert [sql for sql in counts if "LIMIT" not in sql] == []


def test_a_long_list_says_more_than_and_a_short_one_how_many(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_records()
    assert "3 in the list" in desk.get(BOOKINGS).content.decode()

    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 2)
    page = desk.get(BOOKINGS)

    assert "more than 2 in the list" in page.content.decode()
    assert page.context["cl"].result_count == 2


# Acting on many


def test_more_rows_than_one_run_takes_are_said_and_the_next_run_goes_on(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_admin, "MOST_AT_ONCE", 2)
    doctor = make_doctor()
    for day in range(1, 6):
        make_booking(slot=make_slot(doctor, days=day))
    form = {"action": "confirm", "select_across": "1", "_selected_action": "0"}

    said = [str(next(iter(desk.post(BOOKINGS, form, follow=True).context["messages"]))) for _ in range(3)]

    assert said == [
        "2 appointments confirmed. These were the first 2 of 5: run it again for the rest.",
        "2 appointments confirmed. These were the first 2 of 3: run it again for the rest.",
        "1 appointment confirmed.",
    ]
    assert set(Booking.objects.values_list("status", flat=True)) == {"CONFIRMED"}


def test_cancelling_many_says_how_many_are_left(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_admin, "MOST_AT_ONCE", 2)
    doctor = make_doctor()
    for day in range(1, 4):
        make_booking(slot=make_slot(doctor, days=day))

    page = desk.post(BOOKINGS, {"action": "cancel", "select_across": "1", "_selected_action": "0"})

    assert "These are the first 2 of 3." in page.content.decode()
    assert len(page.context["bookings"]) == 2


@pytest.mark.parametrize(
    "asked_for",
    [
        {"year": "9999"},
        {"year": "99999999999999999999"},
        {"year": "9" * 5_000},
        {"year": "9999", "month": "12"},
        {"year": "2026", "month": "13"},
        {"year": "2026", "month": "2", "day": "30"},
        {"year": "then"},
        {"month": "0"},
    ],
)
def test_a_day_there_is_not_shows_the_list_without_it(desk: Client, asked_for: dict[str, str]) -> None:
    found = lists()
    assert len(found) > 15
    for model, path in found.items():
        field = admin.site._registry[apps.get_model(model)].date_hierarchy
        answer = desk.get(path, {f"{field}__{part}": value for part, value in asked_for.items()})
        expected = (302, f"{path}?e=1") if field else (answer.status_code, answer.get("Location"))
        assert (answer.status_code, answer.get("Location")) == expected, path
        assert answer.status_code < 500
