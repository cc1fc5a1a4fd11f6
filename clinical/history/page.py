"""What stands above a list of records: whose they are, and what can be done with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.presenters import RelatedLink, Row, Tab, born_words
from clinical.choices import Capacity
from clinical.links import own_records_url
from core.clock import hospital_day
from patients.models import PatientProfile


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """A patient's own page of records. `patient_id`: whose are exported."""

    patient_id: int
    tabs: list[Tab]
    access: RelatedLink
    empty: str


def own_page(person: PatientProfile, people: Sequence[PatientProfile], *, viewer: User) -> RecordsPage:
    is_self = person.user_id == viewer.pk
    return RecordsPage(
        patient_id=person.pk,
        tabs=person_tabs(person, people, viewer=viewer, page="clinical:records"),
        access=RelatedLink(_("See who looked at them"), own_records_url(person, "clinical:access")),
        empty=_("After a visit, what your doctor wrote will be listed here.")
        if is_self
        else _("After a visit of %(name)s, what the doctor wrote will be listed here.") % {"name": person.full_name},
    )


def person_tabs(person: PatientProfile, people: Sequence[PatientProfile], *, viewer: User, page: str) -> list[Tab]:
    """Whose page is shown, of all it can be shown of; none where there is only oneself."""
    tabs = [
        Tab(_("You") if one.user_id == viewer.pk else one.full_name, own_records_url(one, page), one.pk == person.pk)
        for one in people
    ]
    return tabs if len(tabs) > 1 else []


@dataclass(frozen=True, slots=True)
class HistoryPage:
    patient_id: int
    title: str
    facts: list[Row]
    is_emergency: bool
    back: RelatedLink


def history_page(patient: PatientProfile, capacity: Capacity, now: datetime) -> HistoryPage:
    return HistoryPage(
        patient_id=patient.pk,
        title=_("History of %(name)s") % {"name": patient.full_name},
        facts=[
            row
            for row in (
                Row(_("Date of birth"), born_words(patient.date_of_birth, hospital_day(now))),
                Row(_("Allergies"), patient.allergies or _("None recorded")),
                Row(_("Blood group"), patient.get_blood_group_display()),
                Row(_("Medical history"), patient.medical_history),
            )
            if row.value
        ],
        is_emergency=capacity == Capacity.EMERGENCY,
        back=RelatedLink(_("Appointments"), reverse("bookings:doctor_list")),
    )
