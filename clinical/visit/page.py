"""What stands on the page of a visit's record: read, written, and where two have changed it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Can, may
from bookings.choices import Status
from bookings.links import detail_url
from bookings.models import Booking
from bookings.presenters import Action, RelatedLink, Row, actions_for, born_words, time_words
from clinical.choices import Capacity
from clinical.content import ContentChange, TextRow, system_name, text_rows
from clinical.links import amend_url, history_url, own_records_url, pdf_url, record_url, send_url
from clinical.models import TreatmentRecord, TreatmentRecordVersion
from clinical.presenters import FollowUp, changes_of, follow_up_of, signed_words
from clinical.visit.forms import ROW_FIELDS, row_count, row_name
from core.clock import hospital_day
from core.formats import clock_time, long_date


@dataclass(frozen=True, slots=True)
class VersionTab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A signed version as `capacity` reads it."""

    title: str
    back: RelatedLink
    facts: list[Row]
    rows: list[TextRow]
    signed: str
    is_latest: bool
    reason: str
    changes: list[ContentChange]
    tabs: list[VersionTab]
    pdf_url: str
    send_url: str
    amend_url: str
    actions: list[Action]
    follow_up: FollowUp | None
    next_patient: RelatedLink | None
    history: RelatedLink


def read_page(
    record: TreatmentRecord,
    versions: Sequence[TreatmentRecordVersion],
    version: TreatmentRecordVersion,
    *,
    viewer: User,
    capacity: Capacity,
    next_visit: Booking | None,
    now: datetime,
) -> ReadPage:
    booking, is_latest = record.booking, version.number == versions[-1].number
    is_own = capacity in {Capacity.PATIENT, Capacity.GUARDIAN}
    is_author, is_there = capacity == Capacity.AUTHOR, booking.patient.erased_at is None
    return ReadPage(
        title=_("Record of %(day)s") % {"day": long_date(booking.starts_at)},
        back=back_link(booking, capacity),
        facts=_facts(booking, capacity),
        rows=text_rows(version.content),
        signed=signed_words(version),
        is_latest=is_latest,
        reason=version.reason,
        changes=changes_of(versions, version.number),
        tabs=_tabs(booking, versions, version) if len(versions) > 1 else [],
        pdf_url=pdf_url(record, None if is_latest else version.number),
        send_url=send_url(record) if (is_own or is_author) and is_there else "",
        amend_url=amend_url(booking) if is_author and is_latest and is_there else "",
        actions=_closing_actions(booking, viewer, now) if is_author else [],
        follow_up=follow_up_of(booking, version, hospital_day(now)) if is_own and is_latest else None,
        next_patient=_next_patient(next_visit),
        history=_history_link(booking, capacity),
    )


def _facts(booking: Booking, capacity: Capacity) -> list[Row]:
    patient = booking.patient
    is_own = capacity == Capacity.PATIENT
    return [
        *([] if is_own else [Row(_("Patient"), patient.full_name)]),
        *(
            []
            if is_own
            else [Row(_("Date of birth"), born_words(patient.date_of_birth, hospital_day(booking.starts_at)))]
        ),
        Row(_("Doctor"), booking.doctor.display_name),
        Row(_("Visit"), f"{long_date(booking.starts_at)}, {time_words(booking)}"),
    ]


def _tabs(
    booking: Booking, versions: Sequence[TreatmentRecordVersion], shown: TreatmentRecordVersion
) -> list[VersionTab]:
    """The newest first."""
    return [
        VersionTab(
            _("Version %(number)s") % {"number": version.number},
            record_url(booking, version.number),
            version.number == shown.number,
        )
        for version in reversed(versions)
    ]


def _closing_actions(booking: Booking, viewer: User, now: datetime) -> list[Action]:
    """What is left to do with the visit itself once its record is signed."""
    steps = actions_for(booking, viewer, now, next_url=record_url(booking))
    return [action for action in steps if action.step == Status.COMPLETED]


def _next_patient(visit: Booking | None) -> RelatedLink | None:
    if visit is None:
        return None
    facts = {"name": visit.patient.full_name, "time": clock_time(visit.starts_at)}
    words = _("Next patient: %(name)s, %(time)s") % facts
    return RelatedLink(words, record_url(visit) if visit.status == Status.CHECKED_IN else detail_url(visit))


