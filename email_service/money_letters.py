"""The words of messages about money: an invoice, and a doctor's month. Never what was done on a visit, nor a patient's
name: subjects show on locked screens, and mails lie open on tables.
"""

from collections.abc import Mapping
from typing import Any

from .letter import Letter, Link
from .wording import date_text, month_before, month_text

Data = Mapping[str, Any]


def invoice(data: Data) -> Letter:
    hospital, url = data["hospital"], data.get("invoice_url")
    where = "You can see it on our site. We'll ask you to sign in."
    if "attachment" in data:
        where = "It's attached as a PDF."
    return Letter(
        subject=f"Invoice {data['number']} from {hospital['name']}",
        heading="Your invoice",
        opening=(f"This is invoice {data['number']} from {hospital['name']}.", where),
        facts=_invoice_facts(data),
        button=Link("See it on our site", url) if url else Link(f"Go to {hospital['name']}", hospital["url"]),
        closing=(f"If anything in it isn't right, {_call(data)}.",),
    )


def _invoice_facts(data: Data) -> tuple[tuple[str, str], ...]:
    visit, due = data.get("visit_day"), data.get("due_on")
    return (
        *((("For", f"Appointment on {date_text(visit)}"),) if visit else ()),
        ("Total", data["total_text"]),
        *((("Please pay by", date_text(due)),) if due else ()),
    )


def monthly_report(data: Data) -> Letter:
    month, before = month_text(data["month"]), month_text(month_before(data["month"]))
    return Letter(
        subject=f"Your report for {month} from {data['hospital']['name']}",
        heading=f"Your report for {month}",
        opening=(f"These are the figures of {data['doctor_name']} for {month}, with those of {before} beside them.",),
        facts=tuple((figure["label"], _beside(figure, before)) for figure in data["figures"]),
        button=Link("See the report", data["report_url"]),
        closing=("You can download it there as a PDF. We'll ask you to sign in.",),
    )


def _beside(figure: Data, month: str) -> str:
    return f"{figure['value']} ({month}: {figure['before']})" if figure["before"] else str(figure["value"])


def _call(data: Data) -> str:
    phone = data["hospital"]["phone"]
    return f"call {phone}" if phone else "contact us"
