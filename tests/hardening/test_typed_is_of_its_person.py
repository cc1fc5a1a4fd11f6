"""What was typed stands again only where it belongs: not over what was changed meanwhile, nor for somebody else."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from accounts import drafts
from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.tests.people import new_address, slot_in
from patients.services import add_dependent
from patients.tests.factories import make_patient
from tests.hardening.forms_of_pages import Form, forms_of
from tests.hardening.typed_forms import FORMS, KEEP, ONLY_IN_AN_ANSWER, Page, _at_noon

__all__ = ["_at_noon"]
pytestmark = pytest.mark.django_db
STALE = {"date": "1961-02-03", "time": "04:56", "number": "11", "email": "stale@example.org", "tel": "020 7946 0111"}
WORDS = "Zugluft"


def _form_with(page: Page) -> Form:
    return next(form for form in forms_of(page.seen_again()) if page.field in form.kinds)


def _as_of_before(form: Form, field: str) -> dict[str, list[str]]:
    """All of a form as it stood on a page from before somebody else changed the record."""
    others = {name: kind for name, kind in form.kinds.items() if name != field and kind not in {"radio", "checkbox"}}
    stale = {name: [STALE.get(kind, "as it was before")] for name, kind in others.items() if kind != "select"}
    chosen = {name: [form.options[name][-1]] for name, kind in others.items() if kind == "select"}
    return stale | chosen


@pytest.mark.parametrize("kind", [kind for kind in FORMS if FORMS[kind][2] not in ONLY_IN_AN_ANSWER])
def test_only_what_somebody_changed_stands_over_the_record_of_now(kind: str) -> None:
    page = Page(kind)
    form = _form_with(page)
    page.typed |= {name: values[0] for name, values in _as_of_before(form, page.field).items()}
    page.is_left(draft_changed=page.field)
    again = _form_with(page).values

    assert page.words in again.pop(page.field)
    assert again == {name: values for name, values in form.values.items() if name != page.field}


def test_what_was_kept_before_is_changed_too() -> None:
    """It stood on the page when that was drawn again: what is typed then is not all."""
    page = Page("one's own details as a patient")
    page.is_left(draft_changed=page.field)
    page.typed["address"] = "Behind the mill"
    page.is_left(draft_changed="address")
    again = _form_with(page).values

    assert (again["full_name"], again["address"]) == ([page.words], ["Behind the mill"])


def test_a_field_that_was_emptied_is_kept_empty() -> None:
    page = Page("one's own details as a patient")
    page.typed[page.field] = ""
    page.is_left(draft_changed=page.field)

    assert _form_with(page).values[page.field] == [""]


def test_changed_back_is_nothing_to_keep() -> None:
    page = Page("one's own details as a patient")
    page.is_left(draft_changed="")

    assert drafts.of(page.user.pk, page.path) is None


def test_a_form_that_was_sent_and_refused_tells_its_page_what_was_changed() -> None:
    page = Page("one's own details as a patient")
    text = page.sent(draft_changed=page.field, date_of_birth="never").content.decode()

    assert f'data-unsaved="{page.field}"' in text


def test_whom_it_is_for_is_asked_each_time() -> None:
    """The words are there, for another time too; nobody is chosen before somebody chooses."""
    patient = make_patient()
    parent = add_dependent(
        guardian=patient.user, full_name="Walter Doe", date_of_birth=date(1950, 1, 2), relationship="PARENT"
    )
    client = Client()
    client.force_login(patient.user)
    first, other = new_address(slot_in()), new_address(slot_in())
    form = next(form for form in forms_of(client.get(first).content.decode()) if "person" in form.kinds)
    assert str(parent.pk) in form.options["person"]
    client.post(
        KEEP, form.marks | {"reason": WORDS, "person": parent.pk}, headers={"Referer": f"http://testserver{first}"}
    )
    again = next(form for form in forms_of(client.get(other).content.decode()) if "person" in form.kinds)

    assert (again.values["reason"], again.values["person"]) == ([WORDS], [])


def test_two_newcomers_of_one_surname_are_not_one() -> None:
    """The desk searches for a surname, and books somebody new with another doctor than the one before."""
    reception = make_staff(StaffRole.RECEPTION)
    client = Client()
    client.force_login(reception)
    slots = [slot_in(), slot_in()]
    pages = [
        f"{reverse('bookings:desk_book')}?"
        + urlencode({"new": "1", "q": "Smith", "doctor": slot.doctor.slug, "time": slot.pk})
        for slot in slots
    ]
    assert slots[0].doctor != slots[1].doctor
    form = next(form for form in forms_of(client.get(pages[0]).content.decode()) if "full_name" in form.kinds)
    client.post(KEEP, form.marks | {"full_name": "Ada Smith"}, headers={"Referer": f"http://testserver{pages[0]}"})
    shown = [client.get(page).content.decode() for page in pages]

    assert ["Ada Smith" in text for text in shown] == [True, False]
