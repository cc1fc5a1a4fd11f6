"""Whose data it is: an account, the patient or doctor it stands for, and the keys by which rows point to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from accounts.models import User
from bookings.account_closure.selectors import patients_handled_by
from bookings.departures.selectors import doctors_managed_by
from bookings.models import Booking, BookingQuerySet
from doctors.models import DoctorProfile
from patients.models import PatientProfile


@dataclass(frozen=True)
class DataSubject:
    """Somebody whose data is held. A patient may have no account; a doctor always has one."""

    user: User | None = None
    patient: PatientProfile | None = None
    doctor: DoctorProfile | None = None

    @property
    def name(self) -> str:
        if self.patient:
            return self.patient.full_name
        return self.user.full_name if self.user else ""

    def is_account(self, user: User) -> bool:
        """Whether it is `user` who is asked about: then they read what nobody else does."""
        return self.user is not None and self.user.pk == user.pk

    @cached_property
    def users(self) -> set[int]:
        return {self.user.pk} if self.user else set()

    @cached_property
    def own_patients(self) -> set[int]:
        """The patient they are."""
        return {self.patient.pk} if self.patient else set()

    @cached_property
    def patients(self) -> set[int]:
        """And whom they care for: they have entered what is held about them."""
        cared_for = PatientProfile.objects.filter(guardian__in=self.users, removed_at__isnull=True)
        return self.own_patients | set(cared_for.values_list("pk", flat=True))

    @cached_property
    def ever_cared_for(self) -> set[int]:
        """Whom they care for or have cared for: messages about those went to them, too."""
        return set(PatientProfile.objects.filter(guardian__in=self.users).values_list("pk", flat=True))

    @cached_property
    def doctors(self) -> set[int]:
        return {self.doctor.pk} if self.doctor else set()

    @cached_property
    def bookings(self) -> BookingQuerySet:
        """The appointments they or whom they care for came to, or would have."""
        return BookingQuerySet(Booking).filter(patient__in=self.patients)

    @cached_property
    def own_bookings(self) -> BookingQuerySet:
        """The appointments of their own."""
        return BookingQuerySet(Booking).filter(patient__in=self.own_patients)

    @cached_property
    def all_bookings(self) -> BookingQuerySet:
        """Theirs, whom they care for, and as a doctor."""
        return BookingQuerySet(Booking).filter(Q(patient__in=self.patients) | Q(doctor__in=self.doctors))


def myself(user: User) -> DataSubject:
    """The signed-in person."""
    patient = PatientProfile.objects.filter(user=user).first()
    return DataSubject(user=user, patient=patient, doctor=DoctorProfile.objects.filter(user=user).first())


def patient_person(actor: User, patient_id: int) -> DataSubject | None:
    """A patient, for who may handle personal data."""
    patient = patients_handled_by(actor).filter(pk=patient_id).first()
    return DataSubject(user=patient.user, patient=patient) if patient else None


def doctor_person(actor: User, doctor_id: int) -> DataSubject | None:
    """A doctor, for who may keep doctors; that they may handle personal data, the page asks."""
    doctor = doctors_managed_by(actor).filter(pk=doctor_id).first()
    return DataSubject(user=doctor.user, doctor=doctor) if doctor else None
