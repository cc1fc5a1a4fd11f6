"""What may be posted: `{id, action, data}`, strictly. README.md shows one example of each action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .fields import (
    LONGEST_PDF,
    Check,
    ContractError,
    boolean,
    calendar_day,
    calendar_method,
    calendar_text,
    choice,
    email,
    instant,
    integer,
    list_of,
    month,
    pattern,
    pdf_base64,
    record,
    text,
    url,
    zone,
)

MAX_BODY_BYTES = 256 * 1024
# Of an action that may bring a file. Lambda takes 6 MB, the rest of the event included.
MAX_BODY_WITH_FILE_BYTES = LONGEST_PDF + MAX_BODY_BYTES
WITH_FILE = frozenset({"MEDICAL_RECORD", "INVOICE"})
MOST_OFFERS = 10
MOST_FIGURES = 40

NOTICES = (
    "EMAIL_CHANGED",
    "PASSWORD_CHANGED",
    "PASSWORD_RESET",
    "ACCOUNT_ALREADY_EXISTS",
    "SECOND_FACTOR_ADDED",
    "SECOND_FACTOR_REMOVED",
    "SECOND_FACTOR_RESET",
    "RECOVERY_CODES_CHANGED",
    "RECOVERY_CODE_USED",
    "CALENDAR_DISCONNECTED",
    "CALENDAR_CONNECTED",
    "CALENDAR_ADDRESS_MADE",
    "RECORDS_READ_IN_EMERGENCY",
)


@dataclass(frozen=True)
class Request:
    """One message to send, checked: times are aware datetimes, zones are ZoneInfo."""

    id: str
    action: str
    data: dict[str, Any]


_message_id = pattern(r"[A-Za-z0-9_-]{1,128}", "1 to 128 letters, digits, - or _")
_expiry = integer(1, 60 * 24 * 60)  # minutes, at most sixty days

_common: Mapping[str, Check] = {
    "to": record({"email": email, "name": text(300, blank=True)}),
    "hospital": record({"name": text(200), "phone": text(60, blank=True), "url": url}),
}
_visit: Mapping[str, Check] = {
    "doctor_name": text(300),
    "department": text(200, blank=True),
    "starts_at": instant,
    "ends_at": instant,
    "time_zone": zone,
    "place": text(400, blank=True),
}
_booking: Mapping[str, Check] = {
    "booking": record(
        {
            **_visit,
            "reference": text(40),
            "patient_name": text(300),
            "fee_text": text(100, blank=True),
            "minutes": integer(1, 24 * 60),
        }
    ),
    "booking_url": url,
}
_calendar: Mapping[str, Check] = {
    "calendar": record(
        {
            "filename": pattern(r"[A-Za-z0-9_-]{1,80}\.ics", "a plain file name ending in .ics"),
            "method": choice("REQUEST", "CANCEL"),
            "content": calendar_text,
        }
    )
}
_pdf = record(
    {
        "filename": pattern(r"[A-Za-z0-9_-]{1,80}\.pdf", "a plain file name ending in .pdf"),
        "content_type": choice("application/pdf"),
        "base64": pdf_base64,
    }
)
_offered_time = record({"starts_at": instant, "ends_at": instant, "accept_url": url})
_figure = record({"label": text(100), "value": text(60), "before": text(60, blank=True)})
_number = pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}", "1 to 40 letters, digits or -")
_role = choice("PATIENT", "DOCTOR")
_any_role = choice("PATIENT", "DOCTOR", "STAFF")


def _action(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return record({**_common, **required}, optional)


def _booking_action(required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None) -> Check:
    return _action({**_booking, **(required or {})}, {**_calendar, **(optional or {})})


ACTIONS: Mapping[str, Check] = {
    "SIGNUP_WELCOME": _action({"role": _role, "sign_in_url": url, "awaiting_approval": boolean}),
    "EMAIL_VERIFICATION": _action(
        {"expires_minutes": _expiry},
        {"code": pattern(r"[A-Za-z0-9-]{4,32}", "4 to 32 letters, digits or -"), "url": url},
    ),
    "PASSWORD_RESET": _action(
        {}, {"account_exists": boolean, "url": url, "expires_minutes": _expiry, "sign_up_url": url}
    ),
    "ACCOUNT_NOTICE": _action(
        {"notice": choice(*NOTICES), "url": url},
        {"busy_times": record({"kept_until": instant, "time_zone": zone}), "reset_url": url},
    ),
    "INVITATION": _action({"role": _any_role, "url": url, "expires_minutes": _expiry}),
    "ACCOUNT_CLOSED": _action({"site_url": url}),
    "DATA_ERASED": _action({"site_url": url}, {"kept_until": instant}),
    "DOCTOR_APPROVED": _action({"dashboard_url": url}),
    "BOOKING_CONFIRMATION": _booking_action(),
    "BOOKING_NOTIFICATION": _booking_action({"needs_confirmation": boolean}),
    "BOOKING_PENDING": _booking_action(),
    "BOOKING_CANCELLED": _booking_action(
        {"cancelled_by": choice("PATIENT", "DOCTOR", "HOSPITAL"), "recipient_role": _role},
        {"book_again_url": url, "was_request": boolean},
    ),
    "BOOKING_RESCHEDULED": _booking_action(
        {"previous_starts_at": instant, "recipient_role": _role}, {"needs_confirmation": boolean}
    ),
    "APPOINTMENT_REMINDER": _booking_action(optional={"cancel_until": instant, "needs_confirmation": boolean}),
    "TIMES_OFFERED": _booking_action(
        {"offers": list_of(_offered_time, at_most=MOST_OFFERS), "keep_or_cancel_url": url, "expires_at": instant},
        {"needs_confirmation": boolean},
    ),
    "WAITLIST_OFFER": _action(
        {"offer": record(_visit), "expires_at": instant, "accept_url": url, "manage_url": url},
        {"in_place_of": text(300), "earlier_than": instant},
    ),
    "WAITLIST_CLOSED": _action({"doctor_name": text(300), "find_url": url}),
    "EXPORT_READY": _action({"url": url, "expires_at": instant, "time_zone": zone}),
    "MEDICAL_RECORD": _action(
        {"doctor_name": text(300), "starts_at": instant, "time_zone": zone}, {"attachment": _pdf, "record_url": url}
    ),
    # What was done on the visit has no field: an invoice is for "Appointment on …", and says more in its file alone.
    "INVOICE": _action(
        {"number": _number, "total_text": text(60)},
        {"visit_day": calendar_day, "due_on": calendar_day, "attachment": _pdf, "invoice_url": url},
    ),
    "DOCTOR_MONTHLY_REPORT": _action(
        {
            "month": month,
            "doctor_name": text(300),
            "report_url": url,
            "figures": list_of(_figure, at_most=MOST_FIGURES),
        }
    ),
}


def check(posted: object) -> Request:
    """Return what was posted as a checked Request. Raises ContractError."""
    envelope = record({"id": _message_id, "action": choice(*ACTIONS), "data": _as_is})(posted, "body")
    action = envelope["action"]
    data = ACTIONS[action](envelope["data"], "data")
    for rule in _RULES:
        rule(action, data)
    return Request(id=envelope["id"], action=action, data=data)


def longest_body(action: str) -> int:
    """How many bytes a body of this action may have."""
    return MAX_BODY_WITH_FILE_BYTES if action in WITH_FILE else MAX_BODY_BYTES


def without_file(posted: object) -> object:
    """What makes a body the same as another: all but the bytes of a file, which is made anew for each try."""
    data = posted.get("data") if isinstance(posted, dict) else None
    attachment = data.get("attachment") if isinstance(data, dict) else None
    if not isinstance(posted, dict) or not isinstance(data, dict) or not isinstance(attachment, dict):
        return posted
    rest = {name: value for name, value in attachment.items() if name != "base64"}
    return {**posted, "data": {**data, "attachment": rest}}


def _as_is(value: object, path: str) -> object:
    return value


def _code_or_link(action: str, data: Mapping[str, Any]) -> None:
    if action == "EMAIL_VERIFICATION" and not ("code" in data or "url" in data):
        raise ContractError("data", "needs a code, a url or both")


def _reset_fits_account(action: str, data: Mapping[str, Any]) -> None:
    if action != "PASSWORD_RESET":
        return
    exists = data.get("account_exists", True)
    needed = {"url", "expires_minutes"} if exists else {"sign_up_url"}
    if data.keys() - {"to", "hospital", "account_exists"} != needed:
        fields = " and ".join(sorted(needed))
        raise ContractError("data", f"with account_exists {str(exists).lower()} needs {fields} only")


def _visit_ends_after_it_starts(action: str, data: Mapping[str, Any]) -> None:
    visits = [(name, data[name]) for name in ("booking", "offer") if name in data]
    visits += [(f"offers[{number}]", offered) for number, offered in enumerate(data.get("offers", []))]
    for name, visit in visits:
        if visit["ends_at"] <= visit["starts_at"]:
            raise ContractError(f"data.{name}.ends_at", "must be after starts_at")


def _calendar_says_its_method(action: str, data: Mapping[str, Any]) -> None:
    calendar = data.get("calendar")
    if calendar and calendar_method(calendar["content"]) != calendar["method"]:
        raise ContractError("data.calendar.method", "must be the METHOD of the content")


def _file_is_somewhere(action: str, data: Mapping[str, Any]) -> None:
    link = _LINKS_TO_FILES.get(action)
    if link and not ("attachment" in data or link in data):
        raise ContractError("data", f"needs an attachment, {link} or both")


_LINKS_TO_FILES: Mapping[str, str] = {"MEDICAL_RECORD": "record_url", "INVOICE": "invoice_url"}


_RULES: tuple[Callable[[str, Mapping[str, Any]], None], ...] = (
    _code_or_link,
    _reset_fits_account,
    _visit_ends_after_it_starts,
    _calendar_says_its_method,
    _file_is_somewhere,
)
