"""Each figure as a table: what stands beside its chart, and, cell for cell, in its CSV file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dashboards.figures import revenue_tables
from dashboards.figures.appointments import LEADS
from dashboards.figures.cells import Share, Table
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.periods import Period
from dashboards.figures.types import DoctorUse, Queue, ThirdNextAvailable, Visits, median
from doctors.utilisation import Use
from integrations.choices import MessageStatus

FEW = 20
SERIES = ("done", "arrived", "coming", "missed", "cancelled")  # as `Visits` calls them


def hours(minutes: int) -> float:
    return minutes / 60


def status_labels() -> list[str]:
    """In the order of `SERIES`."""
    return [_("Seen"), _("Arrived"), _("Upcoming"), _("Missed"), _("Cancelled")]


def lead_labels() -> list[str]:
    """In the order of `LEADS`."""
    return [
        *(_("Same day"), _("1 to 2 days"), _("3 to 7 days")),
        *(_("8 to 14 days"), _("15 to 30 days"), _("Over 30 days")),
    ]


# The tables


def by_day(figures: FigureSet) -> Table:
    """Every day of the period, those without appointments as well."""
    found = figures.by_day()
    return Table(
        [_("Day"), *status_labels(), _("All")],
        [(day, *_standing(found.get(day, Visits()))) for day in figures.period.days()],
    )


def by_bucket(figures: FigureSet) -> list[tuple[Period, Visits]]:
    """The same by bar: a day each, or a week."""
    found = figures.by_day()
    return [
        (bucket, sum((found.get(day, Visits()) for day in bucket.days()), Visits()))
        for bucket in figures.period.buckets()
    ]


def _standing(visits: Visits) -> tuple[int, ...]:
    return (*(getattr(visits, name) for name in SERIES), visits.total)


def standing_rows(buckets: list[tuple[Period, Visits]]) -> list[Sequence[Any]]:
    return [(bucket, *_standing(visits)) for bucket, visits in buckets]


def use_header() -> list[str]:
    return [_("Hours offered"), _("Hours booked"), _("Utilisation")]


def use_cells(use: Use) -> tuple[Any, ...]:
    return hours(use.offered), hours(use.booked), Share(use.share)


def utilisation(figures: FigureSet) -> Table:
    """By day, up to and with today."""
    found = figures.utilisation().by_day
    days = figures.period.until(figures.today)
    rows = [(day, *use_cells(found.get(day, Use()))) for day in days.days()] if days else []
    return Table([_("Day"), *use_header()], rows)


def use_by_bucket(figures: FigureSet) -> list[tuple[Period, Use]]:
    found, days = figures.utilisation().by_day, figures.period.until(figures.today)
    buckets = [bucket for bucket in figures.period.buckets() if days and bucket.first <= days.last]
    return [(bucket, sum((found.get(day, Use()) for day in bucket.days()), Use())) for bucket in buckets]


def departments(figures: FigureSet) -> Table:
    rows = [(name, *use_cells(use)) for name, use in figures.utilisation().by_department().items()]
    return Table([_("Department"), *use_header()], rows)


@dataclass(frozen=True, slots=True)
class DoctorRow:
    """All that is told of one doctor. `third_next` is None for who has no three free times or takes no bookings."""

    name: str
    department: str
    use: Use
    third_next: int | None
    waiting: int


def doctor_rows(figures: FigureSet) -> list[DoctorRow]:
    """Every doctor who offered a time, can be booked or is waited for, in order of name."""
    uses = {row.doctor: row for row in figures.utilisation().by_doctor}
    soon = {row.doctor: row for row in figures.third_next()}
    queues = {row.doctor: row for row in figures.waiting()}
    everybody: list[Queue | ThirdNextAvailable | DoctorUse] = [*queues.values(), *soon.values(), *uses.values()]
    people = {row.doctor: (row.name, row.department) for row in everybody}
    rows = [
        DoctorRow(
            *(name, department),
            use=uses[key].use if key in uses else Use(),
            third_next=soon[key].days if key in soon else None,
            waiting=queues[key].waiting if key in queues else 0,
        )
        for key, (name, department) in people.items()
    ]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.department))


def doctor_header() -> list[str]:
    return [_("Doctor"), _("Department"), *use_header(), _("Third next free, days"), _("Waiting")]


def doctor_cells(row: DoctorRow) -> tuple[Any, ...]:
    return (row.name, row.department, *use_cells(row.use), row.third_next, row.waiting)


def doctors(figures: FigureSet) -> Table:
    return Table(doctor_header(), [doctor_cells(row) for row in doctor_rows(figures)])


def no_shows(figures: FigureSet) -> Table:
    rows = [
        (label, found.visits, found.missed, Share(found.rate), _("few") if 0 < found.visits < FEW else "")
        for label, found in zip(lead_labels(), figures.no_shows(), strict=True)
    ]
    assert len(rows) == len(LEADS)  # noqa: S101  labels and limits are two lists
    return Table([_("Booked ahead"), _("Visits"), _("Missed"), _("Rate"), _("Few visits")], rows)


def cancellations(figures: FigureSet) -> Table:
    found = figures.cancellations().by
    labels = {"patient": _("The patient"), "doctor": _("The doctor"), "staff": _("The hospital’s staff")}
    rows = [
        (label, count, short, Share(short / count if count else None))
        for who, label in labels.items()
        for count, short in [found[who]]
    ]
    header = [_("Cancelled by"), _("Appointments"), _("Less than 24 hours before"), _("Share of these")]
    return Table(header, rows)


def access_by_department(found: list[ThirdNextAvailable]) -> list[tuple[str, float | int | None, int, int]]:
    """Department, median days, doctors it is the median of, doctors without three free times; by name."""
    by_name: dict[str, list[int | None]] = {}
    for row in found:
        by_name.setdefault(row.department, []).append(row.days)
    return [
        (name, in_days(known := [day for day in days if day is not None]), len(known), len(days) - len(known))
        for name, days in sorted(by_name.items())
    ]


def in_days(values: list[int]) -> float | int | None:
    """The median, as a whole number where it is one."""
    middle = median(values)
    return int(middle) if middle is not None and middle.is_integer() else middle


def third_next(figures: FigureSet) -> Table:
    return Table(
        [_("Department"), _("Days (median)"), _("Doctors"), _("Doctors without three free times")],
        list(access_by_department(figures.third_next())),
    )


def waiting(figures: FigureSet) -> Table:
    rows = [(row.name, row.department, row.waiting, row.oldest) for row in figures.waiting()]
    return Table([_("Doctor"), _("Department"), _("Waiting"), _("Longest since")], rows)


def messages(figures: FigureSet) -> Table:
    found = figures.messages()
    rows = [
        (_("Not delivered in total"), found.failed),
        (_("Waiting now"), found.waiting),
        (_("In this period: sent"), found.written[MessageStatus.SENT]),
        (_("In this period: waiting"), found.written[MessageStatus.QUEUED]),
        (_("In this period: being sent"), found.written[MessageStatus.SENDING]),
        (_("In this period: not delivered"), found.written[MessageStatus.FAILED]),
        (_("In this period: no longer needed"), found.written[MessageStatus.DROPPED]),
    ]
    return Table([_("Messages"), _("Number")], rows)


# What can be taken away as a file, by the name in its address.
FILES: dict[str, Callable[[FigureSet], Table]] = {
    "appointments": by_day,
    "utilisation": utilisation,
    "departments": departments,
    "doctors": doctors,
    "no-shows": no_shows,
    "cancellations": cancellations,
    "revenue-months": revenue_tables.by_month,
    "revenue-departments": revenue_tables.by_department,
    "revenue-doctors": revenue_tables.by_doctor,
    "payments": revenue_tables.by_method,
    "to-pay": revenue_tables.by_age,
    "third-next": third_next,
    "waiting": waiting,
    "messages": messages,
}
