"""Every page of the admin, as each kind of staff that may open it: on a desk's screen and a phone, light and dark (H1).

The administrator opens all there is, on both screens and in both schemes. The others see the same pages with less on
them, each in one of the two ways that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.models import Booking
from doctors.models import Department
from doctors.tests.factories import DepartmentFactory
from tests.journeys.conftest import PHONE, WIDE, Arrives
from tests.staff_room.records import first_of, make_records
from tests.staff_room.test_rights import EXPECTED

WAYS = {
    StaffRole.ADMINISTRATOR: [(WIDE, "light"), (PHONE, "dark")],
    StaffRole.MANAGER: [(PHONE, "light")],
    StaffRole.RECEPTION: [(WIDE, "dark")],
}


def row_of(model: type[Model]) -> Model:
    """One that has all its pages: a department with doctors can't be taken out."""
    return DepartmentFactory() if model is Department else first_of(model)


def pages_of(model: type[Model], rights: set[str]) -> Iterator[str]:
    """The list, as it comes, with nothing found and in one year; one record, adding one, and taking it out."""
    name, row = f"admin:{model._meta.app_label}_{model._meta.model_name}", row_of(model)
    listed = reverse(f"{name}_changelist")
    yield listed
    if admin.site._registry[model].search_fields:
        yield f"{listed}?q=zqnothing"
    if days := admin.site._registry[model].date_hierarchy:
        # A draft of an invoice, say, has no day yet.
        day = model._base_manager.filter(**{f"{days}__isnull": False}).values_list(days, flat=True)[0]
        yield f"{listed}?{days}__year={day.year}&{days}__month={day.month}"
    yield reverse(f"{name}_change", args=[row.pk])
    for page, keys in (("add", []), ("delete", [row.pk])):
        if page in rights:
            yield reverse(f"{name}_{page}", args=keys)


def pages_for(kind: StaffRole) -> list[str]:
    pages = [reverse("admin:index")]
    for model in admin.site._registry:
        rights = set(EXPECTED[model._meta.label].get(kind, "").split())
        if rights:
            pages += pages_of(model, rights)
    if "view" in EXPECTED["audit.Entry"].get(kind, ""):
        pages.append(reverse("admin:any_history", args=["bookings", "booking", first_of(Booking).pk]))
    return pages


@pytest.mark.parametrize("kind", [*StaffRole])
def test_every_page_of_the_admin_is_sound(arrives: Arrives, now: datetime, kind: StaffRole) -> None:
    make_records()
    staff = arrives(fingers=True).signs_in_as(make_staff(kind))

    pages = pages_for(kind)
    for path in pages:
        staff.wears(*WAYS[kind][0]).goes_to(path)
        for way in WAYS[kind][1:]:
            staff.wears(*way).looks_around()

    assert len(pages) > 20
    assert set(staff.pages) >= {path.partition("?")[0] for path in pages if not path.endswith("/history/")}
