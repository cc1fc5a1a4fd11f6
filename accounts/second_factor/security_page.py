"""What the page "Sign-in and security" shows: the person's ways in, and where they are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import SecondFactor, Session, User
from accounts.second_factor.services import is_needed_by
from accounts.selectors import proposed_addresses, second_factors_of, sessions_of

FEW_CODES = 3


@dataclass(frozen=True, kw_only=True)
class Passkey:
    pk: int
    name: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How somebody signs in. `codes_left` is None without recovery codes."""

    app: SecondFactor | None
    passkeys: tuple[Passkey, ...]
    codes_left: int | None
    needed: bool
    excused: bool

    @property
    def has_second_step(self) -> bool:
        return self.app is not None or bool(self.passkeys)

    @property
    def is_missing(self) -> bool:
        return self.needed and not self.has_second_step

    @property
    def few_codes(self) -> bool:
        return self.codes_left is not None and self.codes_left <= FEW_CODES


@dataclass(frozen=True, kw_only=True)
class SignedInBrowser:
    """A browser somebody is signed in with."""

    handle: str
    browser: str
    ip: str | None
    signed_in_at: datetime
    last_seen_at: datetime
    is_here: bool


def ways_in(user: User) -> Ways:
    """One query, whatever they have."""
    by_type: dict[str, list[SecondFactor]] = {}
    for factor in second_factors_of(user):
        by_type.setdefault(factor.type, []).append(factor)
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES, [])
    return Ways(
        app=next(iter(by_type.get(Authenticator.Type.TOTP, [])), None),
        passkeys=tuple(_passkey(factor) for factor in by_type.get(Authenticator.Type.WEBAUTHN, [])),
        codes_left=len(codes[0].wrap().get_unused_codes()) if codes else None,  # type: ignore[no-untyped-call]
        needed=is_needed_by(user),
        excused=user.is_hospital_staff and settings.DEMO and not settings.STAFF_NEED_SECOND_FACTOR,
    )


def _name_of(factor: SecondFactor) -> str:
    return str(factor.wrap().name)  # type: ignore[no-untyped-call]


def _passkey(factor: SecondFactor) -> Passkey:
    return Passkey(pk=factor.pk, name=_name_of(factor), added_at=factor.created_at, last_used_at=factor.last_used_at)


def places_of(user: User, *, key: str | None) -> tuple[SignedInBrowser, ...]:
    """Where they are signed in, this browser (the session with `key`) first."""
    places = [_place(row, key=key) for row in sessions_of(user)]
    return tuple(sorted(places, key=lambda place: not place.is_here))


def _place(row: Session, *, key: str | None) -> SignedInBrowser:
    return SignedInBrowser(
        handle=row.handle,
        browser=row.browser or _("Unknown browser"),
        ip=row.ip,
        signed_in_at=row.created_at,
        last_seen_at=row.last_seen_at,
        is_here=row.session_key == key,
    )


def waits_for_address(user: User) -> bool:
    """Whether a second step must wait until the e-mail address, or a new one, is confirmed."""
    return not user.email_verified or proposed_addresses(user).exists()
