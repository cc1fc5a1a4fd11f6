"""The second step of signing in: how allauth's apps, passkeys and recovery codes fit into the hospital (A6)."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.requests import signed_in
from accounts.selectors import other_second_factors
from accounts.services import end_sessions
from core.crypto import seal, unseal

NEEDED = gettext_lazy("Staff need a second step to sign in. Set another one up first, then remove this one.")


def is_needed_by(user: User) -> bool:
    """Whether this person may not do without (`STAFF_NEED_SECOND_FACTOR`)."""
    return settings.STAFF_NEED_SECOND_FACTOR and user.is_hospital_staff


def was_passed_in(request: HttpRequest) -> bool:
    """Whether this very session has shown a second step, by using one or by setting one up."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, signed_in(request)))


def end_sessions_from_before(sender: type[Authenticator], instance: Authenticator, *, created: bool, **_: Any) -> None:
    """A second step or new recovery codes: every session but the one that made them is over (`post_save`).

    Whoever waits in another one, by the password alone, waits in vain. The one that made it has shown it as well.
    """
    if not created:
        return
    user, request = instance.user, context.request
    is_theirs = request is not None and request.user.is_authenticated and request.user.pk == user.pk
    end_sessions(user=user, besides=request.session.session_key if is_theirs else None)
    if is_theirs and instance.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, method="mfa", id=instance.pk, type=instance.type)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "This code isn’t right, or it’s already been used. Wait for the next one and try again."
        ),
        "cannot_delete_authenticator": NEEDED,
        "cannot_generate_recovery_codes": gettext_lazy(
            "Set up an app or a passkey first: recovery codes are the backup for it."
        ),
        "unverified_email": gettext_lazy(
            "Confirm your e-mail address first: it’s the way back in if you lose your phone."
        ),
    }

    def encrypt(self, text: str) -> str:
        """The secret of an app or the seed of recovery codes, as it is kept.

        allauth hands over the text alone, so that it can't be bound to its owner's row (docs/adr/0008).
        """
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return str(unseal(encrypted_text))

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_needed_by(authenticator.user) or other_second_factors(authenticator).exists()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number} if number > 1 else _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        return super().get_public_key_credential_rp_entity() | {"name": settings.HOSPITAL_NAME}


def is_first_use(user: User, code: str) -> bool:
    """Whether nobody has signed in with this code before, as long as it counts (RFC 6238, 5.2).

    allauth remembers a code for one period only; with a tolerance it counts for longer.
    """
    lifetime = settings.MFA_TOTP_PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 2)
    digits = "".join(character for character in code if character.isdigit())
    return bool(cache.add(f"accounts.used-code:{user.pk}:{digits}", "used", timeout=lifetime))
