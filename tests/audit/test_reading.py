"""Nobody reads why somebody else comes, or what is known of their health, without an entry in the trail (H4)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.browser import signs_in
from accounts.tests.factories import StaffFactory, make_staff, sign_in
from audit.choices import CHANGES, Kind
from audit.models import Entry
from audit.triggers import key_of
from bookings.models import Booking
from patients.models import PatientProfile
from tests.architecture.source import python_files, tree_of
from tests.architecture.world import World, addresses, build_world
from tests.staff_room import test_canaries as staff_room
from tests.staff_room.records import CLINICAL, REASONS, make_records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
WORDS = (*CLINICAL, *REASONS)
TOLD = {Kind.PERSONAL_DATA_READ, Kind.RECORD_READ, Kind.EXPORTED, Kind.PERSONAL_DATA_EXPORTED}


def test_every_kind_of_entry_has_a_caller() -> None:
    """A kind nobody writes is a promise nobody keeps."""
    elsewhere = (path for path in python_files(tests=False) if path.parts[0] != "audit" or path.name == "middleware.py")
    used = {
        node.attr
        for path in (*elsewhere, *[path for path in python_files(tests=False) if path.name == "suppression.py"])
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Kind"
    }
    reads = any(
        isinstance(node, ast.Attribute) and node.attr == "personal_data_read"
        for path in python_files(tests=False)
        for node in ast.walk(tree_of(path))
    )

    assert reads
    assert {kind.name for kind in Kind} - used == {kind.name for kind in CHANGES} | {"PERSONAL_DATA_READ"}


def words_on(response: HttpResponse) -> list[str]:
    if response.status_code != 200:
        return []
    page = b"".join(response).decode(errors="replace")
    page = re.sub(r'(?s)<nav id="changelist-filter".*?</nav>', "", page)  # offers every blood group there is
    return [word for word in WORDS if word in page or str(escape(word)) in page]


def entries_of(response: HttpResponse) -> list[Entry]:
    return list(Entry.objects.filter(request_id=response["X-Request-ID"], pgh_label__in=TOLD))


def untold(client: Client, paths: Iterator[str]) -> tuple[list[str], list[str]]:
    """Pages with such words, and those of them that left no entry."""
    seen, silent = [], []
    for path in paths:
        response = client.get(path)
        if words_on(response):
            seen.append(path)
            if not entries_of(response):
                silent.append(path)
    return seen, silent


def admin_pages() -> Iterator[str]:
    for model in staff_room.models():
        yield from staff_room.pages_of(model)
    yield from staff_room.choices()


@pytest.mark.parametrize("kind", StaffRole)
def test_no_page_of_the_admin_shows_it_without_an_entry(kind: StaffRole) -> None:
    make_records()
    client = signs_in(make_staff(kind).username)

    seen, silent = untold(client, admin_pages())

    assert silent == []
    least = {StaffRole.ADMINISTRATOR: 7, StaffRole.RECEPTION: 4, StaffRole.MANAGER: 0}
    assert len(seen) >= least[kind]


def hospital() -> World:
    """One in which everybody has a history, and said why they come."""
    world = build_world()
    PatientProfile.objects.update(medical_history="zqhistory", allergies="zqallergy", blood_group="AB-")
    Booking.objects.update(reason="zqreason", notes="zqnotes")
    return world


def pages(world: World) -> Iterator[str]:
    """Every address of the site that is not the admin's; some with the filters that show a booking of tomorrow."""
    yield from (one.path(world) for one in addresses() if not one.route.startswith("admin/"))
    day = world.booking.starts_at.date().isoformat()
    yield f"{reverse('bookings:doctor_list')}?from={day}&to={day}"
    yield f"{reverse('bookings:desk')}?date={day}"
    yield f"{reverse('bookings:desk_board')}?date={day}"


EXPECTED = {
    "doctor": ("bookings:detail", "bookings:doctor_list"),
    "reception": ("bookings:detail", "bookings:desk"),
    "administrator": ("bookings:detail", "bookings:desk"),
    "manager": (),
    "other_doctor": (),
}


