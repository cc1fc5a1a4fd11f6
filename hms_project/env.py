"""Configuration from the environment or `.env`, read by python-decouple.

Every name is listed in `.env.example`. A missing or wrong value stops the start with one sentence
(`django.core.exceptions.ImproperlyConfigured`) that says what to set.
"""

from __future__ import annotations

import base64
import os
import re
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import phonenumbers
import pytz
from cryptography.fernet import Fernet
from decouple import AutoConfig, Csv, UndefinedValueError
from django.core.exceptions import ImproperlyConfigured

from core.postgres.embedded import EmbeddedPostgres

BASE_DIR = Path(__file__).resolve().parent.parent
config: Any = AutoConfig(search_path=BASE_DIR)
_WHOLE = 100  # percent
SHORTEST_WEBHOOK_KEY = 24  # bytes, as Standard Webhooks 1.0 asks


def home() -> Path:
    """The data folder of this copy: embedded PostgreSQL, collected static files, demo secrets."""
    return Path(os.environ.get("HMS_HOME") or BASE_DIR / "var").resolve()


def text(name: str, default: str = "", *, longest: int | None = None, may_be_empty: bool = True) -> str:
    """`longest`: in characters, of what is written into a column of that length."""
    value = str(config(name, default=default)).strip()
    if longest is not None and len(value) > longest:
        raise ImproperlyConfigured(f"{name} has {len(value)} characters: it must have at most {longest}.")
    if not may_be_empty and not value:
        raise ImproperlyConfigured(f"{name} must not be empty.")
    return value


def folder(name: str, default: Path) -> Path:
    value = text(name)
    return Path(value).resolve() if value else default


def flag(name: str, *, default: bool) -> bool:
    try:
        return bool(config(name, default=default, cast=bool))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be true or false.") from None


def whole_number(name: str, *, default: int, minimum: int, maximum: int) -> int:
    try:
        value = int(config(name, default=default))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from None
    if not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} must be between {minimum} and {maximum}.")
    return value


def day(name: str) -> date | None:
    """A day such as 2026-12-01; None when it is not set."""
    value = text(name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a day such as 2026-12-01.") from None


def series(name: str, default: str) -> str:
    """What the numbers of invoices or credit notes begin with."""
    value = text(name, default).upper()
    if not re.fullmatch(r"[A-Z0-9]{1,8}", value):
        raise ImproperlyConfigured(f"{name} must be one to eight letters A to Z and digits, for example {default}.")
    return value


def percentages(name: str, default: str) -> list[Decimal]:
    """A comma-separated list of percentages from 0 to 100 with at most two decimals, in order."""
    try:
        found = sorted({Decimal(word) for word in words(name, default)})
    except InvalidOperation:
        found = [Decimal(-1)]
    if not all(0 <= rate <= _WHOLE and rate == rate.quantize(Decimal("0.01")) for rate in found):
        raise ImproperlyConfigured(f"{name} must be percentages between 0 and 100, for example 7,19.")
    return found


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return list(config(name, default=default, cast=Csv()))


def required(name: str, *, why: str) -> str:
    """A value without which the product must not start."""
    try:
        value = str(config(name)).strip()
    except UndefinedValueError:
        value = ""
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment or in .env: {why}")
    return value


def words_required(name: str, *, why: str) -> list[str]:
    """A comma-separated list that must not be empty."""
    required(name, why=why)
    return words(name)


def web_address(name: str, default: str) -> str:
    """A full address: https, or plain http that stays on this machine."""
    value = text(name)
    if not value:
        return default
    try:
        parts = urlsplit(value)
        safe = bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"})
    except ValueError:
        safe = False
    if not safe or parts.scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"{name} must be an address that begins with https:// (http:// for localhost only).")
    return value


def phone_region(name: str, default: str) -> str:
    value = text(name, default).upper()
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ImproperlyConfigured(f"{name} must be a country of two letters such as GB, not {value!r}.")
    return value


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    if value not in pytz.common_timezones_set:
        raise ImproperlyConfigured(f"{name} must be an IANA time zone such as Europe/London, not {value!r}.")
    return value


def fernet_keys(value: list[str]) -> list[str]:
    for key in value:
        try:
            Fernet(key)
        except (ValueError, TypeError):
            raise ImproperlyConfigured(
                "FIELD_ENCRYPTION_KEYS must hold Fernet keys (32 bytes in URL-safe base64), separated by commas."
            ) from None
    return value


