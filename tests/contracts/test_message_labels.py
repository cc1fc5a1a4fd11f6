"""Every kind of message has a name staff read, and no name is left of one that is no more."""

from __future__ import annotations

from typing import get_args

from bookings.calendars.events import Operation
from email_service import contract
from integrations import choices

OF_CALENDARS = {f"EVENT_{operation.upper()}" for operation in get_args(Operation)} | {"CALENDAR_LEAVE"}


def test_every_kind_of_message_has_a_name() -> None:
    assert choices._MESSAGES.keys() == contract.ACTIONS.keys() | OF_CALENDARS
    assert choices.message_label("BOOKING_CONFIRMATION") == "Appointment confirmed"


def test_one_that_is_no_more_is_told_by_its_letters() -> None:
    assert choices.message_label("SOMETHING_OLD") == "Something old"
