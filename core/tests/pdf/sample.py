"""A record's page for the tests and the measurement, in the cast's own languages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.pdf.maker import make_pdf

TEMPLATE = Path(__file__).with_name("sample.typ")
MADE_AT = datetime(2026, 8, 6, 14, 5, tzinfo=UTC)
MEDICINE = {
    "name": "Hydrochlorothiazide",
    "dose": "12.5 mg",
    "route": "by mouth",
    "frequency": "once a day, in the morning",
    "duration": "12 weeks",
    "instructions": "with food\nلا تأخذه ليلاً",
}
FACTS: dict[str, Any] = {
    "labels": {
        "patient": "Patient",
        "doctor": "Doctor",
        "visit": "Visit",
        "diagnosis": "Diagnosis",
        "notes": "Notes",
        "medicines": "Medicines",
        "columns": ["Medicine", "Dose", "Route", "How often", "For how long", "Instructions"],
        "instructions": "Instructions",
        "versions": "Versions",
    },
    "patient": "Priya Sharma (प्रिया शर्मा)",
    "doctor": "Dr Ana Müller-Øst",
    "visit": "Thursday 6 August 2026, 2:30pm",
    "allergies": "Penicillin: rash",
    "diagnosis": "Essential hypertension",
    "notes": "Patient: प्रिया क्षत्रिय को उच्च रक्तचाप है।\n\nضغط الدم 150/95 وتتناول Amlodipine 5 mg منذ 12 أسبوعًا.",
    "medicines": [MEDICINE],
    "instructions": "Come back if you feel dizzy.",
    "versions": ["Version 1, signed by Dr Ana Müller-Øst on 6 August 2026, 3:05pm"],
}


def sample_pdf(*, language: str = "en-gb", template: Path = TEMPLATE, **other: Any) -> bytes:
    """The page, with `other` facts in place of its own."""
    return make_pdf(
        template,
        FACTS | other,
        title="Medical record",
        language=language,
        made_at=MADE_AT,
        running="Priya Sharma, born 1 May 1981",
    )