@pytest.mark.parametrize("role", EXPECTED)
def test_no_page_of_the_site_shows_it_to_somebody_else_without_an_entry(role: str) -> None:
    world = hospital()

    seen, silent = untold(world.client(role), pages(world))

    assert silent == []
    arguments = {"bookings:detail": [world.booking.reference]}
    beginnings = [reverse(name, args=arguments.get(name)) for name in EXPECTED[role]]
    assert [path for path in beginnings if not any(address.startswith(path) for address in seen)] == []


def test_people_read_their_own_without_an_entry() -> None:
    world = hospital()

    seen, silent = untold(world.client("patient"), pages(world))

    assert seen
    assert silent == seen


def test_the_entry_says_who_was_read_by_whom_and_where() -> None:
    make_records()
    staff = make_staff(StaffRole.ADMINISTRATOR)
    patient = PatientProfile.objects.exclude(user=None).earliest("pk")

    signs_in(staff.username).get(reverse("admin:patients_patientprofile_change", args=[patient.pk]))

    entry = Entry.objects.get(pgh_label=Kind.PERSONAL_DATA_READ)
    assert (entry.actor, entry.about, entry.model) == (staff, [key_of(patient)], "patients.patientprofile")
    assert entry.place == "GET admin:patients_patientprofile_change"


def test_asking_for_a_blood_group_is_reading_it() -> None:
    make_records()
    client = signs_in(make_staff(StaffRole.ADMINISTRATOR).username)

    client.get(f"{reverse('admin:patients_patientprofile_changelist')}?blood_group__exact=AB-")

    assert Entry.objects.get(pgh_label=Kind.PERSONAL_DATA_READ).details["people"] == 2


def broken(*_: Any, **__: Any) -> None:
    raise DatabaseError("the disk is full")


def test_what_cannot_be_written_down_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    world = hospital()
    doctor, administrator = world.client("doctor"), world.client("administrator")
    day = world.booking.starts_at.date().isoformat()
    asked = [
        (doctor, reverse("bookings:detail", args=[world.booking.reference])),
        (doctor, f"{reverse('bookings:doctor_list')}?from={day}&to={day}"),
        (administrator, f"{reverse('bookings:desk')}?date={day}"),
        (administrator, reverse("admin:patients_patientprofile_change", args=[world.booking.patient_id])),
        (administrator, reverse("admin:bookings_booking_change", args=[world.booking.pk])),
    ]
    assert all(words_on(client.get(path)) for client, path in asked)

    monkeypatch.setattr(Entry, "save", broken)
    for client, path in asked:
        client.raise_request_exception = False
        response = client.get(path)
        assert response.status_code >= 500, path
        assert not any(word in response.content.decode() for word in WORDS), path


# Recovery codes


def bare(response: HttpResponse) -> str:
    """Without the blanks by which a code is easier to read."""
    return re.sub(r"\s", "", response.content.decode())


@pytest.fixture
def ada() -> User:
    return StaffFactory(username="ada")


@pytest.mark.parametrize("page", ["mfa_view_recovery_codes", "mfa_download_recovery_codes"])
def test_recovery_codes_are_seen_with_an_entry_or_not_at_all(
    page: str, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={"secret": "x"})
    RecoveryCodes.activate(ada)
    codes = RecoveryCodes(
        Authenticator.objects.get(user=ada, type=Authenticator.Type.RECOVERY_CODES)
    ).get_unused_codes()
    client = Client(raise_request_exception=False)
    sign_in(client, ada)

    shown = client.get(reverse(page))

    assert shown.status_code == 200
    assert codes[0] in bare(shown)
    (entry,) = Entry.objects.filter(pgh_label=Kind.RECOVERY_CODES_SEEN)
    assert (entry.actor, entry.about) == (ada, [key_of(ada)])
    monkeypatch.setattr(Entry, "save", broken)
    assert codes[0] not in bare(client.get(reverse(page)))
