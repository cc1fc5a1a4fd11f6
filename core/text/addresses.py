"""What an e-mail address is, and the one form in which it is kept and compared.

The e-mail function decides the same on its own side (email_service/fields.py); tests/contracts/test_addresses.py holds
the two together. The only difference: before the @ the function takes letters of any script, these pages only ASCII,
because many mail servers refuse the others for ever.
"""

from __future__ import annotations

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 254  # RFC 5321
LONGEST_LOCAL_PART = 64  # RFC 5321
MOST_READ = 1_000  # characters of what was typed
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322 atext
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")

FORM = _("Enter an e-mail address in the right format, like name@example.org.")
LOCAL_PART_TOO_LONG = _("An e-mail address has at most 64 characters before the @. Check yours.")
NO_SUCH_DOMAIN = _("The part after the @ can’t be right. Check it for typing mistakes.")
NOT_ASCII = _("Before the @, use only letters without accents, digits and signs like . - _ +.")


def normal_address(typed: str) -> str:
    """The one form of an address: small letters, composed (NFC), its domain in ASCII (IDNA 2008, UTS 46).

    What can't be seen and comes along with copying is left out. Raises ValidationError with what is wrong.
    """
    if len(typed) > MOST_READ:
        raise ValidationError(FORM, code="invalid")
    seen = "".join(sign for sign in typed if unicodedata.category(sign) != "Cf").strip()
    local, at, domain = unicodedata.normalize("NFC", seen).lower().rpartition("@")
    if not at or not local or not domain:
        raise ValidationError(FORM, code="invalid")
    if len(local.encode()) > LONGEST_LOCAL_PART:
        raise ValidationError(LOCAL_PART_TOO_LONG, code="local_part")
    if not _LOCAL_PART.fullmatch(local):
        raise ValidationError(FORM if local.isascii() else NOT_ASCII, code="invalid")
    address = f"{local}@{_ascii_domain(domain)}"
    if len(address) > LONGEST:
        raise ValidationError(FORM, code="invalid")
    return address


def _ascii_domain(domain: str) -> str:
    """Two labels at least, the last not a number: else it is a machine's name or address, not a mail domain."""
    try:
        name = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValidationError(NO_SUCH_DOMAIN, code="domain") from None
    labels = name.split(".")
    if len(labels) == 1 or not labels[-1] or labels[-1].isdigit():
        raise ValidationError(NO_SUCH_DOMAIN, code="domain")
    return name


def is_address(value: str) -> None:
    """Validator of model fields. Raises ValidationError."""
    normal_address(value)


def normal_or_lower(typed: str) -> str:
    """The normal form where it is an address, else the text in small letters: for looking somebody up."""
    try:
        return normal_address(typed)
    except ValidationError:
        return typed.strip().lower()
