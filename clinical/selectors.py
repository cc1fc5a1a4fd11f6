"""Reading records. Every read begins with who may (F2): whoever isn't named here reads nothing, staff and superusers
included. The caller leaves a row in the trail of reads before it answers (clinical/read_trail.py)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from accounts.permissions import Can, Viewer, may
from bookings.choices import Status
from bookings.models import Booking
from bookings.references import read_reference
from clinical.choices import Capacity
from clinical.models import (
    EmergencyAccess,
    RecordDraft,
    TreatmentRecord,
    TreatmentRecordQuerySet,
    TreatmentRecordVersion,
)
from clinical.rules import READ_AHEAD
from core.clock import end_of_day, hospital_day
from patients.models import PatientProfile


def capacity_of(viewer: Viewer, patient: PatientProfile, now: datetime) -> Capacity | None:
    """As whom `viewer` may read the records of `patient` at `now`; None when as nobody. At most two queries."""
    reader = _reader(viewer)
    if reader is None:
        return None
    if reader.is_patient:
        if patient.user_id == reader.pk:
            return Capacity.PATIENT
        return Capacity.GUARDIAN if patient.guardian_id == reader.pk and patient.removed_at is None else None
    if _treated_by(reader, now).filter(patient=patient).exists():
        return Capacity.TREATING_DOCTOR
    return Capacity.EMERGENCY if _open_emergencies(reader, now).filter(patient=patient).exists() else None


def _reader(viewer: Viewer) -> User | None:
    """Whoever reads, where their role reads records at all."""
    return viewer if viewer.is_authenticated and may(viewer, Can.READ_RECORDS) else None


def _treated_by(doctor: User, now: datetime) -> QuerySet[Booking]:
    """The appointments by which a doctor treats their patients: past ones, and those of the next days."""
    own = Booking.objects.filter(doctor__user=doctor, starts_at__lt=now + READ_AHEAD)
    return own.exclude(status=Status.CANCELLED)


def _open_emergencies(doctor: User, now: datetime) -> QuerySet[EmergencyAccess]:
    return EmergencyAccess.objects.filter(doctor__user=doctor, until__gt=now)


def records_visible_to(viewer: Viewer, now: datetime) -> TreatmentRecordQuerySet:
    """Signed records, with their visit and people: one's own, those of whom one cares for, those of one's patients."""
    records = TreatmentRecordQuerySet(TreatmentRecord).signed().with_visit()
    reader = _reader(viewer)
    if reader is None:
        return records.none()
    if reader.is_patient:
        cared_for = Q(booking__patient__guardian=reader, booking__patient__removed_at__isnull=True)
        return records.filter(Q(booking__patient__user=reader) | cared_for)
    patient = OuterRef("booking__patient_id")
    treats = Exists(_treated_by(reader, now).filter(patient_id=patient))
    helps = Exists(_open_emergencies(reader, now).filter(patient_id=patient))
    return records.filter(Q(booking__doctor__user=reader) | treats | helps)


def record_readable_by(viewer: Viewer, record_id: UUID, now: datetime) -> tuple[TreatmentRecord, Capacity] | None:
    """A signed record and as whom the viewer may read it; None when they may not (A7)."""
    record = records_visible_to(viewer, now).filter(pk=record_id).first()
    capacity = _capacity_at(viewer, record.booking, now) if record else None
    return (record, capacity) if record and capacity else None


def _capacity_at(viewer: Viewer, visit: Booking, now: datetime) -> Capacity | None:
    """As whom the viewer may read the record of a visit: its doctor as its author, whatever became of it."""
    return Capacity.AUTHOR if visit.doctor.user_id == viewer.pk else capacity_of(viewer, visit.patient, now)


def visit_of(viewer: Viewer, reference: str, now: datetime) -> tuple[Booking, Capacity] | None:
    """The visit of an address and as whom the viewer may look at its record; None when they may not (A7).

    Its own doctor may whatever became of it: what they see without a record is that there is none yet.
    """
    read = read_reference(reference)
    if not read or not may(viewer, Can.READ_RECORDS):
        return None
    visits = Booking.objects.select_related(
        "doctor__user", "doctor__department", "patient__user", "patient__guardian", "treatment_record"
    )
    booking = visits.filter(reference=read).first()
    capacity = _capacity_at(viewer, booking, now) if booking else None
    return (booking, capacity) if booking and capacity else None


def record_of(booking: Booking) -> TreatmentRecord | None:
    """The record of a visit that was found for its reader, signed or not."""
    return getattr(booking, "treatment_record", None)


def versions_of(record: TreatmentRecord | None) -> list[TreatmentRecordVersion]:
    """All signed versions of a record that was found for its reader, the first one first, with who signed."""
    return list(record.versions.select_related("author").order_by("number")) if record else []


def draft_of(record: TreatmentRecord | None, author: User) -> RecordDraft | None:
    """What `author` has not signed yet; of anybody else's nothing."""
    return RecordDraft.objects.filter(record=record, author=author).first() if record else None


def newest_first(records: TreatmentRecordQuerySet, patient: PatientProfile) -> TreatmentRecordQuerySet:
    """A patient's of these, the latest visit first."""
    return records.filter(booking__patient=patient).order_by("-booking__starts_at", "-booking_id")


def with_versions(records: TreatmentRecordQuerySet) -> TreatmentRecordQuerySet:
    """With all their versions, and who signed each: two queries, however many records."""
    versions = TreatmentRecordVersion.objects.select_related("author").order_by("number")
    return records.prefetch_related(Prefetch("versions", queryset=versions))


def visit_before(viewer: User, booking: Booking, now: datetime) -> TreatmentRecord | None:
    """The latest signed record of the patient from before a visit, with its versions, that the viewer may read."""
    earlier = newest_first(records_visible_to(viewer, now), booking.patient)
    return with_versions(earlier.filter(booking__starts_at__lt=booking.starts_at)).first()


def patient_treated_by(viewer: Viewer, patient_id: int, now: datetime) -> tuple[PatientProfile, Capacity] | None:
    """A patient whose history a doctor may read, and as whom; None for anybody else."""
    return patient_readable_by(viewer, patient_id, now) if may(viewer, Can.WRITE_RECORDS) else None


def patient_readable_by(viewer: Viewer, patient_id: int, now: datetime) -> tuple[PatientProfile, Capacity] | None:
    """A patient whose records the viewer may read, and as whom; None for anybody else (A7)."""
    patient = PatientProfile.objects.select_related("user", "guardian").filter(pk=patient_id).first()
    capacity = capacity_of(viewer, patient, now) if patient else None
    return (patient, capacity) if patient and capacity else None


def next_visit_of(viewer: User, booking: Booking) -> Booking | None:
    """Whom the doctor sees next that day: the first who waits or is still expected, not before this visit."""
    later = Booking.objects.filter(
        doctor=booking.doctor_id,
        status__in=(Status.CONFIRMED, Status.CHECKED_IN),
        starts_at__gte=booking.starts_at,
        starts_at__lt=end_of_day(hospital_day(booking.starts_at)),
    )
    rows = later.filter(doctor__user=viewer).exclude(pk=booking.pk).select_related("patient__user", "doctor")
    return rows.order_by("starts_at", "pk").first()
