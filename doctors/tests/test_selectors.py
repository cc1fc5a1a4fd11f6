"""Reading the directory, the free times and the diary (B1, B2, B3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.tests.factories import StaffFactory
from doctors import selectors
from doctors.choices import SlotState
from doctors.directory.selectors import LAST_PAGE, directory, other_doctors_with_slots
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from doctors.tests.people import patient_account

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 8, 5, 12, 0, tzinfo=UTC)  # a Wednesday, one o'clock in London


def at(*, days: int = 0, hours: int = 1) -> datetime:
    return NOW + timedelta(days=days, hours=hours)


def free(doctor: DoctorProfile, **when: int) -> Slot:
    return make_slot(doctor, starts_at=at(**when))


def booked(doctor: DoctorProfile, **when: int) -> Slot:
    slot = free(doctor, **when)
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.BOOKED)
    return slot


def found(**criteria: Any) -> list[str]:
    page = directory(**{"now": NOW, **criteria})
    return [row.doctor.user.full_name for row in page.items]


def test_doctors_come_by_next_free_time_and_those_without_last_by_name() -> None:
    late, soon = make_doctor(full_name="Late Lena"), make_doctor(full_name="Soon Sam")
    make_doctor(full_name="Zoe None")
    make_doctor(full_name="Ann None")
    free(late, days=2)
    free(soon, days=1)
    free(soon, days=3)
    assert found() == ["Soon Sam", "Late Lena", "Ann None", "Zoe None"]


def test_the_next_free_time_is_ahead_and_not_booked() -> None:
    doctor = make_doctor()
    make_slot(doctor, starts_at=NOW - timedelta(hours=2))
    booked(doctor, hours=1)
    first = free(doctor, hours=2)
    [listing] = directory(now=NOW).items
    assert listing.next_free_at == first.starts_at


def test_a_card_shows_the_first_times_of_the_next_day_only() -> None:
    doctor = make_doctor()
    today = [free(doctor, hours=hours) for hours in (1, 2)]
    free(doctor, days=1)
    [listing] = directory(now=NOW).items
    assert listing.times == today


def test_only_approved_and_active_doctors_are_listed() -> None:
    make_doctor(full_name="Not Approved", approved=False)
    gone = make_doctor(full_name="Has Left")
    gone.user.is_active = False
    gone.user.save(update_fields=["is_active"])
    for doctor in DoctorProfile.objects.all():
        free(doctor)
    assert found() == []
    assert found(query="a") == []


def test_a_doctor_who_takes_no_bookings_has_no_next_free_time() -> None:
    closed = make_doctor(full_name="Closed Clara", is_accepting=False)
    free(closed)
    other = make_doctor(full_name="Other Otto")
    free(other, days=4)
    assert found() == ["Other Otto", "Closed Clara"]
    assert found(query="clara") == ["Closed Clara"]
    assert [row.next_free_at for row in directory(query="clara", now=NOW).items] == [None]


@pytest.mark.parametrize("query", ["alvarez", "ÁLVAREZ ana", "ana alv", "cardio álvarez", "  ana   "])
def test_search_finds_words_in_any_order_without_accents(query: str) -> None:
    make_doctor(full_name="Ana Álvarez", specialization="Cardiology")
    make_doctor(full_name="Ben Other", specialization="Neurology")
    assert found(query=query) == ["Ana Álvarez"]


@pytest.mark.parametrize("query", ["ana neurology", "%", "_", "'; drop table", "🩺", "ana " * 30 + "zzz"])
def test_search_finds_nobody_when_a_word_is_missing(query: str) -> None:
    make_doctor(full_name="Ana Álvarez", specialization="Cardiology")
    expected = ["Ana Álvarez"] if query.startswith("ana ana") else []  # at most eight words count
    assert found(query=query) == expected


def test_filters_by_specialization_and_department_go_together() -> None:
    heart, brain = DepartmentFactory(slug="heart"), DepartmentFactory(slug="brain")
    make_doctor(full_name="A", department=heart, specialization="Cardiology")
    make_doctor(full_name="B", department=heart, specialization="Surgery")
    make_doctor(full_name="C", department=brain, specialization="Surgery")
    assert found(department="heart") == ["A", "B"]
    assert found(specialization="Surgery") == ["B", "C"]
    assert found(department="heart", specialization="Surgery") == ["B"]
    assert found(department="heart", specialization="Surgery", query="a") == []
    assert found(department="nowhere") == []


@pytest.mark.parametrize("query", ["", "doctor"])
def test_free_on_or_before_counts_the_whole_day_at_the_hospital(query: str) -> None:
    # 22:30 UTC on the 6th is half past eleven at night of the 6th in London; an hour later is the 7th.
    inside, outside = make_doctor(full_name="Doctor In"), make_doctor(full_name="Doctor Out")
    make_doctor(full_name="Doctor Never")
    make_slot(inside, starts_at=datetime(2026, 8, 6, 22, 30, tzinfo=UTC))
    make_slot(outside, starts_at=datetime(2026, 8, 6, 23, 30, tzinfo=UTC))
    assert found(query=query, before=date(2026, 8, 6)) == ["Doctor In"]


@pytest.mark.parametrize("query", ["", "doctor"])
def test_pages_hold_every_doctor_once_in_one_order(query: str) -> None:
    for number in range(25):
        doctor = make_doctor(full_name=f"Doctor {number:02}")
        if number < 13:
            free(doctor, days=number)
    pages = [directory(query=query, now=NOW, page=number) for number in (1, 2, 3, 4)]
    names = [row.doctor.user.full_name for page in pages for row in page.items]
    assert names == [f"Doctor {number:02}" for number in range(25)]
    assert [(page.has_previous, page.has_next) for page in pages] == [
        (False, True),
        (True, True),
        (True, False),
        (True, False),
    ]


def test_pages_far_down_continue_where_the_walk_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        free(make_doctor(), days=number)
    walked = [row.doctor.pk for page in (1, 2) for row in directory(now=NOW, page=page).items]
    monkeypatch.setattr("doctors.directory.selectors.LAST_PAGE_TO_WALK_TO", 0)
    asked = [row.doctor.pk for page in (1, 2) for row in directory(now=NOW, page=page).items]
    assert walked == asked


@pytest.mark.parametrize(("page", "number"), [(0, 1), (-5, 1), (10**9, LAST_PAGE)])
def test_a_page_out_of_bounds_is_the_nearest_there_can_be(page: int, number: int) -> None:
    assert directory(now=NOW, page=page).number == number


def test_other_doctors_are_of_the_department_and_have_times() -> None:
    department = DepartmentFactory()
    doctor = make_doctor(department=department)
    later, sooner = make_doctor(department=department), make_doctor(department=department)
    make_doctor(department=department)
    free(make_doctor())
    free(later, days=2)
    free(sooner, days=1)
    free(doctor)
    others = other_doctors_with_slots(doctor, NOW)
    assert [row.doctor for row in others] == [sooner, later]


def test_next_free_times_near_an_instant_are_the_closest_in_order_of_time() -> None:
    doctor = make_doctor()
    slots = [free(doctor, hours=hours) for hours in (1, 5, 8, 20)]
    assert selectors.next_free_slots(doctor, NOW, 2) == slots[:2]
    assert selectors.next_free_slots(doctor, NOW, 2, near=at(hours=6)) == slots[1:3]


def test_the_next_day_with_free_times_is_chosen_by_itself() -> None:
    doctor = make_doctor()
    slot = free(doctor, days=9)
    days = selectors.free_days(doctor, NOW)
    assert days.selected.date == days.first_free == date(2026, 8, 14)
    assert days.selected.times == [slot]
    assert days.days[0].date == date(2026, 8, 12)


def test_strips_of_days_lie_end_to_end_and_know_their_neighbours() -> None:
    doctor = make_doctor()
    for day in (1, 8, 30):
        free(doctor, days=day)
    middle = selectors.free_days(doctor, NOW, date(2026, 8, 15))
    assert [day.date for day in middle.days] == [date(2026, 8, 12) + timedelta(days=n) for n in range(7)]
    assert (middle.earlier, middle.later) == (date(2026, 8, 6), date(2026, 9, 4))
    assert [len(day.times) for day in middle.days] == [0, 1, 0, 0, 0, 0, 0]


def test_no_free_times_leave_nothing_to_choose() -> None:
    days = selectors.free_days(make_doctor(), NOW)
    assert (days.first_free, days.earlier, days.later, days.selected.times) == (None, None, None, [])


def test_free_times_of_a_doctor_who_takes_no_bookings_are_not_offered() -> None:
    doctor = make_doctor(is_accepting=False)
    free(doctor)
    assert selectors.free_days(doctor, NOW).first_free is None
    assert selectors.next_free_slots(doctor, NOW, 3) == []


def test_a_diary_is_its_doctors_own_and_staffs() -> None:
    slot, other = make_slot(), make_slot()
    assert list(selectors.slots_visible_to(slot.doctor.user)) == [slot]
    assert set(selectors.slots_visible_to(StaffFactory())) == {slot, other}
    assert list(selectors.slots_visible_to(patient_account())) == []
    assert list(selectors.slots_visible_to(AnonymousUser())) == []


def test_an_unapproved_doctor_is_seen_by_themself_and_staff() -> None:
    doctor = make_doctor(approved=False)
    viewers: list[tuple[Any, bool]] = [
        (None, False),
        (patient_account(), False),
        (make_doctor().user, False),
        (doctor.user, True),
        (StaffFactory(), True),
    ]
    for viewer, may_see in viewers:
        assert (selectors.doctor_by_slug(doctor.slug, viewer=viewer) is not None) is may_see


def test_a_time_of_an_unlisted_doctor_is_not_to_be_booked() -> None:
    assert selectors.slot_for_booking(make_slot(make_doctor(approved=False)).pk) is None
    slot = make_slot()
    assert selectors.slot_for_booking(slot.pk) == slot


def test_the_cached_lists_follow_a_change_once_it_is_committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        doctor = make_doctor(specialization="Cardiology")
    assert selectors.specializations() == ["Cardiology"]
    with django_assert_num_queries(0):
        assert selectors.departments() == [doctor.department]
    with django_capture_on_commit_callbacks(execute=True):
        new = DepartmentFactory(name="A new one")
        doctor.specialization = "Surgery"
        doctor.save()
    assert selectors.departments() == [new, doctor.department]
    assert selectors.specializations() == ["Surgery"]


def test_overlaps_are_found_time_by_time() -> None:
    doctor = make_doctor()
    free(doctor, hours=2)
    half = timedelta(minutes=30)
    times = [(at(hours=2) - half, at(hours=2)), (at(hours=2), at(hours=2) + half), (at(hours=3), at(hours=3) + half)]
    assert selectors.overlaps_in_diary(doctor.user, times) == [False, True, False]
    assert selectors.overlaps_in_diary(make_doctor().user, times) == [False, False, False]
