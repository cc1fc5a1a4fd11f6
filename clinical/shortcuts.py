"""Finding whom an address is about."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404

from accounts.permissions import Can, may
from accounts.requests import SignedInRequest
from clinical.choices import Capacity
from patients.models import PatientProfile
from patients.selectors import people_to_book_for


def chosen_person(request: SignedInRequest) -> tuple[PatientProfile, Sequence[PatientProfile], Capacity]:
    """The person of `?person=`, all whose records the reader may ask for, and as whom. Raises Http404 for anybody
    else's (A7), and for whoever is no patient."""
    if not may(request.user, Can.READ_RECORDS) or not request.user.is_patient:
        raise Http404
    people = [person for person in people_to_book_for(request.user) if person.removed_at is None]
    asked = request.GET.get("person", "")
    person = next((one for one in people if str(one.pk) == asked), None) if asked else next(iter(people), None)
    if person is None:
        raise Http404
    return person, people, Capacity.PATIENT if person.user_id == request.user.pk else Capacity.GUARDIAN
