"""What became of each sample invoice: plain data for those people look at, by chance for all others. Pure."""

from __future__ import annotations

from enum import Enum
from random import Random

from billing.choices import Method


class InvoiceStory(Enum):
    """What happened to an invoice once it was issued."""

    PAID = "paid"
    PART_PAID = "half of it paid"
    OPEN = "not paid"
    CREDITED = "paid, and a quarter given back"
    CANCELLED = "issued by mistake, and credited"


# Doctor, patient, day of the visit as in sample_data/visits.py.
STORIES = {
    ("dr_smith", "john_doe", -41): (InvoiceStory.PAID, Method.CARD),
    ("dr_smith", "john_doe", -20): (InvoiceStory.PART_PAID, Method.CASH),
    ("dr_johnson", "john_doe", -7): (InvoiceStory.OPEN, Method.CASH),
    ("dr_brown", "jane_patient", -33): (InvoiceStory.CREDITED, Method.CARD),
    ("dr_brown", "jane_patient", -9): (InvoiceStory.OPEN, Method.CASH),
    ("dr_obrien", "walter_doe", -14): (InvoiceStory.PAID, Method.INSURANCE),
    ("dr_alvarez", "sven_j", -6): (InvoiceStory.CANCELLED, Method.CASH),
    ("dr_obrien", "oscar_w", -8): (InvoiceStory.PAID, Method.ONLINE),
    ("dr_nguyen", "zoe_b", -5): (InvoiceStory.PAID, Method.CASH),
}
# What a missed visit and a late cancellation cost with one of the doctors, in percent of the fee.
FEES = {"dr_johnson": (30, 50)}

_OF_1000 = {
    InvoiceStory.PAID: 895,
    InvoiceStory.PART_PAID: 30,
    InvoiceStory.OPEN: 65,
    InvoiceStory.CREDITED: 6,
    InvoiceStory.CANCELLED: 4,
}
_METHODS_OF_100 = {Method.CARD: 45, Method.CASH: 20, Method.INSURANCE: 22, Method.ONLINE: 13}
WHY = {
    InvoiceStory.CREDITED: "Shorter than planned: a quarter of the fee is given back.",
    InvoiceStory.CANCELLED: "Issued by mistake.",
}


def story_of(dice: Random) -> tuple[InvoiceStory, Method]:
    """Drawn by chance."""
    story = dice.choices(list(_OF_1000), list(_OF_1000.values()))[0]
    return story, dice.choices(list(_METHODS_OF_100), list(_METHODS_OF_100.values()))[0]


def reference_of(method: Method, number: str) -> str:
    """As a terminal, a provider or an insurer would give it; made up."""
    digits = number.partition("-")[2].replace("-", "")
    return {Method.CARD: f"T{digits}", Method.ONLINE: f"pay-{digits}", Method.INSURANCE: f"Claim {digits}"}.get(
        method, ""
    )
