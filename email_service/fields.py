"""Building blocks of the contract: each takes a posted value and returns it clean, or raises ContractError.

One-line text is cleaned rather than refused: control characters, line breaks and invisible direction
overrides become a space or vanish, because a strange character in a name must not cost anybody their message.
Addresses, links and identifiers are never repaired: a doubtful one is refused.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import idna

Check = Callable[[object, str], Any]

LONGEST_URL = 2_000
LONGEST_EMAIL = 254  # RFC 5321
LONGEST_LOCAL_PART = 64  # bytes, RFC 5321
LONGEST_INSTANT = 40
LONGEST_CALENDAR = 60_000
LONGEST_PDF = 5 * 1024 * 1024  # characters of its base64; with the rest it fits into the 6 MB Lambda takes
YEARS = range(2000, 2201)

# Embeddings, overrides and isolates: they can make a name read backwards over the words that follow it.
_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ADDRESS_SIGNS = frozenset("!#$%&'*+-/=?^_`{|}~")  # RFC 5322 atext beside letters and digits
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # printable ASCII without space " < > \ ^ ` { | }
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CALENDAR_METHOD = re.compile(r"^METHOD:(\w+)\r?$", re.MULTILINE)


class ContractError(ValueError):
    """What was posted does not keep the contract; the text names the field, never its value."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


def one_line(value: str) -> str:
    """Return `value` on one line, without control characters, lone surrogates or direction overrides."""
    kept = []
    for character in value:
        category = unicodedata.category(character)
        if category == "Cs" or character in _DIRECTION_OVERRIDES:
            continue
        kept.append(" " if category in ("Cc", "Zl", "Zp") else character)
    return " ".join("".join(kept).split())


def text(longest: int, *, blank: bool = False) -> Check:
    """One line of at most `longest` characters; empty only when `blank`."""

    def check(value: object, path: str) -> str:
        if not isinstance(value, str):
            raise ContractError(path, "must be text")
        clean = one_line(value)
        if len(clean) > longest:
            raise ContractError(path, f"must have at most {longest} characters")
        if not clean and not blank:
            raise ContractError(path, "must not be empty")
        return clean

    return check


def pattern(expression: str, description: str) -> Check:
    """Text that matches `expression` from end to end, untouched."""
    compiled = re.compile(expression)

    def check(value: object, path: str) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ContractError(path, f"must be {description}")
        return value

    return check


