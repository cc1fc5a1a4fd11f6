"""What becomes of every field of every table when a person is erased: the register a test walks (docs/adr/0012).

A new field of any model is entered here before it can be merged. What is handed out to the person, `sections.py` and
`collect.py` say; a personal field that is not stands below with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class End(StrEnum):
    AT_ONCE = "emptied, or under a pseudonym, with the erasure"
    ROW = "its whole row goes, within minutes of the erasure"
    LATER = "emptied once the last message has left, three days at most"
    WHEN_DUE = "emptied when the law no longer asks to keep the record"
    INVOICES_DUE = "emptied when the law no longer asks to keep the invoice"
    KEPT = "stays"
    NOBODYS = "says nothing about a person"


@dataclass(frozen=True, slots=True)
class Disposition:
    """`why`: of what stays. `of_doctors`: where it is another one, because their patients' records name them."""

    end: End
    why: str = ""
    of_doctors: End | None = None

    def of(self, *, is_doctor: bool) -> End:
        return self.of_doctors if is_doctor and self.of_doctors else self.end


AT_ONCE, ROW, LATER, WHEN_DUE, INVOICES_DUE, NOBODYS = map(
    Disposition, (End.AT_ONCE, End.ROW, End.LATER, End.WHEN_DUE, End.INVOICES_DUE, End.NOBODYS)
)
Fields = Mapping[str, Disposition]


def _each(disposition: Disposition, names: str) -> Fields:
    return dict.fromkeys(names.split(), disposition)


def _kept(why: str, names: str) -> Fields:
    return _each(Disposition(End.KEPT, why), names)


_KEY = "a number that other rows point to; whose it was nobody can tell"
_FACT = "that there was an appointment, when, with whom and what became of it: the books rest on it (ADR 0012)"
_TRAIL = "the audit trail: numbers, IP addresses and reasons staff typed, kept to show that data is handled rightly"
_STATE = "says under the pseudonym what the account is and was, and tells its row from a later one after a restore"
_DIARY = "which times were offered: the appointments of patients lie in them"
_DOCTOR = "what the hospital offered, without a name; the books and the figures rest on it"
_WISH = "who was offered a freed time and why, under the pseudonym: days and hours, nothing typed"
_SIGNED = "that a doctor signed a record of the visit, and when: what it said is gone by then"
_MONTH = "counts and sums of a doctor's month, under the pseudonym: the books rest on what they sum up"
_LOOKED = "that a doctor read records in an emergency, of whom and when: who may read is answered for by it"
_OF_THE_PATIENT = "says why the patient's records had to be read: it goes with the record of the patient"
_BOOKS = "the books: numbers, days and amounts of an invoice are kept for the tax office, and the figures rest on them"
_LAW = "who issued it, what for and by whose hospital: a part the law asks of every invoice"
_PAID_BY = "by which the bank knows a payment: without it nobody could prove that it came in"
_RANDOM = "random, or a digest that only our key makes, to tell the same form sent twice"
_SENT_ONCE = dict.fromkeys(("idempotency_key", "request_fingerprint"), _RANDOM)
_DELIVERY = "that a message was sent and when, without what it said or to whom: proof that people were told"

