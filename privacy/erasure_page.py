"""The words of an erasure: what goes, what stays, and why. All of it, field by field: privacy/register.py."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formats import long_date
from privacy.data_subjects import DataSubject
from privacy.erasing import ErasurePreview


def goes(person: DataSubject, ahead: ErasurePreview) -> list[str]:
    """What is erased at once."""
    said = [_way_to_reach(person)]
    if person.user:
        said.append(_("Sessions, forms not sent yet, the calendar address and the Google Calendar connection"))
    said.append(
        _("The content and recipients of messages to them, and to doctors about them, once the last one has been sent")
    )
    said.append(_("Names in the admin’s own log"))
    if person.doctor:
        said.append(_("Biography, room, and the notes on time off"))
    if person.patient:
        said.append(_("Address and emergency contact"))
        if ahead.appointments:
            said.append(_("Why appointments were cancelled, whoever wrote it"))
        if ahead.records:
            said.append(_("Drafts of treatment records that aren’t signed"))
            said += [_records_gone(ahead.records)] if ahead.record_due is None else []
        if ahead.invoice_drafts:
            said.append(_("Invoices that aren’t issued yet"))
    if ahead.reviews:
        said.append(_reviews(ahead.reviews))
    if ahead.cared_for:
        said.append(_ties(ahead.cared_for))
    return said


def _way_to_reach(person: DataSubject) -> str:
    if person.doctor:
        return _("Username, e-mail addresses, phone number, password and second sign-in steps")
    if person.user:
        return _("Name, username, e-mail addresses, phone number, password and second sign-in steps")
    return _("Name, e-mail address and phone number")


def _records_gone(number: int) -> str:
    return ngettext(
        "What %(number)d treatment record says, with its earlier versions",
        "What %(number)d treatment records say, with their earlier versions",
        number,
    ) % {"number": number}


def _records_kept(number: int, until: date) -> str:
    return ngettext(
        "%(number)d treatment record, as signed, under a pseudonym: kept until %(day)s, as the law requires. "
        "Erased automatically after that",
        "%(number)d treatment records, as signed, under a pseudonym: kept until %(day)s, as the law requires. "
        "Erased automatically after that",
        number,
    ) % {"number": number, "day": long_date(until)}


def _reviews(number: int) -> str:
    return ngettext(
        "The text of %(number)d review (the stars stay, without a name)",
        "The text of %(number)d reviews (the stars stay, without a name)",
        number,
    ) % {"number": number}


def _ties(number: int) -> str:
    return ngettext(
        "The link to %(number)d person they care for, whose own record is kept but who’ll then have no address here",
        "The link to %(number)d people they care for, whose own records are kept but who’ll then have no address here",
        number,
    ) % {"number": number}


def stays(person: DataSubject, ahead: ErasurePreview, years: int) -> list[str]:
    """What is kept, until when, and why."""
    return [
        *(_record(person, years) if ahead.record_due else ()),
        *([_records_kept(ahead.records, ahead.record_due)] if ahead.records and ahead.record_due else ()),
        *([_appointments(ahead.appointments)] if ahead.appointments else ()),
        *([_invoices(ahead.invoices)] if ahead.invoices else ()),
        *([_("Which days they would have come from a waiting list, under a pseudonym")] if person.patient else ()),
        _(
            "The audit trail: which account did what and when, by numbers instead of names, from which IP address, and "
            "the reasons staff typed. It shows that data is handled rightly (GDPR Art. 5(2))."
        ),
        _("Backups, until they are overwritten."),
    ]


def _record(person: DataSubject, years: int) -> list[str]:
    said, law = [], {"years": years}
    if person.patient:
        said.append(
            _(
                "Date of birth, blood group, allergies, medical history, and why they came, under a pseudonym: "
                "the law requires %(years)d years after the last visit, longer for children (GDPR Art. 17(3)). "
                "Erased automatically after that"
            )
            % law
        )
    if person.doctor:
        said.append(
            _(
                "The name on the appointments of patients: the law requires %(years)d years after the last visit, "
                "longer for children (GDPR Art. 17(3)). Erased automatically after that"
            )
            % law
        )
    return said


def _appointments(number: int) -> str:
    return ngettext(
        "%(number)d appointment: day, doctor, outcome, fee. Under a pseudonym, for the accounts",
        "%(number)d appointments: day, doctor, outcome, fee. Under a pseudonym, for the accounts",
        number,
    ) % {"number": number}


def _invoices(number: int) -> str:
    years = settings.INVOICE_RETENTION_YEARS
    return ngettext(
        "%(number)d invoice, with name and address, payments and credit notes: the law requires %(years)d years. "
        "What tells who it was is erased automatically after that",
        "%(number)d invoices, with name and address, payments and credit notes: the law requires %(years)d years. "
        "What tells who it was is erased automatically after that",
        number,
    ) % {"number": number, "years": years}
