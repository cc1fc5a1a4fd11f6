"""Erasure (GDPR Art. 17): of who it was nothing is left in any table; what the law asks to keep stays until due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import InternalError, connection, transaction

from accounts.models import User
from accounts.services import Erased, reopen_account
from audit.choices import Kind
from audit.models import Entry
from bookings.account_closure.rules import ClosureDecision
from bookings.account_closure.services import close_patient, to_decide
from bookings.models import Booking, BookingStatusChange, Review
from bookings.tests.factories import make_booking
from core import clock
from core.clock import hospital_day, start_of_day
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import GoogleConnection, OutgoingMessage
from patients.models import PatientProfile
from patients.services import register_without_account
from privacy import retention
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import AlreadyErased, NotClosed, StillHasAppointments, erase, erasure_preview
from privacy.erasure_allowed import erasure_allowed
from privacy.models import Erasure
from privacy.tests.people import GONE, KEPT, WORDS, all_is_sent, close, family, full_patient, log, where

pytestmark = pytest.mark.django_db(transaction=True)
LONG = timedelta(days=9 * 366)


def erased(patient: PatientProfile, boss: User) -> Erasure:
    close(patient, boss)
    return erase(person=myself(patient.user), reason="Asked by letter", by=boss, now=clock.now())


def after_the_last_message(erasure: Erasure) -> None:
    all_is_sent()
    assert retention.erase_messages(now=clock.now() + timedelta(minutes=1)) == 1


# What goes


def test_the_canaries_are_there_before(zuleika: PatientProfile) -> None:
    """Or the test below would find nothing because nothing was ever there."""
    assert {word: where(word) for word in [*WORDS, *KEPT.values()] if not where(word)} == {}


def test_of_who_it_was_nothing_is_left_in_any_table(zuleika: PatientProfile, boss: User) -> None:
    after_the_last_message(erased(zuleika, boss))

    assert {word: where(word) for word in WORDS if where(word)} == {}


def test_what_the_law_asks_to_keep_is_kept_where_it_belongs_and_nowhere_else(
    zuleika: PatientProfile, boss: User
) -> None:
    after_the_last_message(erased(zuleika, boss))

    assert {where(word)[0] for word in (KEPT["history"], KEPT["allergy"])} == {"patients_patientprofile"}
    assert {tuple(where(word)) for word in (KEPT["reason"], KEPT["notes"])} == {("bookings_booking",)}


def test_the_record_bears_a_pseudonym(zuleika: PatientProfile, boss: User) -> None:
    done = erased(zuleika, boss)

    zuleika.refresh_from_db()
    assert zuleika.full_name == f"Erased patient {done.pseudonym}"
    assert Booking.objects.filter(patient=zuleika).count() == 2
    assert Review.objects.get().rating == 5


def test_nobody_can_sign_in_or_open_it_again(zuleika: PatientProfile, boss: User) -> None:
    erased(zuleika, boss)
    user = User.objects.get(pk=zuleika.user_id)
    assert (user.is_active, user.has_usable_password()) == (False, False)
    with pytest.raises(Erased), transaction.atomic():
        reopen_account(user=user)


def test_they_get_a_last_message_at_the_address_they_had(zuleika: PatientProfile, boss: User) -> None:
    done = erased(zuleika, boss)

    last = OutgoingMessage.objects.get(action="DATA_ERASED")
    assert last.data["to"] == {"email": GONE["email"], "name": GONE["name"]}
    assert last.data["kept_until"].startswith(str(done.record_due))
    # Not before it has left:
    assert retention.erase_messages(now=clock.now()) == 0
    assert OutgoingMessage.objects.get(pk=last.pk).data["to"]["email"] == GONE["email"]


def test_the_google_connection_goes_once_google_was_told(zuleika: PatientProfile, boss: User) -> None:
    after_the_last_message(erased(zuleika, boss))
    assert not GoogleConnection.objects.exists()


def test_whom_they_cared_for_keep_their_own_record_and_lose_the_tie(boss: User) -> None:
    patient, child = family()
    after_the_last_message(erased(patient, boss))

    child.refresh_from_db()
    assert (child.guardian, child.relationship, child.own_name) == (None, "", "Kit Canarychild")
    assert child.email == ""


def test_somebody_without_an_account_is_erased_too(boss: User) -> None:
    with transaction.atomic():
        patient = register_without_account(
            full_name=GONE["name"], date_of_birth=date(1980, 1, 1), phone=GONE["phone"], email=GONE["email"]
        )
    log(patient)

    erase(person=DataSubject(patient=patient), reason="Asked", by=boss, now=clock.now())
    all_is_sent()
    retention.erase_messages(now=clock.now() + timedelta(minutes=1))

    assert [word for word in WORDS if where(word)] == []


# What is asked before


def test_the_account_is_closed_first(zuleika: PatientProfile, boss: User) -> None:
    with pytest.raises(NotClosed):
        erase(person=myself(zuleika.user), reason="Asked", by=boss, now=clock.now())
    assert where("Canarybird")


def test_and_what_is_to_come_is_decided(zuleika: PatientProfile, boss: User) -> None:
    make_booking(slot=make_slot(days=6), patient=zuleika)
    keep = {booking.reference: ClosureDecision.KEEP for booking in to_decide(zuleika.user, clock.now())}
    close_patient(user=zuleika.user, decisions=keep, by=boss, now=clock.now())

    with pytest.raises(StillHasAppointments):
        erase(person=myself(User.objects.get(pk=zuleika.user_id)), reason="Asked", by=boss, now=clock.now())


def test_it_is_done_once(zuleika: PatientProfile, boss: User) -> None:
    erased(zuleika, boss)
    with pytest.raises(AlreadyErased):
        erase(person=myself(User.objects.get(pk=zuleika.user_id)), reason="Asked", by=boss, now=clock.now())


def test_all_or_nothing(zuleika: PatientProfile, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("in the middle")

    close(zuleika, boss)
    monkeypatch.setattr("privacy.erasing.audit.record", fail)
    with pytest.raises(RuntimeError):
        erase(person=myself(zuleika.user), reason="Asked", by=boss, now=clock.now())
    assert where("Canarybird")
    assert not Erasure.objects.exists()


# The record


def test_it_is_kept_for_eight_years_and_then_erased_by_itself(
    zuleika: PatientProfile, boss: User, settings: Any
) -> None:
    done = erased(zuleika, boss)
    last = Booking.objects.exclude(status="CANCELLED").get(patient=zuleika)
    day = hospital_day(last.ends_at)
    assert done.record_due is not None
    assert (done.record_due.year, done.record_due.month) == (day.year + 8, day.month)
    after_the_last_message(done)

    due = start_of_day(done.record_due)
    assert retention.erase_what_is_due(now=due - timedelta(seconds=1)) == 0
    assert {word: where(word) for word in KEPT.values() if not where(word)} == {}
    assert retention.erase_what_is_due(now=due) == 1

    assert {word: where(word) for word in KEPT.values() if where(word)} == {}
    assert PatientProfile.objects.get(pk=zuleika.pk).date_of_birth == retention.NO_BIRTHDAY
    assert retention.erase_what_is_due(now=clock.now() + LONG) == 0


def test_when_nothing_need_be_kept_it_goes_at_once(zuleika: PatientProfile, boss: User, settings: Any) -> None:
    settings.RECORD_RETENTION_YEARS = 0
    done = erased(zuleika, boss)
    assert done.record_due is None
    assert done.record_erased_at == done.erased_at
    assert "canaryallergy" not in str(PatientProfile.objects.filter(pk=zuleika.pk).values().get())


def test_who_never_came_leaves_no_record(boss: User) -> None:
    patient = full_patient()
    Booking.objects.filter(patient=patient).exclude(status="CANCELLED").update(
        status="CANCELLED", cancelled_at=clock.now(), cancelled_by=boss
    )
    assert erasure_preview(myself(patient.user), clock.now()).record_due is None


# Doctors


def test_of_a_doctor_the_way_to_reach_them_goes_and_the_name_stays_with_the_record(boss: User) -> None:
    doctor = make_doctor(
        full_name="Oli Canarydoc", username="canarydocuser", email="canarydoc@example.org", biography="canarybio"
    )
    full_patient(doctor)
    User.objects.filter(pk=doctor.user_id).update(is_active=False, phone="+442079460271")
    Booking.objects.filter(doctor=doctor).update(conflict="")

    done = erase(person=myself(doctor.user), reason="Asked", by=boss, now=clock.now())

    doctor = DoctorProfile.objects.get(pk=doctor.pk)
    assert (doctor.display_name, doctor.biography, doctor.user.phone) == ("Dr Oli Canarydoc", "", "")
    assert where("canarydocuser") == []
    assert done.record_due is not None
    retention.erase_what_is_due(now=clock.now() + LONG)
    assert DoctorProfile.objects.get(pk=doctor.pk).user.full_name == f"Erased doctor {done.pseudonym}"


# The road through the trigger, and the trail


def test_it_is_in_the_trail_with_who_and_why(zuleika: PatientProfile, boss: User) -> None:
    erased(zuleika, boss)
    entry = Entry.objects.get(pgh_label=Kind.PERSONAL_DATA_ERASED)
    assert (entry.actor_id, entry.reason) == (boss.pk, "Asked by letter")
    assert entry.about == [f"accounts.user:{zuleika.user_id}"]


@pytest.mark.parametrize(
    "change", [{"reason": "something else"}, {"reason": "", "to_status": "NO_SHOW"}, {"reason": "", "by": None}]
)
def test_the_history_lets_nothing_else_be_changed_even_then(zuleika: PatientProfile, change: dict[str, Any]) -> None:
    rows = BookingStatusChange.objects.filter(reason=GONE["cancelled"])
    assert rows.count() == 1
    with pytest.raises(InternalError), transaction.atomic(), erasure_allowed():
        rows.update(**change)


def test_and_nobody_can_without_saying_so(zuleika: PatientProfile) -> None:
    with pytest.raises(InternalError), transaction.atomic():
        BookingStatusChange.objects.filter(reason=GONE["cancelled"]).update(reason="")


def test_nor_after_the_erasure(zuleika: PatientProfile) -> None:
    with transaction.atomic(), erasure_allowed():
        pass
    with pytest.raises(InternalError), transaction.atomic():
        BookingStatusChange.objects.filter(reason=GONE["cancelled"]).update(reason="")


def test_what_was_said_ends_with_the_transaction() -> None:
    with transaction.atomic(), erasure_allowed():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('hms.erasing', TRUE), '')")
        assert cursor.fetchone() == ("",)


def test_the_history_still_can_not_be_deleted(zuleika: PatientProfile) -> None:
    with pytest.raises(InternalError), transaction.atomic(), erasure_allowed():
        BookingStatusChange.objects.all().delete()


def test_an_erasure_that_waits_since_streams_were_of_both_readers_finds_their_messages(
    zuleika: PatientProfile, boss: User
) -> None:
    done = erased(zuleika, boss)
    done.streams = sorted({stream.removesuffix(":patient").removesuffix(":doctor") for stream in done.streams})
    done.save(update_fields=["streams"])
    assert any(stream.startswith("booking:") and stream.count(":") == 1 for stream in done.streams)

    after_the_last_message(done)

    assert {word: where(word) for word in GONE.values() if where(word)} == {}
