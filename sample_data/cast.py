"""The accounts of the sample people, made by the services that make everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils.text import slugify

from accounts.models import User
from accounts.services import create_staff
from doctors.models import Department, DoctorProfile
from doctors.services import approve_doctor, register_doctor
from patients.models import PatientProfile
from patients.services import add_dependent, register_patient
from sample_data import people
from sample_data.people import DemoDoctor, DemoPatient, DemoPerson, DemoStaff

JOINED_BEFORE = timedelta(days=100)
_PHONE = "020 7946 0"
_USERNAMES = tuple(person.username for person in (*people.STAFF, *people.DOCTORS, *people.PATIENTS))


@dataclass(frozen=True)
class Cast:
    """Profiles by username, those without an account by their key. `added` accounts are new with this run."""

    doctors: dict[str, DoctorProfile]
    patients: dict[str, PatientProfile]
    reception: User
    added: int


def assemble(*, now: datetime) -> Cast:
    """Make whoever is not there yet; whoever is there stays as they are."""
    known = set(User.objects.filter(username__in=_USERNAMES).values_list("username", flat=True))
    for number, member in enumerate(people.STAFF):
        if member.username not in known:
            _new_staff(member, number)
    staff = User.objects.get(username=people.STAFF[0].username)
    departments = _departments()
    for number, doctor in enumerate(people.DOCTORS):
        if doctor.username not in known:
            _new_doctor(doctor, number, departments[doctor.department], staff, now)
    for number, patient in enumerate(people.PATIENTS):
        if patient.username not in known:
            _new_patient(patient, number, now)
    missing = [name for name in _USERNAMES if name not in known]
    EmailAddress.objects.filter(user__username__in=missing).update(verified=True)
    accounts = PatientProfile.objects.filter(user__isnull=False).select_related("user")
    patients = {row.user.username: row for row in accounts if row.user}
    return Cast(
        doctors={row.user.username: row for row in DoctorProfile.objects.select_related("user")},
        reception=User.objects.get(username="reception"),
        patients=patients
        | {person.key: _cared_for(person, patients[person.guardian].user) for person in people.CARED_FOR},
        added=len(missing),
    )


def _email(username: str) -> str:
    return f"{username.replace('_', '.')}@example.org"


def _new_staff(person: DemoStaff, number: int) -> None:
    account = create_staff(
        username=person.username,
        email=_email(person.username),
        password=person.password,
        full_name=person.full_name,
        phone=f"{_PHONE}{100 + number}",
        is_superuser=person.kind is None,
    )
    if person.kind is not None:
        account.groups.add(Group.objects.get(name=person.kind.group_name))


def _departments() -> dict[str, Department]:
    found = {department.name: department for department in Department.objects.all()}
    for name, description in people.DEPARTMENTS.items():
        if name not in found:
            found[name] = Department.objects.create(name=name, slug=slugify(name), description=description)
    return found


def _new_doctor(person: DemoDoctor, number: int, department: Department, staff: User, now: datetime) -> None:
    joined = now - JOINED_BEFORE
    doctor = register_doctor(
        username=person.username,
        email=_email(person.username),
        password=person.password,
        full_name=person.full_name,
        phone=f"{_PHONE}{200 + number}",
        now=joined,
        profile={
            "department": department,
            "specialization": person.specialization,
            "qualification": person.qualification,
            "licence_number": f"GMC-{7_040_100 + 37 * number}",
            "years_of_experience": person.years,
            "consultation_fee_cents": person.fee_cents,
            "biography": person.biography,
            "room": person.room,
            "is_accepting": person.is_accepting,
            "confirms_automatically": person.confirms_automatically,
        },
    )
    if person.is_approved:
        approve_doctor(doctor=doctor, by=staff, now=joined)


def _new_patient(person: DemoPatient, number: int, now: datetime) -> None:
    register_patient(
        username=person.username,
        email=_email(person.username),
        password=person.password,
        full_name=person.full_name,
        phone=f"{_PHONE}{300 + number}",
        date_of_birth=person.born,
        now=now - JOINED_BEFORE,
        profile=dict(person.profile),
    )


def _cared_for(person: DemoPerson, guardian: User) -> PatientProfile:
    known = PatientProfile.objects.filter(guardian=guardian, date_of_birth=person.born).first()
    return known or add_dependent(
        guardian=guardian,
        full_name=person.full_name,
        date_of_birth=person.born,
        relationship=person.relationship,
        profile={"allergies": person.allergies},
    )
