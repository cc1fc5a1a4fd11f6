"""What an account must be, and what is refused."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class EmailTaken(DomainError):
    message = _("There is already an account with this e-mail.")


class UsernameTaken(DomainError):
    message = _("Someone already has this username.")


# In the data of a passkey that was there when everything was ended: it no longer stands in for the password.
NOT_ALONE = "not_alone_since"


def signs_in_alone(passkey: Authenticator) -> bool:
    return NOT_ALONE not in passkey.data
