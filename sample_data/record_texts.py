"""What the sample doctors wrote of the visits of the standing list: plain data, invented, and nobody's advice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from clinical.content import RecordContent
from clinical.medications import Code, Medication

ICD_10 = "http://hl7.org/fhir/sid/icd-10"


@dataclass(frozen=True)
class SampleRecord:
    """Of a completed visit. `follow_up`: so long after it; `amended`: what was written the second time, and `why`."""

    content: RecordContent
    follow_up: timedelta | None = None
    amended: RecordContent | None = None
    why: str = ""


_BISOPROLOL = Medication(
    name="Bisoprolol",
    dose="5 mg",
    route="by mouth",
    frequency="once a day, in the morning",
    instructions="Don’t stop it from one day to the next.",
)
_PRESSURE = RecordContent(
    diagnosis="High blood pressure, not yet controlled",
    diagnosis_code=Code(system=ICD_10, code="I10", display="Essential (primary) hypertension"),
    notes="152/94 on the left, 148/92 on the right. Pulse 78, regular.\nHome diary: mornings 145 to 155.",
    medications=(_BISOPROLOL,),
    instructions="Keep the diary for two weeks, mornings and evenings. Less salt; walk half an hour a day.",
)

# By doctor, patient and day of the visit in the standing list (sample_data/visits.py).
RECORDS = {
    ("dr_smith", "john_doe", -41): SampleRecord(
        RecordContent(
            diagnosis="Fainting after standing for long, most likely vasovagal",
            diagnosis_code=Code(system=ICD_10, code="R55", display="Syncope and collapse"),
            notes="ECG: sinus rhythm, 64 a minute, no pauses. Blood pressure lying 138/84, standing 118/76.",
            instructions="Drink 2 litres a day. When you feel it coming: sit down, cross your legs and tense them.",
        )
    ),
    ("dr_smith", "john_doe", -20): SampleRecord(
        _PRESSURE,
        amended=replace(_PRESSURE, medications=(replace(_BISOPROLOL, dose="2.5 mg"),)),
        why="The dose is 2.5 mg to begin with, not 5 mg.",
    ),
    ("dr_brown", "jane_patient", -33): SampleRecord(
        RecordContent(
            diagnosis="Migraine without aura",
            diagnosis_code=Code(system=ICD_10, code="G43.0", display="Migraine without aura"),
            notes="Twice a week since spring, one side, with nausea; light hurts. Nothing found on examination.",
            medications=(
                Medication(
                    name="Sumatriptan",
                    dose="50 mg",
                    route="by mouth",
                    frequency="once, at the first sign",
                    as_needed=True,
                    as_needed_for="migraine",
                    instructions="Not more than two days a week.",
                ),
                Medication(
                    name="Metoclopramide",
                    dose="10 mg",
                    route="by mouth",
                    frequency="once, with the sumatriptan",
                    as_needed=True,
                    as_needed_for="nausea",
                ),
            ),
            instructions="Keep a diary: day, hour, what came before, what helped.",
        )
    ),
    ("dr_brown", "jane_patient", -9): SampleRecord(
        RecordContent(
            diagnosis="Migraine, fewer attacks",
            notes="Diary: three attacks in four weeks, before seven. Two of them after nights of little sleep.",
            medications=(
                Medication(
                    name="Magnesium", dose="300 mg", route="by mouth", frequency="once a day", duration="3 months"
                ),
            ),
            instructions="Go on with the diary, and to bed at the same hour.",
        ),
        follow_up=timedelta(days=56),
    ),
    ("dr_obrien", "walter_doe", -14): SampleRecord(
        RecordContent(
            diagnosis="Blood pressure falls on standing up, by his water tablet",
            notes="Lying 132/78, after three minutes standing 104/66. His daughter-in-law was there.",
            medications=(
                Medication(name="Indapamide", dose="1.25 mg", route="by mouth", frequency="every other morning"),
            ),
            instructions="Sit at the edge of the bed for a minute before you get up.",
        )
    ),
    ("dr_smith", "aisha_khan", -2): SampleRecord(
        RecordContent(
            diagnosis="Extra heartbeats, harmless",
            notes="She says: «أشعر بقلبي يدق بقوة في الليل». Echo normal, 312 extra beats in 24 hours.",
            instructions="قللي من القهوة، ولا داعي للقلق.",
        )
    ),
    ("dr_smith", "bjorn_a", -2): SampleRecord(
        RecordContent(
            diagnosis="Healthy heart",
            notes="ECG and exercise test to 175 watts without findings.",
        )
    ),
    ("dr_smith", "dilip_rao", -1): SampleRecord(
        RecordContent(
            diagnosis="Yearly check-up: cholesterol a little high",
            notes="LDL 3.9 mmol/l. Gloves without latex were used.",
            medications=(
                Medication(
                    name="Atorvastatin",
                    dose="20 mg",
                    route="by mouth",
                    frequency="once a day",
                    duration="6 months",
                    instructions="रात को खाने के बाद लें।",
                ),
            ),
            instructions="रोज़ आधा घंटा टहलें, और तला हुआ खाना कम करें।",
        )
    ),
    ("dr_johnson", "kwame_o", -3): SampleRecord(
        RecordContent(
            diagnosis="Eczema of both hands",
            notes="Cracks between the fingers, no infection. Works with cleaning agents.",
            medications=(
                Medication(
                    name="Mometasone 0.1 % ointment",
                    dose="a thin layer",
                    route="on the skin",
                    frequency="once a day, in the evening",
                    duration="2 weeks",
                ),
                Medication(name="Emollient", dose="plenty", route="on the skin", frequency="after each wash"),
            ),
            instructions="Cotton gloves under the rubber ones.",
        )
    ),
    ("dr_johnson", "lucia_r", -3): SampleRecord(
        RecordContent(
            diagnosis="Acne of the face, moderate",
            notes="Came with her mother. Dice que empezó hace un año.",
            medications=(
                Medication(
                    name="Adapalene 0.1 % with benzoyl peroxide 2.5 % gel",
                    dose="a pea",
                    route="on the skin",
                    frequency="once a day, in the evening",
                    duration="3 months",
                    instructions="Puede irritar al principio: empezar cada dos días.",
                ),
            ),
        ),
        follow_up=timedelta(days=90),
    ),
    ("dr_johnson", "mo_farooq", -1): SampleRecord(
        RecordContent(
            diagnosis="Ringworm of the left forearm",
            notes="Ring of 3 cm with a scaly edge. His cat has bald patches.",
            medications=(
                Medication(
                    name="Clotrimazole 1 % cream (كلوتريمازول)",
                    dose="a thin layer",
                    route="on the skin",
                    frequency="twice a day",
                    duration="4 weeks",
                ),
            ),
            instructions="Let a vet look at the cat.",
        )
    ),
    ("dr_brown", "quentin_l", -4): SampleRecord(
        RecordContent(
            diagnosis="Essential tremor of the right hand",
            notes="Worse when he holds a cup, better after a glass of wine. No stiffness.\n"
            "A letter from Athens (Δρ. Ελένη Νικολάου) says «ιδιοπαθής τρόμος».",
            medications=(
                Medication(
                    name="Propranolol", dose="40 mg", route="by mouth", frequency="twice a day", duration="3 months"
                ),
            ),
        )
    ),
    ("dr_alvarez", "sven_j", -6): SampleRecord(
        RecordContent(
            diagnosis="Six weeks after a stent, doing well",
            notes="Walks 5 km a day without pain. Brought what he bought in Bangkok for a sore throat: ยาอมแก้เจ็บคอ.",
            medications=(
                Medication(name="Aspirin", dose="75 mg", route="by mouth", frequency="once a day", duration="for life"),
                Medication(
                    name="Clopidogrel", dose="75 mg", route="by mouth", frequency="once a day", duration="12 months"
                ),
            ),
            instructions="Don’t stop either without asking us. ห้ามหยุดยาเอง.",
        )
    ),
    ("dr_obrien", "oscar_w", -8): SampleRecord(
        RecordContent(
            diagnosis="Vaccinations given: tetanus, diphtheria, polio; measles, mumps, rubella",
            notes="Healthy. 38.5 kg, 142 cm. Stayed for fifteen minutes, no reaction.",
        )
    ),
    ("dr_mueller", "viktor_h", -2): SampleRecord(
        RecordContent(
            diagnosis="Hip replacement, one year on: no complaints",
            notes="X-ray: sits as it should. Bends to 105 degrees. Walks without a stick.",
        ),
        follow_up=timedelta(days=365),
    ),
    ("dr_nguyen", "zoe_b", -5): SampleRecord(
        RecordContent(
            diagnosis="Tired for three months, cause not clear yet",
            notes="Sleeps seven hours. Takes a Chinese tea for it: 黄芪茶. Blood taken: count, iron, thyroid, sugar.",
            instructions="Come for the results.",
        )
    ),
}

# What dr_smith has typed of somebody who is in the room, by the names of the form's fields (clinical/visit/forms.py).
DRAFT = {
    "notes": "Comes with the letter of another hospital. Short of breath on the second flight of stairs, not before.\n"
    "Blood pressure 134/82. Still to do: ECG, and",
    "medicines": "1",
    "medicine0_name": "Ramipril",
    "medicine0_dose": "2.5 mg",
}