FATES: Mapping[str, Fields] = {
    # accounts
    "accounts.user": {
        **_each(AT_ONCE, "password last_login username email phone email_verified is_active"),
        **_each(Disposition(End.AT_ONCE, of_doctors=End.WHEN_DUE), "full_name search_name"),
        **_kept(_KEY, "id"),
        **_kept(_STATE, "role date_joined erased_at is_staff is_superuser security_stamp"),
    },
    "accounts.user_groups": _each(ROW, "id user group"),
    "accounts.user_user_permissions": _each(ROW, "id user permission"),
    "accounts.session": _each(
        ROW, "session_key session_data expire_date user created_at last_seen_at ip browser pending_user"
    ),
    "accounts.invitation": _each(ROW, "id user digest invited_by sent_at expires_at"),
    "account.emailaddress": _each(ROW, "id user email verified primary"),
    "account.emailconfirmation": _each(ROW, "id email_address created sent key"),
    "mfa.authenticator": _each(ROW, "id user type data created_at last_used_at"),
    # patients
    "patients.patientprofile": {
        **_each(AT_ONCE, "own_name own_search_name own_phone own_email address relationship guardian removed_at"),
        **_each(AT_ONCE, "emergency_contact_name emergency_contact_phone"),
        **_each(WHEN_DUE, "date_of_birth blood_group medical_history allergies"),
        **_kept(_KEY, "id user"),
        **_kept(_STATE, "created_at erased_at"),
    },
    # doctors
    "doctors.doctorprofile": {
        **_each(AT_ONCE, "biography room"),
        **_each(WHEN_DUE, "licence_number slug qualification"),
        **_kept(_KEY, "id user"),
        **_kept(_DOCTOR, "department specialization search_specialization years_of_experience consultation_fee_cents"),
        **_kept(_DOCTOR, "is_accepting confirms_automatically marks_no_shows time_zone min_notice booking_window"),
        **_kept(_DOCTOR, "cancel_cutoff rating_count rating_sum created_at"),
        **_kept("who let them in is the hospital's to answer for", "approved_at approved_by"),
    },
    "doctors.slot": _kept(_DIARY, "id doctor starts_at ends_at state source held_until closed_by_calendar created_at"),
    "doctors.weeklyhours": _kept(
        _DIARY, "id doctor weekday starts ends slot_minutes buffer_minutes valid_from valid_until every_weeks"
    ),
    "doctors.timeoff": {
        **_each(AT_ONCE, "note"),
        **_kept(_DIARY, "id doctor starts_at ends_at created_by created_at"),
    },
    "doctors.department": _each(NOBODYS, "id name slug description"),
    "doctors.closure": _each(NOBODYS, "id name starts_at ends_at created_by created_at"),
    # bookings
    "bookings.booking": {
        **_each(AT_ONCE, "conflict cancellation_reason calendar_note idempotency_key request_fingerprint"),
        **_each(WHEN_DUE, "reason notes"),
        **_kept(_FACT, "id uid reference slot doctor patient booked_by starts_at ends_at status fee_cents moved_from"),
        **_kept(_FACT, "cancelled_at cancelled_by reminder_queued_at created_at"),
        **_kept("a random number by which calendars knew it", "calendar_uid calendar_sequence"),
        **_kept("the same: a random number, of no use once the event is gone", "doctor_event_id patient_event_id"),
    },
    "bookings.bookingstatuschange": {
        **_each(AT_ONCE, "reason"),
        **_kept(_FACT, "id booking from_status to_status by at"),
    },
    "bookings.waitingentry": _kept(
        _WISH, "id patient doctor asked_by first_day last_day weekdays earliest latest state created_at"
    ),
    "bookings.hold": _kept(_WISH, "id slot patient entry booking until state created_at answered_at"),
    "bookings.review": {
        **_each(AT_ONCE, "text"),
        **_kept("the doctor's rating counts it; without words it is nobody's", "id booking rating created_at"),
        **_kept("that staff hid it is theirs to answer for", "hidden_at hidden_by"),
    },
    "bookings.calendarfeed": _each(ROW, "id user digest sealed_token created_at"),
    "bookings.departure": _kept(
        "what the diary and the cancellations of that time rest on",
        "id doctor last_day time_off decided_by decided_at completed_at",
    ),
    # clinical
    "clinical.treatmentrecord": _kept(_FACT, "id booking created_at"),
    "clinical.recorddraft": _each(ROW, "record author revision typed saved_at"),
    "clinical.treatmentrecordversion": {
        **_each(WHEN_DUE, "diagnosis diagnosis_code notes medications instructions follow_up_date reason"),
        **_kept(_SIGNED, "id record number author signed_at"),
    },
    "clinical.emergencyaccess": {
        **_each(Disposition(End.WHEN_DUE, _OF_THE_PATIENT, of_doctors=End.KEPT), "words"),
        **_kept(_LOOKED, "id doctor patient reason granted_at until reviewed_at reviewed_by"),
    },
    "clinical.recordanswer": _each(NOBODYS, "id request_id place at"),
    # billing
    "billing.billingseries": _each(NOBODYS, "id code year last"),
    "billing.invoice": {
        **_each(INVOICES_DUE, "buyer_name buyer_address"),
        **_kept(_BOOKS, "id patient doctor booking take occasion visit_day currency number series year sequence"),
        **_kept(_BOOKS, "discount_cents net_cents tax_cents total_cents created_at revision issued_at due_on"),
        **_kept(_LAW, "created_by issued_by seller_name seller_address seller_phone seller_tax_number"),
        **_kept(_RANDOM, "idempotency_key request_fingerprint"),
    },
    "billing.invoiceline": {
        **_each(INVOICES_DUE, "description"),
        **_kept(_BOOKS, "id invoice position quantity unit_cents discount_cents net_cents share_cents category rate"),
    },
    "billing.taxtotal": _kept(_BOOKS, "id invoice category rate taxable_cents tax_cents words code"),
    "billing.payment": {
        **_each(INVOICES_DUE, "reason"),
        **_kept(_BOOKS, "id invoice amount_cents method received_at received_by takes_back attempt"),
        **_kept(_PAID_BY, "reference"),
        **_kept(_RANDOM, "idempotency_key request_fingerprint"),
    },
    "billing.creditnote": {
        **_each(INVOICES_DUE, "reason"),
        **_kept(_BOOKS, "id invoice number series year sequence issued_at issued_by net_cents tax_cents total_cents"),
        **_kept(_RANDOM, "idempotency_key request_fingerprint"),
    },
    "billing.creditline": _kept(_BOOKS, "id credit_note line net_cents tax_cents"),
    "billing.refund": {
        **_each(INVOICES_DUE, "reason"),
        **_kept(_BOOKS, "id credit_note amount_cents method refunded_at refunded_by takes_back"),
        **_kept(_PAID_BY, "reference"),
        **_kept(_RANDOM, "idempotency_key request_fingerprint"),
    },
    "billing.billingdecision": _kept(_FACT, "booking status outcome decided_at"),
    "billing.doctorfees": _kept(_DOCTOR, "doctor late_cancellation_percent missed_visit_percent"),
    # reports
    "reports.monthlyreport": _kept(_MONTH, "id doctor month currency figures before made_at"),
    # exports
    "exports.export": _each(
        ROW,
        "id owner subject kind options status done total attempts lease leased_until failure requested_at due_at "
        "started_at finished_at expires_at file_name content_type size",
    ),
    "exports.exportfile": _each(ROW, "export content"),
    # integrations
    "integrations.outgoingmessage": {
        **_each(LATER, "content mailbox last_error"),
        **_kept(_DELIVERY, "id message_id channel action status attempts due_at expires_at lease_until created_at"),
        **_kept(_DELIVERY, "settled_at content_erased_at"),
        **_kept("numbers of rows, or a keyed digest that nobody can read back", "dedupe_key stream"),
    },
    "integrations.googleconnection": {
        **_each(ROW, "id user sealed_token scopes google_email status connected_at broken_at told_at backfilled_at"),
        **_each(ROW, "closes_busy_times busy_looked_at"),
    },
    "integrations.channelstate": _each(NOBODYS, "channel holder lease_until failing_since paused_until"),
    "integrations.jobrun": _each(NOBODYS, "task first_started_at started_at finished_at succeeded_at error items_left"),
    # privacy
    "privacy.erasure": {
        **_kept("that it was done to whom and why", "id user patient pseudonym reason"),
        **_kept("by whom and when", "erased_by erased_at"),
        **_kept("what is still to do", "record_due record_erased_at messages_erased_at"),
        **_each(LATER, "streams"),
    },
    # The trail, and Django's own
    "audit.entry": {
        **_kept(_TRAIL, "pgh_id pgh_created_at pgh_label pgh_context_id model object_id name about changed before"),
        **_kept(_TRAIL, "after details actor actor_role address request_id place reason"),
    },
    "audit.suppressed": _kept(
        "counts by account number or network; told as a sum and deleted every quarter of an hour",
        "id quarter kind source address number",
    ),
    "admin.logentry": {
        **_each(AT_ONCE, "object_repr change_message"),
        **_kept(_TRAIL, "id action_time user content_type object_id action_flag"),
    },
    "auth.permission": _each(NOBODYS, "id name content_type codename"),
    "auth.group": _each(NOBODYS, "id name"),
    "auth.group_permissions": _each(NOBODYS, "id group permission"),
    "contenttypes.contenttype": _each(NOBODYS, "id app_label model"),
    # Not written to here: sessions are accounts.session, the trail is audit.entry.
    "sessions.session": _each(NOBODYS, "session_key session_data expire_date"),
    "pghistory.context": _each(NOBODYS, "id created_at updated_at metadata"),
}

