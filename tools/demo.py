"""What `python3 run.py` becomes inside the environment: database, web server and helpers until Ctrl-C."""

import gc
import http.client
import importlib
import itertools
import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured

from core.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
from hms_project import env
from tools.environment import say
from tools.paths import Place, RunError
from tools.processes import Child, Crew

FIRST_PAGE = 60  # seconds until the site must answer
HOPELESS = 3  # deaths of a process before the first page
LOOK_AROUND = 0.1  # seconds
ROUNDS_A_LOOK = 5  # the database is asked less often: each question costs it a process
STAND_IN = "integrations.google_calendar.fake"
# Each vendor has threads of its own, and none of theirs can be taken from the clockwork (docs/jobs.md); nor can those
# of a file that takes long to make. Beat stands alone, so that it is seen, and started again, when it ends: inside a
# worker it dies without a word.
_WORKER = "-m celery -A hms_project worker --pool threads --loglevel warning --without-gossip --without-mingle"
WORKERS = {
    "clockwork": f"{_WORKER} -Q clockwork --concurrency 3 --hostname clockwork@%h",
    "mail worker": f"{_WORKER} -Q mail --concurrency 2 --hostname mail@%h",
    "calendar worker": f"{_WORKER} -Q calendars --concurrency 4 --hostname calendars@%h",
    "export worker": f"{_WORKER} -Q exports --concurrency 1 --hostname exports@%h",
    "beat": "-m celery -A hms_project beat --loglevel warning --pidfile=",
}
LOGINS = """\
  patients   john_doe, jane_patient            password PatientPass123
  doctors    dr_smith, dr_johnson, dr_brown    password DoctorPass123
  reception  reception                         password ReceptionPass123
  manager    manager                           password ManagerPass123
  staff      admin                             password AdminPass123"""


def children(place: Place, settings: Any) -> list[Child]:
    """The table of processes; one whose module is not there is left out."""
    gunicorn = f"-m gunicorn hms_project.wsgi -b 127.0.0.1:{place.ports['PORT']} -k gthread --workers 2 --threads 8"
    gunicorn += " --graceful-timeout 2 --no-control-socket"
    function = f"-m email_service.local --port {place.ports['EMAIL_PORT']}"
    sink = f"-m integrations.local_inbox.sink --port {place.inbox_port} --folder {settings.LOCAL_INBOX}"
    table = [
        Child("web server", module="hms_project.wsgi", arguments=gunicorn.split(), is_ours=True),
        *(Child(name, "celery", arguments.split(), is_ours=True) for name, arguments in WORKERS.items()),
        Child(
            "e-mail function",
            module="email_service.local",
            arguments=function.split(),
            environment=mail_environment(place, settings),
        ),
    ]
    if settings.GOOGLE_STAND_IN:
        kept = place.home / "google" / "calendars.json"
        stand_in = ["-m", STAND_IN, "--port", str(place.google_port), "--file", str(kept)]
        table.append(Child("stand-in for Google", module=f"{STAND_IN}.__main__", arguments=stand_in))
    if settings.LOCAL_INBOX:
        table.append(Child("local inbox", module="integrations.local_inbox.sink", arguments=sink.split()))
    return table


def mail_environment(place: Place, settings: Any) -> dict[str, str]:
    """What the e-mail function needs: the shared secret, and a provider, by default the local inbox."""
    known = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "MAILGUN_API_KEY", "MAILGUN_DOMAIN", "FROM_EMAIL")
    provider = {name: value for name in known if (value := env.text(name))}
    if settings.LOCAL_INBOX:
        provider |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(place.inbox_port)}
    return {
        "FROM_EMAIL": "appointments@hospital.example",
        "FROM_NAME": settings.HOSPITAL_NAME,
        **provider,
        "EMAIL_SERVICE_SECRETS": ",".join(settings.EMAIL_SERVICE_SECRETS),
        "IDEMPOTENCY_FILE": str(place.home / "sent-mail.sqlite3"),
    }


# What the web server and the workers run, so that no copy of this process loads it again.
LOADED = (
    "hms_project.urls",
    *("celery.bin.celery", "celery.apps.worker", "celery.apps.beat", "celery.concurrency.thread"),
    *("celery.worker.consumer", "celery.worker.components", "celery.worker.autoscale", "celery.worker.strategy"),
    *("hms_project.job_folder", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "gunicorn.glogging"),
)


