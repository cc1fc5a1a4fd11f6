"""Who, from where, on which page and why: what a request, a job or a command says of all it writes (H4)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.tests.factories import PASSWORD, make_staff, sign_in, verify
from audit import services as audit
from audit.choices import Kind
from audit.context import current_context
from audit.models import Entry
from bookings.services.cancel import cancel
from bookings.tests.factories import make_booking
from doctors.models import DoctorProfile
from doctors.tasks import fill_diaries
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient

# Each request in transactions of its own, as it is in life: what is said ends with the transaction.
pytestmark = pytest.mark.django_db(transaction=True)


def browser_of(user: Any, **headers: Any) -> Client:
    browser = Client(**headers)
    browser.force_login(user)
    return browser


def last(model: str) -> Entry:
    found = Entry.objects.filter(model=model).first()
    assert found is not None
    return found


def cancelled_by_reception(**headers: Any) -> Entry:
    booking, reception = make_booking(), make_staff(StaffRole.RECEPTION)
    browser = browser_of(reception, **headers)
    address = reverse("bookings:cancel", args=[booking.reference])
    assert browser.post(address, {"reason": "The doctor is ill"}).status_code == 302
    entry = last("bookings.booking")
    assert entry.actor == reception
    return entry


def test_a_change_says_who_where_from_which_page_and_why() -> None:
    entry = cancelled_by_reception(REMOTE_ADDR="203.0.113.9")

    assert entry.after is not None
    assert entry.after["status"] == "CANCELLED"
    assert (entry.actor_role, entry.address) == ("STAFF", "203.0.113.9")
    assert (entry.place, entry.reason) == ("POST bookings:cancel", "The doctor is ill")


def test_all_that_one_request_did_belongs_together_and_the_next_is_another() -> None:
    first, second = cancelled_by_reception(), cancelled_by_reception()
    together = Entry.objects.filter(pgh_context_id=first.pgh_context_id)

    assert {entry.model for entry in together} >= {"bookings.booking", "doctors.slot"}
    assert first.pgh_context_id != second.pgh_context_id
    assert first.request_id
    assert first.request_id != second.request_id


def test_what_a_patient_gives_as_a_reason_is_not_repeated() -> None:
    booking = make_booking(slot=make_slot(days=3))
    address = reverse("bookings:cancel", args=[booking.reference])
    browser_of(booking.patient.user).post(address, {"reason": "My rash is gone"})

    entry = last("bookings.booking")
    assert entry.after is not None
    assert (entry.after["status"], entry.reason) == ("CANCELLED", "")


def test_what_a_doctor_gives_as_a_reason_is_not_repeated() -> None:
    booking = make_booking()
    cancel(booking=booking, by=booking.doctor.user, reason="Must be seen at once", now=timezone.now())

    assert last("bookings.booking").reason == ""


# From where


def test_an_address_sent_along_is_not_believed() -> None:
    entry = cancelled_by_reception(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert entry.address == "203.0.113.9"


def test_behind_our_proxy_the_one_it_saw_is(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    entry = cancelled_by_reception(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 198.51.100.1")

    assert entry.address == "198.51.100.1"


def test_the_id_a_visitor_gives_a_request_is_not_believed() -> None:
    entry = cancelled_by_reception(HTTP_X_REQUEST_ID="desk-0123456789")

    assert re.fullmatch("[0-9a-f]{16}", entry.request_id)


def test_the_id_our_proxy_gives_is_when_it_is_one(settings: Any) -> None:
    settings.BEHIND_PROXY = True

    assert cancelled_by_reception(HTTP_X_REQUEST_ID="desk-0123456789").request_id == "desk-0123456789"
    assert re.fullmatch("[0-9a-f]{16}", cancelled_by_reception(HTTP_X_REQUEST_ID="no id").request_id)


# On which page, when it asks first whether it is you


def answered(browser: Client, page: str, **typed: Any) -> None:
    """A page that asks first, sent, and the question answered: it goes on where it was left."""
    asked = browser.post(page, typed)["Location"]
    assert asked.startswith("/accounts/reauthenticate/")
    assert browser.post(asked, {"password": PASSWORD}).status_code == 302


@pytest.mark.ignore_template_errors
def test_a_page_taken_up_after_the_question_stands_under_its_own_name() -> None:
    boss, patient = make_staff(StaffRole.ADMINISTRATOR), make_patient().user
    typed = {"full_name": "Another Name", "email": patient.email, "phone": patient.phone}

    answered(browser_of(boss), reverse("admin:accounts_user_change", args=[patient.pk]), **typed)

    entry = last("accounts.user")
    assert (entry.changed, entry.place) == (["full_name"], "POST admin:accounts_user_change")


def test_so_does_a_page_of_allauth() -> None:
    patient = verify(make_patient().user)
    TOTP.activate(patient, "JBSWY3DPEHPK3PXP")
    browser = Client()
    sign_in(browser, patient, ago=60 * 60)
    asked = browser.post("/accounts/2fa/totp/deactivate/")["Location"]

    assert browser.post(asked, {"password": PASSWORD}).status_code == 302

    assert not Authenticator.objects.filter(user=patient).exists()
    removed = Entry.objects.filter(pgh_label=Kind.SECOND_FACTOR_REMOVED).latest("pk")
    assert removed.place == "POST mfa_deactivate_totp"


@pytest.mark.parametrize("sent", ["unix:", "'; DROP TABLE audit_entry; --", ""])
def test_an_address_that_is_none_stays_empty(sent: str) -> None:
    entry = cancelled_by_reception(REMOTE_ADDR=sent)

    assert entry.address is None


# What it costs


def test_reading_a_page_says_nothing_and_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = make_patient()
    browser = browser_of(patient.user)
    before = Entry.objects.count()
    browser.get(reverse("patients:edit_profile"))
    with CaptureQueriesContext(connection) as with_trail:
        browser.get(reverse("patients:edit_profile"))
    monkeypatch.setattr("audit.middleware.AuditMiddleware.__call__", lambda self, request: self.get_response(request))
    with CaptureQueriesContext(connection) as without:
        browser.get(reverse("patients:edit_profile"))

    assert len(with_trail) == len(without) > 0
    assert Entry.objects.count() == before


# Jobs, commands and what is written inside


def test_a_job_says_its_name() -> None:
    doctor = make_doctor()
    with audit.job("command close_doors"):
        DoctorProfile.objects.filter(pk=doctor.pk).update(is_accepting=False)

    entry = last("doctors.doctorprofile")
    assert (entry.place, entry.actor, entry.address) == ("command close_doors", None, None)


def test_a_task_of_celery_says_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    doctor = make_doctor()
    heard: list[dict[str, Any]] = []

    def work(**_: Any) -> Any:
        heard.append(current_context())
        DoctorProfile.objects.filter(pk=doctor.pk).update(is_accepting=False)
        return type("Outcome", (), {"created": 0})

    monkeypatch.setattr("doctors.schedule.services.generate_all", work)
    fill_diaries()

    assert heard == [{"place": "job doctors.tasks.fill_diaries"}]
    assert last("doctors.doctorprofile").place == "job doctors.tasks.fill_diaries"


def test_a_reason_is_that_of_what_is_written_inside_only() -> None:
    doctor = make_doctor()
    with audit.job("command x"):
        with audit.with_reason("the flood"):
            DoctorProfile.objects.filter(pk=doctor.pk).update(is_accepting=False)
        DoctorProfile.objects.filter(pk=doctor.pk).update(is_accepting=True)

    reasons = Entry.objects.filter(changed=["is_accepting"]).order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["the flood", ""]


def test_outside_of_everything_the_change_is_told_all_the_same() -> None:
    make_booking(slot=make_slot(days=2), now=timezone.now() - timedelta(minutes=1))

    entry = last("bookings.booking")
    assert (entry.pgh_label, entry.place, entry.actor, entry.pgh_context_id) == ("insert", "", None, None)
