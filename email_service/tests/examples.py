"""One good `data` for each action; every test that posts something starts from here."""

import base64
from typing import Any

ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Hospital//Appointments//EN\r\nMETHOD:{method}\r\n"
    "BEGIN:VEVENT\r\nUID:7f0c2b1e@hospital.example\r\nSEQUENCE:1\r\nDTSTAMP:20260801T080000Z\r\n"
    "DTSTART;TZID=Europe/Madrid:20260806T143000\r\nDTEND;TZID=Europe/Madrid:20260806T150000\r\n"
    "SUMMARY:Appointment with Dr Ana Álvarez\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
SITE = "https://hms.example"


def _visit() -> dict[str, Any]:
    return {
        "doctor_name": "Dr Ana Álvarez",
        "department": "Cardiology",
        "starts_at": "2026-08-06T14:30:00+02:00",
        "ends_at": "2026-08-06T15:00:00+02:00",
        "time_zone": "Europe/Madrid",
        "place": "Building B, second floor, room 214",
    }


PDF = b"%PDF-1.7\n%%EOF\n"


def attachment(content: bytes) -> dict[str, str]:
    encoded = base64.b64encode(content).decode()
    return {"filename": "record.pdf", "content_type": "application/pdf", "base64": encoded}


def _common() -> dict[str, Any]:
    return {
        "to": {"email": "maria@example.com", "name": "María García"},
        "hospital": {"name": "Riverside Hospital", "phone": "+34 910 000 000", "url": SITE},
    }


def _booking(method: str = "REQUEST") -> dict[str, Any]:
    return {
        "booking": {
            **_visit(),
            "reference": "K7M-4QX",
            "patient_name": "María García",
            "fee_text": "€60.00",
            "minutes": 30,
        },
        "booking_url": f"{SITE}/appointments/K7M-4QX/",
        "calendar": {"filename": "appointment.ics", "method": method, "content": ICS.format(method=method)},
    }


def _offered(day: int) -> dict[str, Any]:
    return {
        "starts_at": f"2026-08-{day}T09:00:00+02:00",
        "ends_at": f"2026-08-{day}T09:30:00+02:00",
        "accept_url": f"{SITE}/waiting/offers/{day}/",
    }


def _extra() -> dict[str, dict[str, Any]]:
    return {
        "SIGNUP_WELCOME": {"role": "PATIENT", "sign_in_url": f"{SITE}/login/", "awaiting_approval": False},
        "EMAIL_VERIFICATION": {"code": "K7M4QX", "url": f"{SITE}/confirm/abc/", "expires_minutes": 15},
        "PASSWORD_RESET": {"url": f"{SITE}/reset/abc/", "expires_minutes": 60},
        "ACCOUNT_NOTICE": {"notice": "PASSWORD_CHANGED", "url": f"{SITE}/account/"},
        "INVITATION": {"role": "DOCTOR", "url": f"{SITE}/accounts/invitation/abc/", "expires_minutes": 10080},
        "ACCOUNT_CLOSED": {"site_url": f"{SITE}/"},
        "DATA_ERASED": {"site_url": f"{SITE}/", "kept_until": "2034-08-06T00:00:00+02:00"},
        "DOCTOR_APPROVED": {"dashboard_url": f"{SITE}/doctor/"},
        "BOOKING_CONFIRMATION": _booking(),
        "BOOKING_NOTIFICATION": {**_booking(), "needs_confirmation": False},
        "BOOKING_PENDING": _booking(),
        "BOOKING_CANCELLED": {
            **_booking("CANCEL"),
            "cancelled_by": "HOSPITAL",
            "recipient_role": "PATIENT",
            "book_again_url": f"{SITE}/doctors/ana-alvarez/",
        },
        "BOOKING_RESCHEDULED": {
            **_booking(),
            "previous_starts_at": "2026-08-12T09:00:00+02:00",
            "needs_confirmation": False,
            "recipient_role": "PATIENT",
        },
        "APPOINTMENT_REMINDER": {**_booking(), "cancel_until": "2026-08-05T14:30:00+02:00"},
        "TIMES_OFFERED": {
            **_booking(),
            "offers": [_offered(10), _offered(11), _offered(12)],
            "keep_or_cancel_url": f"{SITE}/bookings/HMS-K7Q2/offers/",
            "expires_at": "2026-08-05T09:00:00+02:00",
        },
        "WAITLIST_OFFER": {
            "offer": _visit(),
            "expires_at": "2026-08-04T18:00:00+02:00",
            "accept_url": f"{SITE}/waiting-list/offer/abc/",
            "manage_url": f"{SITE}/waiting-list/",
        },
        "WAITLIST_CLOSED": {"doctor_name": "Dr Ana Álvarez", "find_url": f"{SITE}/doctors/"},
        **_files(),
        "DOCTOR_MONTHLY_REPORT": {
            "month": "2026-07",
            "doctor_name": "Dr Ana Álvarez",
            "report_url": f"{SITE}/doctor/reports/2026-07/",
            "figures": FIGURES,
        },
    }


