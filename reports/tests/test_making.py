"""Reports are made once for each doctor and month, and mailed once (D5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from bookings.choices import Status
from bookings.models import Booking
from bookings.tests.rows import at, free, visit
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from reports import services
from reports.figures import MonthFigures
from reports.messages import MONTHLY_REPORT
from reports.models import MonthlyReport
from reports.services import make_reports
from reports.tests.factories import make_old_hand, make_report

pytestmark = pytest.mark.django_db(transaction=True)
NINE = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)  # the hour of the report for October, in winter time
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (8, 9, 10, 11))


def mails() -> list[dict[str, Any]]:
    return [message.data for message in OutgoingMessage.objects.filter(action=MONTHLY_REPORT).order_by("pk")]


def make_busy(**facts: Any) -> DoctorProfile:
    """A doctor who offered half an hour in October."""
    doctor = make_old_hand(**facts)
    free(doctor, at(date(2026, 10, 5), 9))
    return doctor


def months() -> list[date]:
    return list(MonthlyReport.objects.order_by("month", "doctor").values_list("month", flat=True))


def test_at_the_hour_each_doctor_has_the_report_and_its_mail() -> None:
    doctor = make_old_hand(full_name="Ada Able", since=datetime(2026, 10, 5, tzinfo=UTC))
    pat = make_patient(full_name="Xylophone Canary")
    visit(pat, doctor, at(date(2026, 9, 7), 9), Status.COMPLETED)
    for day in (5, 6):
        visit(pat, doctor, at(date(2026, 10, day), 9), Status.COMPLETED)

    assert make_reports(now=NINE - MINUTE) == 0  # September's would be due, and the doctor wasn't there yet
    assert make_reports(now=NINE) == 1

    report = MonthlyReport.objects.get()
    assert (report.doctor, report.month, report.made_at, report.currency) == (doctor, OCTOBER, NINE, "GBP")
    assert (report.of_the_month.completed, report.of_the_month.patients_new) == (2, 0)
    assert report.of_the_month_before.completed == 1  # counted, though there is no report of it
    [mail] = mails()
    assert mail == {"to": mail["to"], "hospital": mail["hospital"], "report": str(report.pk)}
    assert mail["to"]["email"] == doctor.user.email
    message = OutgoingMessage.objects.get(action=MONTHLY_REPORT)
    assert (message.stream, message.dedupe_key) == (f"report:{doctor.pk}", f"report:{doctor.pk}:2026-10")
    assert message.expires_at == NINE + 14 * DAY


def test_run_again_it_makes_and_mails_nothing_more() -> None:
    make_busy()
    make_reports(now=NINE)
    before = months()

    assert make_reports(now=NINE + 15 * MINUTE) == 0
    assert (months(), len(mails())) == (before, 1)


def test_when_nothing_is_due_three_statements_say_so() -> None:
    make_old_hand()
    make_reports(now=NINE)

    with CaptureQueriesContext(connection) as captured:
        make_reports(now=NINE + DAY)

    assert len(captured) == 3


def test_an_hour_that_was_missed_is_made_up_for() -> None:
    make_busy(since=datetime(2026, 10, 5, tzinfo=UTC))

    assert make_reports(now=NINE + 12 * DAY) == 1
    assert (months(), len(mails())) == ([OCTOBER], 1)


def test_three_missed_months_are_made_up_for_and_the_last_is_mailed() -> None:
    make_busy()

    assert make_reports(now=NINE) == 3
    assert months() == [AUGUST, SEPTEMBER, OCTOBER]
    assert [mail["report"] for mail in mails()] == [str(MonthlyReport.objects.get(month=OCTOBER).pk)]


def test_a_month_before_the_doctor_came_has_no_report() -> None:
    make_old_hand(since=datetime(2026, 9, 30, 22, 59, tzinfo=UTC))  # the last minute of September
    make_old_hand(since=datetime(2026, 9, 30, 23, 0, tzinfo=UTC))  # the first of October
    make_old_hand(since=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))

    make_reports(now=NINE)

    assert months() == [SEPTEMBER, OCTOBER, OCTOBER]


def test_who_is_not_approved_or_has_left_gets_none() -> None:
    make_doctor(approved=False)
    left = make_old_hand()
    left.user.is_active = False
    left.user.save()

    assert make_reports(now=NINE) == 0


def test_who_comes_back_finds_the_reports_of_the_months_away() -> None:
    doctor = make_old_hand()
    doctor.user.is_active = False
    doctor.user.save()
    make_reports(now=NINE)
    doctor.user.is_active = True
    doctor.user.save()

    assert make_reports(now=NINE + DAY) == 3


def test_a_month_of_nothing_is_made_and_not_mailed() -> None:
    doctor = make_old_hand()
    visit(make_patient(), doctor, at(date(2026, 9, 7), 9), Status.COMPLETED)  # in the month before alone

    assert make_reports(now=NINE) == 3
    assert MonthlyReport.objects.get(month=OCTOBER).of_the_month.is_nothing
    assert mails() == []


def test_what_was_moved_away_or_credited_is_something() -> None:
    for something in ({"moved": 1}, {"credited_cents": 1}, {"reviews": 1, "rating_sum": 5}, {"minutes_offered": 1}):
        assert not MonthFigures(**something).is_nothing


def test_both_months_are_counted_as_they_were_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed between two statements of the counting is in none of them."""
    doctor, count, counted = make_busy(), services.count_month, []

    def count_while_somebody_books(month: date) -> Any:
        found = dict(count(month))
        if not counted:
            with ThreadPoolExecutor(1) as other:
                other.submit(book_elsewhere).result()
        counted.append(month)
        return found

    def book_elsewhere() -> None:
        for month in (7, 8, 9, 10):
            visit(make_patient(), doctor, at(date(2026, month, 20), 9), Status.COMPLETED)
        connection.close()

    monkeypatch.setattr(services, "count_month", count_while_somebody_books)
    make_reports(now=NINE)

    assert len(counted) == 4
    assert Booking.objects.count() == 4
    reports = MonthlyReport.objects.order_by("month")
    completed = [(report.of_the_month.completed, report.of_the_month_before.completed) for report in reports]
    assert completed == [(0, 0)] * 3


