"""What the audit trail tells of."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    """The first three are written by the database itself, the others by `audit.services.record`."""

    INSERT = "insert", "Created"
    UPDATE = "update", "Changed"
    DELETE = "delete", "Deleted"

    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out"
    SIGN_IN_REFUSED = "sign_in_refused", "Sign-in refused"
    SIGN_IN_THROTTLED = "sign_in_throttled", "Sign-in refused, too many tries"
    THROTTLED = "throttled", "Too many tries"
    ADDRESS_TAKEN = "address_taken", "Somebody else tried to use the e-mail address"
    REAUTHENTICATION_REFUSED = "reauthentication_refused", "Could not confirm who they are"
    SESSION_ENDED = "session_ended", "Session ended"
    PASSWORD_CHANGED = "password_changed", "Password changed"
    PASSWORD_RESET = "password_reset", "Password set by mailed link"
    PASSWORD_LINK_SENT = "password_link_sent", "Link to choose a password sent by staff"
    SECOND_FACTOR_ADDED = "second_factor_added", "Second factor added"
    SECOND_FACTOR_REMOVED = "second_factor_removed", "Second factor removed"
    SECOND_FACTOR_REFUSED = "second_factor_refused", "Second factor refused"
    RECOVERY_CODES_MADE = "recovery_codes_made", "Recovery codes made"
    RECOVERY_CODES_SEEN = "recovery_codes_seen", "Recovery codes looked at"
    RECOVERY_CODE_USED = "recovery_code_used", "Recovery code used"

    REFUSED = "refused", "Not allowed"
    REFUSALS_SUPPRESSED = "refusals_suppressed", "Refusals counted, not written one by one"
    EXPORTED = "exported", "Taken away as a file"
    PERSONAL_DATA_READ = "personal_data_read", "Personal data read"
    PERSONAL_DATA_EXPORTED = "personal_data_exported", "Personal data handed out"
    PERSONAL_DATA_ERASED = "personal_data_erased", "Personal data erased"


# What the triggers write, and what an attacker can cause at will (so that its number is limited).
CHANGES = frozenset({Kind.INSERT, Kind.UPDATE, Kind.DELETE})
REFUSALS = frozenset(
    {Kind.SIGN_IN_REFUSED, Kind.SIGN_IN_THROTTLED, Kind.SECOND_FACTOR_REFUSED, Kind.REAUTHENTICATION_REFUSED}
    | {Kind.REFUSED, Kind.THROTTLED, Kind.ADDRESS_TAKEN}
)
