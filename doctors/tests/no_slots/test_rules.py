"""Why are there no times? (B7)"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from core import clock
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.no_slots.rules import Facts, NoSlots, NoSlotsReason, away_until, why_no_slots
from doctors.no_slots.selectors import why_no_slots as why_no_slots_of
from doctors.tests.factories import make_doctor, make_slot

NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=9)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"offered": 1}, []),
        ({"offered": 1, "is_accepting": False}, [NoSlots(NoSlotsReason.NOT_ACCEPTING)]),
        ({}, [NoSlots(NoSlotsReason.NONE_OFFERED)]),
        ({"taken": 2}, [NoSlots(NoSlotsReason.FULL)]),
        ({"too_soon": 1, "taken": 2}, [NoSlots(NoSlotsReason.NOTICE), NoSlots(NoSlotsReason.FULL)]),
        ({"window_opens": LATER}, [NoSlots(NoSlotsReason.WINDOW, LATER)]),
        ({"away_until": LATER, "taken": 1}, [NoSlots(NoSlotsReason.LEAVE, LATER), NoSlots(NoSlotsReason.FULL)]),
        ({"closed_until": LATER}, [NoSlots(NoSlotsReason.CLOSURE, LATER)]),
        ({"away_until": LATER, "offered": 1}, []),
    ],
)
def test_the_reasons_follow_from_the_facts(facts: dict[str, Any], expected: list[NoSlots]) -> None:
    assert why_no_slots(Facts(**{"is_accepting": True} | facts)) == expected


@pytest.mark.parametrize(
    ("stretches", "until"),
    [
        ([], None),
        ([(NOW - DAY, NOW)], None),  # half-open: it is over
        ([(NOW, NOW + HOUR)], NOW + HOUR),
        ([(NOW + DAY, NOW + DAY + HOUR)], None),  # short, and not yet
        ([(NOW + DAY, NOW + 3 * DAY)], NOW + 3 * DAY),
        ([(NOW + 8 * DAY, NOW + 9 * DAY)], None),  # far
        ([(NOW - DAY, NOW + DAY), (NOW + DAY, NOW + 2 * DAY), (NOW + 5 * DAY, NOW + 6 * DAY)], NOW + 2 * DAY),
    ],
)
def test_being_away_ends_when_the_last_of_a_row_of_stretches_does(stretches: Any, until: datetime | None) -> None:
    assert away_until(stretches, NOW) == until


@pytest.fixture
def doctor(db: None) -> DoctorProfile:
    return make_doctor(full_name="Ana Álvarez")


def full(doctor: DoctorProfile) -> None:
    Slot.objects.filter(pk=make_slot(doctor, starts_at=NOW + DAY).pk).update(state=SlotState.BOOKED)


def held(doctor: DoctorProfile) -> None:
    Slot.objects.filter(pk=make_slot(doctor, starts_at=NOW + DAY).pk).update(held_until=NOW + HOUR)


def too_soon(doctor: DoctorProfile) -> None:
    doctor.min_notice = timedelta(hours=5)
    doctor.save()
    make_slot(doctor, starts_at=NOW + HOUR)


def too_far(doctor: DoctorProfile) -> None:
    doctor.booking_window = timedelta(days=7)
    doctor.save()
    make_slot(doctor, starts_at=NOW + 16 * DAY)


def on_leave(doctor: DoctorProfile) -> None:
    TimeOff.objects.create(doctor=doctor, starts_at=NOW - DAY, ends_at=LATER, created_by=doctor.user, created_at=NOW)


def closed(doctor: DoctorProfile) -> None:
    Closure.objects.create(name="Fair", starts_at=NOW - DAY, ends_at=LATER, created_by=StaffFactory(), created_at=NOW)


def not_accepting(doctor: DoctorProfile) -> None:
    make_slot(doctor, starts_at=NOW + DAY)
    doctor.is_accepting = False
    doctor.save()


STORIES = [
    (full, "FULL", "all times are booked"),
    (held, "FULL", "all times are booked"),
    (too_soon, "NOTICE", "Dr Ana Álvarez can be booked until 5 hours before."),
    (too_far, "WINDOW", "can be booked 7 days ahead. The next times will open on Friday 14 August 2026."),
    (on_leave, "LEAVE", "Dr Ana Álvarez is away until Friday 14 August 2026"),
    (closed, "CLOSURE", "the hospital is closed until Friday 14 August 2026"),
    (not_accepting, "NOT_ACCEPTING", "isn’t taking new bookings at the moment"),
    (
        lambda _: None,
        "NONE_OFFERED",
        "There are no free appointments with this doctor at the moment. We’ll show new times",
    ),
]


@pytest.mark.parametrize(("story", "code", "words"), STORIES)
def test_patients_read_words_the_doctor_and_staff_the_code(
    doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch, story: Any, code: str, words: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    story(doctor)

    def read_by(user: Any, address: str) -> str:
        client = Client()
        if user:
            client.force_login(user)
        return unescape(client.get(address).content.decode())

    profile = read_by(None, reverse("doctors:profile", args=[doctor.slug]))
    assert words in profile
    assert f"({code})" not in profile
    assert f"({code})" in read_by(doctor.user, reverse("doctors:availability"))
    assert f"({code})" in read_by(StaffFactory(), reverse("admin:doctors_doctorprofile_change", args=[doctor.pk]))


def test_with_times_there_is_nothing_to_explain(doctor: DoctorProfile) -> None:
    make_slot(doctor, starts_at=NOW + DAY)

    assert why_no_slots_of(doctor, NOW) == []
