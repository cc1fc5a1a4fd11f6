"""The figures against the same thing worked out plainly in Python, over random diaries (H2).

The plain way reads every row and follows docs/figures.md word by word; it shares no code with the queries.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.models import Booking
from bookings.tests.rows import free, visit
from dashboards.figures import appointments, capacity, queues
from dashboards.figures.periods import Period
from dashboards.figures.types import Missed, Scope, Visits
from dashboards.figures.utilisation import utilisation
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.tests.factories import DepartmentFactory, make_doctor
from doctors.utilisation import Use
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 10, 26, 11, 0, tzinfo=UTC)  # the Monday after the clocks went back
PERIOD = Period(date(2026, 10, 22), date(2026, 10, 29))
STATUSES = [*Status, Status.COMPLETED, Status.COMPLETED]


def a_diary(dice: random.Random) -> list[DoctorProfile]:
    """A few doctors of two departments, eight days of times of odd lengths at odd hours, and what became of them."""
    departments = [DepartmentFactory(), DepartmentFactory()]
    doctors = [make_doctor(department=departments[n % 2], approved=n != 3) for n in range(4)]
    doctors[0].min_notice, doctors[1].booking_window = timedelta(hours=30), timedelta(days=2)
    for doctor in doctors:
        doctor.save()
        patients = [make_patient(), make_patient()]
        moment = datetime(2026, 10, 21, 20, 0, tzinfo=UTC)
        while moment < datetime(2026, 10, 30, 4, 0, tzinfo=UTC):
            minutes = dice.choice([10, 15, 20, 45, 60])
            a_time(dice, doctor, patients, moment, minutes)
            moment += timedelta(minutes=minutes + dice.choice([0, 5, 240, 480]))
    some_time_off(dice, doctors)
    return doctors


def a_time(dice: random.Random, doctor: DoctorProfile, patients: list, starts_at: datetime, minutes: int) -> None:
    if dice.random() < 0.5:
        held = NOW + timedelta(hours=dice.choice([-1, 1])) if dice.random() < 0.3 else None
        free(doctor, starts_at, minutes, closed_by_calendar=dice.random() < 0.2, held_until=held)
        return
    patient, status = dice.choice(patients), dice.choice(STATUSES)
    before = starts_at - timedelta(hours=dice.randint(1, 24 * 45))
    cancelled = Booking.objects.filter(doctor=doctor, status=Status.CANCELLED, moved_to=None).order_by("pk").first()
    moved_from = cancelled if dice.random() < 0.2 else None
    by = dice.choice([patient.user, doctor.user])
    cancelled_at = starts_at - timedelta(hours=dice.choice([1, 23, 24, 25, 90]))
    facts = {"minutes": minutes, "booked": before, "cancelled_by": by, "cancelled_at": cancelled_at}
    visit(patient, doctor, starts_at, status, moved_from=moved_from, **facts)


def some_time_off(dice: random.Random, doctors: list[DoctorProfile]) -> None:
    staff = StaffFactory()
    for _ in range(6):
        start = datetime(2026, 10, 21, tzinfo=UTC) + timedelta(minutes=dice.randint(0, 9 * 1440))
        facts = {"starts_at": start, "ends_at": start + timedelta(minutes=dice.randint(30, 900))}
        TimeOff.objects.create(doctor=dice.choice(doctors), created_by=staff, created_at=NOW, **facts)
    start = datetime(2026, 10, 24, 8, tzinfo=UTC)
    for hours in (3, 5):
        Closure.objects.create(
            name="Shut", starts_at=start, ends_at=start + timedelta(hours=hours), created_by=staff, created_at=NOW
        )


# The plain way


def day_of(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def is_in(period: Period, moment: datetime) -> bool:
    return period.first <= day_of(moment) <= period.last


def standing(scope: Scope) -> list[Booking]:
    moved = set(Booking.objects.filter(moved_from__isnull=False).values_list("moved_from", flat=True))
    rows = Booking.objects.select_related("doctor", "cancelled_by")
    return [
        row
        for row in rows
        if row.pk not in moved and is_in(PERIOD, row.starts_at) and scope.department in {None, row.doctor.department_id}
    ]


def plain_by_day(scope: Scope) -> dict[date, Visits]:
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    words = {"PENDING": "coming", "CONFIRMED": "coming", "CHECKED_IN": "arrived", "COMPLETED": "done"}
    words |= {"CANCELLED": "cancelled", "NO_SHOW": "missed"}
    for row in standing(scope):
        counts[day_of(row.starts_at)][words[row.status]] += 1
    return {day: Visits(**found) for day, found in counts.items()}


def plain_no_shows(scope: Scope) -> list[Missed]:
    found = []
    for low, high in ((0, 0), (1, 2), (3, 7), (8, 14), (15, 30), (31, 9999)):
        rows = [
            row.status
            for row in standing(scope)
            if row.status in {"CHECKED_IN", "COMPLETED", "NO_SHOW"}
            and low <= (day_of(row.starts_at) - day_of(row.created_at)).days <= high
        ]
        found.append(Missed(len(rows), rows.count("NO_SHOW")))
    return found


def plain_cancellations(scope: Scope) -> dict[str, tuple[int, int]]:
    counts = {"patient": (0, 0), "doctor": (0, 0), "staff": (0, 0)}
    for row in standing(scope):
        if row.status == "CANCELLED":
            who = row.cancelled_by.role.lower()
            short = row.starts_at - row.cancelled_at < timedelta(hours=24)
            counts[who] = (counts[who][0] + 1, counts[who][1] + short)
    return counts


def is_offered(slot: Slot) -> bool:
    if slot.doctor.approved_at is None:
        return False
    if slot.state == SlotState.BOOKED:
        return True
    ways = [*TimeOff.objects.filter(doctor=slot.doctor), *Closure.objects.all()]
    in_the_way = any(slot.starts_at < way.ends_at and slot.ends_at > way.starts_at for way in ways)
    return not slot.closed_by_calendar and not in_the_way


def plain_use(scope: Scope) -> tuple[dict[date, Use], dict[int, Use]]:
    by_day: dict[date, Use] = defaultdict(Use)
    by_doctor: dict[int, Use] = defaultdict(Use)
    for slot in Slot.objects.select_related("doctor"):
        is_of_it = is_in(PERIOD, slot.starts_at) and day_of(slot.starts_at) <= day_of(NOW)
        if is_of_it and is_offered(slot) and scope.department in {None, slot.doctor.department_id}:
            use = Use(slot.minutes, slot.minutes if slot.state == SlotState.BOOKED else 0)
            by_day[day_of(slot.starts_at)] += use
            by_doctor[slot.doctor_id] += use
    return dict(by_day), dict(by_doctor)


def plain_third(doctor: DoctorProfile) -> int | None:
    starts = []
    for slot in Slot.objects.filter(doctor=doctor).order_by("starts_at"):
        is_held = slot.held_until is not None and slot.held_until > NOW
        notice, window = doctor.booking_policy.min_notice, doctor.booking_policy.booking_window
        is_within = NOW + notice < slot.starts_at <= NOW + window
        if slot.state == "FREE" and not is_held and not slot.closed_by_calendar and is_within and slot.starts_at > NOW:
            starts.append(slot.starts_at)
    return (day_of(starts[2]) - day_of(NOW)).days if len(starts) > 2 else None


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_is_what_the_plain_way_finds(seed: int) -> None:
    doctors = a_diary(random.Random(seed))
    for scope in (Scope(), Scope(doctors[0].department_id), Scope(doctors[1].department_id)):
        by_day, by_doctor = plain_use(scope)
        used = utilisation(PERIOD, scope, now=NOW)

        assert appointments.by_day(PERIOD, scope) == plain_by_day(scope)
        assert appointments.no_shows(PERIOD, scope) == plain_no_shows(scope)
        assert appointments.cancellations(PERIOD, scope).by == plain_cancellations(scope)
        assert used.by_day == by_day
        assert {row.doctor: row.use for row in used.by_doctor} == by_doctor
        assert len(by_day) >= 4  # the days are there to be compared


@pytest.mark.parametrize("seed", range(3))
def test_access_and_today_are_what_the_plain_way_finds(seed: int) -> None:
    doctors = a_diary(random.Random(seed))
    today = day_of(NOW)

    found = {row.doctor: row.days for row in capacity.third_next(Scope(), now=NOW)}
    glance = queues.glance(Scope(), now=NOW)

    assert found == {doctor.pk: plain_third(doctor) for doctor in doctors if doctor.approved_at}
    assert any(days is not None for days in found.values())
    at_work = {slot.doctor_id for slot in Slot.objects.all() if day_of(slot.starts_at) == today and is_offered(slot)}
    assert glance.doctors_at_work == len(at_work)
    assert glance.visits == plain_by_day(Scope()).get(today, Visits())
