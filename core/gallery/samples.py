"""Made-up people and times for the component gallery. Plain values in the shapes the components ask for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from core.formats import clock_time, iso, long_date, money
from core.status_tags import status_tag_for

ERROR_PAGES = {400, 403, 404, 409, 429, 500, 503}

_DAY = dt.date(2026, 8, 5)


def _at(hour: int, minute: int = 0, *, days: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(_DAY + dt.timedelta(days=days), dt.time(hour, minute)))


def _time(hour: int, minute: int = 0, *, days: int = 1) -> dict[str, Any]:
    return {"starts_at": _at(hour, minute, days=days), "url": "#booking"}


class SampleForm(forms.Form):
    """One of every control, each with what can be asked of it."""

    name = forms.CharField(label="Full name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="E-mail address", help_text="We send the confirmation here.")
    birthday = forms.DateField(label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}))
    department = forms.ChoiceField(choices=[("", "All departments"), ("c", "Cardiology")], required=False)
    contact = forms.ChoiceField(
        label="How may we reach you?",
        choices=[("mail", "E-mail"), ("phone", "Phone")],
        widget=forms.RadioSelect,
        help_text="For changes at short notice.",
    )
    days = forms.MultipleChoiceField(
        label="Which days suit you?",
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    reason = forms.CharField(label="Reason for the visit", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label="I have read what to bring")


class SampleFilter(forms.Form):
    """The directory's filters."""

    q = forms.CharField(label="Name or specialty", required=False)
    department = forms.ChoiceField(choices=[("", "All departments"), ("c", "Cardiology")], required=False)
    before = forms.DateField(label="Free on or before", widget=forms.DateInput(attrs={"type": "date"}), required=False)


def doctors() -> list[dict[str, Any]]:
    """Three cards: with times, without rating, and full."""
    shared = {"url": "#profile", "department": "Heart and circulation", "qualification": "MD, FRCP"}
    full: dict[str, Any] = {"next_free": "", "next_free_iso": "", "times": [], "rating": 4.5, "rating_count": 31}
    return [
        shared
        | {"name": "Dr Amelia Smith", "initials": "AS", "specialization": "Cardiology", "price": money(12_000)}
        | {"experience": "14 years’ experience", "rating": 4.8, "rating_count": 126}
        | _next_free(_at(9, 30, days=1))
        | {"times": [_card_time(hour, minute) for hour, minute in ((9, 30), (10, 0), (14, 30))]},
        shared
        | {"name": "Dr Nils Ångström-Johnson", "initials": "NÅ", "specialization": "Dermatology"}
        | {"experience": "1 year’s experience", "price": money(9_050), "rating": None, "rating_count": 0, "times": []}
        | _next_free(_at(12, days=9)),
        shared
        | {"name": "Dr Chidi Brown", "initials": "CB", "specialization": "Neurology", "price": money(15_000)}
        | {"experience": "22 years’ experience"}
        | full,
    ]


def _next_free(at: dt.datetime) -> dict[str, str]:
    return {"next_free": f"{long_date(at)}, {clock_time(at)}", "next_free_iso": iso(at)}


def _card_time(hour: int, minute: int) -> dict[str, str]:
    at = _at(hour, minute, days=1)
    said = f" with Dr Amelia Smith on {long_date(at)}"
    return {"url": "#booking", "iso": iso(at), "shown": clock_time(at), "said": said}


def week() -> list[dict[str, Any]]:
    """Seven days, the second chosen, two of them full."""
    counts = [0, 6, 3, 0, 11, 2, 1]
    return [
        {"date": _DAY + dt.timedelta(days=n), "url": f"?date=day{n}", "free_count": count, "is_selected": n == 1}
        for n, count in enumerate(counts)
    ]


def day() -> dict[str, Any]:
    """One day's free times."""
    return {
        "date": _DAY + dt.timedelta(days=1),
        "morning": [_time(9, 30), _time(10), _time(10, 30), _time(11, 15)],
        "afternoon": [_time(12), _time(14), _time(14, 30), _time(16), _time(17, 45)],
    }


