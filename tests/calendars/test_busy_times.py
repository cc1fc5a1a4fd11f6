"""A doctor's own calendar closes free times, and opens them again (E3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import clock
from core.formats import clock_time, long_date
from doctors import busy_times, selectors, tasks
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from integrations.choices import ConnectionStatus
from integrations.google_calendar import client as google_client
from integrations.google_calendar import config, services
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, OutgoingMessage
from integrations.tests.google import google, make_connection, make_facts

__all__ = ["google"]
pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = "doctor@stand-in.example"
_ids = count(10_000)


def connected_doctor(google: FakeGoogle, **facts: Any) -> DoctorProfile:
    doctor = make_doctor(**facts)
    make_connection(google, doctor.user, account=ACCOUNT, scopes=(config.EVENTS_SCOPE, config.BUSY_SCOPE))
    return doctor


@pytest.fixture
def doctor(google: FakeGoogle) -> DoctorProfile:
    return connected_doctor(google)


def private(google: FakeGoogle, start: datetime, *, minutes: int = 30, **more: Any) -> str:
    """Something of the doctor's own in their calendar; its id."""
    key = f"private{next(_ids)}"
    google.store.calendars[ACCOUNT][key] = {
        "id": key,
        "status": "confirmed",
        "sequence": 0,
        "start": {"dateTime": start.isoformat()},
        "end": {"dateTime": (start + timedelta(minutes=minutes)).isoformat()},
        **more,
    }
    return key


def look(*, minutes: float = 0) -> int:
    return busy_times.look_at_all(now=clock.now() + timedelta(minutes=minutes))


def closed() -> set[Any]:
    return set(Slot.objects.filter(closed_by_calendar=True).values_list("pk", flat=True))


def offered(doctor: DoctorProfile) -> list[Slot]:
    return list(selectors.offered_slots(doctor, clock.now()).order_by("starts_at"))


def test_a_busy_time_closes_what_it_meets_and_only_that(doctor: DoctorProfile, google: FakeGoogle) -> None:
    met = make_slot(doctor, days=2)
    after = make_slot(doctor, starts_at=met.ends_at)
    elsewhere = make_slot(make_doctor(), starts_at=met.starts_at)
    private(google, met.starts_at - timedelta(minutes=15))

    assert look() == 1

    assert closed() == {met.pk}
    assert offered(doctor) == [after]
    assert elsewhere.pk not in closed()


def test_free_again_it_is_offered_again(doctor: DoctorProfile, google: FakeGoogle) -> None:
    slot = make_slot(doctor, days=2)
    key = private(google, slot.starts_at)
    look()
    google.store.calendars[ACCOUNT].pop(key)
    look(minutes=10)

    assert closed() == set()
    assert offered(doctor) == [slot]


def test_what_is_marked_as_free_at_google_closes_nothing(doctor: DoctorProfile, google: FakeGoogle) -> None:
    private(google, make_slot(doctor).starts_at, transparency="transparent")
    look()

    assert closed() == set()


def test_booked_and_held_times_are_never_touched(doctor: DoctorProfile, google: FakeGoogle) -> None:
    booked, held = make_slot(doctor, days=2), make_slot(doctor, days=3)
    Slot.objects.filter(pk=booked.pk).update(state="BOOKED")
    Slot.objects.filter(pk=held.pk).update(held_until=clock.now() + timedelta(hours=1))
    for slot in (booked, held):
        private(google, slot.starts_at)
    look()
    assert closed() == set()

    Slot.objects.filter(pk=held.pk).update(held_until=None)
    look(minutes=10)
    assert closed() == {held.pk}


def test_a_booked_time_cannot_be_closed_even_by_sql(doctor: DoctorProfile) -> None:
    slot = make_slot(doctor)
    Slot.objects.filter(pk=slot.pk).update(state="BOOKED")

    with pytest.raises(IntegrityError, match="slot_closed_only_while_free"):
        Slot.objects.filter(pk=slot.pk).update(closed_by_calendar=True)


def test_an_event_of_ours_that_still_stands_there_closes_nothing(doctor: DoctorProfile, google: FakeGoogle) -> None:
    """A cancelled appointment of which Google has not heard yet; beside it a private one that does close."""
    freed, other = make_slot(doctor, days=2), make_slot(doctor, days=3)
    connection_ = GoogleConnection.objects.get()
    google_client.upsert_event(connection_, make_facts(starts_at=freed.starts_at, ends_at=freed.ends_at))
    private(google, other.starts_at)
    look()

    assert closed() == {other.pk}


def test_times_far_ahead_are_asked_for_in_several_questions(doctor: DoctorProfile, google: FakeGoogle) -> None:
    near, far = make_slot(doctor, days=2), make_slot(doctor, days=200)
    for slot in (near, far):
        private(google, slot.starts_at)
    look()

    assert closed() == {near.pk, far.pk}
    assert google.store.calls.count("freebusy.query") == 4


def test_without_the_doctors_word_nothing_is_looked_at(google: FakeGoogle) -> None:
    doctor = make_doctor()
    make_connection(google, doctor.user, account=ACCOUNT)
    private(google, make_slot(doctor).starts_at)

    assert look() == 0
    assert closed() == set()