def test_an_address_that_was_never_confirmed_gets_no_mail() -> None:
    doctor = make_busy()
    EmailAddress.objects.filter(user=doctor.user).update(verified=False)

    make_reports(now=NINE)

    assert months() == [AUGUST, SEPTEMBER, OCTOBER]
    assert mails() == []


def test_an_account_closed_meanwhile_gets_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closed it had it locked; what was read before the lock isn't what counts."""
    doctor = make_busy()
    find = services.doctors_without_report

    def find_then_close(month: date) -> Any:
        found = find(month)
        doctor.user.is_active = False
        doctor.user.save()
        return found

    monkeypatch.setattr(services, "doctors_without_report", find_then_close)

    assert make_reports(now=NINE) == 0
    assert (months(), mails()) == ([], [])


def test_without_its_mail_there_is_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    make_busy(since=datetime(2026, 10, 5, tzinfo=UTC))
    monkeypatch.setattr(services.outbox, "enqueue", fail)

    assert make_reports(now=NINE) == 0
    assert months() == []


def test_a_report_is_never_changed_or_deleted() -> None:
    report = make_report(make_old_hand(), OCTOBER)

    for change in ("UPDATE reports_monthlyreport SET figures = '{}'", "DELETE FROM reports_monthlyreport"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert MonthlyReport.objects.get() == report


def test_there_is_one_report_of_a_month_and_a_month_is_its_first_day() -> None:
    doctor = make_old_hand()
    make_report(doctor, OCTOBER)

    with pytest.raises(DatabaseError, match="report_once_a_month"), transaction.atomic():
        make_report(doctor, OCTOBER)
    with pytest.raises(DatabaseError, match="report_month_by_its_first_day"), transaction.atomic():
        make_report(doctor, date(2026, 9, 2))


def test_the_trail_says_that_it_was_made_and_no_number_of_it() -> None:
    report = make_report(make_old_hand(), OCTOBER)

    entry = Entry.objects.get(model="reports.monthlyreport")
    assert entry.object_id == str(report.pk)
    assert "figures" not in (entry.after or {})
    assert "issued_cents" not in str(entry.after)


def test_sixty_doctors_cost_as_many_statements_as_three() -> None:
    def statements(doctors: int, now: datetime) -> int:
        made = [make_busy(since=now - 9 * DAY) for _ in range(doctors)]
        with CaptureQueriesContext(connection) as captured:
            assert make_reports(now=now) == len(made)
        return len(captured)

    few = statements(3, NINE)
    assert statements(57, NINE + MINUTE) == few
    assert few < 40