def day_rows() -> list[dict[str, Any]]:
    """A doctor's day: past, now, next, cancelled."""
    post = {"is_post": True, "url": "#act", "next_url": "/doctor/", "style": "primary"}
    link = {"is_post": False, "url": "#act", "style": "outline-secondary"}
    rows: list[tuple[str, str, str, str, list[dict[str, Any]]]] = [
        ("COMPLETED", "Grace Hopper", "", "past", []),
        ("CHECKED_IN", "Jane Okafor", "Palpitations after exercise", "now", [post | {"label": "Complete"}]),
        ("CONFIRMED", "John Doe", "Follow-up", "", [post | {"label": "Check in"}, link | {"label": "Cancel"}]),
        ("PENDING", "María José Carreño Quiñones", "First visit", "", [post | {"label": "Confirm"}]),
        ("CANCELLED", "Ken Adams", "", "past", []),
        ("NO_SHOW", "Lee Wong", "", "past", []),
    ]
    return [
        {"starts_at": _at(9 + n), "ends_at": _at(9 + n, 30), "url": "#visit", "status": status}
        | {"name": name, "note": note, "emphasis": emphasis, "actions": actions}
        for n, (status, name, note, emphasis, actions) in enumerate(rows)
    ]


def appointments() -> list[dict[str, Any]]:
    """A patient's next appointment, and one gone by."""
    change = [
        {"is_post": False, "url": "#move", "style": "outline-primary", "label": "Move"},
        {"is_post": False, "url": "#cancel", "style": "link", "label": "Cancel"},
    ]
    shared = {"title": "Dr Amelia Smith", "subtitle": "Cardiology · Room 2.14", "url": "#appointment"}
    return [
        shared | {"starts_at": _at(9, 30, days=1), "status": "CONFIRMED", "actions": change},
        shared | {"starts_at": _at(14, days=-40), "status": "COMPLETED", "actions": []},
    ]


def answers() -> list[dict[str, str]]:
    """Check your answers."""
    return [
        {"label": "Doctor", "value": "Dr Amelia Smith, Cardiology"},
        {"label": "When", "value": "Thursday 6 August 2026, 9:30am to 10:00am", "url": "#times"},
        {"label": "Reason", "value": "Palpitations\nafter exercise", "url": "#reason", "action": "Edit"},
    ]


def figure() -> dict[str, Any]:
    """A figure of three departments: the finding, a drawing, a table."""
    shares = [("Cardiology", 84), ("Dermatology", 61), ("Neurology", 40)]
    boxes = [
        {"x": "0", "y": str(21 + 40 * n), "width": str(4 * share), "height": "12", "series": series}
        for n, (_, share) in enumerate(shares)
        for share, series in ((100, "ground"), (share, ("done", "missed", "cancelled")[n]))
    ]
    words = [
        {"x": x, "y": str(14 + 40 * n), "text": text, "anchor": anchor, "strong": anchor == "end"}
        for n, (name, share) in enumerate(shares)
        for x, text, anchor in (("0", name, "start"), ("400", f"{share}%", "end"))
    ]
    drawing: dict[str, Any] = {
        "name": "sample",
        "title": "Utilisation by department",
        "description": "One bar a department.",
    }
    drawing |= {"width": 400, "height": 120, "size": "bars", "boxes": boxes, "words": words}
    drawing |= {"rules": [], "dots": [], "paths": []}
    table = {
        "caption": "Utilisation by department",
        "header": [{"text": "Department", "is_number": False}, {"text": "Utilisation", "is_number": True}],
        "rows": [
            [{"text": name, "is_number": False}, {"text": f"{share}%", "is_number": True}] for name, share in shares
        ],
    }
    block: dict[str, Any] = {
        "name": "sample-block",
        "heading": "Utilisation by department",
        "finding": "Fullest Cardiology with 84%.",
    }
    block |= {"charts": [drawing], "legend": [("done", "Seen"), ("missed", "Missed")], "table": table}
    return block | {"is_folded": False, "is_half": False, "note": "", "csv_url": "#csv", "more_url": "", "more": ""}


def context() -> dict[str, Any]:
    """Everything the gallery's page shows."""
    codes = ["PENDING", "CONFIRMED", "CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW", "FREE", "BOOKED"]
    return {
        "doctors": doctors(),
        "week": week(),
        "clock_note": "Times are by the hospital’s clock (BST), not by the doctor’s own in Kathmandu.",
        "day": day(),
        "day_rows": day_rows(),
        "appointments": appointments(),
        "answers": answers(),
        "statuses": [(code, status_tag_for(code)) for code in codes],
        "filter_form": SampleFilter(prefix="filter"),
        "sample_form": SampleForm(prefix="sample"),
        "broken_form": SampleForm({"broken-email": "not an address"}, prefix="broken"),
        "figure": figure(),
        "error_pages": sorted(ERROR_PAGES),
        "tones": ["success", "info", "warning", "error"],
        "page": {"number": 2, "has_previous": True, "has_next": True},
        "tabs": [
            {"label": "Upcoming", "url": "#upcoming", "is_current": True, "count": 2},
            {"label": "Past", "url": "#past"},
            {"label": "Cancelled", "url": "#cancelled"},
        ],
        "now": _at(14, 30, days=1),
    }