def database(*, embedded: bool, durable: bool = True) -> dict[str, Any]:
    """Django's `DATABASES["default"]`: a named server, or the embedded one where that is allowed.

    `embedded` false (production) makes a server obligatory. Without `durable` the embedded one survives the end of any
    of its processes, but not of the machine: for data nobody needs tomorrow.
    """
    url = text("DATABASE_URL")
    if url:
        return _common(_from_url(url))
    if text("DATABASE_NAME"):
        return _common(
            {
                "NAME": text("DATABASE_NAME"),
                "USER": text("DATABASE_USER"),
                "PASSWORD": text("DATABASE_PASSWORD"),
                "HOST": text("DATABASE_HOST", "localhost"),
                "PORT": text("DATABASE_PORT", "5432"),
            }
        )
    if not embedded:
        raise ImproperlyConfigured(
            "Set DATABASE_NAME (with DATABASE_USER, DATABASE_PASSWORD, DATABASE_HOST, DATABASE_PORT) or DATABASE_URL "
            "in the environment or in .env: production needs a PostgreSQL server."
        )
    return _common(_embedded(durable=durable))


def _embedded(*, durable: bool) -> dict[str, Any]:
    settings = {"max_connections": "200"} | ({} if durable else {"fsync": "off", "full_page_writes": "off"})
    server = EmbeddedPostgres(home() / "postgres", settings).start()
    server.ensure_database("hms")
    return {"NAME": "hms", "USER": server.user, "PASSWORD": "", "HOST": server.host, "PORT": str(server.port)}


def _from_url(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL is not a URL: postgres://user:password@host:5432/name.") from None
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.")
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


# A machine that vanished is noticed within seconds: the kernel asks after it while nothing is said, and gives up when
# nothing arrives (https://www.postgresql.org/docs/18/libpq-connect.html). `?name=value` in DATABASE_URL goes before.
_NOTICED = {
    "connect_timeout": 5,  # seconds
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,  # milliseconds
}


def _common(server: dict[str, Any]) -> dict[str, Any]:
    options = {"application_name": "hms"} | _NOTICED | server.pop("OPTIONS", {})
    pooled = flag("DATABASE_POOLED", default=False)
    if not pooled:  # a pooler in transaction mode takes none: docs/outages.md says how its sessions get them
        options.setdefault("options", f"{time_limits()} {PLANNING}")
    return {
        "ENGINE": "core.postgres.backend",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,  # one would be open on a connection that somebody else has by now
        "OPTIONS": options,
        **server,
    }


# Pages ask short questions over many tables, each joined by its key in the order in which it is written. To weigh all
# orders of eight tables takes PostgreSQL many times longer than the answer: it weighs those of four.
PLANNING = "-c join_collapse_limit=4 -c from_collapse_limit=4"


def time_limits() -> str:
    """A statement or a lock that hangs must end as a sentence for one person, never as a hung site for all."""
    seconds = whole_number("DATABASE_STATEMENT_SECONDS", default=8, minimum=1, maximum=3_600)
    return (
        f"-c lock_timeout={min(5, seconds) * 1000} -c statement_timeout={seconds * 1000} "
        "-c idle_in_transaction_session_timeout=30000"
    )


def cache() -> dict[str, Any]:
    """Redis when named; else a table in PostgreSQL, because rate limits must be shared between processes."""
    url = text("REDIS_URL")
    if url:
        return {
            "BACKEND": "core.cache.RedisCache",
            "LOCATION": url,
            "KEY_PREFIX": "hms",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    # Django's default of 300 entries would let a flood of sign-ins push the counts of wrong passwords out.
    return {
        "BACKEND": "core.cache.DatabaseCache",
        "LOCATION": "hms_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }


def broker_options(url: str) -> dict[str, Any]:
    """Celery's transport options: folders under the data folder when no broker is named, else short time-outs."""
    if not url.startswith("filesystem:"):
        return {"socket_connect_timeout": 1, "socket_timeout": 5}
    folder = home() / "celery"
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    messages = str(folder / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(folder / "control"),
        "polling_interval": 0.2,
    }


def beat_folder() -> Path:
    """Where Celery's beat keeps its schedule, whatever the broker is.

    A web machine may have a data folder it can't write, and has no need of it: beat itself says what is wrong.
    """
    folder = home() / "celery"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def webhook_secrets(value: list[str]) -> list[str]:
    for secret in value:
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = b""
        if len(key) < SHORTEST_WEBHOOK_KEY:
            raise ImproperlyConfigured(
                "EMAIL_SERVICE_SECRETS must hold secrets such as whsec_ followed by 24 or more random bytes "
                "in base64, separated by commas."
            )
    return value
