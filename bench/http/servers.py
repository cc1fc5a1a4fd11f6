"""The product and the reference behind gunicorn, each with a temporary database of the same embedded PostgreSQL.

What runs, and with which flags, is taken from the demo (tools/demo.py); the reference is started with the same ones.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import override_settings

from bench.directory import administer, use
from bench.http import cpu, hospital
from bench.http.cpu import Meter
from bench.http.hospital import IN_MEMORY, PEOPLE, TURNS, Browser, Hospital, browser
from bench.http.load import Crowd, Job, Lane, crowd
from core.postgres.embedded import EmbeddedPostgres
from tools.demo import children
from tools.paths import Place, RunError, free_port
from tools.processes import Child, Crew

WEB, MAIL, WORKERS = "web server", "e-mail function", "celery"
OURS, REFERENCE = "hms_bench_http", "hms_bench_reference"
START_SECONDS = 60
# Nobody books so much in life.
LIMITS = {"BOOKINGS_PER_PATIENT": "1000", "BOOKINGS_PER_ACCOUNT": "10000", "BOOKINGS_PER_HOUR": "10000"}


@dataclass(frozen=True)
class Watched:
    """What came of a job. `used`: seconds of processor time of each part. `foreign`: others' share of the machine."""

    came: Crowd
    used: dict[str, float]
    foreign: float

    def cpu(self, count: int) -> dict[str, float]:
        """Milliseconds of each part, for each of so many."""
        return {name: 1000 * spent / max(count, 1) for name, spent in self.used.items()}


@dataclass(frozen=True)
class Site:
    """A site that runs: where, and how its processor time is read (`web`, `db`, with workers also `worker`, `mail`).

    Both sites have one database server: whose time it is follows from taking turns.
    """

    port: int
    meter: Meter

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def watch(self, lanes: Sequence[Lane], **terms: float) -> Watched:
        """Let a crowd loose once all is quiet. `terms` are the job's."""
        self.meter.wait_until_quiet()
        before, machine, begun = self.meter.read(), cpu.of_machine(), time.monotonic()
        came = crowd(Job(port=self.port, lanes=lanes, **terms))
        after, machine = self.meter.read(), cpu.of_machine() - machine
        used = {name: after[name] - before[name] for name in after}
        foreign = (machine - sum(used.values()) - came.cpu) / (time.monotonic() - begun) / (os.cpu_count() or 1)
        return Watched(came, used, max(0.0, foreign))


@dataclass(frozen=True)
class Reference:
    """The other site, and those who are signed in there; its times are numbered from 1, turn by turn."""

    site: Site
    patients: list[Browser]


@dataclass(frozen=True)
class Both:
    """Product and reference, side by side."""

    site: Site
    hospital: Hospital
    reference: Reference
    place: Place

    @contextmanager
    def with_workers(self) -> Iterator[Site]:
        """Our site, with everything beside it that sends mail, to the local inbox. Raises RunError."""
        if not settings.LOCAL_INBOX:
            raise RunError("a mail provider is configured, and nobody must get mail of a measurement.")
        hospital.settle_messages(OURS)
        wanted = [child for child in _table(self.place) if child.name != WEB]
        with _running(self.place, wanted) as running:
            roots = {"worker": [], "mail": []} | self.site.meter.groups
            for child in running:
                if child.module == WORKERS:
                    roots["worker"].append(_pid(child))
                elif child.name == MAIL:
                    roots["mail"].append(_pid(child))
            yield Site(self.site.port, Meter(roots))


@contextmanager
def both() -> Iterator[Both]:
    """Both sites, filled, running and answering; their databases are gone afterwards. Raises RunError."""
    postmaster = _postmaster()
    folder = Path(settings.HMS_HOME) / "bench"
    place = Place(folder, {"PORT": free_port(), "EMAIL_PORT": free_port(), "GOOGLE_PORT": free_port()})
    place.claim()
    try:
        _make_home(folder)
        print(f"Filling {PEOPLE} doctors and {PEOPLE} patients ...", flush=True)
        filled = hospital.fill(OURS)
        web = next(child for child in _table(place) if child.name == WEB)
        sessions = _fill_reference()
        other = _reference(web, place.ports["PORT"], free_port())
        with _running(place, [web, other]):
            _wait(place.ports["PORT"], "/livez")
            ours = Site(place.ports["PORT"], Meter({"web": [_pid(web)], "db": [postmaster]}))
            port = int(other.environment["PORT"])
            _wait(port, "/")
            theirs = Site(port, Meter({"web": [_pid(other)], "db": [postmaster]}))
            yield Both(ours, filled, Reference(theirs, sessions), place)
    finally:
        place.leave()
        with override_settings(CACHES=IN_MEMORY):
            for name in (OURS, REFERENCE):
                administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def booked_at_reference() -> int:
    """How many bookings the reference has written."""
    with override_settings(CACHES=IN_MEMORY):
        use(REFERENCE)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM reference_booking")
            found = int(cursor.fetchone()[0])
        connection.close()
    return found


