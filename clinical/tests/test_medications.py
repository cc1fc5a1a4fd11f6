"""The one validator of medicines, and what is pointed out of how they are written (F1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clinical.choices import DIAGNOSIS_SYSTEMS, MEDICINE_SYSTEMS
from clinical.content import RecordContent
from clinical.medications import (
    MOST,
    Code,
    InvalidCode,
    InvalidMedications,
    Medication,
    allergy_found,
    code_from,
    medications_from,
    unexplained_allergies,
    writing_warnings,
)
from clinical.rules import DiagnosisMissing, ReasonMissing, check_amendment, check_content
from clinical.visit.forms import RecordForm
from core.text.visible import visible_length

PLAIN = {"name": "Amoxicillin", "dose": "500 mg", "frequency": "three times a day"}
ICD_10, ICD_11, SNOMED = DIAGNOSIS_SYSTEMS
ATC, RX_NORM, _SNOMED = MEDICINE_SYSTEMS


def test_what_is_said_comes_back_as_it_was() -> None:
    full = {
        **PLAIN,
        "route": "by mouth",
        "as_needed": True,
        "as_needed_for": "pain",
        "duration": "7 days",
        "instructions": "After meals.\nWith water.",
        "allergy_reason": "Tested since",
        "code": {"system": ATC, "code": "J01CA04", "display": "amoxicillin"},
    }

    [medication] = medications_from([full])

    assert medication.as_json() == full
    assert Medication.from_json(full) == medication


def test_dosage_is_another_word_for_dose() -> None:
    [medication] = medications_from([{"name": "A", "dosage": "1 g", "frequency": "daily"}])

    assert medication.dose == "1 g"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({}, "name"),
        ({**PLAIN, "dose": "  "}, "dose"),
        ({**PLAIN, "frequency": None}, "frequency"),
        ({**PLAIN, "name": 7}, "name"),
        ({**PLAIN, "name": "A\x00"}, "name"),
        ({**PLAIN, "name": "two\nlines"}, "name"),
        ({**PLAIN, "dose": "\u200b\u200b\u200b"}, "dose"),
        ({**PLAIN, "instructions": "x" * 1_001}, "instructions"),
        ({**PLAIN, "as_needed": "yes"}, "as_needed"),
        ({**PLAIN, "as_needed_for": "pain"}, "as_needed_for"),
        ({**PLAIN, "colour": "red"}, ""),
        ({**PLAIN, "code": {"system": "made up", "code": "1"}}, "code"),
        ({**PLAIN, "code": "J01CA04"}, "code"),
        ("Amoxicillin", ""),
    ],
)
def test_what_can_not_be_read_is_said_by_row_and_field(row: Any, field: str) -> None:
    with pytest.raises(InvalidMedications) as refused:
        medications_from([PLAIN, row])

    assert (1, field) in refused.value.errors
    assert {number for number, _ in refused.value.errors} == {1}


@pytest.mark.parametrize("rows", [None, "x", {}, {"0": PLAIN}, 3])
def test_medicines_are_a_list(rows: Any) -> None:
    with pytest.raises(InvalidMedications):
        medications_from(rows)


def test_a_record_holds_thirty_medicines() -> None:
    assert len(medications_from([PLAIN] * MOST)) == MOST == 30
    with pytest.raises(InvalidMedications):
        medications_from([PLAIN] * (MOST + 1))


@pytest.mark.parametrize(
    ("system", "code"),
    [(ICD_10, "J45.9"), (ICD_10, "i10"), (ICD_11, "CA23.0"), (ICD_11, "5A11"), (SNOMED, "38341003")],
)
def test_codes_of_each_system(system: str, code: str) -> None:
    assert code_from({"system": system, "code": f" {code} "}, DIAGNOSIS_SYSTEMS) == Code(
        system=system, code=code.upper()
    )


@pytest.mark.parametrize(
    "given",
    [
        {"system": ICD_10, "code": "45.9"},
        {"system": ICD_10, "code": ""},
        {"system": ICD_11, "code": "J45.9"},
        {"system": SNOMED, "code": "12345"},
        {"system": SNOMED, "code": "0123456789"},
        {"system": RX_NORM, "code": "723"},  # of medicines, not of diagnoses
        {"system": ICD_10, "code": "J45.9", "display": "x" * 201},
        {"system": ICD_10, "code": "J45.9", "version": "2019"},
        {"system": ICD_10, "code": 45},
        {"system": ICD_10, "code": "J٤5"},
        {"system": ICD_11, "code": "CA٢3"},
        {"system": SNOMED, "code": "3834١٠٠3"},
        ["J45.9"],
    ],
)
def test_what_is_no_code(given: Any) -> None:
    with pytest.raises(InvalidCode):
        code_from(given, DIAGNOSIS_SYSTEMS)


@pytest.mark.parametrize(("system", "code"), [(ATC, "J٠1CA04"), (ATC, "J01CA٠٤"), (RX_NORM, "٧٢٣")])
def test_digits_of_other_scripts_are_in_no_code_of_a_medicine(system: str, code: str) -> None:
    with pytest.raises(InvalidCode):
        code_from({"system": system, "code": code}, MEDICINE_SYSTEMS)


def medication(**facts: str) -> Medication:
    return Medication(**{**PLAIN, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dose", "found"),
    [
        ("5.0 mg", "5.0"),
        ("10.00 ml", "0.00"),
        (".5 mg", ".5"),
        ("10 U", "U"),
        ("10IU", "IU"),
        ("5 µg", "µg"),
        ("5 μg", "μg"),
    ],
)
def test_ways_of_writing_that_harm(dose: str, found: str) -> None:
    [warning] = writing_warnings([medication(), medication(dose=dose)])

    assert (warning.row, warning.field) == (1, "dose")
    assert f"“{found}”" in warning.text


@pytest.mark.parametrize(
    "dose", ["5 mg", "0.5 mg", "10 units", "5 micrograms", "1.05 g", "2.50 mg", "1,0", "Unit dose"]
)
def test_ways_of_writing_that_are_clear(dose: str) -> None:
    assert writing_warnings([medication(dose=dose)]) == []


@pytest.mark.parametrize(
    ("name", "allergies", "word"),
    [
        ("Amoxicillin 500", "penicillin, AMOXICILLIN (rash)", "amoxicillin"),
        ("Penicillin V", "Allergic to penicillins since childhood", "penicillins"),
        ("Ásprin", "asprin", "asprin"),
        ("پنی‌سیلین", "حساسیت به پنی‌سیلین", "پنیسیلین"),
        ("Paracetamol", "None known", ""),
        ("Paracetamol tablets", "Rash from tablets", ""),
        ("Amoxicillin", "", ""),
        ("", "penicillin", ""),
        ("Codeine", "code", ""),
        ("ASA 100", "ASA", "asa"),
        ("ASA", "swelling as a child", ""),
        ("Iron and folic acid", "nuts and eggs", ""),
        ("Warfarin 500mg", "rash after 500mg", ""),
        ("青霉素", "对青霉素过敏", "青霉素"),
        ("阿莫西林胶囊", "我对阿莫西林过敏", "阿莫西林"),
        ("ペニシリンG", "ペニシリンアレルギー", "ヘニシリン"),
        ("페니실린정", "페니실린 알레르기", "페니실린"),
        ("เพนิซิลลิน", "แพ้เพนิซิลลิน", "แพเพนิซิลลิน"),
        ("抗过敏药片", "药物过敏", ""),
        ("Penicill\u0456n", "penicillin", "penicillin"),  # a Cyrillic letter
        ("penicillin", "P\u0395NICILLIN", "pεnicillin"),  # a Greek one
        ("пенициллин", "п\u0065нициллин", "п\u0065нициллин"),  # a Latin one
        ("Peni-cillin", "penicillin", "penicillin"),
        ("Penicillin V", "peni cillin", "penicillin"),
        ("Peni cillin", "penicillins", "penicillins"),
        ("Amoxicillin", "x " * 900 + "amoxicillin", "amoxicillin"),
    ],
)
def test_a_word_of_the_allergies_is_found_in_a_medicine(name: str, allergies: str, word: str) -> None:
    assert allergy_found(name, allergies) == word


@pytest.mark.parametrize(
    ("text", "length"),
    [("ok", 2), (" a b\n", 2), ("\u200b\u200b\u200b", 0), ("\u3164\u2800\ufe0f\u00ad", 0), ("रोग", 3), ("✓", 1)],
)
def test_what_nobody_sees_is_no_reason(text: str, length: int) -> None:
    lines = [medication(name="Penicillin", allergy_reason=text)]

    assert visible_length(text) == length
    assert bool(unexplained_allergies(lines, "penicillin")) == (length < 3)


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b\u200b", "\ufeff \u2060\u00ad"])
def test_what_nobody_sees_is_neither_diagnosis_nor_amendment(text: str) -> None:
    with pytest.raises(DiagnosisMissing):
        check_content(RecordContent(diagnosis=text), visit_day=date(2026, 8, 5))
    with pytest.raises(ReasonMissing):
        check_amendment(number=2, based_on=1, reason=text)


def test_a_field_that_is_wrong_is_told_so_once() -> None:
    typed = {f"medicine0_{name}": value for name, value in {**PLAIN, "name": "two\nlines"}.items()}
    form = RecordForm({**typed, "diagnosis": "Asthma", "medicines": "1", "based_on": "0", "revision": "0"})

    assert form.errors == {"medicine0_name": ["Write this on one line."]}


def test_a_reason_answers_it() -> None:
    lines = [
        medication(),
        medication(name="Penicillin"),
        medication(name="Penicillin", allergy_reason="ok"),
        medication(name="Penicillin", allergy_reason="Tested since"),
    ]

    assert unexplained_allergies(lines, "penicillin") == {1: "penicillin", 2: "penicillin"}
