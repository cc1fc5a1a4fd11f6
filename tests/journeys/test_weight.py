"""What a page costs on the way to a phone: gunicorn, WhiteNoise, compression, an empty cache."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Browser

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.services.cancel import cancel
from bookings.tests.factories import make_booking
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient
from tests.journeys.support.hospital import doctor_with_times, main_pages, slots_of
from tests.journeys.support.visitor import Visitor
from tests.staff_room.records import make_records
from tests.web_server import web_server

HEAVIEST = 100_000  # bytes over the wire
PARTS = 25  # requests
ROWS = 51  # one more than a list of the admin shows at a time
logger = logging.getLogger(__name__)


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    with web_server(tmp_path) as address:
        yield address


def weigh(browser: Browser, site: str, path: str, user: object) -> tuple[int, int]:
    """Bytes and requests of one page for somebody who comes for the first time."""
    visitor = Visitor(browser, site)
    if user is not None:
        visitor.signs_in_as(user)  # type: ignore[arg-type]
    parts: list[float] = []
    wire = visitor.context.new_cdp_session(visitor.page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: parts.append(event["encodedDataLength"]))
    visitor.page.goto(site + path, wait_until="networkidle")
    visitor.leaves()
    assert visitor.faults == []
    return round(sum(parts)), len(parts)


def heavy(weights: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Those that weigh too much, or come in too many parts."""
    logger.info("heaviest pages: %s", sorted(weights.items(), key=lambda entry: -entry[1][0])[:5])
    assert min(weight for weight, _ in weights.values()) > 10_000  # measured at all
    return {path: cost for path, cost in weights.items() if cost[0] > HEAVIEST or cost[1] > PARTS}


def test_no_page_weighs_more_than_100_kilobytes(chromium: Browser, site: str, now: datetime) -> None:
    doctor, patient = doctor_with_times(now, count=8), make_patient()
    booking = make_booking(slot=slots_of(doctor)[0], patient=patient, now=now)
    for number in range(30):
        make_slot(make_doctor(full_name=f"Doctor Number {number}"), days=number % 9 + 8)
    people = {"nobody": None, "patient": patient.user, "doctor": doctor.user}
    people["reception"] = make_staff(StaffRole.RECEPTION)

    weights = {
        path: weigh(chromium, site, path, people[who]) for who, paths in main_pages(booking).items() for path in paths
    }

    assert heavy(weights) == {}


def test_no_list_of_the_admin_weighs_more_with_a_full_page_of_rows(chromium: Browser, site: str, now: datetime) -> None:
    make_records()
    for number in range(ROWS):
        booking = make_booking(slot=make_slot(days=number % 9 + 8), now=now)
        cancel(booking=booking, by=booking.doctor.user, reason="The doctor is ill.", now=now)
    paths = {
        model: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    }
    by_role = {kind: make_staff(kind) for kind in StaffRole}

    everything = by_role[StaffRole.ADMINISTRATOR]
    weights = {path: weigh(chromium, site, path, everything) for path in paths.values()}
    for kind, somebody in by_role.items():
        for path in ["/admin/"] if kind == StaffRole.RECEPTION else ["/admin/", "/staff/", "/staff/figures/doctors/"]:
            weights[f"{path} as {kind}"] = weigh(chromium, site, path, somebody)

    assert sum(model._default_manager.count() > ROWS for model in paths) > 6
    assert heavy(weights) == {}
