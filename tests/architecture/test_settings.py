"""Settings: every name is in `.env.example`, and production does not start half configured (J2)."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from billing.models import Invoice, TaxTotal
from tests.architecture.source import ROOT, calls, python_files, tree_of

READERS = {
    "text",
    "folder",
    "flag",
    "whole_number",
    "words",
    "words_required",
    "required",
    "time_zone",
    "phone_region",
    "web_address",
    "day",
    "series",
    "percentages",
}
READERS |= {"config"}
FUNCTION = Path("email_service/config.py")  # is handed its environment as a mapping
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
# Set by our own programs for each other, or by the system; nobody configures them.
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE", "PATH", "DEBIAN_FRONTEND", "PYTEST_XDIST_WORKER", "XDG_CACHE_HOME"}
FERNET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PRODUCTION = {
    "SECRET_KEY": "correct-horse-battery-staple-0123456789-for-tests-only",
    "ALLOWED_HOSTS": "book.example.org",
    "BASE_URL": "https://book.example.org",
    "DATABASE_URL": "postgres://hms:secret@db.example.org:5432/hms",
    "REDIS_URL": "redis://cache.example.org/0",
    "FIELD_ENCRYPTION_KEYS": FERNET_KEY,
    "EMAIL_SERVICE_SECRETS": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "EMAIL_SERVICE_URL": "https://mail.example.org/send-email",
    "CELERY_BROKER_URL": "redis://broker.example.org/0",
}
# Says what the settings came to, without the `.env` a person may have beside this file.
READ = """
import sys
import decouple
decouple.AutoConfig = lambda **_: decouple.Config(decouple.RepositoryEmpty())
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
try:
    print({name: getattr(settings, name, None) for name in sys.argv[1:]})
except ImproperlyConfigured as error:
    sys.exit(f"refused: {error}")
"""


@cache
def names_read() -> set[str]:
    """Every name that any of our programs looks up in the environment."""
    return {name for path in python_files(tests=False) for name in _names_of(path)} - NOT_SETTINGS


def _names_of(path: Path) -> Iterator[str]:
    tree = tree_of(path)
    for call, called in calls(tree):
        reads = called.rpartition(".")[2] in READERS or called.endswith(("environ.get", "getenv"))
        reads = reads or (path == FUNCTION and called.endswith(".get"))
        if reads and call.args and isinstance(call.args[0], ast.Constant):
            yield from (name for name in [call.args[0].value] if isinstance(name, str) and NAME.fullmatch(name))
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(
                value=ast.Attribute(attr="environ") | ast.Name(id="environ"),
                slice=ast.Constant(value=str(name)),
                ctx=ast.Load(),
            ):
                yield name


def names_offered() -> list[str]:
    """The names in `.env.example`, each of which may be commented out."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return [match[1] for line in lines if (match := re.match(r"#?([A-Z][A-Z0-9_]+)=", line))]


def test_the_example_lists_every_name_that_is_read_and_no_other() -> None:
    offered = names_offered()

    assert len(offered) == len(set(offered))
    assert set(offered) == names_read()
    assert len(offered) > 25


def test_every_name_in_the_example_is_explained() -> None:
    """A comment stands above the name, or above the group it is in."""
    paragraphs = (ROOT / ".env.example").read_text().split("\n\n")
    bare = [text for text in paragraphs if re.search(r"^#?[A-Z][A-Z0-9_]+=", text, re.MULTILINE) and not _comment(text)]

    assert bare == []


def _comment(paragraph: str) -> bool:
    """Whether it begins with words."""
    return bool(re.match(r"# ", paragraph))


