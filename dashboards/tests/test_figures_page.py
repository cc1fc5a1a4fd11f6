"""The page of the figures, its files, and who may see them (H2)."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from audit.choices import Kind
from audit.models import Entry
from billing.tests.factories import make_invoice, pay
from bookings.choices import Status
from bookings.tests.factories import make_waiting
from bookings.tests.rows import at, free, visit
from core import clock
from dashboards.figures.tables import FILES
from doctors.tests.factories import DepartmentFactory, make_doctor
from integrations.choices import Channel
from integrations.jobs import services as jobs
from integrations.models import ChannelState, JobRun
from integrations.tests.factories import make_message
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 5, 13, 35, tzinfo=UTC)  # Wednesday, 2:35pm in London
TODAY = date(2026, 8, 5)
BLOCKS = ["Appointments by day", "Utilisation", "Utilisation by department", "Utilisation by doctor", "Missed"]
BLOCKS += ["Cancellations", "Revenue by month", "Revenue by department", "Revenue by doctor", "Payments by method"]
BLOCKS += ["To pay now", "Third next available appointment", "Waiting list", "Messages", "Background jobs"]


@pytest.fixture(autouse=True)
def _at_half_past_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(make_staff(StaffRole.MANAGER))
    return client


def a_hospital(count: int = 1) -> None:
    """Doctors with a past visit, times ahead, somebody waiting, and an invoice that is paid in part."""
    for number in range(count):
        heart = DepartmentFactory(name=f"Heart {number}", slug=f"heart-{number}")
        doctor, patient = make_doctor(full_name=f"Ada Able {number}", department=heart), make_patient()
        visit(patient, doctor, at(TODAY - timedelta(days=1), 9), Status.COMPLETED)
        visit(patient, doctor, at(TODAY - timedelta(days=2), 9), Status.NO_SHOW)
        for hour in (15, 16, 17):
            free(doctor, at(TODAY, hour))
        make_waiting(doctor=doctor, patient=patient, now=NOW)
        pay(make_invoice(8_000, doctor=doctor, patient=patient, now=NOW), 3_000, now=NOW)


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/staff/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def read(response: Any) -> list[list[str]]:
    body = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(body)))


# Who


@pytest.mark.parametrize("path", ["/staff/", "/staff/figures/doctors/", "/staff/figures/waiting.csv"])
def test_managers_and_administrators_see_the_figures_reception_does_not(path: str) -> None:
    answers = {}
    for kind in StaffRole:
        client = Client()
        client.force_login(make_staff(kind))
        answers[kind.value] = client.get(path).status_code

    assert answers == {"RECEPTION": 403, "MANAGER": 200, "ADMINISTRATOR": 200}


# What


def test_the_page_shows_every_figure_the_last_thirty_days_and_as_of_when(manager: Client) -> None:
    a_hospital()

    html = page(manager)

    assert re.findall(r"<h3 id=[^>]+>([^<]+)</h3>", html) == BLOCKS
    said = text(html)
    assert "Tuesday 7 July 2026 to Wednesday 5 August 2026" in said
    assert "As of 2:35pm" in said
    assert "2 appointments: 1 seen, 1 missed." in said
    # 30 + 30 minutes booked, 3 times 30 free: 60 of 150
    assert "40% of the time offered was booked: 1.0 of 2.5 hours." in said
    assert "50% of 2 visits were missed." in said
    assert "A rate of fewer than 20 visits can be chance." in said
    assert "0 days until the third free time" in said
    assert "1 wish for a free time, the longest since Wednesday 5 August 2026." in said


def test_an_empty_hospital_has_sentences_instead_of_drawings_and_no_zero_for_nothing(manager: Client) -> None:
    html = page(manager)

    assert 'role="img"' not in html
    for sentence in ("0 appointments.", "No times were offered", "Nobody is waiting.", "Nothing was cancelled."):
        assert sentence in text(html)
    assert "0%" not in text(html)


def test_who_waits_for_approval_is_one_click_away(manager: Client) -> None:
    make_doctor(full_name="Nadia Newcomer", approved=False)
    [link] = [fact.url for fact in manager.get("/staff/").context["page"].people if fact.url]

    assert "Nadia Newcomer" in manager.get(link).content.decode()


def test_no_patient_is_named_and_nothing_is_styled_inline(manager: Client) -> None:
    doctor = make_doctor()
    patient = make_patient(full_name="Zebedee Quux")
    visit(patient, doctor, at(TODAY, 9), Status.COMPLETED)
    make_waiting(doctor=doctor, patient=patient, now=NOW)

    for path in ("/staff/", "/staff/figures/doctors/"):
        response = manager.get(path)
        html = response.content.decode()
        assert response.status_code == 200
        assert "Quux" not in html
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
    for name in FILES:
        rows = read(manager.get(f"/staff/figures/{name}.csv"))
        assert rows
        assert "Quux" not in str(rows)


def test_every_drawing_has_a_name_words_and_a_table_beside_it(manager: Client) -> None:
    a_hospital()

    blocks = page(manager).split('<section class="figure-block')[1:]
    drawn = [block for block in blocks if 'role="img"' in block]

    assert len(drawn) >= 6
    assert all("<table" in block for block in drawn)
    html = "".join(blocks)
    names = re.findall(r'<svg class="chart[^>]+aria-labelledby="([\w-]+)" aria-describedby="([\w-]+)"', html)
    assert len(names) == html.count('role="img"')
    assert all(f'<title id="{title}">' in html and f'<desc id="{words}">' in html for title, words in names)
    ids = re.findall(r'\sid="([^"]+)"', page(manager))
    assert len(ids) == len(set(ids))


# Which days, which department


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("?period=7", "Thursday 30 July 2026 to Wednesday 5 August 2026"),
        ("?period=this-month", "Saturday 1 August 2026 to Wednesday 5 August 2026"),
        ("?period=last-month", "Wednesday 1 July 2026 to Friday 31 July 2026"),
        ("?period=custom&from=2026-08-04&to=2026-08-04", "Tuesday 4 August 2026"),
        ("?from=2026-01-01&to=2026-12-31", "Thursday 1 January 2026 to Thursday 31 December 2026"),
    ],
)
def test_the_period_is_in_the_address(manager: Client, query: str, days: str) -> None:
    assert f'<h2 id="period">{days}</h2>' in page(manager, query)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?period=custom&from=2026-08-05&to=2026-08-04", "The last day must not be before the first."),
        ("?period=custom&from=2025-01-01&to=2026-01-02", "Choose at most 366 days."),
        ("?period=custom&from=1999-12-31&to=2000-01-02", "Enter a day from Saturday 1 January 2000"),
        ("?period=custom&from=2026-01-01&to=9999-12-31", "Enter a day from Saturday 1 January 2000"),
        ("?period=custom&from=tomorrow&to=2026-01-02", "Enter the first day, such as 2026-08-05."),
        ("?period=custom", "Enter the first day."),
        ("?period=14", "That isn’t a period we know."),
        ("?department=nowhere", "That isn’t a department."),
    ],
)
def test_a_wrong_period_is_told_beside_the_field_and_the_rest_is_kept(
    manager: Client, query: str, sentence: str
) -> None:
    html = page(manager, query)

    assert "<title>Error: " in html
    assert sentence in text(html)
    assert "figure-block" not in html
    for path in ("/staff/figures/waiting.csv", "/staff/figures/doctors/"):
        assert manager.get(path + query).status_code == 302


def test_the_longest_period_is_a_leap_year(manager: Client) -> None:
    assert "figure-block" in page(manager, "?from=2025-08-05&to=2026-08-05")


def test_a_department_is_shown_by_itself_and_kept_by_every_link(manager: Client) -> None:
    a_hospital(2)
    assert "4 appointments: " in page(manager, "?period=7")  # kept by itself

    html = page(manager, "?department=heart-1&period=7")

    assert "2 appointments: " in text(html)

    assert "Heart 1" in re.findall(r'<p class="lede">([^<]+)</p>', html)
    assert "Ada Able 1" in html
    assert "Ada Able 0" not in html
    links = re.findall(r'href="(\?[^"]*|/staff/figures/[^"]*)"', html)
    assert len(links) > 10
    assert all("department=heart-1" in link for link in links)


# Refreshing


def test_figures_are_cached_and_made_anew_by_the_link(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0 appointments." in text(page(manager))
    a_hospital()
    later = NOW + timedelta(minutes=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "As of 2:35pm" in text(page(manager))
    assert "0 appointments." in text(page(manager))

    response = manager.get("/staff/?refresh=1&period=7")

    assert (response.status_code, response["Location"]) == (302, "/staff/?period=7")
    assert "As of 2:39pm" in text(page(manager, "?period=7"))
    assert "2 appointments: " in text(page(manager, "?period=7"))


def test_a_cache_out_of_order_does_not_break_the_page(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_hospital()

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("Redis is away")

    for name in ("add", "delete"):
        monkeypatch.setattr(type(cache._connections["default"]), name, refuse)

    assert "2 appointments: " in text(page(manager))


def test_the_page_costs_as_many_statements_for_twelve_doctors_as_for_one(manager: Client) -> None:
    def statements(path: str) -> int:
        cache.clear()
        manager.get(path)  # the departments are cached by themselves
        for key in list(cache._connections["default"]._cache):
            if "figures" in key:
                cache.delete(key.split(":", 2)[-1])
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(path).status_code == 200
        return len(captured)

    a_hospital(1)
    one = [statements(path) for path in ("/staff/", "/staff/figures/doctors/")]
    a_hospital_more()
    twelve = [statements(path) for path in ("/staff/", "/staff/figures/doctors/")]

    assert one == twelve
    assert 12 < one[0] <= 27  # four of them for the jobs and channels, which are never kept


def a_hospital_more() -> None:
    for number in range(1, 12):
        doctor, patient = make_doctor(full_name=f"Person {number}"), make_patient()
        visit(patient, doctor, at(TODAY - timedelta(days=number), 9), Status.COMPLETED)
        free(doctor, at(TODAY + timedelta(days=1), 9))
        make_waiting(doctor=doctor, patient=patient, now=NOW)
        pay(make_invoice(doctor=doctor, patient=patient, now=NOW), 1_000, now=NOW)


# All doctors


def test_all_doctors_are_sorted_and_paged(manager: Client) -> None:
    department = DepartmentFactory(name="Heart")
    for number in range(52):
        doctor = make_doctor(full_name=f"Person {number:02}", department=department)
        free(doctor, at(TODAY, 9), 30 + number)
    busy = make_doctor(full_name="Zoe Zeal", department=department)
    visit(make_patient(), busy, at(TODAY, 9), Status.COMPLETED)

    def names(query: str) -> list[str]:
        html = manager.get(f"/staff/figures/doctors/{query}").content.decode()
        return re.findall(r'<th scope="row">Dr ([^<]+)</th>', html)

    assert names("")[0] == "Zoe Zeal"
    assert len(names("")) == 50
    assert len(names("?page=2")) == 3
    assert names("?sort=emptiest&page=2")[-1] == "Zoe Zeal"
    assert names("?sort=name")[0] == "Person 00"
    assert names("?page=999") == names("?page=2")
    assert names("?page=x&sort=nonsense") == names("")


# Files


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_figure_can_be_taken_away_and_that_is_recorded(manager: Client, name: str) -> None:
    a_hospital()

    response = manager.get(f"/staff/figures/{name}.csv?period=7")
    rows = read(response)

    assert response["Content-Disposition"] == f'attachment; filename="{name}-2026-07-30-to-2026-08-05.csv"'
    assert len(rows) > 1
    assert all(len(row) == len(rows[0]) for row in rows)
    entry = Entry.objects.get(pgh_label=Kind.EXPORTED)
    assert entry.details == {
        "list": f"figures: {name}",
        "rows": len(rows) - 1,
        "from": "2026-07-30",
        "to": "2026-08-05",
    }


def test_a_file_has_numbers_as_numbers_and_nothing_for_nothing(manager: Client) -> None:
    a_hospital()

    rows = read(manager.get("/staff/figures/utilisation.csv?period=7"))

    assert rows[0] == ["Day", "Hours offered", "Hours booked", "Utilisation"]
    assert rows[1] == ["2026-07-30", "0.0", "0.0", ""]
    assert rows[-1] == ["2026-08-05", "1.5", "0.0", "0.0"]
    assert rows[-2] == ["2026-08-04", "0.5", "0.5", "1.0"]


def test_a_doctors_name_is_no_formula_in_a_file(manager: Client) -> None:
    doctor = make_doctor(department=DepartmentFactory(name="=1+1"))
    free(doctor, at(TODAY, 15))

    assert read(manager.get("/staff/figures/departments.csv"))[1][0] == "'=1+1"


def test_there_is_no_file_of_another_name(manager: Client) -> None:
    assert manager.get("/staff/figures/patients.csv").status_code == 404


# What is behind


def all_jobs_ran(at_: datetime) -> None:
    for task in settings.BACKGROUND_JOBS:
        jobs.record_success(task, started_at=at_, items_left=0, now=at_)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [StaffRole.MANAGER, StaffRole.ADMINISTRATOR])
def test_each_job_that_is_overdue_is_told_at_the_top_of_the_page(kind: StaffRole) -> None:
    client = Client()
    client.force_login(make_staff(kind))
    all_jobs_ran(NOW)
    assert "All jobs are on time." in text(page(client))
    assert client.get("/staff/").context["page"].alarms == []

    for task, job in settings.BACKGROUND_JOBS.items():
        late = NOW - job["overdue_after"] - timedelta(minutes=1)
        JobRun.objects.filter(task=task).update(succeeded_at=late)
        said = text(page(client))
        assert f"The job “{job['label']}” was last done at" in said
        assert f"1 of {len(settings.BACKGROUND_JOBS)} jobs is overdue." in said
        JobRun.objects.filter(task=task).update(succeeded_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_vendor_that_does_not_answer_is_told_with_how_many_wait(manager: Client) -> None:
    all_jobs_ran(NOW)
    make_message(now=NOW)
    ChannelState.objects.create(channel=Channel.EMAIL, failing_since=NOW - timedelta(minutes=20))

    said = text(page(manager))

    assert "The e-mail service hasn’t answered since 2:15pm. 1 message is waiting and will be sent later." in said
    assert "Google Calendar hasn’t answered" not in said
