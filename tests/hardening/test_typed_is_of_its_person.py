"""What was typed stands again only where it belongs: not over what was changed meanwhile, nor for somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.drafts import services as drafts
from accounts.models import User
from bookings.tests.desk.people import receptionist
from bookings.tests.people import new_address, slot_in
from doctors.models import Slot
from patients.services import add_dependent
from patients.tests.factories import make_patient
from tests.hardening.forms_of_pages import Form, forms_of
from tests.hardening.typed_forms import FORMS, KEEP, ONLY_IN_AN_ANSWER, Page, _at_noon
from tests.statements import watching_statements

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


def _newcomer(desk: Client, found: Slot, *, q: str = "Smith") -> str:
    """The page of somebody new, as the desk comes to it: looked for, not known, "New patient", and a time."""
    click = desk.get(desk.get(reverse("bookings:desk_book"), {"q": q}).context["who"].new_url)
    assert click.status_code == 302
    return f"{click['Location']}&{urlencode({'doctor': found.doctor.slug, 'time': found.pk})}"


def _types_a_name(desk: Client, page: str, name: str) -> None:
    form = next(form for form in forms_of(desk.get(page).content.decode()) if "full_name" in form.kinds)
    desk.post(KEEP, form.marks | {"full_name": name}, headers={"Referer": f"http://testserver{page}"})


@pytest.mark.parametrize("same_doctor", [True, False])
def test_two_newcomers_of_one_surname_are_not_one(*, same_doctor: bool) -> None:
    """The desk searches for a surname, books somebody new, and soon after somebody else of that name."""
    desk = receptionist()
    slots = [slot_in(), slot_in()]
    first = _newcomer(desk, slots[0])
    _types_a_name(desk, first, "Ada Smith")
    other = _newcomer(desk, slots[0 if same_doctor else 1])

    assert ["Ada Smith" in desk.get(page).content.decode() for page in (first, other)] == [True, False]


def test_what_is_typed_about_somebody_new_goes_along_to_another_doctor() -> None:
    desk = receptionist()
    slots = [slot_in(), slot_in()]
    page = _newcomer(desk, slots[0])
    _types_a_name(desk, page, "Ada Smith")
    with_another = page.replace(slots[0].doctor.slug, slots[1].doctor.slug).replace(str(slots[0].pk), str(slots[1].pk))

    assert "Ada Smith" in desk.get(with_another).content.decode()


def test_the_number_of_somebody_new_says_nothing_of_them() -> None:
    desk, slot = receptionist(), slot_in()
    numbers = [parse_qs(urlsplit(_newcomer(desk, slot, q="Smith 31 3 1980")).query)["new"][0] for _ in range(3)]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch("[a-z0-9]{12}", number) for number in numbers)


def _is_left(page: Page) -> None:
    page.is_left()


def _is_left_with_a_stale_token(page: Page) -> None:
    page.client.cookies["csrftoken"] = "a" * 32
    page.is_left()


def _is_sent_with_a_stale_token(page: Page) -> None:
    page.client.cookies["csrftoken"] = "a" * 32
    page.sent()


@pytest.mark.parametrize(
    "ends",
    [_is_left, Page.sent, _is_left_with_a_stale_token, _is_sent_with_a_stale_token],
    ids=lambda one: one.__name__,
)
def test_of_whoever_is_signed_out_the_account_is_read_once(ends: Callable[[Page], None]) -> None:
    page = Page("booking at the desk")
    page.session_ends()
    with watching_statements() as asked:
        ends(page)

    of_accounts = [statement for statement in asked if re.search(rf"FROM .?{User._meta.db_table}\b", statement)]
    assert len(of_accounts) == 1, of_accounts
    assert drafts.of(page.user.pk, page.path)
