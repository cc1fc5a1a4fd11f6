"""Bringing the sample hospital to life, and keeping it alive: all of it by the services, as in the product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage
from reports.services import make_reports
from sample_data import people
from sample_data.appointments import keep_appointments
from sample_data.cast import assemble
from sample_data.invoices import keep_invoices
from sample_data.records import keep_records
from sample_data.times import fill_diary, slots_around


class Loaded(NamedTuple):
    """How much a run added."""

    people: int
    times: int
    appointments: int


def load(*, now: datetime) -> Loaded:
    """Add what is missing at `now`: people once; coming times and some appointments of today on each new day.

    A second run at the same instant adds nothing. What people did with the demo stays: a time they booked or
    deleted is left alone, unless its day would have no free time at all.
    """
    with _without_waiting_for_the_disk(), _nobody_is_told(now):
        cast = assemble(now=now)
        slots = slots_around(now)
        doctors = [(person, cast.doctors[person.username]) for person in people.DOCTORS]
        times = sum(fill_diary(person, doctor, slots.get(doctor.pk, []), now=now) for person, doctor in doctors)
        appointments = keep_appointments(cast, now=now)
        keep_records(now=now)
        keep_invoices(cast, now=now)
        make_reports(now=now)  # else doctors would look for them in vain until the job's next turn
        return Loaded(people=cast.added, times=times, appointments=appointments)


@contextmanager
def _nobody_is_told(now: datetime) -> Iterator[None]:
    """Take back what the services wrote to the outbox: the inbox belongs to whoever tries the demo."""
    newest = OutgoingMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    yield
    OutgoingMessage.objects.filter(pk__gt=newest, status=MessageStatus.QUEUED).delete()


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Hundreds of small commits: should the power fail, the next run adds what was lost."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        try:
            yield
        finally:
            cursor.execute("RESET synchronous_commit")
