"""What must be true of the diary at any moment, asked of the database in plain SQL.

Nothing here uses the product's own code, so a mistake there can't hide itself.
"""

from __future__ import annotations

from django.db import connection

HOLDS = "('PENDING', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED', 'NO_SHOW')"
LIVE = "('PENDING', 'CONFIRMED', 'CHECKED_IN')"

QUERIES: dict[str, str] = {
    "two bookings hold one slot": f"""
        SELECT slot_id FROM bookings_booking WHERE status IN {HOLDS} AND slot_id IS NOT NULL
        GROUP BY slot_id HAVING count(*) > 1""",
    # The sequence numbers of the history are drawn under the slot's lock, so they tell the true order.
    "two bookings held one time, says the history": f"""
        SELECT DISTINCT doctor_id, starts_at FROM (
            SELECT booking.doctor_id, booking.starts_at, sum(
                CASE WHEN change.from_status = '' AND change.to_status IN {HOLDS} THEN 1
                     WHEN change.from_status IN {HOLDS} AND change.to_status NOT IN {HOLDS} THEN -1
                     ELSE 0 END
            ) OVER (PARTITION BY booking.doctor_id, booking.starts_at, booking.ends_at ORDER BY change.id) AS held
            FROM bookings_bookingstatuschange AS change
            JOIN bookings_booking AS booking ON booking.id = change.booking_id
        ) AS replay WHERE held > 1""",
    "a slot's state does not agree with its bookings": f"""
        SELECT slot.id, slot.state FROM doctors_slot AS slot
        WHERE (slot.state = 'BOOKED') <> EXISTS (
            SELECT 1 FROM bookings_booking AS booking WHERE booking.slot_id = slot.id AND booking.status IN {HOLDS})""",
    "a live booking has no slot": f"""
        SELECT reference FROM bookings_booking WHERE status IN {LIVE} AND slot_id IS NULL""",
    "a booking's time is not its slot's": f"""
        SELECT booking.reference FROM bookings_booking AS booking JOIN doctors_slot AS slot ON slot.id = booking.slot_id
        WHERE booking.status IN {HOLDS} AND (booking.starts_at, booking.ends_at, booking.doctor_id)
              IS DISTINCT FROM (slot.starts_at, slot.ends_at, slot.doctor_id)""",
    "two slots of a doctor overlap": """
        SELECT one.id, other.id FROM doctors_slot AS one JOIN doctors_slot AS other
        ON one.doctor_id = other.doctor_id AND one.id < other.id
        AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at""",
    "a patient is in two places at once": f"""
        SELECT one.reference, other.reference FROM bookings_booking AS one JOIN bookings_booking AS other
        ON one.patient_id = other.patient_id AND one.id < other.id
        AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.status IN {LIVE} AND other.status IN {LIVE}""",
    "a moved appointment is not cancelled": """
        SELECT old.reference, old.status FROM bookings_booking AS new JOIN bookings_booking AS old
        ON old.id = new.moved_from_id
        WHERE old.status <> 'CANCELLED' OR old.cancellation_reason <> 'Moved to another time'""",
    "a move changed more than the time": """
        SELECT old.reference, new.reference FROM bookings_booking AS new JOIN bookings_booking AS old
        ON old.id = new.moved_from_id
        WHERE (old.patient_id, old.doctor_id, old.calendar_uid) <> (new.patient_id, new.doctor_id, new.calendar_uid)
           OR new.calendar_sequence <= old.calendar_sequence""",
    "two live appointments are one to a calendar": f"""
        SELECT calendar_uid FROM bookings_booking WHERE status IN {LIVE} GROUP BY calendar_uid HAVING count(*) > 1""",
    "an open hold and its slot do not agree": """
        SELECT hold.id FROM bookings_hold AS hold JOIN doctors_slot AS slot ON slot.id = hold.slot_id
        WHERE hold.state = 'OPEN' AND (slot.state <> 'FREE' OR slot.held_until IS DISTINCT FROM hold.until)""",
    "a time is held in place of a cancelled appointment, which gave its own back": """
        SELECT hold.id FROM bookings_hold AS hold JOIN bookings_booking AS booking ON booking.id = hold.booking_id
        WHERE hold.state = 'OPEN' AND booking.status = 'CANCELLED'""",
    "somebody waits for a doctor who has gone": """
        SELECT entry.id FROM bookings_waitingentry AS entry
        JOIN doctors_doctorprofile AS doctor ON doctor.id = entry.doctor_id
        JOIN accounts_user AS account ON account.id = doctor.user_id
        LEFT JOIN bookings_departure AS departure ON departure.doctor_id = doctor.id
        WHERE entry.state = 'WAITING'
          AND (NOT account.is_active OR (departure.id IS NOT NULL AND departure.last_day IS NULL)
               OR departure.last_day < entry.first_day)""",
    "somebody waits who was taken off a list, or is erased": """
        SELECT entry.id FROM bookings_waitingentry AS entry
        JOIN patients_patientprofile AS patient ON patient.id = entry.patient_id
        WHERE entry.state = 'WAITING' AND (patient.removed_at IS NOT NULL OR patient.erased_at IS NOT NULL)""",
    "a slot is kept for nobody": """
        SELECT slot.id FROM doctors_slot AS slot WHERE slot.held_until > now() AND NOT EXISTS (
            SELECT 1 FROM bookings_hold AS hold
            WHERE hold.slot_id = slot.id AND hold.state = 'OPEN' AND hold.until = slot.held_until)""",
    "a hold was accepted, but not booked by its patient": """
        SELECT hold.id FROM bookings_hold AS hold WHERE hold.state = 'ACCEPTED' AND NOT EXISTS (
            SELECT 1 FROM bookings_booking AS booking
            WHERE booking.slot_id = hold.slot_id AND booking.patient_id = hold.patient_id)""",
    "a wish has two offers at once": """
        SELECT entry_id FROM bookings_hold WHERE state = 'OPEN' AND entry_id IS NOT NULL
        GROUP BY entry_id HAVING count(*) > 1""",
    "a wish was granted twice": """
        SELECT entry_id FROM bookings_hold WHERE state = 'ACCEPTED' AND entry_id IS NOT NULL
        GROUP BY entry_id HAVING count(*) > 1""",
    "a history does not hang together": """
        SELECT booking_id, from_status, before FROM (
            SELECT booking_id, from_status,
                   coalesce(lag(to_status) OVER (PARTITION BY booking_id ORDER BY id), '') AS before
            FROM bookings_bookingstatuschange) AS step
        WHERE from_status <> before""",
    "a booking is not where its history ends": """
        SELECT booking.reference, booking.status FROM bookings_booking AS booking
        WHERE booking.status IS DISTINCT FROM (
            SELECT to_status FROM bookings_bookingstatuschange AS change
            WHERE change.booking_id = booking.id ORDER BY change.id DESC LIMIT 1)""",
}


def broken() -> dict[str, list[tuple[object, ...]]]:
    """The rows that break a rule, by the rule's name; empty when all is well."""
    found = {}
    with connection.cursor() as cursor:
        for rule, query in QUERIES.items():
            cursor.execute(query)
            if rows := cursor.fetchall():
                found[rule] = rows
    return found
