"""What the audit trail tells of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """The first three are written by the database itself, the others by `audit.services.record`."""

    INSERT = "insert", _("Created")
    UPDATE = "update", _("Changed")
    DELETE = "delete", _("Deleted")

    SIGNED_IN = "signed_in", _("Signed in")
    SIGNED_OUT = "signed_out", _("Signed out")
    SIGN_IN_REFUSED = "sign_in_refused", _("Sign-in refused")
    SIGN_IN_THROTTLED = "sign_in_throttled", _("Sign-in refused, too many attempts")
    THROTTLED = "throttled", _("Too many attempts")
    ADDRESS_TAKEN = "address_taken", _("Someone else tried to use the e-mail address")
    REAUTHENTICATION_REFUSED = "reauthentication_refused", _("Couldn’t confirm who they are")
    SESSION_ENDED = "session_ended", _("Session ended")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password set by mailed link")
    PASSWORD_LINK_SENT = "password_link_sent", _("Link to choose a password sent by staff")
    SECOND_FACTOR_ADDED = "second_factor_added", _("Second factor added")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("Second factor removed")
    SECOND_FACTOR_REFUSED = "second_factor_refused", _("Second factor refused")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Recovery codes made")
    RECOVERY_CODES_SEEN = "recovery_codes_seen", _("Recovery codes looked at")
    RECOVERY_CODE_USED = "recovery_code_used", _("Recovery code used")

    REFUSED = "refused", _("Not allowed")
    REFUSALS_SUPPRESSED = "refusals_suppressed", _("Refusals counted, not written one by one")
    EXPORTED = "exported", _("Exported as a file")
    RECORD_READ = "record_read", _("Clinical record read")
    EMERGENCY_ACCESS = "emergency_access", _("Emergency access to clinical records")
    EMERGENCY_REFUSED = "emergency_refused", _("Emergency access refused")
    PERSONAL_DATA_READ = "personal_data_read", _("Personal data read")
    PERSONAL_DATA_EXPORTED = "personal_data_exported", _("Copy of personal data given out")
    PERSONAL_DATA_ERASED = "personal_data_erased", _("Personal data erased")


# What the triggers write, and what an attacker can cause at will (so that its number is limited).
CHANGES = frozenset({Kind.INSERT, Kind.UPDATE, Kind.DELETE})
REFUSALS = frozenset(
    {Kind.SIGN_IN_REFUSED, Kind.SIGN_IN_THROTTLED, Kind.SECOND_FACTOR_REFUSED, Kind.REAUTHENTICATION_REFUSED}
    | {Kind.REFUSED, Kind.THROTTLED, Kind.ADDRESS_TAKEN, Kind.EMERGENCY_REFUSED}
)