def _files() -> dict[str, dict[str, Any]]:
    return {
        "EXPORT_READY": {
            "url": f"{SITE}/exports/3f0c5b0e-3f5e-4a55-9a0e-0b9a6b0c1d2e/",
            "expires_at": "2026-08-09T14:30:00+02:00",
            "time_zone": "Europe/Madrid",
        },
        "MEDICAL_RECORD": {
            "doctor_name": "Dr Ana Álvarez",
            "starts_at": "2026-08-06T14:30:00+02:00",
            "time_zone": "Europe/Madrid",
            "attachment": attachment(PDF),
            "record_url": f"{SITE}/records/K7M-4QX/",
        },
        "INVOICE": {
            "number": "INV-2026-000123",
            "total_text": "€60.00",
            "visit_day": "2026-08-06",
            "due_on": "2026-08-20",
            "attachment": {**attachment(PDF), "filename": "INV-2026-000123.pdf"},
            "invoice_url": f"{SITE}/billing/INV-2026-000123/",
        },
    }


FIGURES = [
    {"label": "Appointments completed", "value": "112", "before": "98"},
    {"label": "Earned, without tax", "value": "€6,720.00", "before": ""},
]


ACTIONS = tuple(_extra())

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "INVITATION": [{"role": "STAFF"}, {"role": "PATIENT"}],
    "DATA_ERASED": [{"kept_until": None}],
    "WAITLIST_OFFER": [{"in_place_of": "Dr Bo Berg"}, {"earlier_than": "2026-08-20T14:30:00+02:00"}],
    "SIGNUP_WELCOME": [
        {"role": "DOCTOR", "awaiting_approval": True},
        {"role": "DOCTOR", "awaiting_approval": False},
    ],
    "ACCOUNT_NOTICE": [
        {"notice": notice}
        for notice in (
            "EMAIL_CHANGED",
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
    ]
    + [
        {
            "notice": "CALENDAR_DISCONNECTED",
            "busy_times": {"kept_until": "2026-08-09T10:00:00+00:00", "time_zone": "Europe/London"},
        }
    ],
    "BOOKING_NOTIFICATION": [{"needs_confirmation": True}],
    "BOOKING_CANCELLED": [
        {"cancelled_by": by, "recipient_role": role}
        for by in ("PATIENT", "DOCTOR", "HOSPITAL")
        for role in ("PATIENT", "DOCTOR")
    ]
    + [
        {"cancelled_by": by, "recipient_role": role, "was_request": True}
        for by in ("PATIENT", "DOCTOR", "HOSPITAL")
        for role in ("PATIENT", "DOCTOR")
    ],
    "APPOINTMENT_REMINDER": [{"needs_confirmation": True}],
    "TIMES_OFFERED": [{"needs_confirmation": True}],
    "BOOKING_RESCHEDULED": [
        {"recipient_role": "DOCTOR"},
        {"needs_confirmation": True},
        {"recipient_role": "DOCTOR", "needs_confirmation": True},
    ],
}


def data(action: str, **changes: Any) -> dict[str, Any]:
    """A fresh good `data` for the action, with top-level fields replaced (None takes one away)."""
    merged = {**_common(), **_extra()[action], **changes}
    return {name: value for name, value in merged.items() if value is not None}


def every_example() -> list[tuple[str, dict[str, Any]]]:
    """Every action with every wording it has."""
    plain = [(action, data(action)) for action in ACTIONS]
    variants = [(action, data(action, **changes)) for action, all_ in VARIANTS.items() for changes in all_]
    stranger = data("PASSWORD_RESET", url=None, expires_minutes=None, account_exists=False, sign_up_url=f"{SITE}/new/")
    return [
        *plain,
        *variants,
        ("PASSWORD_RESET", stranger),
        ("EMAIL_VERIFICATION", data("EMAIL_VERIFICATION", code=None)),
        ("EMAIL_VERIFICATION", data("EMAIL_VERIFICATION", url=None)),
        ("BOOKING_CONFIRMATION", data("BOOKING_CONFIRMATION", calendar=None)),
        ("BOOKING_CANCELLED", data("BOOKING_CANCELLED", book_again_url=None)),
        ("MEDICAL_RECORD", data("MEDICAL_RECORD", attachment=None)),
        ("MEDICAL_RECORD", data("MEDICAL_RECORD", record_url=None)),
        ("INVOICE", data("INVOICE", attachment=None)),
        ("INVOICE", data("INVOICE", invoice_url=None, visit_day=None, due_on=None)),
        ("DOCTOR_MONTHLY_REPORT", data("DOCTOR_MONTHLY_REPORT", month="2026-01", figures=FIGURES * 20)),
        ("APPOINTMENT_REMINDER", data("APPOINTMENT_REMINDER", cancel_until=None)),
    ]