# Tables without a model, each with what becomes of what it may hold.
OTHER_TABLES: Mapping[str, str] = {
    "django_migrations": "says nothing about a person",
    "hms_cache": "numbers of accounts and digests, each with an end; unsent forms, sealed, which an erasure forgets",
}

# What was written outside the database, each with what becomes of it; a test proves each.
ELSEWHERE: Mapping[str, str] = {
    "events in Google calendars": "a patient's are deleted, the doctor's and guardian's too; a doctor's name stays",
    "the list of erasures beside the backups": "numbers of rows and the pseudonym: it is there to erase again",
}

# Tables that point to people and are not handed out as such, each with why.
NOT_HANDED_OUT: Mapping[str, str] = {
    "accounts.groupofuser": "which kind of staff someone is: no data of a patient or a doctor",
    "accounts.permissionofuser": "the same",
    "accounts.user_groups": "the same table as accounts.groupofuser",
    "accounts.user_user_permissions": "the same table as accounts.permissionofuser",
    "admin.logentry": "what staff did in the admin: the audit trail, which is handed out, tells it in full",
    "audit.entry": "handed out by privacy/collect.py itself: it names the rows it is about",
    "clinical.recorddraft": "not signed: what a doctor is still thinking is no record of the patient yet",
    "exports.exportfile": "a file made of what is handed out; its owner downloads it as it is",
    "integrations.outgoingmessage": "handed out by privacy/collect.py itself: it points to people by its stream",
}

