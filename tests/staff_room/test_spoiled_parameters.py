"""Every page of the admin is deaf to values that make no sense: in its address and in what is posted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory, sign_in
from tests.staff_room.records import first_of, make_records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
SPOILED = ["a", "-1", "9" * 30, "\u0663", "2026-02-31", "[]", "' OR 1=1", "\u202e"]
OF_LOOKUPS = ["a", "9" * 30, "2026-02-31"]  # Django's own parts read them; ours get each of the values
OURS = ("accounts", "audit", "bookings", "doctors", "integrations", "patients")
ANSWERS = {200, 302, 400, 403, 404}


def our_models() -> list[type[Model]]:
    return [model for model in admin.site._registry if model._meta.app_label in OURS]


def page_of(model: type[Model], name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def chief(client: Client) -> Client:
    make_records()
    sign_in(client, StaffFactory())
    return client


def filters_of(model: type[Model]) -> Iterator[str]:
    listed = admin.site.get_model_admin(model)
    yield from ("p", "o", "q", "e", "all", "_facets", "unknown")
    for filtered in listed.list_filter:
        named = filtered[0] if isinstance(filtered, tuple) else filtered
        yield named if isinstance(named, str) else named.parameter_name
        if isinstance(named, str):
            yield from (f"{named}__exact", f"{named}__id__exact", f"{named}__gte", f"{named}__isnull", f"{named}__in")
    yield from listed.linked_lookups
    if listed.date_hierarchy:
        yield from (f"{listed.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte"))


def fields_of(page: Any) -> list[str]:
    """The names of everything the form of a page can be sent, with the boxes of a moment."""
    if page.status_code != 200 or "adminform" not in page.context:
        return []
    names = list(page.context["adminform"].form.fields)
    return [*names, *(f"{name}_{number}" for name in names for number in (0, 1, 2))]


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model.__name__)
def test_lists_are_deaf_to_spoiled_filters(chief: Client, model: type[Model]) -> None:
    assert chief.get(page_of(model, "changelist")).status_code == 200
    for name in filters_of(model):
        for value in OF_LOOKUPS if "__" in name else SPOILED:
            assert chief.get(page_of(model, "changelist"), {name: value}).status_code in ANSWERS, (name, value)


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model.__name__)
def test_forms_are_deaf_to_spoiled_values(chief: Client, model: type[Model]) -> None:
    row = first_of(model)
    pages = {"add": page_of(model, "add"), "change": page_of(model, "change", row.pk if row else 0)}
    users = User.objects.count()
    for called, path in pages.items():
        clean = chief.get(path)
        assert clean.status_code in ANSWERS, called
        columns = [field.name for field in model._meta.fields]
        for value in SPOILED:
            spoiled = dict.fromkeys([*fields_of(clean), *columns], value)
            assert chief.get(path, spoiled).status_code in ANSWERS, (called, value)
            for name in fields_of(clean) if value == "a" else ():
                assert chief.get(path, {name: value}).status_code == 200, (called, name)
            answer = chief.post(path, spoiled)
            assert answer.status_code in ANSWERS, (called, value)
            if called == "add" and fields_of(clean):
                assert answer.status_code in {200, 302}, (called, value)
    assert User.objects.count() == users


@pytest.mark.parametrize("value", SPOILED)
def test_a_time_is_added_by_hand_after_a_spoiled_address(chief: Client, value: str) -> None:
    page = chief.get("/admin/doctors/slot/add/", {"doctor": value, "starts_at": value})
    assert page.status_code == 200
    assert 'name="doctor"' in page.text
    posted = chief.post("/admin/doctors/slot/add/", {"doctor": value})
    assert posted.status_code == 200
    assert "doctor" in posted.context["adminform"].form.errors
