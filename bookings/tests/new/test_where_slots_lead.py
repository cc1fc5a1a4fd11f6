"""Nobody is led to a page that is not for them: where the free times of the public pages lead each reader."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from core import clock
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
READERS = {
    "nobody": lambda: None,
    "patient": lambda: make_patient().user,
    "doctor": lambda: make_doctor().user,
    **{role.value: lambda role=role: make_staff(role) for role in StaffRole},
}
CAN_PRESS = {"nobody", "patient", StaffRole.RECEPTION.value, StaffRole.ADMINISTRATOR.value}


def browser_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def pages_of(doctor: DoctorProfile) -> list[str]:
    return ["/", "/doctors/", f"/doctors/{doctor.slug}/", f"/doctors/{doctor.slug}/times/"]


@pytest.mark.parametrize("name", READERS)
def test_each_time_leads_somewhere_its_reader_may_go_or_nowhere(name: str) -> None:
    doctor = make_doctor()
    slot = make_slot(doctor, starts_at=clock.now() + timedelta(days=2))
    reader = READERS[name]()
    browser = browser_of(reader)
    for address in pages_of(doctor):
        page = browser.get(address).content.decode()
        shown = re.findall(r'<(a|span) class="time[^>]*>', page)
        links = re.findall(r'<a class="time"[^>]*href="([^"]*)"', page)
        assert shown, address
        assert bool(links) == (name in CAN_PRESS), address
        for link in links:
            answer = browser.get(link.replace("&amp;", "&"))
            assert answer.status_code == (302 if reader is None else 200), (address, link)
            if name in {StaffRole.RECEPTION.value, StaffRole.ADMINISTRATOR.value}:
                assert link == f"/staff/book/?doctor={doctor.slug}&amp;time={slot.pk}"


def test_the_desk_keeps_the_time_while_it_finds_out_who_is_calling() -> None:
    doctor, patient = make_doctor(), make_patient(full_name="Wanda Walker")
    slot = make_slot(doctor, starts_at=clock.now() + timedelta(days=2))
    desk = browser_of(make_staff(StaffRole.RECEPTION))
    found = desk.get("/staff/book/", {"doctor": doctor.slug, "time": str(slot.pk), "q": "wanda"})
    (caller,) = found.context["who"].found
    assert caller.key == patient.pk
    assert desk.get(caller.url).context["form"] is not None
