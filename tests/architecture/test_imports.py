"""One-way rooms: an app imports only what stands to its left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Import, imports_of, python_files

#  core → audit → accounts → integrations → {doctors, patients} → exports → bookings → {clinical, billing} →
#  privacy → dashboards → {api, sample_data} → hms_project
RANKS = {
    "core": 0,
    "audit": 1,
    "accounts": 2,
    "integrations": 3,
    "doctors": 4,
    "patients": 4,
    "exports": 5,
    "bookings": 6,
    "clinical": 7,
    "billing": 7,
    "reports": 8,
    "privacy": 9,
    "dashboards": 10,
    "sample_data": 11,
    "api": 11,
    "hms_project": 12,
}
# What another room may touch; all else is the room's own business.
PUBLIC = {"models", "selectors", "services", "permissions", "choices", "locks"}
# Further doors, and the rooms each is open to.
DOORS = {
    "accounts.forms": {"doctors", "patients"},  # what every sign-up and details page asks
    "accounts.invitations.forms": {"doctors", "patients"},  # and every page on which staff make an account
    "accounts.invitations.services": {"doctors", "patients"},
    "accounts.signing_in.signup": {"doctors", "patients"},  # what every sign-up page does
    # What every page of the admin asks the table of permissions, and how its lists become files.
    "accounts.staff.admin_pages": {
        "integrations",
        "doctors",
        "patients",
        "bookings",
        "clinical",
        "billing",
        "reports",
        "dashboards",
    },
    # Who asks is signed in.
    "accounts.requests": {
        "doctors",
        "patients",
        "exports",
        "bookings",
        "clinical",
        "billing",
        "reports",
        "privacy",
        "dashboards",
    },
    "accounts.rules": {"doctors"},  # what is refused when staff make an account, and
    "bookings.account_closure.rules": {"privacy"},  # what becomes of the appointments of one that is closed
    "accounts.erasure_triggers": {
        "integrations",
        "doctors",
        "patients",
        "exports",
        "bookings",
        "clinical",
        "billing",
        "reports",
    },  # nothing is written for who is erased
    "accounts.access": {"integrations", "bookings"},  # what lets somebody in, or data out, is ended from one list
    "accounts.signing_in.adapter": {"integrations"},  # allauth's mails are handed to the outbox
    "accounts.signing_in.confirmation": {"integrations", "bookings"},  # who books has confirmed their address
    # Who exports, erases or gives rights shows first that it is them.
    "accounts.signing_in.recent_sign_in": {
        "integrations",
        "doctors",
        "patients",
        "exports",
        "bookings",
        "clinical",
        "billing",
        "privacy",
    }
    | {"dashboards"},
    "bookings.calendars.feeds": {"privacy"},
    # In the copy of their data somebody takes away is their record, and each reading of it leaves its row.
    "clinical.documents": {"privacy"},
    # What the sample past was charged is decided as everywhere.
    "billing.fees": {"sample_data"},
    "billing.rules": {"sample_data"},
    "clinical.read_trail": {"privacy"},
    "clinical.content": {
        "privacy",
        "sample_data",
    },  # what is signed in the sample past, and by the tests of an erasure,
    "clinical.medications": {"privacy", "sample_data"},  # is said in the words of the room
    "clinical.messages": {"privacy"},
    "clinical.visit.forms": {"sample_data"},  # a sample draft is what its form would have kept
    "bookings.references": {"privacy", "clinical"},  # letters nobody misreads
    "bookings.fields": {"clinical", "billing"},  # text as people type it
    "bookings.messages": {"clinical", "billing", "privacy"},  # whom a patient's messages go to
    "bookings.presenters": {"dashboards", "clinical", "billing"},  # an appointment, look the same on every page
    "bookings.rules": {"privacy", "sample_data", "clinical", "billing"},  # who books says for whom: PatientRef
    "audit.jobs": {"integrations"},  # a job says who it is, and
    "audit.context": {"integrations", "clinical"},  # its helpers say the same
    "audit.triggers": {"privacy", "clinical", "billing"},  # how the trail names a row
    "doctors.schedule.services": {"bookings"},  # who is off keeps their diary and their appointments in one transaction
    "doctors.busy_times": {"bookings"},  # who is about to book has the doctor's own calendar looked at
    "doctors.utilisation": {"dashboards", "reports"},  # what was offered and used is counted by one rule
    "reports.messages": {"privacy"},  # which messages were a doctor's
    "doctors.own_clock": {"bookings"},  # a visit is told by its doctor's own clock too
    "doctors.rules": {"bookings"},  # how short a time may be, and
    "patients.rules": {"bookings"},  # what a date of birth may be, is the same at the desk
    "patients.forms": {"bookings"},  # who is about to book adds whom it is for
    "bookings.desk.arrival_status": {"dashboards", "sample_data"},  # whether the sample day has life in it, and
    "accounts.drafts.services": {"privacy"},  # what an erasure forgets, its tests fill in, and
    "accounts.known_browsers": {"privacy"},
    "bookings.departures.rules": {"privacy"},
    # What an appointment of the sample past is known by to calendars, and out of which an erasure takes it.
    "bookings.calendars.events": {"sample_data", "privacy"},
    "doctors.presenters": {"bookings", "dashboards"},  # a doctor and their free times, and
    "patients.presenters": {"bookings", "billing", "dashboards"},  # namesakes told apart, and
    "doctors.directory.presenters": {"dashboards"},
    "bookings.waiting_list.presenters": {"dashboards"},  # what somebody waits for, and
    "bookings.links": {"dashboards", "clinical", "billing"},  # where somebody's appointment is found
    "dashboards.figures": {"sample_data"},  # the sample past is held against what the figures make of it
    "integrations.google_calendar.events": {"bookings"},  # what an appointment is in a calendar, and
    "integrations.email_gateway.client": {
        "clinical",
        "billing",
        "reports",
    },  # what is posted, in tests of what must not be
    "integrations.errors": {
        "doctors",
        "bookings",
        "clinical",
        "billing",
        "reports",
    },  # whoever goes through many calendars stops when Google hangs
    # What each kind of file that takes a while is an object of.
    "exports.kinds": {"bookings", "clinical", "billing", "privacy", "dashboards", "api"},
    "exports.tasks": {"clinical"},  # its tests run the job as Celery does
    # Where messages are handed in.
    "integrations.outbox": {"doctors", "patients", "exports", "bookings", "clinical", "billing", "reports", "privacy"},
}
NO_NETWORK = ("accounts", "doctors", "patients", "exports", "bookings")
NETWORK = ("requests", "smtplib", "urllib.request", "urllib3", "http.client", "socket", "httplib2", "googleapiclient")


def wrong_arrows(root: Path) -> list[str]:
    """Every import that goes against the order of the rooms, or through a wall."""
    imports = [found for path in python_files(root=root, migrations=True) for found in imports_of(path, root=root)]
    wrong = (f"{found.path}:{found.line} imports {found.target}" for found in imports if _is_wrong(found))
    return list(dict.fromkeys(wrong))


def _is_wrong(one: Import) -> bool:
    here, there = one.path.parts[0], one.target.split(".")[0]
    if "email_service" in {here, there}:
        return here != there and (here in RANKS or there in RANKS)
    if here not in RANKS or there not in RANKS or here == there:
        return False
    if there == "hms_project" and "tests" in one.path.parts:  # how it is composed may be tested anywhere
        return False
    return RANKS[there] >= RANKS[here] or not _is_door(one)


def _is_door(one: Import) -> bool:
    room, _, inside = one.target.partition(".")
    if room == "core" or one.path.parts[0] == "hms_project":  # the foundation, and the room that composes all
        return True
    if "tests" in one.path.parts and inside.startswith("tests"):
        return True
    if inside.startswith("services.") or inside.split(".")[-1] in PUBLIC:
        return True
    # A door into a room with inner rooms opens to these, too.
    parts = one.target.split(".")
    wheres = (".".join(parts[:length]) for length in range(2, len(parts) + 1))
    return any(one.path.parts[0] in DOORS.get(where, ()) for where in wheres)


def test_every_import_follows_the_order_of_the_rooms() -> None:
    assert wrong_arrows(ROOT) == []


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {path.parts[0] for path in python_files() if path.name == "apps.py"}

    assert rooms <= set(RANKS)
    assert {"core", "accounts", "doctors", "patients", "bookings", "dashboards"} <= rooms


def build(root: Path, path: str, code: str) -> None:
    """A made-up project with one file in question."""
    for name in ("doctors/views.py", "doctors/locks.py", "bookings/models.py", "bookings/selectors.py", path):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / path).write_text(code)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("core/helper.py", "from bookings import models"),
        ("core/helper.py", "def late():\n    from accounts.models import User"),
        ("doctors/views.py", "import patients.models"),
        ("patients/views.py", "import importlib\nimportlib.import_module('bookings.services.book')"),
        ("bookings/services/book.py", "from doctors import views"),
        ("bookings/services/book.py", "from doctors.services import locks\nfrom doctors.views import name"),
        ("bookings/urls.py", "from hms_project import env"),
        ("accounts/views.py", "from email_service import handler"),
        ("email_service/handler.py", "from core import clock"),
        ("bookings/tests/test_page.py", "from dashboards.models import Page"),
        ("doctors/forms.py", "from ..bookings import models"),
        ("bookings/forms.py", "from accounts.signing_in.signup import signup_page"),
    ],
)
def test_a_wrong_arrow_is_reported(tmp_path: Path, path: str, code: str) -> None:
    build(tmp_path, path, code)

    assert len(wrong_arrows(tmp_path)) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("bookings/services/book.py", "from doctors import locks\nfrom doctors.models import Slot"),
        ("patients/views.py", "from accounts.signing_in.signup import signup_page"),
        ("dashboards/views.py", "from bookings import selectors\nfrom core.clock import now"),
        ("bookings/tests/factories.py", "from doctors.tests.factories import make_slot"),
    ],
)
def test_a_right_arrow_is_not(tmp_path: Path, path: str, code: str) -> None:
    build(tmp_path, path, code)

    assert wrong_arrows(tmp_path) == []


def test_the_rooms_of_the_hospital_open_no_connection() -> None:
    """Mail and calendars are the business of `integrations`, after the transaction."""
    reaching_out = [
        f"{found.path}:{found.line} imports {found.target}"
        for path in python_files(tests=False)
        if path.parts[0] in NO_NETWORK
        for found in imports_of(path)
        if found.target.startswith(NETWORK)
    ]

    assert reaching_out == []
