"""What somebody may not read is on no page of the admin, in no file, and can't be found out by asking (A7, H1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from accounts.choices import StaffRole
from bookings.models import Booking
from doctors.models import DoctorProfile
from patients.models import PatientProfile
from tests.staff_room.records import CLINICAL, CONTACT, REASONS, RECORDED, TYPED, make_records
from tests.staff_room.test_rights import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

HIDDEN = {StaffRole.RECEPTION: CLINICAL, StaffRole.MANAGER: (*CLINICAL, *REASONS, *CONTACT)}
SEALED = ("sealed", "0" * 60)  # a token, and the digest of one
NOBODYS = (*SEALED, *RECORDED)  # what doctors write no staff read, whatever kind they are of (F2)


@pytest.fixture(autouse=True)
def records(db: None) -> None:
    make_records()


def models() -> list[type[Model]]:
    return [page.model for page in admin.site._registry.values()]


def pages_of(model: type[Model], *, rows: bool = True) -> Iterator[str]:
    prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{prefix}_changelist")
    yield reverse(f"{prefix}_add")
    for key in model._default_manager.order_by("pk").values_list("pk", flat=True)[:25]:
        yield from (reverse(f"{prefix}_{page}", args=[key]) for page in ("change", "history", "delete"))


def links_beside(path: str, page: str) -> list[str]:
    """Every filter, page and order the list itself offers."""
    return [path + unescape(query) for query in re.findall(r'href="(\?[^"]*)"', page)]


def choices() -> Iterator[str]:
    """What the search-as-you-type boxes answer, for every relation there is."""
    for model in models():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey):
                facts = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
                yield f"{reverse('admin:autocomplete')}?{urlencode({**facts, 'field_name': field.name, 'term': ''})}"


def read(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code in {200, 403, 404}, (path, response.status_code)
    return str(response.content.decode()) if response.status_code == 200 else ""


def everything(client: Client) -> dict[str, str]:
    """Every page, answer and file somebody can get, by address."""
    got = {path: read(client, path) for path in ("/admin/", *choices())}
    for model in models():
        for path in pages_of(model):
            got[path] = read(client, path)
        top = next(pages_of(model))
        got |= {link: read(client, link) for link in links_beside(top, got[top])}
        answer = client.post(top, {"export_list": "yes"})
        got[f"{top} as a file"] = b"".join(answer).decode() if answer.status_code == 200 else ""
    return got | forms_half_way(client)


def forms_half_way(client: Client) -> dict[str, str]:
    """Pages that come only after an answer: cancelling, and what time off hits."""
    booking = Booking.objects.live().latest("starts_at")
    day = booking.starts_at.date().isoformat()
    off = {"doctor": booking.doctor_id, "first_day": day, "last_day": day}
    posts = {
        reverse("admin:bookings_booking_changelist"): {"action": "cancel", "_selected_action": booking.pk},
        reverse("admin:doctors_timeoff_add"): off,
    }
    return {f"{path} half way": client.post(path, data).content.decode() for path, data in posts.items()}


@pytest.mark.parametrize("kind", HIDDEN)
def test_no_page_shows_what_somebody_may_not_read(kind: StaffRole) -> None:
    client, _ = signed_in(kind)

    got = everything(client)

    assert sum(bool(page) for page in got.values()) > 60
    assert [(path, word) for path, page in got.items() for word in (*HIDDEN[kind], *NOBODYS) if word in page] == []


def test_who_may_read_it_all_finds_all_of_it_but_no_key() -> None:
    """The other way round: the words are where they should be, so the test above can see them."""
    client, _ = signed_in(StaffRole.ADMINISTRATOR)

    got = everything(client)
    together = "\n".join(got.values())

    assert [word for word in (*CLINICAL, *REASONS, *CONTACT) if word not in together] == []
    assert [(path, word) for path, page in got.items() for word in NOBODYS if word in page] == []
    files = [page for path, page in got.items() if path.endswith("as a file")]
    assert len(files) > 3
    assert not any(word in page for page in files for word in CLINICAL)


# Asking instead of looking


def count_of(client: Client, path: str) -> int:
    """How many rows a list shows; none where it is refused."""
    response = client.get(path)
    if response.status_code != 200:
        assert response.status_code in {302, 400, 403}, (path, response.status_code)
        return 0
    return int(response.context["cl"].result_count)


@pytest.mark.parametrize("typed", TYPED)
def test_a_manager_finds_nobody_by_what_they_may_not_read(typed: str) -> None:
    client, _ = signed_in(StaffRole.MANAGER)

    found = {path: count_of(client, f"{path}?q={typed}") for path in map(next, map(pages_of, models()))}

    assert {path: count for path, count in found.items() if count} == {}


@pytest.mark.parametrize("typed", ["02079460799", "+44 20 7946 0799", "zqcontact@example.org", "patient PAT"])
def test_reception_finds_them_by_what_they_may(typed: str) -> None:
    client, _ = signed_in(StaffRole.RECEPTION)

    assert count_of(client, f"/admin/patients/patientprofile/?{urlencode({'q': typed})}") == 2
    assert count_of(client, f"/admin/bookings/booking/?{urlencode({'q': typed})}") == 3


def sneaky(model: type[Model], prefix: str = "", depth: int = 3) -> Iterator[str]:
    """Every text there is within three steps of a row, asked for by its address."""
    for field in model._meta.get_fields():
        related = getattr(field, "related_model", None)
        if related is not None and depth > 1:
            yield from sneaky(related, f"{prefix}{field.name}__", depth - 1)
        elif field.name in SECRET_FIELDS:
            yield f"{prefix}{field.name}__contains"
            yield f"{prefix}{field.name}"


SECRET_FIELDS = {
    *("reason", "notes", "cancellation_reason", "medical_history", "allergies", "blood_group", "phone", "email"),
    *("address", "emergency_contact_name", "emergency_contact_phone", "own_phone", "own_email", "sealed_token"),
    *("digest", "password", "content"),
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_no_address_filters_by_what_its_list_does_not_show(kind: StaffRole) -> None:
    """`?reason__contains=a` would tell one letter after the other."""
    client, _ = signed_in(kind)
    asked = {
        f"{path}?{lookup}=z"
        for model, path in ((model, next(pages_of(model))) for model in (Booking, DoctorProfile, PatientProfile))
        for lookup in sneaky(model)
    }

    answers: dict[int, list[str]] = {}
    for path in asked:
        answers.setdefault(client.get(path).status_code, []).append(path)

    assert len(asked) > 100
    assert set(answers) <= {400, 403}, answers.get(200) or answers.get(302)


@pytest.mark.parametrize("kind", HIDDEN)
def test_the_columns_of_a_list_are_those_somebody_may_read(kind: StaffRole) -> None:
    client, _ = signed_in(kind)
    lists: dict[str, Any] = {path: client.get(path) for path in map(next, map(pages_of, models()))}
    shown = {path: page.context["cl"].list_display for path, page in lists.items() if page.status_code == 200}

    assert ("patient_phone" in shown["/admin/bookings/booking/"]) is (kind == StaffRole.RECEPTION)
    assert ("reason" in shown["/admin/bookings/bookingstatuschange/"]) is (kind == StaffRole.RECEPTION)
    assert len(shown) > 2
    assert all("blood_group" not in [str(column) for column in columns] for columns in shown.values())