def load() -> None:
    """All code, once: no thread, and no connection that two copies would share."""
    os.environ["CELERY_SKIP_CHECKS"] = "yes"  # `prepare` checks; a check reads, and so has for itself, all there is
    django.setup()
    for module in LOADED:
        importlib.import_module(module)
    jobs = importlib.import_module("hms_project.celery").app
    jobs.loader.import_default_modules()
    jobs.finalize()


def make_application() -> None:
    """Once everything is prepared: which static files there are, the application looks up once."""
    importlib.import_module("hms_project.wsgi")
    gc.collect()
    gc.freeze()  # else each copy's collector writes to the memory they share


def start() -> None:
    """Run everything until a signal comes. Raises RunError."""
    place = Place.from_environment()
    place.claim()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit())
    os.environ["GOOGLE_PORT"] = str(place.google_port)  # the settings of every child lead to the stand-in there
    say("Preparing the database ...")
    settings: Any = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    database = own_database(place, settings)
    at_home = partial(own_database, place, settings)  # each of its users knows of the others
    crew = Crew(children(place, settings), place.home / "log", place.children_lock, say, at_home)
    try:
        prepare(crew)
        wait_for_first_page(place, crew)
        say(welcome(place, crew))
        for turn in itertools.count():
            crew.look_after()
            if turn % ROUNDS_A_LOOK == 0:
                keep_up(database)
            time.sleep(LOOK_AROUND)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # stopping is not to be interrupted
        say("Stopping ...")
        crew.stop()
        if database:
            database.release()


def own_database(place: Place, settings: Any) -> EmbeddedPostgres | None:
    """The embedded server, of which this process now is a user; None when another server is configured."""
    database = EmbeddedPostgres(place.home / "postgres")
    return database.start() if settings.DATABASES["default"]["HOST"] == database.host else None


def prepare(crew: Crew) -> None:
    """The database and the files, while this process loads what the others will run."""
    preparing = subprocess.Popen([sys.executable, "manage.py", "prepare", "--demo"], **crew.options)
    try:
        if crew.makes_copies:
            load()
        if preparing.wait():
            raise RunError("the database could not be prepared; the reason is above.")
    finally:
        preparing.kill()
    if crew.makes_copies:
        make_application()


def wait_for_first_page(place: Place, crew: Crew) -> None:
    deadline = time.monotonic() + FIRST_PAGE
    while not answers(place.ports["PORT"]):
        crew.look_after()
        for child in crew.children:
            if child.deaths >= HOPELESS:
                raise RunError(f"the {child.name} does not start; the reason is in {crew.log(child)}.")
        if time.monotonic() > deadline:
            raise RunError(f"the site did not answer within {FIRST_PAGE} seconds; see {crew.log_folder}.")
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether the site says that it is alive."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def keep_up(database: EmbeddedPostgres | None) -> None:
    if database and not database.running:
        say("The database has stopped; starting it again.")
        database.start()


def welcome(place: Place, crew: Crew) -> str:
    site = f"http://localhost:{place.ports['PORT']}"
    lines = ["", f"HMS is ready: {site}", "", LOGINS, ""]
    lines.append(f"Administration: {site}/admin/")
    if any(child.name == "local inbox" for child in crew.children):
        lines.append(f"Mail it sends:  {site}/dev/inbox/")
    if any(child.name == "stand-in for Google" for child in crew.children):
        lines.append(f"Calendars at the stand-in for Google: http://localhost:{place.google_port}/")
    lines.append(f"Data in {place.home}, logs in {crew.log_folder}. Ctrl-C stops everything.")
    return "\n".join(lines)


def stop_database(place: Place) -> None:
    """Stop an embedded server whose last user was killed; one that is in use goes on."""
    database = EmbeddedPostgres(place.home / "postgres")
    if database.running:
        database.start().release()
    say("The database still has other users." if database.running else f"Nothing runs in {place.home}.")


def main() -> None:
    try:
        if sys.argv[1:] == ["stop"]:
            stop_database(Place.from_environment())
        else:
            start()
    except (RunError, EmbeddedPostgresError, ImproperlyConfigured) as error:
        sys.exit(f"HMS: {error}")
    except OSError as error:
        where = error.filename or os.environ["HMS_HOME"]
        sys.exit(f"HMS: {where} can't be used ({error.strerror or error}): make room, or choose another HMS_HOME.")


if __name__ == "__main__":
    main()
