"""The sample hospital (J5): in the demo only, once, and alive on every day it is opened."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.choices import Role, StaffRole
from accounts.models import User
from bookings import services
from bookings.choices import Status
from bookings.desk import Standing, standing_of
from bookings.models import Booking, BookingStatusChange
from bookings.selectors import desk_day
from core import clock
from core.clock import hospital_day
from dashboards.demo import diary, visits
from dashboards.demo.load import load
from dashboards.demo.people import Hours
from doctors.models import Department, DoctorProfile, Slot
from doctors.services import delete_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from tools.demo import LOGINS

WEDNESDAY = datetime(2026, 8, 5, 9, 40, tzinfo=UTC)  # 10:40am in London
LONDON = ZoneInfo("Europe/London")


def everything() -> dict[str, Any]:
    """What the demo is made of, to see whether anything changed."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (User, EmailAddress, Department, DoctorProfile, PatientProfile, Slot, Booking, BookingStatusChange)
    }


def doctor(username: str) -> DoctorProfile:
    return DoctorProfile.objects.get(user__username=username)


def free_days(username: str, *, now: datetime) -> set[date]:
    return {hospital_day(slot.starts_at) for slot in Slot.objects.for_doctor(doctor(username)).free().future(now)}


@pytest.mark.django_db
def test_outside_the_demo_the_command_refuses_and_makes_nobody(settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo only"):
        call_command("load_demo")

    assert not User.objects.exists()


@pytest.mark.django_db
def test_settings_that_do_not_speak_of_a_demo_are_none(settings: Any) -> None:
    del settings.DEMO

    with pytest.raises(CommandError, match="demo only"):
        call_command("load_demo")


@pytest.mark.django_db
def test_the_command_tells_what_it_added_and_the_second_time_nothing(
    settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)

    call_command("load_demo")
    first = capsys.readouterr().out
    before = everything()
    call_command("load_demo")

    assert "43 people" in first
    assert capsys.readouterr().out == ""
    assert everything() == before


@pytest.mark.django_db
def test_the_promised_people_sign_in_with_their_passwords() -> None:
    load(now=WEDNESDAY)

    promised = {
        "DoctorPass123": (("dr_smith", Role.DOCTOR), ("dr_johnson", Role.DOCTOR), ("dr_brown", Role.DOCTOR)),
        "PatientPass123": (("john_doe", Role.PATIENT), ("jane_patient", Role.PATIENT)),
        "AdminPass123": (("admin", Role.STAFF),),
        "ReceptionPass123": (("reception", Role.STAFF),),
        "ManagerPass123": (("manager", Role.STAFF),),
    }
    for password, people in promised.items():
        for username, role in people:
            user = authenticate(username=username, password=password)
            assert user is not None, username
            assert (user.role, user.is_superuser) == (role, username == "admin")
    kinds = {name: set(User.objects.get(username=name).staff_roles) for name in ("reception", "manager", "admin")}
    assert kinds == {"reception": {StaffRole.RECEPTION}, "manager": {StaffRole.MANAGER}, "admin": set()}
    assert [doctor(name).department.name for name in ("dr_smith", "dr_johnson", "dr_brown")] == [
        "Cardiology",
        "Dermatology",
        "Neurology",
    ]
    assert (doctor("dr_smith").confirms_automatically, doctor("dr_johnson").confirms_automatically) == (False, True)
    assert not EmailAddress.objects.exclude(email__endswith="@example.org", verified=True, primary=True).exists()
    assert EmailAddress.objects.count() == User.objects.count()
    assert not User.objects.filter(email_verified=False).exists()


@pytest.mark.django_db
def test_the_sign_in_page_of_the_demo_tells_the_truth() -> None:
    load(now=WEDNESDAY)
    tree = ast.parse((django_settings.BASE_DIR / "hms_project" / "settings" / "demo.py").read_text())
    told = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEMO_LOGINS"
    )

    people = [(name, password) for _, names, password in told for name in names.split(", ")]
    assert len(people) == 8
    assert all(authenticate(username=name, password=password) for name, password in people)
    assert [f"{name} {password}" for name, password in people if name not in LOGINS or password not in LOGINS] == []


@pytest.mark.django_db
def test_no_message_about_sample_appointments_is_sent_but_those_of_real_ones_are() -> None:
    load(now=WEDNESDAY)
    assert not OutgoingMessage.objects.exists()
    john = PatientProfile.objects.get(user__username="john_doe")
    slot = Slot.objects.for_doctor(doctor("dr_smith")).free().future(WEDNESDAY).earliest("starts_at")
    services.book(slot_id=slot.pk, patient=john, by=john.user, now=WEDNESDAY)
    written = OutgoingMessage.objects.open().count()

    load(now=WEDNESDAY + timedelta(days=1))

    assert OutgoingMessage.objects.open().count() == written > 0


@pytest.mark.django_db
def test_every_page_has_life() -> None:
    load(now=WEDNESDAY)

    smith, john, jane = (
        Booking.objects.filter(doctor=doctor("dr_smith")),
        *(Booking.objects.filter(patient__user__username=name) for name in ("john_doe", "jane_patient")),
    )
    today = (diary.at(date(2026, 8, 5), "00:00", LONDON), diary.at(date(2026, 8, 6), "00:00", LONDON))
    assert set(smith.within(*today).values_list("status", flat=True)) >= {
        Status.PENDING,
        Status.CONFIRMED,
        Status.CHECKED_IN,
    }
    for bookings in (smith, john, jane):
        statuses = set(bookings.filter(starts_at__lt=today[0]).values_list("status", flat=True))
        assert statuses >= {Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}
        assert bookings.within(*today).exists()
        assert bookings.upcoming(WEDNESDAY).filter(starts_at__gte=today[1]).count() >= 2
    assert DoctorProfile.objects.filter(approved_at__isnull=True).count() == 1
    assert DoctorProfile.objects.filter(is_accepting=False).count() == 1
    assert not free_days("dr_haddad", now=WEDNESDAY)
    assert DoctorProfile.objects.values("department").distinct().count() >= 6


