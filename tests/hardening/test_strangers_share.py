"""What strangers share is never anybody's own (docs/adr/0028): the real pages, asked with the micro-cache on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from accounts.choices import StaffRole
from accounts.tests.factories import PASSWORD, make_staff, sign_in
from bookings.tests.people import browser_of, hidden, new_address
from core.web import micro_cache
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient
from tests.architecture.world import addresses, build_world
from tests.hardening.test_headers import somewhere

pytestmark = pytest.mark.django_db
DIRECTORY = "/doctors/"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def moment(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Stands still: whatever is shared in these tests would be shared for ever."""
    settings.MICRO_CACHE_SECONDS = 3
    stopped = Clock()
    monkeypatch.setattr(micro_cache, "monotonic", stopped)
    micro_cache.copies.clear()
    yield stopped
    micro_cache.copies.clear()


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(full_name="Ana Álvarez")


@pytest.fixture
def slot(doctor: DoctorProfile) -> Slot:
    return make_slot(doctor, days=2)


def page_of(doctor: DoctorProfile) -> str:
    return reverse("doctors:profile", args=[doctor.slug])


def times_of(doctor: DoctorProfile) -> str:
    return reverse("doctors:times", args=[doctor.slug])


def shown(response: HttpResponse) -> str:
    assert response.status_code == 200
    return response.content.decode()


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        shown(client.get(address))
    return len(captured)


def test_the_second_stranger_costs_no_statement(doctor: DoctorProfile, slot: Slot) -> None:
    for address in ("/", DIRECTORY, f"{DIRECTORY}?q=ana", page_of(doctor), times_of(doctor)):
        assert statements(Client(), address) > 0
        assert statements(Client(), address) == 0
        assert str(slot.pk) in shown(Client().get(address))


def test_an_open_page_hears_of_no_change_without_a_statement(doctor: DoctorProfile, slot: Slot) -> None:
    news = shown(Client().get(page_of(doctor))).split('data-hx-get="')[1].split('"')[0].replace("&amp;", "&")
    first = Client().get(news, headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as captured:
        again = Client().get(news, headers={"HX-Request": "true"})

    assert (first.status_code, again.status_code, len(captured)) == (204, 204, 0)


@pytest.mark.parametrize("role", ["patient", "doctor", "staff"])
def test_whoever_is_signed_in_is_never_shown_what_strangers_share(doctor: DoctorProfile, role: str) -> None:
    people = {"patient": make_patient().user, "doctor": doctor.user, "staff": make_staff(StaffRole.MANAGER)}
    shared = [shown(Client().get(address)) for address in (DIRECTORY, page_of(doctor))]
    client = Client()
    sign_in(client, people[role])
    own = [client.get(address) for address in (DIRECTORY, page_of(doctor))]
    kept = len(micro_cache.copies)

    for strangers, answer in zip(shared, own, strict=True):
        assert "Create account" in strangers
        assert people[role].full_name in shown(answer)
        assert "Sign out" in shown(answer)
        assert answer["Cache-Control"] == "no-store, private"
        assert "ETag" not in answer
    assert [shown(Client().get(address)) for address in (DIRECTORY, page_of(doctor))] == shared
    assert len(micro_cache.copies) == kept


def test_signing_in_and_out_is_seen_at_once() -> None:
    patient, client = make_patient(), Client()
    before = client.get(DIRECTORY)
    client.post(reverse("account_login"), {"login": patient.user.username, "password": PASSWORD})
    inside = client.get(DIRECTORY, headers={"If-None-Match": before["ETag"]})
    client.post(reverse("account_logout"))
    outside = client.get(DIRECTORY)

    assert patient.user.full_name in shown(inside)
    assert patient.user.full_name not in shown(outside)
    assert "You have signed out" in shown(outside)
    assert "You have signed out" not in shown(client.get(DIRECTORY))
    assert "You have signed out" not in shown(Client().get(DIRECTORY))


def test_who_has_just_booked_sees_that_the_time_is_gone(doctor: DoctorProfile, slot: Slot) -> None:
    addresses_of_time = (DIRECTORY, page_of(doctor), times_of(doctor))
    assert all(str(slot.pk) in shown(Client().get(address)) for address in addresses_of_time)
    browser = browser_of(make_patient().user)
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    booked = browser.post(new_address(slot), {"slot": slot.pk, "reason": "", "notes": "", "idempotency_key": key})
    slot.refresh_from_db()

    assert booked.status_code == 302
    assert not slot.is_free
    assert [str(slot.pk) in shown(browser.get(address)) for address in addresses_of_time] == [False] * 3


def test_a_time_taken_is_gone_for_strangers_too_after_the_few_seconds(
    doctor: DoctorProfile, slot: Slot, moment: Clock
) -> None:
    assert str(slot.pk) in shown(Client().get(page_of(doctor)))
    Slot.objects.filter(pk=slot.pk).update(state="BOOKED")
    moment.now += 3

    assert str(slot.pk) not in shown(Client().get(page_of(doctor)))


def test_a_doctor_who_is_no_longer_listed_is_gone_after_the_few_seconds(
    doctor: DoctorProfile, slot: Slot, moment: Clock
) -> None:
    everywhere = (page_of(doctor), times_of(doctor))
    assert "Ana Álvarez" in shown(Client().get(DIRECTORY))
    assert [Client().get(address).status_code for address in everywhere] == [200, 200]
    DoctorProfile.objects.filter(pk=doctor.pk).update(approved_at=None)
    moment.now += 3

    assert "Ana Álvarez" not in shown(Client().get(DIRECTORY))
    assert [Client().get(address).status_code for address in everywhere] == [404, 404]


def test_that_a_doctor_is_not_there_is_not_kept(doctor: DoctorProfile) -> None:
    DoctorProfile.objects.filter(pk=doctor.pk).update(approved_at=None)
    assert Client().get(page_of(doctor)).status_code == 404
    own = Client()
    sign_in(own, doctor.user)
    assert "until your licence is approved" in shown(own.get(page_of(doctor)))
    assert Client().get(page_of(doctor)).status_code == 404
    DoctorProfile.objects.filter(pk=doctor.pk).update(approved_at=doctor.approved_at)

    assert shown(Client().get(page_of(doctor)))


@pytest.mark.ignore_template_errors
def test_no_page_that_is_shared_holds_a_token_or_sets_a_cookie() -> None:
    world, shared = build_world(), []
    for address in addresses():
        path = somewhere(address, world)
        client = Client()
        client.cookies["csrftoken"] = "c" * 32
        response = client.get(path)
        if len(micro_cache.copies) == len(shared):
            continue
        shared.append(address.name)
        assert hasattr(resolve(path.partition("?")[0]).func, "is_micro_cached"), path
        assert not response.cookies, path
        assert "csrfmiddlewaretoken" not in shown(response), path
        assert "nonce" not in response["Content-Security-Policy"], path

    assert set(shared) == {"dashboards:home", "doctors:directory", "doctors:profile", "doctors:times"}


def test_a_stranger_far_ahead_gets_nothing_from_today(doctor: DoctorProfile, slot: Slot) -> None:
    day = (slot.starts_at + timedelta(days=1)).date().isoformat()
    assert "This is the next available appointment" in shown(Client().get(page_of(doctor)))
    assert "No free times on this day" in shown(Client().get(f"{page_of(doctor)}?date={day}"))
