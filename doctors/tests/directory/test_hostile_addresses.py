"""Whatever stands in an address, nobody sees a 500."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from doctors.tests.factories import make_doctor, make_slot

pytestmark = pytest.mark.django_db

VALUES = (
    *("0", "-1", "x", "1e9", "9" * 30, "٣", "", " "),
    *("garbage", "9999-99-99", "9999-12-31", "0001-01-01", "2026-W01-1", "20260806"),
    *("a\x00b", "\x1f", "x" * 10_000, "🩺" * 300, "\u202eevil", "\ud7ff", "' OR 1=1 --", "%s%(x)s", "\\"),
)


@pytest.mark.parametrize("name", ["page", "q", "specialization", "department", "before", "unknown"])
@pytest.mark.parametrize("value", VALUES)
def test_the_directory_answers_whatever_is_asked(client: Client, name: str, value: str) -> None:
    make_slot()
    assert client.get(reverse("doctors:directory"), {name: value}).status_code in {200, 400}


@pytest.mark.parametrize("name", ["doctors:profile", "doctors:times"])
@pytest.mark.parametrize("value", VALUES)
def test_a_doctors_page_answers_whatever_day_is_asked(client: Client, name: str, value: str) -> None:
    slug = make_slot().doctor.slug
    assert client.get(reverse(name, args=[slug]), {"date": value, "version": value}).status_code in {200, 400}


@pytest.mark.parametrize("name", ["availability", "slot_new", "day_new"])
@pytest.mark.parametrize("value", VALUES)
def test_the_diary_answers_whatever_day_is_asked(client: Client, name: str, value: str) -> None:
    client.force_login(make_doctor().user)
    assert client.get(reverse(f"doctors:{name}"), {"date": value}).status_code in {200, 400}


@pytest.mark.parametrize("value", ["a\x00b", "\x1f"])
def test_a_control_character_in_an_address_is_a_400(client: Client, value: str) -> None:
    assert client.get(reverse("doctors:directory"), {"q": value}).status_code == 400


def test_bytes_that_are_no_text_are_no_500(client: Client) -> None:
    assert client.get("/doctors/?q=%ff%fe&page=%c0%80").status_code in {200, 400}


def test_an_unknown_doctor_is_404(client: Client) -> None:
    for address in ("/doctors/nobody/", "/doctors/nobody/times/", "/doctors/" + "a" * 3_000 + "/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/doctors/", "/doctor/availability/"])
def test_reading_pages_take_no_post(client: Client, address: str) -> None:
    client.force_login(make_doctor().user)
    assert client.post(address).status_code == 405