@pytest.mark.parametrize("fault", ["503", "429", "garbage", "401"])
def test_when_google_cannot_say_all_stays_as_it_was(doctor: DoctorProfile, google: FakeGoogle, fault: str) -> None:
    shut, open_ = make_slot(doctor, days=2), make_slot(doctor, days=3)
    key = private(google, shut.starts_at)
    look()
    google.store.calendars[ACCOUNT].pop(key)
    private(google, open_.starts_at)
    seen = GoogleConnection.objects.get().busy_looked_at
    google.fail(fault, times=9, on="freebusy")

    assert look(minutes=10) == 0
    assert closed() == {shut.pk}
    assert GoogleConnection.objects.get().busy_looked_at == seen


@pytest.mark.parametrize("change", [{"status": "LEAVING"}, {"closes_busy_times": False}])
def test_a_calendar_that_is_asked_no_more_keeps_nothing_closed(
    doctor: DoctorProfile, google: FakeGoogle, change: dict[str, Any]
) -> None:
    private(google, make_slot(doctor).starts_at)
    look()
    assert len(closed()) == 1
    GoogleConnection.objects.update(**change)
    look(minutes=10)

    assert closed() == set()


KEPT = 72 * 60  # minutes


def test_a_lost_grant_says_nothing_of_whether_the_doctor_is_free(
    doctor: DoctorProfile, google: FakeGoogle, settings: Any
) -> None:
    """What was last known counts on for as long as the setting says, and the doctor is told until when."""
    settings.BUSY_TIMES_KEPT_HOURS = 72
    slot = make_slot(doctor, days=8)
    private(google, slot.starts_at)
    look()
    google.store.revoke(ACCOUNT)

    look(minutes=10)
    row = GoogleConnection.objects.get()
    assert row.status == ConnectionStatus.BROKEN
    assert closed() == {slot.pk}
    [told] = [
        data for row in OutgoingMessage.objects.filter(action="ACCOUNT_NOTICE") if "busy_times" in (data := row.data)
    ]
    assert datetime.fromisoformat(told["busy_times"]["kept_until"]) == row.broken_at + timedelta(hours=72)

    client = Client()
    client.force_login(doctor.user)
    until = row.broken_at + timedelta(hours=72)
    for page in ("/doctor/", "/doctor/availability/", "/calendar/"):
        words = client.get(page).content.decode()
        assert f"had closed will stay closed until {long_date(until)}, {clock_time(until)}" in words, page

    look(minutes=KEPT + 9)
    assert closed() == {slot.pk}
    look(minutes=KEPT + 11)
    assert closed() == set()


def test_once_that_while_is_over_the_page_says_so(
    doctor: DoctorProfile, google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    GoogleConnection.objects.update(status=ConnectionStatus.BROKEN, broken_at=clock.now() - timedelta(days=9))
    client = Client()
    client.force_login(doctor.user)

    assert "so it no longer closes any of your times" in client.get("/doctor/").content.decode()


def test_the_doctor_sees_what_is_closed_and_how_old_that_is(doctor: DoctorProfile, google: FakeGoogle) -> None:
    slot = make_slot(doctor, hours=1)
    private(google, slot.starts_at)
    client = Client()
    client.force_login(doctor.user)
    assert "Not yet" in client.get("/calendar/").content.decode()
    look()

    page = client.get(f"/doctor/availability/?date={timezone.localdate(slot.starts_at)}").content.decode()
    assert "Busy in your calendar" in page
    assert "Last checked" in client.get("/calendar/").content.decode()
    assert "Not yet" not in client.get("/calendar/").content.decode()


# Looking when somebody is about to book


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr("doctors.busy_times.outbox.wake_workers", lambda *call: calls.append(call))
    monkeypatch.setattr(busy_times, "_asked", {})
    return calls


def test_an_old_look_has_a_worker_look_and_the_page_waits_for_nothing(
    doctor: DoctorProfile, google: FakeGoogle, woken: list[tuple[Any, ...]]
) -> None:
    google.fail("hang", times=9, on="")
    page = f"/doctors/{doctor.slug}/"
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(page).status_code == 200
    assert len(queries) <= 6
    Client().get(page)

    assert woken == [("doctors.tasks.look_at_busy_times_of", doctor.user_id)]
    assert google.store.calls == []


def test_a_fresh_look_is_enough(doctor: DoctorProfile, woken: list[tuple[Any, ...]], settings: Any) -> None:
    services.set_busy_looked_at(GoogleConnection.objects.get(), now=clock.now() - timedelta(minutes=14))
    Client().get(f"/doctors/{doctor.slug}/")
    assert woken == []

    settings.BUSY_LOOK_MAX_AGE_MINUTES = 13
    Client().get(f"/doctors/{doctor.slug}/")
    assert len(woken) == 1


def test_the_worker_then_looks_at_this_one_doctor(doctor: DoctorProfile, google: FakeGoogle) -> None:
    slot = make_slot(doctor)
    private(google, slot.starts_at)
    tasks.look_at_busy_times_of(doctor.user_id)
    assert closed() == {slot.pk}

    calls = len(google.store.calls)
    tasks.look_at_busy_times_of(doctor.user_id)
    assert len(google.store.calls) == calls


def test_the_schedule_looks_at_all_of_them(doctor: DoctorProfile) -> None:
    assert tasks.look_at_busy_times() == 1
