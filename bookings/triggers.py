"""What the database itself refuses of an appointment and of its history, by whatever road it comes."""

from __future__ import annotations

import pgtrigger

from accounts.erasure_triggers import nothing_for_the_erased, nothing_typed_for_the_erased

# The columns of what people write about an appointment: the erasure of its patient empties all of it, for good.
TYPED = ("reason", "notes", "attention", "cancellation_reason", "calendar_note")
# The one thing that may ever change in a history: what somebody typed there is erased (docs/adr/0012). Nothing but
# the text, to nothing, and only in a transaction that has said so; so that no other road can do it by mistake.
NOT_ERASING = """
    NOT (
        current_setting('hms.erasing', TRUE) IS NOT DISTINCT FROM 'yes' AND NEW.reason = ''
        AND (OLD.id, OLD.booking_id, OLD.from_status, OLD.to_status, OLD.by_id, OLD.at) IS NOT DISTINCT FROM
            (NEW.id, NEW.booking_id, NEW.from_status, NEW.to_status, NEW.by_id, NEW.at)
    )
"""

BOOKING_TRIGGERS = [
    pgtrigger.Protect(name="booking_is_kept", operation=pgtrigger.Delete),
    pgtrigger.ReadOnly(
        name="booking_facts_stay",
        fields=[
            "uid",
            "reference",
            "doctor",
            "patient",
            "booked_by",
            "moved_from",
            "starts_at",
            "ends_at",
            "created_at",
        ],
    ),
    nothing_for_the_erased("no_booking_for_the_erased", patient="patient", doctor="doctor"),
    nothing_typed_for_the_erased("no_words_for_the_erased", *TYPED, owner=("patient", "patient")),
]

HISTORY_TRIGGERS = [
    pgtrigger.Protect(name="history_is_kept", operation=pgtrigger.Delete),
    pgtrigger.Protect(
        name="history_is_immutable", operation=pgtrigger.Update, condition=pgtrigger.Condition(NOT_ERASING)
    ),
    # A step is still taken, such as a visit of long ago marked as missed; words about it are not.
    nothing_typed_for_the_erased(
        "no_reason_about_the_erased", "reason", owner=("booking", "booking"), operation=pgtrigger.Insert
    ),
]
