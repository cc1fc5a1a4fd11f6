"""Erasure on request (GDPR Art. 17): who it was goes at once, what the law asks to keep stays under a pseudonym until
it is due (docs/adr/0012). Irreversible, and in the audit with who and why."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Model, Q, QuerySet
from django.utils.translation import gettext_lazy

from accounts import locks as accounts
from accounts import services as account_services
from accounts.models import User
from accounts.selectors import second_factors_of
from accounts.services import ERASED_ADDRESS
from audit import services as audit
from audit.choices import Kind
from billing.models import CreditNote, DoctorFees, Invoice, InvoiceQuerySet, Payment, Refund
from billing.services.erasure import drop_drafts_of
from bookings.calendars import events as calendar_events
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange, CalendarFeed, Hold, Review, WaitingEntry
from bookings.references import ALPHABET
from clinical.models import EmergencyAccess, RecordDraft, TreatmentRecord
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import Busy, DomainError, translated
from doctors.models import DoctorProfile, TimeOff
from exports import services as export_services
from integrations import outbox
from integrations.models import GoogleConnection
from patients.models import PatientProfile
from privacy import erasure_list, messages, rules
from privacy.data_subjects import DataSubject
from privacy.erasure_allowed import erasure_allowed
from privacy.models import Erasure
from privacy.retention import erase_record, lock_record
from privacy.streams import streams_of


class NotClosed(DomainError):
    message = gettext_lazy("The account is still open. Close it first, and decide about its appointments there.")
    code = "account_not_closed"


class StillHasAppointments(DomainError):
    message = gettext_lazy("There are upcoming appointments. Decide about them first.")
    code = "appointments_still_to_come"


class AlreadyErased(DomainError):
    message = gettext_lazy("This person’s data has already been erased.")


ERRORS: Mapping[str, type[DomainError]] = {
    "privacy_erasure_user_id_key": AlreadyErased,
    "privacy_erasure_patient_id_key": AlreadyErased,
    "privacy_erasure_pseudonym_key": Busy,  # one in 614,656 drawn twice: trying again draws another
}


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """What erasing would meet: why it can't be done yet, and until when the record is kept."""

    refusal: DomainError | None
    record_due: date | None
    appointments: int
    reviews: int
    cared_for: int
    records: int
    invoices: int
    invoice_drafts: int


def erasure_preview(person: DataSubject, now: datetime) -> ErasurePreview:
    """What erasing would do at `now`. Reads only."""
    invoices = InvoiceQuerySet(Invoice).filter(patient__in=person.own_patients)
    return ErasurePreview(
        refusal=_refusal(person, now),
        record_due=record_due(person, now),
        appointments=_visits(person).count(),
        reviews=Review.objects.filter(booking__in=person.own_bookings).exclude(text="").count(),
        cared_for=PatientProfile.objects.filter(guardian__in=person.users).count(),
        records=TreatmentRecord.objects.filter(booking__in=person.own_bookings, versions__number=1).count(),
        invoices=invoices.issued().count(),
        invoice_drafts=invoices.drafts().count(),
    )


def _refusal(person: DataSubject, now: datetime) -> DomainError | None:
    if _erasures(person).exists():
        return AlreadyErased()
    if person.all_bookings.upcoming(now).exists():
        return StillHasAppointments()
    if person.user is not None and person.user.is_active:
        return NotClosed()
    return None


def _erasures(person: DataSubject) -> QuerySet[Erasure]:
    return Erasure.objects.filter(Q(user__in=person.users) | Q(patient__in=person.own_patients))


def _visits(person: DataSubject) -> QuerySet[Booking]:
    """The appointments of their own, as a patient or as a doctor."""
    return Booking.objects.filter(Q(patient__in=person.own_patients) | Q(doctor__in=person.doctors))


