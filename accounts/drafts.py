"""What somebody typed into a form that could not be taken: kept sealed for them, for a short time, to be offered again.

It waits in the shared cache, which forgets by itself: a convenience, one for each person, the last one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, QueryDict

from accounts.models import User
from core import cache
from core.crypto import Unreadable, seal, unseal

FIELD = "typed_by"  # whose page a form is on
NOTE = "draft"  # in the session: the addresses a draft waits for
LARGEST = 64_000  # characters
_SECRET = re.compile(r"passw|passphrase|token|credential|secret|(^|[_-])(code|otp|pin)", re.IGNORECASE)
_signer = Signer(salt="accounts.drafts")


@dataclass(frozen=True, kw_only=True)
class Draft:
    paths: list[str]
    fields: QueryDict


def mark_of(user: User) -> str:
    """For the forms of this person's pages: nobody else can make it."""
    return _signer.sign(str(user.pk))


def typed_by(request: HttpRequest) -> int | None:
    """Whose page the form that was sent stood on; None when it does not say, or lies."""
    try:
        return int(_signer.unsign(request.POST.get(FIELD, "")))
    except (BadSignature, ValueError):
        return None


def keep(user_id: int, *, paths: list[str], fields: QueryDict) -> bool:
    """Whether there was anything to keep. Never a secret, nor a file."""
    kept = fields.copy()
    for name in [name for name in kept if name == FIELD or _SECRET.search(name)]:
        del kept[name]
    text = kept.urlencode()
    if not any(str(value).strip() for value in kept.values()) or len(text) > LARGEST:
        return False
    cache.keep(_key(user_id), seal({"paths": paths, "fields": text}), settings.FORM_DRAFT_MINUTES * 60)
    return True


def of(user_id: int | None) -> Draft | None:
    """What is kept for this person."""
    sealed = cache.read(_key(user_id))
    if not sealed:
        return None
    try:
        found = unseal(sealed)
    except Unreadable:
        return None
    return Draft(paths=found["paths"], fields=QueryDict(found["fields"]))


def drop(user_id: int) -> None:
    """It was sent, or is not wanted."""
    cache.forget(_key(user_id))


def _key(user_id: int) -> str:
    return f"form-draft:{user_id}"