# Personal, in a table that is handed out, and still not handed out.
_LETS_IN = "a secret, or a copy of one: whoever reads it could act as its owner"
_COPY = "a copy of another field, made for searching"
_STAMP = "a count, bound into sessions: it says nothing but how often all access was ended"
_OTHERS = "about who did it, not about the person; people are named by their role where it is handed out"
NOT_HANDED_OUT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "accounts.user": {"password": _LETS_IN, "search_name": _COPY, "security_stamp": _STAMP},
    "accounts.session": {"session_key": _LETS_IN, "session_data": _LETS_IN},
    "accounts.invitation": {"id": _KEY, "user": "their own", "digest": _LETS_IN, "invited_by": _OTHERS},
    "account.emailconfirmation": dict.fromkeys(
        ("id", "email_address", "created", "sent", "key"), "no rows: links are signed"
    ),
    "mfa.authenticator": {"data": _LETS_IN},
    "patients.patientprofile": {"own_search_name": _COPY},
    "doctors.doctorprofile": {"search_specialization": _COPY},
    "bookings.booking": dict.fromkeys(
        ("idempotency_key", "request_fingerprint"), "random, to tell the same form sent twice"
    ),
    "bookings.calendarfeed": {"digest": _LETS_IN, "sealed_token": _LETS_IN},
    "clinical.emergencyaccess": {"reviewed_by": _OTHERS},
    "billing.invoice": {**_SENT_ONCE, "revision": "counts the changes of a draft"},
    "billing.payment": _SENT_ONCE,
    "billing.creditnote": _SENT_ONCE,
    "billing.refund": _SENT_ONCE,
    "exports.export": dict.fromkeys(
        ("options", "done", "total", "attempts", "lease", "leased_until", "failure", "due_at"),
        "how a worker makes the file",
    ),
    "integrations.googleconnection": {"sealed_token": _LETS_IN},
    "audit.suppressed": dict.fromkeys(
        ("id", "quarter", "kind", "source", "address", "number"), "handed out as the entry it becomes"
    ),
}


def dispositions() -> Iterator[tuple[str, str, Disposition]]:
    """Table, field, and what becomes of it."""
    for label, fields in FATES.items():
        for name, disposition in fields.items():
            yield label, name, disposition