@pytest.mark.django_db
def test_nothing_happened_in_the_future_or_out_of_order() -> None:
    load(now=WEDNESDAY)

    assert not BookingStatusChange.objects.filter(at__gt=WEDNESDAY).exists()
    assert (
        Booking.objects.count() == len(visits.VISITS) + Booking.objects.filter(idempotency_key__contains="2026").count()
    )
    for booking in Booking.objects.prefetch_related("changes"):
        steps = list(booking.changes.all())
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert steps[0].at == booking.created_at < booking.starts_at
        assert steps[-1].to_status == booking.status


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 8, 5, 0, 5, tzinfo=LONDON),
        datetime(2026, 8, 5, 16, 45, tzinfo=LONDON),
        datetime(2026, 8, 8, 12, 0, tzinfo=LONDON),  # a Saturday
        datetime(2026, 8, 9, 22, 50, tzinfo=LONDON),  # a Sunday night
        datetime(2026, 10, 25, 9, 0, tzinfo=LONDON),  # the clocks went back
    ],
)
def test_dr_smith_has_free_times_today_and_on_the_next_fourteen_working_days(moment: datetime) -> None:
    load(now=moment)

    days = free_days("dr_smith", now=moment)
    assert {moment.date(), *diary.coming_working_days(moment.date())} <= days
    opens = {timezone.localtime(slot.starts_at).hour for slot in Slot.objects.for_doctor(doctor("dr_obrien"))}
    assert min(opens) == 9
    assert load(now=moment) == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [2.5, 7, 9.2, 13, 18.5, 23.6])
@pytest.mark.parametrize("day", [5, 9])  # a Wednesday, a Sunday
def test_the_desk_has_somebody_here_late_done_and_to_come_at_any_hour(day: int, hour: float) -> None:
    moment = datetime(2026, 8, day, tzinfo=LONDON) + timedelta(hours=hour)
    load(now=moment)

    reception = User.objects.get(username="reception")
    standings = {
        standing_of(status=one.status, starts_at=one.starts_at, now=moment)
        for one in desk_day(reception, moment.date())
    }
    assert standings >= {Standing.HERE, Standing.LATE, Standing.DONE}
    assert standings >= {Standing.COMING} or hour > 23


@pytest.mark.django_db
def test_on_a_later_day_times_are_topped_up_and_nobody_is_doubled() -> None:
    load(now=WEDNESDAY)
    people = User.objects.count()
    later = WEDNESDAY + timedelta(days=9)

    added = load(now=later)

    assert (added.people, User.objects.count()) == (0, people)
    assert added.times > 0
    assert set(diary.coming_working_days(later.date())) <= free_days("dr_smith", now=later)
    todays = Booking.objects.filter(idempotency_key__startswith=f"demo-{later.date()}")
    assert todays.filter(doctor=doctor("dr_smith"), status=Status.CHECKED_IN).exists()
    assert not todays.filter(patient__user__username__in=visits.HEROES).exists()
    assert load(now=later) == (0, 0, 0)


@pytest.mark.django_db
def test_what_people_did_with_the_demo_is_left_alone() -> None:
    load(now=WEDNESDAY)
    smith, john = doctor("dr_smith"), PatientProfile.objects.get(user__username="john_doe")
    booked, deleted = Slot.objects.for_doctor(smith).free().future(WEDNESDAY).order_by("starts_at")[8:10]
    mine = services.book(slot_id=booked.pk, patient=john, by=john.user, now=WEDNESDAY)
    delete_slot(doctor=smith, slot_id=deleted.pk, by=smith.user, now=WEDNESDAY)
    before = everything()

    load(now=WEDNESDAY)

    assert everything() == before
    assert Booking.objects.get(pk=mine.pk).slot_id == booked.pk


def test_working_days_pass_over_the_weekend() -> None:
    friday = date(2026, 8, 7)

    assert diary.working_day(friday, 1) == date(2026, 8, 10)
    assert diary.working_day(date(2026, 8, 9), -1) == friday
    assert len(set(diary.coming_working_days(friday))) == diary.WORKING_DAYS_AHEAD


def test_a_day_of_times_keeps_the_wall_clock_in_summer_and_winter() -> None:
    hours = Hours(ranges=(("09:00", "10:00"),))

    summer = diary.times_of_day(hours, date(2026, 8, 5), LONDON)
    winter = diary.times_of_day(hours, date(2026, 12, 2), LONDON)

    assert [start.hour for start, _ in summer] == [8, 8]
    assert [start.hour for start, _ in winter] == [9, 9]


@pytest.mark.parametrize("ahead", range(15))
def test_enough_of_today_stays_free(ahead: int) -> None:
    starts = [WEDNESDAY + timedelta(minutes=30 * (number + 1)) for number in range(-2, ahead)]

    places = visits.todays_places(starts, now=WEDNESDAY)

    assert len({start for start, _ in places}) == len(places)
    still_free = [start for start in starts if start > WEDNESDAY and start not in dict(places)]
    assert len(still_free) >= min(ahead, visits.FREE_LEFT)
