"""Nothing new for an erased person (docs/adr/0019): the rule stands in the database, on every table that can get a row
for somebody, so that no road past the services writes what no erasure would ever find again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pgtrigger

# How each kind of owner leads to its `erased_at`. The tables are named, because this room must not know the models
# above it; a test walks all models and their triggers (tests/staff_room/test_nothing_for_the_erased.py).
_OWNERS: Mapping[str, str] = {
    "account": "SELECT FROM accounts_user WHERE id = NEW.{column} AND erased_at IS NOT NULL",
    "patient": "SELECT FROM patients_patientprofile WHERE id = NEW.{column} AND erased_at IS NOT NULL",
    "doctor": """
        SELECT FROM doctors_doctorprofile AS doctor JOIN accounts_user AS account ON account.id = doctor.user_id
        WHERE doctor.id = NEW.{column} AND account.erased_at IS NOT NULL""",
    "booking": """
        SELECT FROM bookings_booking AS booking JOIN patients_patientprofile AS patient
        ON patient.id = booking.patient_id WHERE booking.id = NEW.{column} AND patient.erased_at IS NOT NULL""",
    "record": """
        SELECT FROM clinical_treatmentrecord AS record
        JOIN bookings_booking AS booking ON booking.id = record.booking_id
        JOIN patients_patientprofile AS patient ON patient.id = booking.patient_id
        WHERE record.id = NEW.{column} AND patient.erased_at IS NOT NULL""",
}


def nothing_for_the_erased(name: str, **owners: str) -> pgtrigger.Trigger:
    """Refuses a row whose owner is erased: `field="account"`, "patient", "doctor", or "booking" or "record" (of
    its patient).

    Asked when a row is written and when it is given to somebody else. What the same transaction has erased is seen;
    an erasure that isn't committed yet is held back by the locks of the services (docs/locking.md).
    """
    given = (
        f"(NEW.{field}_id IS DISTINCT FROM OLD.{field}_id AND EXISTS ({_owner_of(field, kind)}))"
        for field, kind in owners.items()
    )
    columns = [f"{field}_id" for field in owners]
    return _refusing(name, " OR ".join(given), pgtrigger.Insert | pgtrigger.UpdateOf(*columns))


def nothing_typed_for_the_erased(
    name: str, *texts: str, owner: tuple[str, str], operation: Any = None
) -> pgtrigger.Trigger:
    """Refuses words in one of `texts` of a row whose owner is erased: an erasure has emptied them for good."""
    typed = " OR ".join(f"(NEW.{text} <> '' AND NEW.{text} IS DISTINCT FROM OLD.{text})" for text in texts)
    return _refusing(name, f"({typed}) AND EXISTS ({_owner_of(*owner)})", operation or pgtrigger.UpdateOf(*texts))


def _owner_of(field: str, kind: str) -> str:
    return _OWNERS[kind].format(column=f"{field}_id")


def _refusing(name: str, condition: str, operation: Any) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        func=f"""
            IF {condition} THEN
                RAISE EXCEPTION 'nothing is written for an erased person'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'nothing_for_the_erased';
            END IF;
            RETURN NEW;
        """,
    )
