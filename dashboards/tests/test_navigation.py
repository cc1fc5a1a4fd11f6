"""The header's links."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from dashboards.context_processors import navigation, site
from dashboards.navigation import ASKED, navigation_for

ROLES = ["", *Role.values]


def current(role: str, path: str) -> list[str]:
    return [item.path for item in navigation_for(role=role, path=path, can=ASKED) if item.is_current]


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere(role: str) -> None:
    links = navigation_for(role=role, path="/", can=ASKED)
    assert links
    for item in links:
        assert resolve(item.path)


def test_each_role_is_offered_its_own_pages_only() -> None:
    offered = {role: {item.path for item in navigation_for(role=role, path="/", can=ASKED)} for role in ROLES}
    assert "/patient/bookings/" in offered["PATIENT"]
    assert "/doctor/availability/" in offered["DOCTOR"]
    assert "/admin/" in offered["STAFF"]
    assert not [path for path in offered["PATIENT"] if path.startswith(("/doctor/", "/admin/"))]
    assert not [path for path in offered["DOCTOR"] if path.startswith(("/patient/", "/admin/"))]
    assert not [path for path in offered[""] if path.startswith(("/doctor/", "/patient/", "/admin/"))]


def test_an_unknown_role_gets_what_everyone_gets() -> None:
    assert navigation_for(role="WIZARD", path="/") == navigation_for(role="", path="/")


@pytest.mark.parametrize(
    ("role", "path", "marked"),
    [
        ("DOCTOR", "/doctor/", ["/doctor/"]),
        ("DOCTOR", "/doctor/appointments/", ["/doctor/appointments/"]),
        ("DOCTOR", "/doctor/availability/slots/new/", ["/doctor/availability/"]),
        ("PATIENT", "/patient/bookings/", ["/patient/bookings/"]),
        ("PATIENT", "/doctors/dr-smith/", ["/doctors/"]),
        ("PATIENT", "/bookings/H7K4/", []),
        ("STAFF", "/staff/desk/", ["/staff/desk/"]),
        ("STAFF", "/staff/book/H7K4/", ["/staff/book/"]),
        ("STAFF", "/staff/", ["/staff/"]),
        ("STAFF", "/staff/people/doctors/7/leaving/", ["/admin/"]),
        ("", "/", []),
    ],
)
def test_the_nearest_link_is_marked_and_only_that(role: str, path: str, marked: list[str]) -> None:
    assert current(role, path) == marked


def test_context_names_the_signed_in_role() -> None:
    request = RequestFactory().get("/doctor/")
    request.user = User(username="dr", role=Role.DOCTOR)
    assert navigation(request)["navigation"]["role"] == "DOCTOR"
    request.user = AnonymousUser()
    assert navigation(request)["navigation"]["role"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        (StaffRole.RECEPTION, ["Desk", "Book", "Billing", "Records", "Find a doctor"]),
        (StaffRole.MANAGER, ["Billing", "Figures", "Records", "Find a doctor"]),
        (StaffRole.ADMINISTRATOR, ["Desk", "Book", "Billing", "Figures", "Records", "Find a doctor"]),
    ],
)
def test_staff_are_offered_what_they_may_do(kind: StaffRole, offered: list[str]) -> None:
    request = RequestFactory().get("/")
    request.user = make_staff(kind)

    assert [item.label for item in navigation(request)["navigation"]["links"]] == offered


def test_context_does_without_a_user() -> None:
    assert navigation(RequestFactory().get("/"))["navigation"]["role"] == ""


def test_the_hospital_comes_from_the_settings() -> None:
    settings_phone = settings.HOSPITAL_PHONE
    hospital = site(RequestFactory().get("/"))["hospital"]
    assert hospital["name"] == settings.HOSPITAL_NAME
    assert hospital["phone"] == settings_phone
    assert hospital["phone_href"] == "tel:02079460100"
