"""Who has given the password and stands before the second step (A6): what let them so far must let them in still.

Such a session is nobody's yet, so that ending all sessions of an account doesn't find it. It remembers what the account
was like when the password was given, as a session of somebody signed in does: another password, the end of all access,
a closed account, or a second step that is gone, and the way in begins anew.
"""

from __future__ import annotations

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login, unstash_login
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.selectors import has_second_factor

_PROOF = "pending_sign_in"


def begin(request: HttpRequest, user: User) -> None:
    """The password was right."""
    request.session[_PROOF] = user.get_session_auth_hash()


def finish(request: HttpRequest) -> None:
    """All steps are passed."""
    request.session.pop(_PROOF, None)


def end_if_outdated(request: HttpRequest) -> bool:
    """Whether what let somebody so far no longer lets anybody in; if so, nothing of it is left."""
    if LOGIN_SESSION_KEY not in request.session:
        return False
    login = unstash_login(request, peek=True)
    if login is None or _still_counts(request, login.user):
        return False  # or too late: allauth has ended it by itself
    clear_login(request)
    finish(request)
    return True


def _still_counts(request: HttpRequest, user: AbstractBaseUser | None) -> bool:
    if not isinstance(user, User) or not user.is_active or not has_second_factor(user):
        return False
    return constant_time_compare(request.session.get(_PROOF, ""), user.get_session_auth_hash())
