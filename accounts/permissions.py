"""Who may do what: the one table. Whose objects they may do it to is decided by scoped selectors."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.choices import Role, StaffRole
from accounts.models import User

Viewer = User | AnonymousUser  # whoever looks at a page


class Can(Enum):
    BOOK = "book an appointment for oneself"
    SEE_OWN_BOOKINGS = "see one's own appointments as a patient"
    CANCEL_BOOKING = "cancel an appointment"
    MOVE_BOOKING = "move an appointment to another time"
    READ_REASONS = "read why a patient comes, of the appointments one may see"
    WAIT = "be on a waiting list, answer when times are offered"
    MANAGE_DIARY = "create, edit and delete one's own times"
    SEE_OWN_CLINIC = "see one's own appointments as a doctor"
    RUN_CLINIC = "confirm, check in, complete, mark as no-show"
    SETTLE_CONFLICTS = "decide what becomes of an appointment that time off or a closure falls on"
    EDIT_PATIENT_PROFILE = "edit one's own patient profile"
    CARE_FOR_PEOPLE = "add people one cares for, change and remove them"
    REVIEW_VISITS = "review one's own completed appointments"
    EDIT_DOCTOR_PROFILE = "edit one's own doctor profile"
    EDIT_STAFF_DETAILS = "edit one's own details as a member of staff"
    CONNECT_CALENDAR = "connect one's own Google Calendar"
    READ_RECORDS = "read the clinical records that are one's own, or of patients one treats"
    WRITE_RECORDS = "write the clinical record of one's own visits"
    SEE_OWN_INVOICES = "see the invoices of oneself and of those one cares for"

    USE_ADMIN = "use the staff admin"
    SEE_BOOKINGS = "see everybody's appointments"
    RUN_DESK = "see who comes today, book for a patient, register walk-ins"
    SEE_PATIENTS = "look patients up and see how to reach them"
    MANAGE_PATIENTS = "register patients and change their details"
    READ_CLINICAL = "read a patient's medical history and allergies"
    SEE_WAITING = "see the waiting lists and the times that are held"
    RUN_BILLING = "draft, issue and credit invoices, take payments and give money back"
    SEE_INVOICES = "see everybody's invoices and how they stand"
    SET_FEES = "set what a missed visit, or one cancelled late, costs"
    SEE_FIGURES = "see the hospital's figures"
    EXPORT_LISTS = "take lists and figures away as CSV"
    MANAGE_DEPARTMENTS = "make and change departments"
    MANAGE_DOCTORS = "invite, approve, change and retire doctors, and keep their diaries"
    MANAGE_CLOSURES = "close the hospital for a time"
    MODERATE_REVIEWS = "hide reviews"
    SEE_MESSAGES = "see what was mailed, and send it again"
    SEE_AUDIT = "read who did what, when"
    REVIEW_EMERGENCY_ACCESS = "see which doctors read records in an emergency, and why; never what they read"
    HANDLE_PERSONAL_DATA = "deactivate patients, export and erase a person's data"
    MANAGE_STAFF = "make accounts for staff and say what each may do"


TABLE: dict[str, frozenset[Can]] = {
    Role.PATIENT: frozenset(
        {Can.BOOK, Can.SEE_OWN_BOOKINGS, Can.CANCEL_BOOKING, Can.EDIT_PATIENT_PROFILE, Can.CONNECT_CALENDAR}
        | {Can.MOVE_BOOKING, Can.WAIT, Can.CARE_FOR_PEOPLE, Can.REVIEW_VISITS, Can.READ_REASONS}
        | {Can.READ_RECORDS, Can.SEE_OWN_INVOICES}
    ),
    Role.DOCTOR: frozenset(
        {Can.MANAGE_DIARY, Can.SEE_OWN_CLINIC, Can.RUN_CLINIC, Can.CANCEL_BOOKING, Can.MOVE_BOOKING, Can.READ_REASONS}
        | {Can.SETTLE_CONFLICTS, Can.EDIT_DOCTOR_PROFILE, Can.CONNECT_CALENDAR}
        | {Can.READ_RECORDS, Can.WRITE_RECORDS}
    ),
    Role.STAFF: frozenset({Can.USE_ADMIN, Can.EDIT_STAFF_DETAILS}),
}
_DESK = frozenset(
    {Can.SEE_BOOKINGS, Can.RUN_DESK, Can.RUN_CLINIC, Can.CANCEL_BOOKING, Can.MOVE_BOOKING, Can.READ_REASONS}
    | {Can.SETTLE_CONFLICTS, Can.SEE_PATIENTS, Can.MANAGE_PATIENTS, Can.SEE_WAITING}
    | {Can.RUN_BILLING, Can.SEE_INVOICES}
)
_MANAGEMENT = frozenset(
    {Can.SEE_BOOKINGS, Can.SEE_WAITING, Can.SEE_FIGURES, Can.EXPORT_LISTS, Can.SETTLE_CONFLICTS}
    | {Can.MANAGE_DEPARTMENTS, Can.MANAGE_DOCTORS, Can.MANAGE_CLOSURES, Can.MODERATE_REVIEWS}
    | {Can.SEE_INVOICES, Can.SET_FEES}
)
_ADMINISTRATION = frozenset(
    {Can.READ_CLINICAL, Can.SEE_MESSAGES, Can.SEE_AUDIT, Can.HANDLE_PERSONAL_DATA, Can.MANAGE_STAFF}
    | {Can.REVIEW_EMERGENCY_ACCESS}
)
# What each kind of staff may do besides `TABLE[Role.STAFF]`; one person may be of several kinds.
STAFF_TABLE: dict[str, frozenset[Can]] = {
    StaffRole.RECEPTION: _DESK,
    StaffRole.MANAGER: _MANAGEMENT,
    StaffRole.ADMINISTRATOR: _DESK | _MANAGEMENT | _ADMINISTRATION,
}


def _rights(app: str, models: str, actions: str = "view add change delete") -> frozenset[str]:
    return frozenset(f"{app}.{action}_{model}" for model in models.split() for action in actions.split())


# What a permission means in Django's admin: the rights its group gets there (accounts/staff/groups.py).
MODEL_RIGHTS: dict[Can, frozenset[str]] = {
    Can.SEE_BOOKINGS: _rights("bookings", "booking bookingstatuschange", "view")
    | _rights("doctors", "doctorprofile department slot timeoff closure", "view"),
    Can.RUN_DESK: _rights("bookings", "booking", "add") | _rights("doctors", "timeoff", "add delete"),
    Can.RUN_CLINIC: _rights("bookings", "booking", "change"),
    Can.SEE_PATIENTS: _rights("patients", "patientprofile", "view"),
    Can.MANAGE_PATIENTS: _rights("patients", "patientprofile", "add change"),
    Can.SEE_WAITING: _rights("bookings", "waitingentry hold", "view"),
    Can.MANAGE_DEPARTMENTS: _rights("doctors", "department"),
    # Weekly hours are the doctor's own to set; a stretch of time off or a closure is taken out and entered anew.
    Can.MANAGE_DOCTORS: _rights("doctors", "slot")
    | _rights("doctors", "weeklyhours", "view")
    | _rights("doctors", "timeoff", "view add delete")
    | _rights("doctors", "doctorprofile", "view add change"),
    Can.MANAGE_CLOSURES: _rights("doctors", "closure", "view add delete"),
    Can.MODERATE_REVIEWS: _rights("bookings", "review", "view change"),
    Can.SEE_INVOICES: _rights("billing", "invoice payment creditnote refund", "view"),
    Can.SET_FEES: _rights("billing", "doctorfees", "view add change"),
    Can.SEE_MESSAGES: _rights("integrations", "outgoingmessage", "view change") | {"integrations.view_message_content"},
    Can.SEE_AUDIT: _rights("audit", "entry", "view"),
    Can.REVIEW_EMERGENCY_ACCESS: _rights("clinical", "emergencyaccess", "view change"),
    Can.MANAGE_STAFF: _rights("accounts", "user", "view add change")
    | _rights("integrations", "googleconnection", "view")
    | _rights("bookings", "calendarfeed", "view"),
}

View = Callable[..., HttpResponse]


def may(user: User | AnonymousUser, permission: Can) -> bool:
    """Whether the role of `user` carries `permission`. Nobody signed out or deactivated may do anything.

    Of staff their groups are asked, once a request; a superuser may do whatever staff may do. Staff who are let in
    nowhere (`is_staff` is off) keep their own details and nothing else.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    role = user.role
    if role == Role.STAFF and not user.is_staff:
        return permission == Can.EDIT_STAFF_DETAILS
    if permission in TABLE.get(role, frozenset()):
        return True
    if role != Role.STAFF:
        return False
    kinds = StaffRole.values if user.is_superuser else user.staff_roles
    return any(permission in STAFF_TABLE[kind] for kind in kinds)


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


def requires_any(*permissions: Can) -> Callable[[View], View]:
    """View decorator: as `requires`, for a page several rights lead to. Whose, its selectors decide."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not any(may(request.user, permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
