"""The header's links."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve

from accounts.choices import Role
from accounts.models import User
from dashboards.context_processors import navigation, site
from dashboards.navigation import navigation_for

ROLES = ["", *Role.values]


def current(role: str, path: str) -> list[str]:
    return [item.path for item in navigation_for(role=role, path=path) if item.is_current]


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere(role: str) -> None:
    links = navigation_for(role=role, path="/")
    assert links
    for item in links:
        assert resolve(item.path)


def test_each_role_is_offered_its_own_pages_only() -> None:
    offered = {role: {item.path for item in navigation_for(role=role, path="/")} for role in ROLES}
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


def test_context_does_without_a_user() -> None:
    assert navigation(RequestFactory().get("/"))["navigation"]["role"] == ""


def test_the_hospital_comes_from_the_settings() -> None:
    settings_phone = settings.HOSPITAL_PHONE
    hospital = site(RequestFactory().get("/"))["hospital"]
    assert hospital["name"] == settings.HOSPITAL_NAME
    assert hospital["phone"] == settings_phone
    assert hospital["phone_href"] == "tel:02079460100"
