"""One of each kind of record, with words in it that some staff may not read."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from django.db.models import Model

from accounts.models import Invitation, User
from accounts.tests.factories import StaffFactory
from billing.models import DoctorFees
from billing.services.credits import credit, refund
from billing.tests.factories import make_draft, make_invoice, pay
from bookings.calendars import feeds
from bookings.models import Booking
from bookings.reviews import services as reviews
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete
from bookings.tests.factories import make_booking, make_held
from clinical.content import RecordContent
from clinical.models import EmergencyAccess
from clinical.services.drafts import save_draft
from clinical.services.sign import sign
from core import clock
from doctors.models import Closure, Slot, TimeOff, WeeklyHours
from doctors.tests.factories import make_doctor, make_slot
from integrations.choices import ConnectionStatus
from integrations.models import GoogleConnection
from integrations.tests.factories import make_message
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

# Words that stand in one kind of field only, and nowhere else.
CLINICAL = ("zqhistory", "zqallergy", "AB−")  # the last as the blood group is written
REASONS = ("zqreason", "zqnotes", "zqcancelled")
CONTACT = ("020 7946 0799", "zqcontact@example.org", "zqstreet", "zqemergency", "020 7946 0788")
RECORDED = ("zqdiagnosis", "zqdraft")  # what a doctor wrote: nobody's of the staff
# The same as somebody might type them, or as they stand in an address.
TYPED = (*CLINICAL[:2], *REASONS, "02079460799", "zqcontact", "zqstreet", "zqemergency", "02079460788")

_numbers = count(1)


def make_records() -> None:
    """One of each, or more."""
    number, now = next(_numbers), clock.now()
    doctor = make_doctor(confirms_automatically=True)
    doctor.weekly_hours.add(_hours(), bulk=False)
    patient = _patient(number)
    past = make_booking(slot=make_slot(doctor, hours=-3), patient=patient, reason="zqreason")
    _visited(past)
    coming = make_booking(slot=make_slot(doctor, days=2), patient=patient, reason="zqreason")
    Booking.objects.filter(pk=coming.pk).update(notes="zqnotes")
    gone = make_booking(slot=make_slot(doctor, days=3), patient=patient, reason="zqreason")
    cancel(booking=gone, by=doctor.user, reason="zqcancelled", now=now)
    make_held(patient, make_slot(doctor, days=4))
    make_slot(doctor, days=30)
    feeds.make_feed(user=patient.user, now=now)
    make_message(stream=f"account:{patient.user_id}", data={"to": {"email": "zqcontact@example.org", "name": "P"}})
    _away(doctor.user, now, doctor_id=doctor.pk)
    GoogleConnection.objects.create(
        user=doctor.user, sealed_token="sealed", scopes="", status=ConnectionStatus.CONNECTED, connected_at=now
    )


def _hours() -> WeeklyHours:
    now = clock.now()
    first = clock.hospital_day(now)
    return WeeklyHours(weekday=0, starts="09:00", ends="12:00", slot_minutes=30, valid_from=first)


def _patient(number: int) -> PatientProfile:
    patient = make_patient(
        full_name=f"Pat Patient {number}",
        email=f"zqcontact{number}@example.org" if User.objects.filter(email=CONTACT[1]).exists() else CONTACT[1],
        medical_history="zqhistory",
        allergies="zqallergy",
        blood_group="AB-",
        address="zqstreet",
        emergency_contact_name="zqemergency",
        emergency_contact_phone="020 7946 0788",
    )
    User.objects.filter(pk=patient.user_id).update(phone="+442079460799")
    make_person(patient, medical_history="zqhistory", allergies="zqallergy", blood_group="AB-")
    return PatientProfile.objects.get(pk=patient.pk)


def _visited(booking: Booking) -> None:
    doctor, begins = booking.doctor.user, booking.starts_at
    for step in (check_in, complete):
        booking = step(booking=booking, by=doctor, now=begins)
    sign(booking=booking, content=RecordContent(diagnosis="zqdiagnosis"), based_on=0, by=doctor, now=begins)
    save_draft(booking=booking, typed={"notes": "zqdraft"}, based_on=1, revision=0, by=doctor, now=begins)
    facts = {"granted_at": begins, "until": begins + timedelta(hours=1), "reason": "OTHER", "words": "Unconscious"}
    EmergencyAccess.objects.create(doctor=make_doctor(), patient=booking.patient, **facts)
    _billed(booking, now=clock.now())
    reviews.review(booking=booking, by=booking.patient.user, rating=5, text="Kind and quick.", now=clock.now())


def _billed(booking: Booking, now: datetime) -> None:
    """A draft and an invoice of their patient; half of the invoice was given back."""
    clerk = booking.doctor.user
    facts = {"patient": booking.patient, "doctor": booking.doctor, "by": clerk, "now": now}
    make_draft(**facts)
    invoice = make_invoice(**facts)
    pay(invoice, invoice.total_cents, by=clerk, now=now)
    half = {invoice.lines.get().pk: invoice.total_cents // 2}
    note = credit(invoice=invoice, amounts=half, reason="Goodwill", by=clerk, now=now)
    refund(credit_note=note, amount_cents=note.total_cents, method="CASH", by=clerk, now=now)
    DoctorFees.objects.create(doctor=booking.doctor, missed_visit_percent=50)


def _away(by: User, now: object, *, doctor_id: int) -> None:
    begins = clock.now() + timedelta(days=40)
    times = {"starts_at": begins, "ends_at": begins + timedelta(days=1), "created_by": by, "created_at": now}
    TimeOff.objects.create(doctor_id=doctor_id, **times)
    Closure.objects.create(name="Boxing Day", **times)
    guest = StaffFactory(is_superuser=False)
    facts = {"digest": f"{guest.pk:064}", "invited_by": by, "sent_at": now, "expires_at": begins}
    Invitation.objects.create(user=guest, **facts)


def first_of(model: type[Model]) -> Model:
    """One to look at; of times one that is free, and can still be changed."""
    row = model._default_manager.order_by("-starts_at" if model is Slot else "pk").first()
    assert row is not None, f"there is no {model._meta.label} to look at"
    return row
