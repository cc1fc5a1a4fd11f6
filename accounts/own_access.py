"""What accounts keep themselves of all that lets somebody in (accounts/access.py)."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Access, AccessKind, register
from accounts.models import SecondFactor, User
from accounts.rules import NOT_ALONE, signs_in_alone
from accounts.selectors import proposed_addresses, second_factors_of, sessions_of
from accounts.services import end_sessions, withdraw_proposed_email


def _end_sessions(*, user: User, now: datetime, besides: str | None) -> None:
    end_sessions(user=user, besides=besides)


def _no_sessions(user: User) -> tuple[Access, ...]:
    """The page lists them by themselves."""
    return ()


def _sessions_left(*, user: User, besides: str | None) -> bool:
    """One that begins later still is bound to the security stamp it began under, so that it does not last."""
    return sessions_of(user).exclude(session_key=besides or "").exists()


def _passkeys_alone(user: User) -> list[SecondFactor]:
    return [
        factor
        for factor in second_factors_of(user)
        if factor.type == Authenticator.Type.WEBAUTHN and signs_in_alone(factor)
    ]


def _passkeys(user: User) -> list[Access]:
    where = reverse("accounts:security")
    return [Access(title=_("Passkey"), since=key.created_at, end_url=where) for key in _passkeys_alone(user)]


def _end_passkeys(*, user: User, now: datetime, besides: str | None) -> None:
    """They stay a second step, or whoever reads the owner's mail would be rid of it; the password comes first again."""
    if besides is not None:
        return  # its owner ends the rest from a session of theirs, and removes passkeys one by one
    for passkey in _passkeys_alone(user):
        passkey.data[NOT_ALONE] = now.isoformat()
        passkey.save(update_fields=["data"])


def _passkeys_left(*, user: User, besides: str | None) -> bool:
    return besides is None and bool(_passkeys_alone(user))


def _proposed(user: User) -> list[Access]:
    return [
        Access(title=_("New e-mail address, not confirmed yet"), since=None, end_url=reverse("accounts:email"))
        for _address in proposed_addresses(user)
    ]


def _end_proposed(*, user: User, now: datetime, besides: str | None) -> None:
    withdraw_proposed_email(user=user)


def _invitations(user: User) -> tuple[Access, ...]:
    """Never asked: a link works only as long as there is no password."""
    return ()


def _end_invitation(*, user: User, now: datetime, besides: str | None) -> None:
    """The password that is set, or was there, has ended it."""


def _known_browsers(user: User) -> tuple[Access, ...]:
    """Kept by the browsers themselves and bound to the password: another password, and none is known any more."""
    return ()


def _end_known_browsers(*, user: User, now: datetime, besides: str | None) -> None:
    """Nothing is kept here that could be ended; by itself it lets nobody in."""


def register_own() -> None:
    """Called once, when the app is ready; the address last, for it writes the account."""
    register(AccessKind(name="proposed address", held_by=_proposed, end=_end_proposed))
    register(AccessKind(name="invitation", held_by=_invitations, end=_end_invitation, has_own_section=True))
    register(AccessKind(name="known browser", held_by=_known_browsers, end=_end_known_browsers, has_own_section=True))
    register(
        AccessKind(name="passkey", held_by=_passkeys, end=_end_passkeys, is_left=_passkeys_left, has_own_section=True)
    )
    register(
        AccessKind(
            name="session", held_by=_no_sessions, end=_end_sessions, is_left=_sessions_left, has_own_section=True
        )
    )
