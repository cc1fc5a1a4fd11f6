"""What somebody typed into a form that was not taken: kept sealed for them, for a short time, to be offered again.

It waits in the shared cache, which forgets by itself: a convenience, one for each form, a few for each person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, QueryDict
from django.utils.crypto import salted_hmac

from accounts.models import User
from core import cache
from core.crypto import Unreadable, seal, unseal
from core.forms.typed import CHANGED

FIELD = "typed_by"  # whose page a form is on
KEPT = "draft_kept"  # the page has kept what is typed in this form before it is sent (static/js/drafts.js)
MOST = 10  # addresses of each person; a form has one or two
LARGEST = 400_000  # characters, as they are sent: a Chinese one takes nine
_SECRET = re.compile(r"passw|passphrase|token|credential|secret|(^|[_-])(code|otp|pin)", re.IGNORECASE)
# What the page itself puts into a form: alone, it is nothing anybody typed.
_OF_THE_PAGE = frozenset(
    {FIELD, KEPT, CHANGED, "next", "act", "key", "idempotency_key", "columns", "previewed", "seen"}
)
# Another time of another doctor is still the same form; another patient, somebody new with a number of their own, or
# other weekly hours, is not.
_SAME_FORM = frozenset(
    {"slot", "time", "day", "date", "doctor", "department", "find", "here", "next", "_changelist_filters"}
)
_signer = TimestampSigner(salt="accounts.drafts")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose page a form stood on; `is_active` as it was read with it, None where nothing was read."""

    pk: int
    is_active: bool | None = None

    def can_sign_in(self) -> bool:
        if self.is_active is not None:
            return self.is_active
        return User.objects.filter(pk=self.pk, is_active=True).exists()


@dataclass(frozen=True, kw_only=True)
class FormDraft:
    addresses: list[str]
    fields: QueryDict


def mark_of(user: User) -> str:
    """For the forms of this person's pages: nobody else can make it, and it ends with all other access."""
    return _signer.sign(f"{user.pk}.{user.security_stamp}")


def typed_by(request: HttpRequest) -> Owner | None:
    """Whose page the form that was sent stood on; None when it does not say, lies, or is older than any session."""
    longest = max(hours for _, hours in settings.SESSION_LIMITS.values())
    try:
        said = _signer.unsign(request.POST.get(FIELD, ""), max_age=longest * 60 * 60)
        pk, stamp = (int(part) for part in said.split("."))
    except (BadSignature, ValueError):
        return None
    if request.user.pk == pk:
        return Owner(pk=pk, is_active=True) if request.user.security_stamp == stamp else None
    known = User.objects.filter(pk=pk, security_stamp=stamp).only("is_active").first()
    return Owner(pk=pk, is_active=known.is_active) if known else None


def address_of(url: str) -> str:
    """Which form the page at this address has: without what only says how somebody came to it."""
    parts = urlsplit(url)
    query = sorted(pair for pair in parse_qsl(parts.query) if pair[0] not in _SAME_FORM)
    return f"{unquote(parts.path)}?{urlencode(query)}"


def keep(owner: Owner, *, urls: list[str], fields: QueryDict) -> bool:
    """Whether there was anything to keep, for somebody who can still sign in to it.

    Never a secret, nor a file; nor a form that was taken meanwhile.
    """
    kept, user_id = fields.copy(), owner.pk
    for name in [name for name in kept if _SECRET.search(name) or name in {FIELD, KEPT}]:
        del kept[name]
    addresses, list_key = [address_of(url) for url in urls], _list_key(user_id)
    found_by_key = cache.read_many([*(_key(user_id, address) for address in addresses), list_key])
    entries = [entry for key, entry in found_by_key.items() if key != list_key]
    opened = [found for found in map(_opened, entries) if found]
    _note_changed(kept, [QueryDict(found["fields"]) for found in opened])
    text, form = kept.urlencode(), _form_of(fields)
    if not _is_typed(kept) or len(text) > LARGEST:
        return False
    if not owner.can_sign_in():
        return False
    if form and form in [entry.get("taken") for entry in entries]:
        return False
    # A form may be sent elsewhere than to its page, and be shown there again: one draft, whose addresses grow.
    known = [address for found in opened for address in found["addresses"]]
    addresses = list(dict.fromkeys([*addresses, *known]))[:MOST]
    sealed = {"sealed": seal({"addresses": addresses, "fields": text})}
    keys = [_key(user_id, address) for address in addresses]
    waiting = _waiting(found_by_key.get(list_key), keys)
    cache.keep_many({**dict.fromkeys(keys, sealed), list_key: waiting}, _seconds())
    return True