def record_due(person: DataSubject, now: datetime) -> date | None:
    """The day from which the law no longer asks to keep the record; None when nothing needs keeping any more."""
    last = _visits(person).exclude(status=Status.CANCELLED).aggregate(last=Max("ends_at"))["last"]
    due = rules.kept_until(
        last_contact=hospital_day(last) if last else None,
        born=person.patient.date_of_birth if person.patient else None,
        years=settings.RECORD_RETENTION_YEARS,
    )
    return due if due and due > hospital_day(now) else None


def erase(*, person: DataSubject, reason: str, by: User, now: datetime, pseudonym: str = "") -> Erasure:
    """Erase who it was, all at once or nothing; answers what was done and what is kept until when.

    With the `pseudonym` of an erasure that a restored backup knows nothing of, the person is not told a second time.
    Raises NotClosed, StillHasAppointments, AlreadyErased, Busy.
    """
    erasure = _erase(person=person, reason=reason, by=by, now=now, repeated=pseudonym)
    erasure_list.keep_or_say()
    return erasure


def _erase(*, person: DataSubject, reason: str, by: User, now: datetime, repeated: str) -> Erasure:
    with translated(ERRORS), short_transaction(), audit.with_reason(reason):
        lock_record(person)
        user = accounts.account(person.user.pk) if person.user else None
        fresh = DataSubject(user=user, patient=_again(person.patient), doctor=person.doctor)
        if (refusal := _refusal(fresh, now)) is not None:
            raise refusal
        erasure = Erasure.objects.create(
            user=user,
            patient=fresh.patient,
            pseudonym=repeated or "".join(secrets.choice(ALPHABET) for _ in range(4)),
            reason=reason,
            erased_by=by,
            erased_at=now,
            record_due=record_due(fresh, now),
            streams=sorted(streams_of(fresh)),
        )
        if not repeated:
            outbox.enqueue(messages.erased(fresh, erasure), now=now)
        # While it is known whose calendars they stand in; a doctor's name stays with their patients as on the record.
        outbox.enqueue(calendar_events.erased(_in_calendars(fresh)), now=now)
        _erase_who_it_was(fresh, erasure)
        if erasure.record_due is None:
            erase_record(erasure, fresh, now=now)
        kept = erasure.record_due.isoformat() if erasure.record_due else "nothing"
        audit.record(Kind.PERSONAL_DATA_ERASED, actor=by, target=user or fresh.patient, details={"kept_until": kept})
        return erasure


def _in_calendars(person: DataSubject) -> QuerySet[Booking]:
    """The appointments as a patient, the earlier of a move before the later."""
    accounts_of = ("doctor__user", "doctor__department", "patient__user", "patient__guardian")
    return person.own_bookings.select_related(*accounts_of).order_by("pk")


def _again(patient: PatientProfile | None) -> PatientProfile | None:
    return PatientProfile.objects.select_related("user", "guardian").get(pk=patient.pk) if patient else None


def _erase_who_it_was(person: DataSubject, erasure: Erasure) -> None:
    name = pseudonym(person, erasure)
    _erase_typed(person)
    # Whoever cares for them may have a copy of their own data, in which this person's is.
    guardian = person.patient.guardian_id if person.patient else None
    owners = person.users | ({guardian} if guardian else set())
    export_services.erase_exports(owners=owners, subjects=person.own_patients)
    _erase_names_in_log(person, name)
    if person.patient:
        _erase_patient(person.patient, name, erasure)
    if person.doctor:
        DoctorProfile.objects.filter(pk=person.doctor.pk).update(biography="", room="")
        TimeOff.objects.filter(doctor=person.doctor.pk).update(note="")
    if person.user:
        _erase_account(person.user, name if person.patient else person.user.full_name, erasure)


def pseudonym(person: DataSubject, erasure: Erasure) -> str:
    """ "Erased patient 4F2K"."""
    return f"Erased {'doctor' if person.doctor else 'patient'} {erasure.pseudonym}"


