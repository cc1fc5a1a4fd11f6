"""What Celery runs for bookings. Each may run twice, late or never without harm."""

from __future__ import annotations

from celery import shared_task

from bookings.calendars import reconcile
from bookings.departures import services as departures
from bookings.services import no_shows, reminders
from bookings.waiting_list import services as waiting_list
from core import clock


@shared_task(ignore_result=True)
def remind_of_tomorrow() -> int:
    """Every five minutes: the service decides by the hospital's clock what is due."""
    return reminders.remind(now=clock.now())


@shared_task(ignore_result=True)
def mark_no_shows() -> int:
    """Every ten minutes: the service decides by the hospital's clock which days are over."""
    return no_shows.mark_no_shows(now=clock.now())


@shared_task(ignore_result=True)
def pass_lapsed_on() -> int:
    """Every minute: times whose hold has run out go to the next on the waiting list. By the clock it ended before."""
    now = clock.now()
    passed_on = waiting_list.reoffer_expired_holds(now=now)
    waiting_list.end_past_wishes(now=now)
    return passed_on


@shared_task(ignore_result=True)
def fill_new_calendars() -> int:
    """Every minute: the coming appointments of whoever has just connected a calendar."""
    return reconcile.backfill(now=clock.now())


@shared_task(ignore_result=True)
def compare_calendars() -> int:
    """Every hour: what was changed or deleted in people's own calendars is put right."""
    return reconcile.reconcile_all(now=clock.now())


@shared_task(ignore_result=True)
def complete_departures() -> int:
    """Every hour: the accounts of doctors whose last day is over are closed; by the hospital's clock."""
    return departures.complete_departures(now=clock.now())