def _note_changed(kept: QueryDict, before: list[QueryDict]) -> None:
    """What was kept before stood on the page already when it was drawn: it is changed as well. Without a word of what
    was changed, all of the form counts."""
    if not all(CHANGED in fields for fields in [kept, *before]):
        kept.pop(CHANGED, None)
        return
    kept[CHANGED] = " ".join(sorted({name for fields in [kept, *before] for name in str(fields[CHANGED]).split()}))


def _is_typed(kept: QueryDict) -> bool:
    if CHANGED in kept:
        return bool(kept[CHANGED])
    return any(value.strip() for name in _typed_names(kept) for value in kept.getlist(name))


def of(user_id: int, url: str) -> FormDraft | None:
    """What is kept for this person, of the form at this address."""
    found = _opened(_entry(user_id, address_of(url)))
    return FormDraft(addresses=found["addresses"], fields=QueryDict(found["fields"])) if found else None


def any_of(user_id: int) -> bool:
    """Whether something waits for this person anywhere."""
    return bool(cache.read(_list_key(user_id)))


def drop(user_id: int, *, urls: list[str]) -> None:
    """It is not wanted."""
    _forget(user_id, urls, taken="")


def drop_all(user_id: int) -> None:
    """Nothing of what is kept for this person is wanted any more."""
    for key in [*(cache.read(_list_key(user_id)) or []), _list_key(user_id)]:
        cache.forget(key)


def was_taken(user_id: int, *, urls: list[str], fields: QueryDict) -> None:
    """This form was: what is kept of it goes, and what its page may still send of it is not kept any more.

    What was typed into another form of the page, "Sign out" beside it for one, stays.
    """
    typed = _typed_names(fields)
    entries = [_opened(_entry(user_id, address_of(url))) for url in urls]
    if KEPT in fields or any(typed & _typed_names(QueryDict(entry.get("fields", ""))) for entry in entries):
        _forget(user_id, urls, taken=_form_of(fields))


def _forget(user_id: int, urls: list[str], *, taken: str) -> None:
    addresses = [address_of(url) for url in urls]
    known = [a for address in addresses for a in _opened(_entry(user_id, address)).get("addresses", [])]
    addresses = list(dict.fromkeys([*addresses, *known]))
    keys = [_key(user_id, address) for address in addresses]
    cache.keep_many({key: {"taken": taken} for key in keys}, _seconds())
    if waiting := _waiting(cache.read(_list_key(user_id)), [], gone=keys):
        cache.keep(_list_key(user_id), waiting, _seconds())
    else:
        cache.forget(_list_key(user_id))


def _typed_names(fields: QueryDict) -> set[str]:
    return {name for name in fields if name not in _OF_THE_PAGE and not _SECRET.search(name)}


def _form_of(fields: QueryDict) -> str:
    """Names one form of one page: its token is another one each time a form is drawn."""
    token = fields.get("csrfmiddlewaretoken", "")
    return salted_hmac("accounts.drafts.form", token).hexdigest() if token else ""


def _entry(user_id: int, address: str) -> dict[str, Any]:
    return cache.read(_key(user_id, address)) or {}


def _opened(entry: dict[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = unseal(entry["sealed"]) if "sealed" in entry else {}
    except Unreadable:
        return {}
    return found


def _waiting(known: list[str] | None, keys: list[str], *, gone: Iterable[str] = ()) -> list[str]:
    """Which ones wait once `keys` do and `gone` don't, the newest last; those beyond the bound go. Two at once may miss
    one: a bound, no guard."""
    left_out = {*keys, *gone}
    waiting = [key for key in known or [] if key not in left_out] + keys
    for key in waiting[:-MOST]:
        cache.forget(key)
    return waiting[-MOST:]


def _seconds() -> int:
    return settings.FORM_DRAFT_MINUTES * 60


def _key(user_id: int, address: str) -> str:
    """An address may name somebody: it is not written down."""
    return f"form-draft:{user_id}:{salted_hmac('accounts.drafts.address', address, algorithm='sha256').hexdigest()}"


def _list_key(user_id: int) -> str:
    return f"form-drafts:{user_id}"