def _postmaster() -> int:
    """The process of the embedded server. Raises RunError where it can't be measured."""
    folder = Path(settings.HMS_HOME) / "postgres"
    if settings.DATABASES["default"]["HOST"] != EmbeddedPostgres(folder).host:
        raise RunError("this measures the embedded database: take DATABASE_URL and DATABASE_NAME away.")
    if not sys.platform.startswith("linux"):
        raise RunError("processor time is read on Linux only.")
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def _make_home(folder: Path) -> None:
    """The data folder of what is started, without what the last run left in its queue."""
    for left in (folder / "home", folder / "sent-mail.sqlite3"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    (folder / "home").mkdir()
    (folder / "home" / "static").symlink_to(settings.STATIC_ROOT)


def _table(place: Place) -> list[Child]:
    """The demo's processes, the calendar's stand-in left out, with the temporary database."""
    table = [child for child in children(place, settings) if child.name != "stand-in for Google"]
    for child in table:
        child.is_ours = False  # a copy of this process would have this one's settings
        child.environment |= _environment(OURS) | LIMITS | {name: str(port) for name, port in place.ports.items()}
        child.environment |= {"HMS_HOME": str(place.home / "home")}
    return table


def _environment(database: str) -> dict[str, str]:
    """Of whatever uses one of the two databases: the same server, the same secrets as this process."""
    known = settings.DATABASES["default"]
    return {
        **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"), ""),  # nobody else's cache, queue or data
        "DATABASE_NAME": database,
        **{f"DATABASE_{name}": str(known[name]) for name in ("USER", "PASSWORD", "HOST", "PORT")},
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "EMAIL_SERVICE_SECRETS": ",".join(settings.EMAIL_SERVICE_SECRETS),
    }


def _reference_environment() -> dict[str, str]:
    return _environment(REFERENCE) | {"DJANGO_SETTINGS_MODULE": "bench.reference.settings"}


def _reference(web: Child, port: int, own_port: int) -> Child:
    """The product's web server with the other application and port, nothing else changed."""
    words = {"hms_project.wsgi": "bench.reference.booking_site", f"127.0.0.1:{port}": f"127.0.0.1:{own_port}"}
    arguments = [words.get(word, word) for word in web.arguments]
    if not set(words.values()) <= set(arguments):
        raise RunError("the demo's web server is started in another way than the reference knows.")
    environment = _reference_environment() | {"PORT": str(own_port)}
    return replace(web, name="reference", module="bench.reference", arguments=arguments, environment=environment)


@override_settings(CACHES=IN_MEMORY)
def _fill_reference() -> list[Browser]:
    administer(f"DROP DATABASE IF EXISTS {REFERENCE} WITH (FORCE)")
    administer(f"CREATE DATABASE {REFERENCE}")
    command = [sys.executable, "-m", "bench.reference.fill", str(PEOPLE), str(TURNS)]
    done = subprocess.run(
        command, env=os.environ | _reference_environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return [browser("sessionid", session) for session in json.loads(done.stdout)]


@contextmanager
def _running(place: Place, table: list[Child]) -> Iterator[list[Child]]:
    crew = Crew(table, place.home / "log", place.children_lock, print)
    try:
        crew.look_after()
        yield crew.children
    finally:
        crew.stop()


def _pid(child: Child) -> int:
    if child.process is None or child.process.poll() is not None:
        raise RunError(f"the {child.name} does not run.")
    return child.process.pid


def _wait(port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            asked.request("GET", path)
            asked.getresponse().read()
            return
        time.sleep(0.05)
    raise RunError(f"nothing answers at port {port}; see the logs in the folder bench/log of HMS_HOME.")