def back_link(booking: Booking, capacity: Capacity) -> RelatedLink:
    """Those who may see the appointment go back to it, other doctors to the patient's history."""
    if capacity in {Capacity.TREATING_DOCTOR, Capacity.EMERGENCY}:
        return RelatedLink(_("History of %(name)s") % {"name": booking.patient.full_name}, history_url(booking.patient))
    return RelatedLink(_("Appointment"), detail_url(booking))


def _history_link(booking: Booking, capacity: Capacity) -> RelatedLink:
    if capacity in {Capacity.PATIENT, Capacity.GUARDIAN}:
        return RelatedLink(_("All records"), own_records_url(booking.patient))
    if booking.status == Status.CANCELLED:  # the author's own record, of a patient they treat no more perhaps
        return RelatedLink(_("Appointments"), reverse("bookings:doctor_list"))
    return RelatedLink(_("History of %(name)s") % {"name": booking.patient.full_name}, history_url(booking.patient))


# Writing


@dataclass(frozen=True, slots=True)
class WritePage:
    """`allergies`: as the patient gave them. `saved`: when the draft was kept last, in words."""

    title: str
    back: RelatedLink
    name: str
    born: str
    reason: str
    allergies: str
    saved: str
    is_amendment: bool
    history: RelatedLink


def write_page(
    booking: Booking, *, viewer: User, saved_at: datetime | None, is_amendment: bool, now: datetime
) -> WritePage:
    patient = booking.patient
    day = long_date(booking.starts_at)
    return WritePage(
        title=(_("Amend the record of %(day)s") if is_amendment else _("Write the record of %(day)s")) % {"day": day},
        back=RelatedLink(_("Appointment"), detail_url(booking)),
        name=patient.full_name,
        born=born_words(patient.date_of_birth, hospital_day(now)),
        reason=booking.reason if may(viewer, Can.READ_REASONS) else "",
        allergies=patient.allergies or _("None recorded"),
        saved=saved_words(saved_at) if saved_at else "",
        is_amendment=is_amendment,
        history=_history_link(booking, Capacity.AUTHOR),
    )


def saved_words(at: datetime) -> str:
    """ "Draft saved at 2:30pm"; nobody but its author reads a draft."""
    return _("Draft saved at %(time)s. Only you can see it until you sign.") % {"time": clock_time(at)}


def typed_rows(typed: Mapping[str, str]) -> list[TextRow]:
    """A draft as it was typed, for whoever must compare it with another."""
    labels = [
        ("diagnosis", _("Diagnosis")),
        ("notes", _("Notes")),
        ("instructions", _("Instructions")),
        ("follow_up_date", _("Follow-up")),
        ("reason", _("Why it’s amended")),
    ]
    rows = [TextRow(label, typed[name]) for name, label in labels if typed.get(name)]
    if coding := _typed_coding(typed, ("coding", "coding_display"), "coding_system"):
        rows.append(TextRow(_("Code of the diagnosis"), coding))
    lines = [_typed_medicine(typed, row) for row in range(row_count(typed))]
    medicines = "\n".join(filter(None, lines))
    return [*rows, *([TextRow(_("Medicines"), medicines, is_medicines=True)] if medicines else [])]


def _typed_medicine(typed: Mapping[str, str], row: int) -> str:
    plain = [field for field in ROW_FIELDS if not field.startswith(("as_needed", "coding"))]
    said = [typed.get(row_name(row, field), "") for field in plain]
    if typed.get(row_name(row, "as_needed")):
        said.append(_("as needed"))
    said.append(typed.get(row_name(row, "as_needed_for"), ""))
    said.append(_typed_coding(typed, (row_name(row, "coding"),), row_name(row, "coding_system")))
    return ", ".join("; ".join(text.splitlines()) for text in said if text)


def _typed_coding(typed: Mapping[str, str], names: Sequence[str], system: str) -> str:
    """A code as it was typed, with the name of its system where one was chosen."""
    said = " ".join(filter(None, (typed.get(name, "") for name in names)))
    chosen = typed.get(system, "")
    return " ".join(filter(None, [said, f"({system_name(chosen)})" if chosen else ""]))
