"""Who may do what: the one table. Whose objects they may do it to is decided by scoped selectors."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.choices import Role
from accounts.confirmation import keep_destination, verify_path
from accounts.models import User


class Can(Enum):
    BOOK = "book an appointment for oneself"
    SEE_OWN_BOOKINGS = "see one's own appointments as a patient"
    CANCEL_BOOKING = "cancel an appointment"
    MOVE_BOOKING = "move an appointment to another time"
    WAIT = "be on a waiting list, answer when times are offered"
    KEEP_DIARY = "create, edit and delete one's own times"
    SEE_OWN_CLINIC = "see one's own appointments as a doctor"
    RUN_CLINIC = "confirm, check in, complete, mark as no-show"
    EDIT_PATIENT_PROFILE = "edit one's own patient profile"
    CARE_FOR_PEOPLE = "add people one cares for, change and remove them"
    REVIEW_VISITS = "review one's own completed appointments"
    EDIT_DOCTOR_PROFILE = "edit one's own doctor profile"
    EDIT_STAFF_DETAILS = "edit one's own details as a member of staff"
    CONNECT_CALENDAR = "connect one's own Google Calendar"
    USE_ADMIN = "use the staff admin"


TABLE: dict[str, frozenset[Can]] = {
    Role.PATIENT: frozenset(
        {Can.BOOK, Can.SEE_OWN_BOOKINGS, Can.CANCEL_BOOKING, Can.EDIT_PATIENT_PROFILE, Can.CONNECT_CALENDAR}
        | {Can.MOVE_BOOKING, Can.WAIT, Can.CARE_FOR_PEOPLE, Can.REVIEW_VISITS}
    ),
    Role.DOCTOR: frozenset(
        {
            Can.KEEP_DIARY,
            Can.SEE_OWN_CLINIC,
            Can.RUN_CLINIC,
            Can.CANCEL_BOOKING,
            Can.MOVE_BOOKING,
            Can.EDIT_DOCTOR_PROFILE,
            Can.CONNECT_CALENDAR,
        }
    ),
    Role.STAFF: frozenset(
        {Can.USE_ADMIN, Can.RUN_CLINIC, Can.CANCEL_BOOKING, Can.MOVE_BOOKING, Can.EDIT_STAFF_DETAILS}
    ),
}

View = Callable[..., HttpResponse]


def may(user: User | AnonymousUser, permission: Can) -> bool:
    """Whether the role of `user` carries `permission`. Nobody signed out or deactivated may do anything."""
    if not user.is_authenticated or not user.is_active:
        return False
    return permission in TABLE.get(user.role, frozenset())


def requires(permission: Can) -> Callable[[View], View]:
    """View decorator: 403 for a signed-in person without the right. (Signed out goes to login before this.)"""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not may(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def requires_confirmed_email(view: View) -> View:
    """View decorator, inside `requires`: who has not confirmed their address does so first, and comes back after.

    Off when `EMAIL_VERIFICATION_REQUIRED` is false.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if not settings.EMAIL_VERIFICATION_REQUIRED or (user.is_authenticated and user.email_verified):
            return view(request, *args, **kwargs)
        keep_destination(request)
        return redirect(verify_path(request.get_full_path()))

    return guarded
