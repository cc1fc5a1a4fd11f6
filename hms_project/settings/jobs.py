"""Background jobs: when each runs, in which queue it waits, what people call it, and when it is overdue.

Queues keep vendors apart: a thread that waits for the e-mail function or for Google is never one that the clockwork
needs (docs/jobs.md). A worker that is told of no queue serves all of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

CLOCKWORK, MAIL, CALENDARS, EXPORTS = "clockwork", "mail", "calendars", "exports"

CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in (CLOCKWORK, MAIL, CALENDARS, EXPORTS)]
CELERY_TASK_DEFAULT_QUEUE = CLOCKWORK
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a misspelt queue is an error, not a queue nobody serves
CELERY_TASK_ROUTES = {
    "integrations.tasks.deliver_email": {"queue": MAIL},
    # Making a file takes as long as it takes, and nothing else waits behind it.
    "exports.tasks.run_exports": {"queue": EXPORTS},
    # Whatever speaks to Google.
    "integrations.tasks.deliver_to_calendars": {"queue": CALENDARS},
    "bookings.tasks.compare_calendars": {"queue": CALENDARS},
    "doctors.tasks.look_at_busy_times": {"queue": CALENDARS},
    "doctors.tasks.look_at_busy_times_of": {"queue": CALENDARS},
}

CELERY_BEAT_SCHEDULE = {
    "send e-mails": {"task": "integrations.tasks.deliver_email", "schedule": 5.0, "options": {"expires": 30}},
    "write to calendars": {
        "task": "integrations.tasks.deliver_to_calendars",
        "schedule": 5.0,
        "options": {"expires": 30},
    },
    "look after the jobs": {"task": "integrations.tasks.watch_jobs", "schedule": 60.0, "options": {"expires": 60}},
    "remind of tomorrow": {"task": "bookings.tasks.remind_of_tomorrow", "schedule": 300.0, "options": {"expires": 300}},
    "fill the diaries": {"task": "doctors.tasks.fill_diaries", "schedule": crontab(hour=2, minute=20)},
    "pass lapsed times on": {"task": "bookings.tasks.pass_lapsed_on", "schedule": 60.0, "options": {"expires": 60}},
    "fill new calendars": {
        "task": "bookings.tasks.fill_new_calendars",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "look at busy times": {
        "task": "doctors.tasks.look_at_busy_times",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "compare calendars": {"task": "bookings.tasks.compare_calendars", "schedule": crontab(minute=40)},
    "close accounts of who has left": {"task": "bookings.tasks.complete_departures", "schedule": crontab(minute=10)},
    "erase what is due": {"task": "privacy.tasks.erase_what_is_due", "schedule": crontab(hour=3, minute=40)},
    "purge what is past": {"task": "privacy.tasks.purge_what_is_past", "schedule": crontab(hour=3, minute=10)},
    "erase messages": {"task": "privacy.tasks.erase_messages", "schedule": 600.0, "options": {"expires": 600}},
    "keep the list of erasures": {"task": "privacy.tasks.keep_erasure_list", "schedule": crontab(minute=25)},
    "tell of refusals not written": {"task": "audit.tasks.tell_of_suppressed", "schedule": crontab(minute="*/15")},
    "compare reads of records": {"task": "clinical.tasks.compare_reads", "schedule": crontab(hour=4, minute=20)},
    "bill visits": {"task": "billing.tasks.settle_visits", "schedule": 60.0, "options": {"expires": 60}},
    "bill visits of long ago": {"task": "billing.tasks.settle_all_visits", "schedule": crontab(hour=4, minute=50)},
    # Its hour is the hospital's, which the service knows; so an hour that was missed is made up for.
    "make monthly reports": {
        "task": "reports.tasks.make_monthly_reports",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "make exports": {"task": "exports.tasks.run_exports", "schedule": 15.0, "options": {"expires": 15}},
    "delete expired exports": {"task": "exports.tasks.expire_exports", "schedule": crontab(hour=3, minute=25)},
    "mark no-shows": {"task": "bookings.tasks.mark_no_shows", "schedule": 600.0, "options": {"expires": 600}},
}

_MINUTES, _HOURS, _DAY = timedelta(minutes=5), timedelta(hours=3), timedelta(hours=26)
# One for each task of CELERY_BEAT_SCHEDULE: its name for staff, and how long ago its last good run may be.
BACKGROUND_JOBS: dict[str, dict[str, Any]] = {
    "integrations.tasks.deliver_email": {"label": _("Send e-mails"), "overdue_after": _MINUTES},
    "integrations.tasks.deliver_to_calendars": {"label": _("Write to Google calendars"), "overdue_after": _MINUTES},
    "integrations.tasks.watch_jobs": {"label": _("Look after these jobs"), "overdue_after": _MINUTES},
    "bookings.tasks.remind_of_tomorrow": {"label": _("Remind patients"), "overdue_after": timedelta(minutes=20)},
    "doctors.tasks.fill_diaries": {"label": _("Turn weekly hours into times"), "overdue_after": _DAY},
    "bookings.tasks.pass_lapsed_on": {"label": _("Pass on times nobody accepted"), "overdue_after": _MINUTES},
    "bookings.tasks.fill_new_calendars": {"label": _("Fill new calendars"), "overdue_after": _MINUTES},
    "doctors.tasks.look_at_busy_times": {"label": _("Look at busy times"), "overdue_after": timedelta(minutes=45)},
    "bookings.tasks.compare_calendars": {"label": _("Compare calendars"), "overdue_after": _HOURS},
    "bookings.tasks.complete_departures": {"label": _("Close accounts of who has left"), "overdue_after": _HOURS},
    "privacy.tasks.erase_what_is_due": {"label": _("Erase records whose time is over"), "overdue_after": _DAY},
    "privacy.tasks.purge_what_is_past": {"label": _("Delete old sessions and texts"), "overdue_after": _DAY},
    "privacy.tasks.erase_messages": {"label": _("Erase old messages"), "overdue_after": timedelta(minutes=45)},
    "privacy.tasks.keep_erasure_list": {"label": _("Keep the list of erasures"), "overdue_after": _HOURS},
    "audit.tasks.tell_of_suppressed": {
        "label": _("Sum up refusals that were not written"),
        "overdue_after": _HOURS,
    },
    "clinical.tasks.compare_reads": {"label": _("Compare who read records"), "overdue_after": _DAY},
    "billing.tasks.settle_visits": {"label": _("Bill visits"), "overdue_after": _MINUTES},
    "billing.tasks.settle_all_visits": {"label": _("Bill visits of long ago"), "overdue_after": _DAY},
    "exports.tasks.run_exports": {
        "label": _("Prepare files people asked for"),
        "overdue_after": timedelta(minutes=15),  # one file may take its time
    },
    "reports.tasks.make_monthly_reports": {"label": _("Make monthly reports"), "overdue_after": timedelta(hours=1)},
    "exports.tasks.expire_exports": {"label": _("Delete expired files"), "overdue_after": _DAY},
    "bookings.tasks.mark_no_shows": {"label": _("Mark missed visits"), "overdue_after": timedelta(minutes=45)},
}