def choice(*allowed: str) -> Check:
    """Exactly one of the words given."""

    def check(value: object, path: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ContractError(path, "must be one of " + ", ".join(allowed))
        return value

    return check


def integer(lowest: int, highest: int) -> Check:
    """A whole number within bounds, both included; true and false are not numbers."""

    def check(value: object, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise ContractError(path, f"must be a whole number from {lowest} to {highest}")
        return value

    return check


def boolean(value: object, path: str) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise ContractError(path, "must be true or false")
    return value


def instant(value: object, path: str) -> datetime:
    """An ISO 8601 time with its offset from UTC."""
    problem = "must be an ISO 8601 time with an offset, like 2026-08-06T14:30:00+02:00"
    if not isinstance(value, str) or len(value) > LONGEST_INSTANT:
        raise ContractError(path, problem)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ContractError(path, problem) from None
    # The margin keeps a conversion to any zone inside the years Python can count.
    if moment.tzinfo is None or moment.year not in YEARS:
        raise ContractError(path, problem)
    return moment


def calendar_day(value: object, path: str) -> date:
    """A date, like 2026-08-06."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise ContractError(path, "must be a date, like 2026-08-06")
    return found


def month(value: object, path: str) -> date:
    """A month, like 2026-08; comes back as its first day."""
    try:
        return calendar_day(f"{value}-01" if isinstance(value, str) else value, path)
    except ContractError:
        raise ContractError(path, "must be a month, like 2026-08") from None


def zone(value: object, path: str) -> ZoneInfo:
    """An IANA time zone, like Europe/Madrid."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_+/-]{1,64}", value):
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            pass
    raise ContractError(path, "must be an IANA time zone, like Europe/Madrid")


def url(value: object, path: str) -> str:
    """An absolute http or https address of at most 2,000 characters."""
    problem = "must be an absolute http or https address"
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        raise ContractError(path, problem)
    if not _URL.fullmatch(value):
        raise ContractError(path, problem)
    try:
        parts = urlsplit(value)
        named = parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        raise ContractError(path, problem) from None
    if parts.scheme not in ("http", "https") or not named:
        raise ContractError(path, problem)
    return value


def email(value: object, path: str) -> str:
    """An address `name@domain`; letters of any script; the domain comes back in its ASCII (IDNA) form."""
    problem = "must be an e-mail address"
    if not isinstance(value, str) or len(value) > LONGEST_EMAIL or value.count("@") != 1:
        raise ContractError(path, problem)
    local, _, domain = value.partition("@")
    try:
        if not all(_is_atom(atom) for atom in local.split(".")) or len(local.encode()) > LONGEST_LOCAL_PART:
            raise ContractError(path, problem)
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ContractError(path, problem) from None
    labels = ascii_domain.split(".")
    if len(labels) == 1 or not labels[-1] or labels[-1].isdigit() or len(local) + 1 + len(ascii_domain) > LONGEST_EMAIL:
        raise ContractError(path, problem)  # a machine's name or address is no mail domain
    return f"{local}@{ascii_domain}"


def _is_atom(atom: str) -> bool:
    """True for letters, marks and digits of any script and the signs RFC 5322 allows unquoted."""
    return bool(atom) and all(
        character in _ADDRESS_SIGNS or unicodedata.category(character)[0] in "LMN" for character in atom
    )


def calendar_text(value: object, path: str) -> str:
    """A whole iCalendar object of at most 60,000 characters, with a METHOD."""
    if not isinstance(value, str) or len(value) > LONGEST_CALENDAR:
        raise ContractError(path, "must be iCalendar text of at most 60000 characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t" for c in value):
        raise ContractError(path, "must not hold control characters")
    body = value.strip()
    if not (body.startswith("BEGIN:VCALENDAR") and body.endswith("END:VCALENDAR")):
        raise ContractError(path, "must be one VCALENDAR")
    return "\r\n".join(body.splitlines()) + "\r\n"


def calendar_method(content: str) -> str:
    """Return the METHOD of an iCalendar text, or an empty string."""
    found = _CALENDAR_METHOD.search(content)
    return found.group(1) if found else ""


def pdf_base64(value: object, path: str) -> bytes:
    """A PDF, as base64 of at most 5 MiB; comes back as bytes."""
    problem = "must be the base64 of a PDF, at most 5 MiB of it"
    if not isinstance(value, str) or len(value) > LONGEST_PDF:
        raise ContractError(path, problem)
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ContractError(path, problem) from None
    if not content.startswith(b"%PDF-"):
        raise ContractError(path, problem)
    return content


def list_of(item: Check, *, at_most: int) -> Check:
    """One to `at_most` items, each checked by `item`."""

    def check(value: object, path: str) -> list[Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= at_most:
            raise ContractError(path, f"must be a list of 1 to {at_most}")
        return [item(one, f"{path}[{number}]") for number, one in enumerate(value)]

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these fields; an optional one may be left out, no other may be added."""
    known = {**required, **(optional or {})}

    def check(value: object, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ContractError(path, "must be an object")
        # Unknown names are not repeated: they come from outside and the answer is logged by the caller.
        if any(name not in known for name in value):
            raise ContractError(path, "has a field that the contract does not know")
        for name in required:
            if name not in value:
                raise ContractError(f"{path}.{name}", "is missing")
        return {name: known[name](item, f"{path}.{name}") for name, item in value.items()}

    return check