def _erase_account(user: User, name: str, erasure: Erasure) -> None:
    """A doctor's name stays on the record of the patients they saw until that is due, too."""
    code = erasure.pseudonym.lower()
    account_services.close_account(user=user)
    account_services.forget_pending_sign_ins(user=user)
    second_factors_of(user).delete()
    CalendarFeed.objects.filter(user=user).delete()
    GoogleConnection.objects.filter(user=user).update(google_email="")  # the row goes once Google has been told
    user.groups.clear()
    user.user_permissions.clear()
    user.username, user.email, user.full_name = f"erased-{code}", f"erased-{code}{ERASED_ADDRESS}", name
    user.phone, user.last_login = "", None
    user.set_unusable_password()
    user.save(update_fields=["username", "email", "full_name", "phone", "last_login", "password"])
    account_services.forget_addresses(user=user)
    account_services.forget_in_cache(user=user)
    User.objects.filter(pk=user.pk).update(erased_at=erasure.erased_at)  # last: from now on it can't be changed
    for person in PatientProfile.objects.filter(guardian=user):
        person.guardian, person.relationship, person.removed_at = None, "", None
        person.save(update_fields=["guardian", "relationship", "removed_at"])


def _erase_patient(patient: PatientProfile, name: str, erasure: Erasure) -> None:
    """Who they are and how to reach them; what doctors need to know of a record stays until it is due."""
    patient.address = patient.emergency_contact_name = patient.emergency_contact_phone = ""
    patient.own_phone = patient.own_email = patient.relationship = ""
    if patient.user_id is None:
        patient.own_name, patient.guardian, patient.removed_at = name, None, None
    patient.erased_at = erasure.erased_at
    patient.save()


def _erase_typed(person: DataSubject) -> None:
    """What was typed that is no part of a medical record, by the one road the history leaves for it."""
    own = person.own_bookings
    # Of a patient, and by a doctor: nobody else could sign it. The appointments of the patient are locked.
    RecordDraft.objects.filter(Q(record__booking__in=own) | Q(author__in=person.users)).delete()
    drop_drafts_of(person.own_patients)  # what is issued, the law asks to keep (privacy/retention.py)
    Review.objects.filter(booking__in=own).update(text="")
    own.update(conflict="", calendar_note="", cancellation_reason="", idempotency_key=None, request_fingerprint="")
    with erasure_allowed():
        BookingStatusChange.objects.filter(booking__in=own).exclude(reason="").update(reason="")


def _erase_names_in_log(person: DataSubject, name: str) -> None:
    """Django's own log of the admin names what was changed by its words of then."""
    for rows in _logged(person):
        keys = [str(key) for key in rows.values_list("pk", flat=True)]
        kind = ContentType.objects.get_for_model(rows.model)
        LogEntry.objects.filter(content_type=kind, object_id__in=keys).update(object_repr=name, change_message="")
    if person.doctor:  # time off that was deleted is in no table any more, and was called by the doctor's name
        kind = ContentType.objects.get_for_model(TimeOff)
        gone = LogEntry.objects.filter(content_type=kind, object_repr__startswith=f"{person.doctor.display_name}, ")
        gone.update(object_repr=name, change_message="")


def _logged(person: DataSubject) -> list[QuerySet[Model]]:
    patients, doctors = person.own_patients, person.doctors
    return [
        User.objects.filter(pk__in=person.users),
        PatientProfile.objects.filter(pk__in=patients),
        DoctorProfile.objects.filter(pk__in=doctors),
        Booking.objects.filter(patient__in=patients),
        WaitingEntry.objects.filter(Q(patient__in=patients) | Q(doctor__in=doctors)),
        Review.objects.filter(booking__patient__in=patients),
        BookingStatusChange.objects.filter(booking__patient__in=patients),
        Hold.objects.filter(patient__in=patients),
        TimeOff.objects.filter(doctor__in=doctors),
        EmergencyAccess.objects.filter(Q(patient__in=patients) | Q(doctor__in=doctors)),
        Invoice.objects.filter(patient__in=patients),
        Payment.objects.filter(invoice__patient__in=patients),
        CreditNote.objects.filter(invoice__patient__in=patients),
        Refund.objects.filter(credit_note__invoice__patient__in=patients),
        DoctorFees.objects.filter(doctor__in=doctors),
    ]
