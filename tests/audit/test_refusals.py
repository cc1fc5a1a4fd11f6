"""Every refusal leaves one line: class, role, what it was about, the request's id; and nothing personal."""

from __future__ import annotations

import importlib
import json
import logging
import pkgutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.tests.factories import make_booking
from core import clock
from core.cache import CacheUnavailable
from core.errors import Busy, DomainError, Overloaded, translated
from core.web import error_views, refusals
from core.web.logs import JsonFormatter, RequestIdFilter
from core.web.middleware import RequestIdMiddleware, UnavailableMiddleware
from doctors.tests.factories import make_doctor, make_slot
from hms_project.celery import app
from patients.tests.factories import make_patient
from tests.architecture.test_imports import RANKS

TYPED = "zqallergy to penicillin"


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What the logger of refusals writes, as the console would."""
    said: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(json.loads(self.format(record)))

    handler = Keep()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter())
    refusals.logger.addHandler(handler)
    yield said
    refusals.logger.removeHandler(handler)


def every_refusal() -> list[type[DomainError]]:
    """All subclasses there are, of all rooms."""
    for room in (config.name for config in apps.get_app_configs() if config.name in RANKS):
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not {"tests", "migrations", "management", "settings", "wsgi"} & set(found.name.split(".")):
                importlib.import_module(found.name)
    classes = [DomainError]
    for known in classes:
        classes.extend(known.__subclasses__())
    return sorted({error for error in classes if not error.__module__.split(".")[-1].startswith("test_")}, key=str)


def made(kind: type[DomainError]) -> DomainError:
    """One of that class, with what somebody typed in it where it takes words."""
    for arguments in ((TYPED,), (), ("field", TYPED), ([],), ([], [])):
        try:
            return kind(*arguments)
        except (TypeError, ValueError):
            continue
    raise AssertionError(f"no way to make a {kind}")


SLOT = uuid4()


@pytest.mark.django_db
def test_every_class_of_refusal_leaves_one_line_and_is_counted(lines: list[dict[str, Any]]) -> None:
    classes, today = every_refusal(), clock.hospital_day(clock.now())
    assert len(classes) > 50

    for kind in classes:
        lines.clear()
        before = refusals.counts(today).get(kind.__name__, 0)
        response = refused_by_class(kind)
        (line,) = lines
        assert line["error"] == kind.__name__
        assert line["slot_id"] == str(SLOT)
        assert line["request"] == response["X-Request-ID"]
        assert refusals.counts(today)[kind.__name__] == before + 1
        assert TYPED not in json.dumps(line)


def refused_by_class(kind: type[DomainError]) -> HttpResponse:
    def service(*, slot_id: Any, reason: str) -> None:
        raise made(kind)

    def view(request: HttpRequest) -> HttpResponse:
        with suppress(DomainError):
            service(slot_id=SLOT, reason=TYPED)
        return HttpResponse("No.", status=409)

    return RequestIdMiddleware(view)(RequestFactory().get("/"))


def test_a_refusal_nobody_raised_is_none(lines: list[dict[str, Any]]) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(Busy().message)

    RequestIdMiddleware(view)(RequestFactory().get("/"))
    assert lines == []


@pytest.mark.django_db
def test_what_a_page_asks_for_its_buttons_is_none(lines: list[dict[str, Any]]) -> None:
    """A day in which nothing may be done yet: each step is asked for, and each time the answer is no."""
    booking = make_booking()
    browser = Client()
    browser.force_login(booking.doctor.user)

    answer = browser.get(reverse("bookings:detail", args=[booking.reference]))

    assert answer.status_code == 200
    assert lines == []


@pytest.mark.django_db
def test_why_a_patient_could_not_book(lines: list[dict[str, Any]]) -> None:
    slot, patient = make_slot(make_doctor(), days=2), make_patient()
    book(slot_id=slot.pk, by=make_patient().user, now=clock.now())
    browser = Client()
    browser.force_login(patient.user)

    answer = browser.post(f"{reverse('bookings:new')}?slot={slot.pk}", {"slot": str(slot.pk), "reason": TYPED})

    assert answer.status_code == 409
    line = lines[-1]
    assert (line["error"], line["role"], line["slot_id"]) == ("SlotTaken", "PATIENT", str(slot.pk))
    assert line["request"] == answer["X-Request-ID"]
    assert TYPED not in json.dumps(lines)


@pytest.mark.django_db
def test_a_step_that_is_refused_names_the_appointment_and_the_role(lines: list[dict[str, Any]]) -> None:
    booking = make_booking()
    cancel(booking=booking, by=booking.patient.user, reason=TYPED, now=clock.now())
    browser = Client()
    browser.force_login(make_staff(StaffRole.RECEPTION))

    browser.post(reverse("bookings:confirm", args=[booking.reference]))

    assert {(line["role"], line["booking"]) for line in lines} == {("STAFF", booking.reference)}
    assert TYPED not in json.dumps(lines)


class Spoken(Exception):
    """What the driver says."""

    def __init__(self, code: str | None) -> None:
        super().__init__(f"{TYPED}")
        self.pgcode = code


def broken(code: str | None, kind: type[Exception] = OperationalError) -> Exception:
    error = kind(TYPED)
    error.__cause__ = Spoken(code)
    return error


OUTAGES = {
    "the server is gone": (lambda: broken(None), "OperationalError", None),
    "the connection broke": (lambda: broken(None, InterfaceError), "InterfaceError", None),
    "a statement took too long": (lambda: broken("57014"), "OperationalError", "57014"),
    "a lock was not had": (lambda: broken("55P03"), "OperationalError", "55P03"),
    "a deadlock": (lambda: broken("40P01"), "OperationalError", "40P01"),
    "a server that only reads": (lambda: broken("25006"), "OperationalError", "25006"),
    "the cache is away": (lambda: CacheUnavailable(TYPED), "CacheUnavailable", None),
    "a crowd": (lambda: Overloaded(TYPED), "Overloaded", None),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", OUTAGES)
@pytest.mark.parametrize("where", ["view", "middleware", "job"])
def test_what_is_away_leaves_one_line(what: str, where: str, lines: list[dict[str, Any]]) -> None:
    make, name, code = OUTAGES[what]
    if where == "job":
        _run_job(make())
    elif where == "view":
        unavailable = UnavailableMiddleware(lambda _: HttpResponse())
        RequestIdMiddleware(lambda request: unavailable.process_exception(request, make()))(RequestFactory().get("/"))
    else:
        _fails_outside_a_view(make())

    expected = [] if (name == "Overloaded" and where != "view") else [(name, code)]
    assert [(line["error"], line.get("sqlstate")) for line in lines] == expected
    assert TYPED not in json.dumps(lines)


def _run_job(error: Exception) -> None:
    def run() -> None:
        raise error

    with pytest.raises(type(error)):
        app.task(run, name="rooms.tasks.work", shared=False)()
    app.tasks.pop("rooms.tasks.work")


def _fail(error: Exception) -> HttpResponse:
    raise error


def _fails_outside_a_view(error: Exception) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        try:
            return _fail(error)
        except Exception:
            return error_views.handler500(request)

    RequestIdMiddleware(view)(RequestFactory().get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["55P03", "40P01", "40001", "57014"])
def test_what_became_busy_says_what_the_database_said(code: str, lines: list[dict[str, Any]]) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        booking_id = 17
        try:
            with translated({}):
                raise broken(code)
        except Busy:
            return HttpResponse(str(booking_id), status=409)

    RequestIdMiddleware(view)(RequestFactory().get("/"))

    (line,) = lines
    assert (line["error"], line["sqlstate"], line["booking_id"]) == ("Busy", code, "17")


@pytest.mark.django_db
def test_a_job_that_is_refused_says_which(lines: list[dict[str, Any]]) -> None:
    def run() -> None:
        raise Busy

    with pytest.raises(Busy):
        app.task(run, name="rooms.tasks.work", shared=False)()
    app.tasks.pop("rooms.tasks.work")

    assert [(line["error"], line["role"]) for line in lines] == [("Busy", "job rooms.tasks.work")]


@pytest.mark.django_db
def test_what_could_not_be_counted_is_counted_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.hospital_day(clock.now())
    before = refusals.counts(today).get("OperationalError", 0)
    refusals.outage(broken(None))
    assert refusals.counts(today).get("OperationalError", 0) == before

    refused_by_class(Busy)

    assert refusals.counts(today)["OperationalError"] == before + 1


@pytest.mark.django_db
def test_a_rush_of_refusals_is_written_to_the_shared_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    today, wrote = clock.hospital_day(clock.now()), []
    before = refusals.counts(today).get("Busy", 0)
    monkeypatch.setattr(refusals, "SECONDS_BETWEEN", 3_600.0)
    monkeypatch.setattr(refusals._Sending, "at", float("-inf"))
    count = refusals.cache.count
    monkeypatch.setattr(refusals.cache, "count", lambda *args, **by: wrote.append(by) or count(*args, **by))

    for _ in range(20):
        refused_by_class(Busy)

    assert wrote == [{"by": 1}]
    assert refusals.counts(today)["Busy"] == before + 20
    assert wrote == [{"by": 1}, {"by": 19}]