def read_production(*names: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """The production settings as a new process reads them; None takes a name out of the environment."""
    ours = names_read()
    environment = {name: value for name, value in os.environ.items() if name not in ours} | PRODUCTION
    environment |= {
        "HMS_HOME": os.environ.get("HMS_HOME", ""),
        "DJANGO_SETTINGS_MODULE": "hms_project.settings.production",
    }
    environment = {name: value for name, value in (environment | changed).items() if value is not None}
    command = [sys.executable, "-c", READ, *(names or ("DEBUG",))]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_production_refuses_a_folder_as_broker() -> None:
    done = read_production(CELERY_BROKER_URL="filesystem://localhost")

    assert done.returncode == 1
    assert done.stderr.startswith("refused: CELERY_BROKER_URL")


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"REDIS_URL"}))
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_production_does_not_start_without(name: str, value: str | None) -> None:
    done = read_production(**{name: value})

    told = "DATABASE_NAME" if name == "DATABASE_URL" else name
    assert done.returncode == 1
    assert re.fullmatch(rf"refused: .*\b{told}\b.*\.\n", done.stderr)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DEBUG", "true"),
        ("DEBUG", "perhaps"),
        ("ALLOWED_HOSTS", "*"),
        ("BASE_URL", "http://book.example.org"),
        ("BASE_URL", "book.example.org"),
        ("DATABASE_URL", "mysql://db.example.org/hms"),
        ("FIELD_ENCRYPTION_KEYS", "secret"),
        ("EMAIL_SERVICE_SECRETS", "whsec_short"),
        ("TIME_ZONE", "London"),
        ("CANCEL_CUTOFF_HOURS", "two"),
        ("CANCEL_CUTOFF_HOURS", "-1"),
        ("REMINDER_HOUR", "24"),
        ("GOOGLE_CLIENT_ID", "without its secret"),
        ("GOOGLE_TOKEN_URI", "http://oauth2.example.org/token"),
        ("GOOGLE_API_ENDPOINT", "calendar"),
        ("HOSPITAL_NAME", ""),
        ("HOSPITAL_NAME", "x" * 201),
        ("HOSPITAL_ADDRESS", "x" * 401),
        ("HOSPITAL_PHONE", "0" * 41),
        ("HOSPITAL_TAX_NUMBER", "0" * 61),
        ("TAX_EXEMPTION_WORDS", "x" * 201),
        ("TAX_EXEMPTION_CODE", "x" * 41),
        ("CREDIT_NOTE_SERIES", "inv"),
    ],
)
def test_production_does_not_start_with(name: str, value: str) -> None:
    done = read_production(**{name: value})

    assert done.returncode == 1
    assert re.fullmatch(rf"refused: .*\b{name}\b.*\.\n", done.stderr)


def test_what_an_invoice_says_of_the_hospital_may_be_as_long_as_its_column() -> None:
    """The settings can't read the columns: here they are compared."""
    lengths = {
        "HOSPITAL_NAME": Invoice.seller_name,
        "HOSPITAL_ADDRESS": Invoice.seller_address,
        "HOSPITAL_PHONE": Invoice.seller_phone,
        "HOSPITAL_TAX_NUMBER": Invoice.seller_tax_number,
        "TAX_EXEMPTION_WORDS": TaxTotal.words,
        "TAX_EXEMPTION_CODE": TaxTotal.code,
    }
    longest = {name: "x" * column.field.max_length for name, column in lengths.items()}

    done = read_production(*lengths, **longest)

    assert done.stdout == f"{longest}\n", done.stderr


def test_a_refusal_does_not_tell_the_secret() -> None:
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "EMAIL_SERVICE_SECRETS"):
        done = read_production(**{name: "hunter2"})

        assert done.returncode == 1
        assert "hunter2" not in done.stdout + done.stderr


def test_production_starts_when_all_is_there_and_is_hardened() -> None:
    names = {
        "DEBUG": False,
        "DEMO": False,
        "DEV_PAGES": False,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "__Host-hms_session",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-hms_csrf",
        "CSRF_TRUSTED_ORIGINS": ["https://book.example.org"],
        "SECURE_HSTS_SECONDS": 63_072_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_PROXY_SSL_HEADER": None,
    }

    done = read_production(*names)

    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout) == names


def test_production_takes_the_named_database_and_cache() -> None:
    done = read_production("DATABASES", "CACHES")
    read = ast.literal_eval(done.stdout)

    assert read["DATABASES"]["default"]["HOST"] == "db.example.org"
    assert read["DATABASES"]["default"]["ENGINE"] == "core.postgres.backend"
    assert read["CACHES"]["default"]["LOCATION"] == "redis://cache.example.org/0"


def test_a_command_without_its_settings_ends_with_one_sentence() -> None:
    ours = names_read()
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment["DJANGO_SETTINGS_MODULE"] = "hms_project.settings.production"

    for command in ("check", "migrate", "prepare"):
        done = subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert re.fullmatch(r"HMS: Set SECRET_KEY in the environment or in \.env: [^\n]+\.\n", done.stderr), done.stderr


def test_production_passes_djangos_own_deployment_checks() -> None:
    environment = os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "hms_project.settings.production"}
    del environment["DJANGO_ALLOW_ASYNC_UNSAFE"]  # the browser tests' need, in conftest.py
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
