"""What the database itself refuses of a clinical record, by whatever road it comes (docs/records.md)."""

from __future__ import annotations

import pgtrigger

from accounts.erasure_triggers import nothing_for_the_erased

# The one thing that may ever become of a signed version: when the law no longer asks to keep the record of a patient
# who is erased, what it says goes, all of it and nothing else, in a transaction that has said so (docs/adr/0012).
_NOT_ERASING = """
    current_setting('hms.erasing', TRUE) IS DISTINCT FROM 'yes'
    OR (NEW.diagnosis, NEW.notes, NEW.instructions, NEW.reason) <> ('', '', '', '')
    OR NEW.diagnosis_code IS NOT NULL OR NEW.follow_up_date IS NOT NULL OR NEW.medications <> '[]'::jsonb
    OR (OLD.id, OLD.record_id, OLD.number, OLD.author_id, OLD.signed_at) IS DISTINCT FROM
        (NEW.id, NEW.record_id, NEW.number, NEW.author_id, NEW.signed_at)
    OR NOT EXISTS (
        SELECT FROM clinical_treatmentrecord AS record
        JOIN bookings_booking AS booking ON booking.id = record.booking_id
        JOIN patients_patientprofile AS patient ON patient.id = booking.patient_id
        WHERE record.id = OLD.record_id AND patient.erased_at IS NOT NULL
    )
"""

VERSION_TRIGGERS = [
    nothing_for_the_erased("no_version_for_the_erased", record="record"),
    pgtrigger.Protect(name="version_is_kept", operation=pgtrigger.Delete),
    pgtrigger.Trigger(
        name="version_is_immutable",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF {_NOT_ERASING} THEN
                RAISE EXCEPTION 'a signed version of a record never changes'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_is_immutable';
            END IF;
            RETURN NEW;
        """,
    ),
    # Numbers follow one another: 1, then one more than the last. Whoever signs holds the lock of the appointment.
    pgtrigger.Trigger(
        name="version_comes_next",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="""
            IF NEW.number <> 1 + COALESCE(
                (SELECT max(number) FROM clinical_treatmentrecordversion WHERE record_id = NEW.record_id), 0
            ) THEN
                RAISE EXCEPTION 'version % does not come next', NEW.number
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_comes_next';
            END IF;
            RETURN NEW;
        """,
    ),
]

EMERGENCY_TRIGGERS = [
    pgtrigger.Protect(name="emergency_access_is_kept", operation=pgtrigger.Delete),
    pgtrigger.ReadOnly(name="emergency_access_stays", fields=["doctor", "patient", "reason", "granted_at", "until"]),
    # What the doctor typed stays as well, until the record of the patient may go: then it goes, to nothing.
    pgtrigger.Trigger(
        name="emergency_words_stay",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("words"),
        func="""
            IF NEW.words IS DISTINCT FROM OLD.words
                AND (NEW.words <> '' OR current_setting('hms.erasing', TRUE) IS DISTINCT FROM 'yes') THEN
                RAISE EXCEPTION 'why records were read in an emergency never changes'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'emergency_words_stay';
            END IF;
            RETURN NEW;
        """,
    ),
    nothing_for_the_erased("no_emergency_access_for_the_erased", patient="patient", doctor="doctor"),
]
