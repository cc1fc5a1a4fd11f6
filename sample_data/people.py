"""Who lives in the sample hospital. All invented; the telephone numbers are Ofcom's for drama, the mail example.org."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.choices import StaffRole

STAFF_PASSWORD = "AdminPass123"  # noqa: S105 - printed on the sign-in page of the demo
RECEPTION_PASSWORD = "ReceptionPass123"  # noqa: S105
MANAGER_PASSWORD = "ManagerPass123"  # noqa: S105
DOCTOR_PASSWORD = "DoctorPass123"  # noqa: S105
PATIENT_PASSWORD = "PatientPass123"  # noqa: S105

DEPARTMENTS = {
    "Cardiology": "Heart and circulation: check-ups, heart rhythm, blood pressure, and care after a heart attack.",
    "Dermatology": "Skin, hair and nails: rashes, moles, acne and allergies of the skin.",
    "Neurology": "Brain, spine and nerves: headaches, dizziness, epilepsy, and care after a stroke.",
    "Paediatrics": "Children from birth to sixteen: check-ups, vaccinations and everything that worries parents.",
    "Orthopaedics": "Bones, joints and muscles: knees, hips, backs and injuries from sport.",
    "General medicine": "The first place to come to when you are not sure what is wrong.",
    "Ophthalmology": "Eyes: sight tests, cataracts, glaucoma and care for people with diabetes.",
    "Women's health": "Gynaecology, pregnancy and menopause.",
}


@dataclass(frozen=True)
class DemoStaff:
    """`kind` None: a superuser."""

    username: str
    full_name: str
    password: str
    kind: StaffRole | None = None


STAFF = (
    DemoStaff("admin", "Alex Morgan", STAFF_PASSWORD),
    DemoStaff("reception", "Robin Hayes", RECEPTION_PASSWORD, StaffRole.RECEPTION),
    DemoStaff("manager", "Maxine Osei", MANAGER_PASSWORD, StaffRole.MANAGER),
)


@dataclass(frozen=True)
class Hours:
    """When a doctor offers times, by the hospital's clock: weekdays (Monday is 0), ranges, and how long a time is."""

    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    ranges: tuple[tuple[str, str], ...] = (("09:00", "12:30"), ("13:30", "16:00"))
    minutes: int = 30


@dataclass(frozen=True)
class DemoDoctor:
    username: str
    full_name: str
    department: str
    specialization: str
    qualification: str
    years: int
    fee_cents: int
    room: str
    biography: str
    hours: Hours | None = Hours()
    password: str | None = None  # None: nobody signs in as this person
    is_accepting: bool = True
    confirms_automatically: bool = False
    is_approved: bool = True
    is_open_today: bool = False  # has free times today whatever the day and the hour


_MORNINGS = Hours(ranges=(("08:30", "12:00"),))
_AFTERNOONS = Hours(ranges=(("13:00", "16:00"),), minutes=20)

DOCTORS = (
    DemoDoctor(
        "dr_smith",
        "Sarah Smith",
        "Cardiology",
        "Cardiology",
        "MBBS, FRCP",
        18,
        12_000,
        "Building A, room 12",
        "Sarah Smith looks after people with irregular heartbeats and high blood pressure. She takes her time to "
        "explain, and draws hearts on the back of every prescription.",
        Hours(ranges=(("09:00", "12:30"), ("13:30", "17:00"))),
        DOCTOR_PASSWORD,
        is_open_today=True,
    ),
    DemoDoctor(
        "dr_johnson",
        "Michael Johnson",
        "Dermatology",
        "Dermatology",
        "MD, MRCP (Derm)",
        11,
        9_500,
        "Building B, room 3",
        "Michael Johnson sees people of all ages with eczema, acne and moles that have changed. "
        "Bring photographs if your rash comes and goes.",
        Hours(minutes=20),
        DOCTOR_PASSWORD,
        confirms_automatically=True,
        is_open_today=True,
    ),
    DemoDoctor(
        "dr_brown",
        "Emily Brown",
        "Neurology",
        "Neurology",
        "MBChB, PhD, FRCP",
        22,
        15_000,
        "Building A, room 31",
        "Emily Brown runs the headache clinic and has written two books about migraine.",
        Hours(weekdays=(0, 1, 3)),
        DOCTOR_PASSWORD,
        is_open_today=True,
    ),
    DemoDoctor(
        "dr_alvarez",
        "Inés Álvarez",
        "Cardiology",
        "Interventional cardiology",
        "MD, FESC",
        14,
        14_000,
        "Building A, room 14",
        "Inés Álvarez opens narrowed arteries, and teaches the next generation to do it.",
        _MORNINGS,
    ),
    DemoDoctor(
        "dr_obrien",
        "Ciarán O’Brien",
        "Paediatrics",
        "Paediatrics",
        "MB BCh BAO, FRCPCH",
        9,
        8_000,
        "Building C, room 5",
        "Ciarán O’Brien keeps a drawer of stickers and an open ear for tired parents.",
        confirms_automatically=True,
    ),
    DemoDoctor(
        "dr_mueller",
        "Jürgen Müller",
        "Orthopaedics",
        "Sports medicine",
        "Dr. med.",
        16,
        11_000,
        "Building B, room 21",
        "Jürgen Müller gets runners back on their feet. Knees and ankles above all.",
        _AFTERNOONS,
    ),
    DemoDoctor(
        "dr_okafor",
        "Chidinma Okafor",
        "Women's health",
        "Obstetrics and gynaecology",
        "MBBS, MRCOG",
        12,
        10_500,
        "Building C, room 18",
        "Chidinma Okafor accompanies women through pregnancy, and through everything else.",
        Hours(weekdays=(0, 2, 4)),
    ),
    DemoDoctor(
        "dr_wang",
        "王芳",
        "Ophthalmology",
        "Ophthalmology",
        "MD, FRCOphth",
        7,
        9_000,
        "Building B, room 9",
        "王芳 (Wang Fang) operates on cataracts and looks after people with glaucoma. She speaks English and Mandarin.",
        Hours(weekdays=(1, 2, 4), minutes=20),
    ),
    DemoDoctor(
        "dr_nguyen",
        "Linh Nguyễn",
        "General medicine",
        "Family medicine",
        "MBChB, MRCGP",
        5,
        6_500,
        "Building C, room 1",
        "Linh Nguyễn is the one to see when you do not know whom to see.",
        Hours(ranges=(("08:00", "12:00"), ("13:00", "16:00")), minutes=15),
        confirms_automatically=True,
    ),
    DemoDoctor(
        "dr_haddad",
        "Leïla Haddad",
        "Dermatology",
        "Paediatric dermatology",
        "MD",
        8,
        9_800,
        "Building B, room 4",
        "Leïla Haddad looks after children's skin. She is fully booked at present.",
        None,
    ),
    DemoDoctor(
        "dr_kowalska",
        "Zofia Kowalska",
        "Neurology",
        "Epilepsy",
        "MD, PhD",
        19,
        14_500,
        "Building A, room 33",
        "Zofia Kowalska leads the epilepsy service.",
        _MORNINGS,
        is_accepting=False,
    ),
    DemoDoctor(
        "dr_silva",
        "João da Silva",
        "Orthopaedics",
        "Hip and knee surgery",
        "MD, FRCS (Orth)",
        25,
        16_000,
        "Building B, room 23",
        "João da Silva has replaced more than three thousand hips.",
        Hours(weekdays=(1, 3)),
    ),
    DemoDoctor(
        "dr_haque",
        "Tahmina Haque",
        "General medicine",
        "Internal medicine",
        "MBBS",
        3,
        6_000,
        "Building C, room 2",
        "Tahmina Haque joined the hospital this month.",
        _MORNINGS,
        is_approved=False,
    ),
)


@dataclass(frozen=True)
class DemoPatient:
    username: str
    full_name: str
    born: date
    password: str | None = None
    profile: tuple[tuple[str, Any], ...] = ()


_JOHN = (
    ("blood_group", "O+"),
    ("address", "14 Mill Lane\nLondon SE5 8AB"),
    ("emergency_contact_name", "Mary Doe"),
    ("emergency_contact_phone", "020 7946 0312"),
    ("allergies", "Penicillin"),
    ("medical_history", "High blood pressure since 2019."),
)
_JANE = (
    ("blood_group", "A-"),
    ("address", "3 Harbour Street\nLondon SE16 4QD"),
    ("emergency_contact_name", "Tom Carter"),
    ("emergency_contact_phone", "020 7946 0313"),
    ("medical_history", "Migraine."),
)

PATIENTS = (
    DemoPatient("john_doe", "John Doe", date(1978, 3, 14), PATIENT_PASSWORD, _JOHN),
    DemoPatient("jane_patient", "Jane Carter", date(1991, 11, 2), PATIENT_PASSWORD, _JANE),
    DemoPatient("aisha_khan", "Aisha Khan", date(1986, 7, 21)),
    DemoPatient("bjorn_a", "Björn Ångström", date(1969, 1, 30)),
    DemoPatient("carlos_m", "Carlos Muñoz", date(1994, 9, 9)),
    DemoPatient("dilip_rao", "Dilip Rao", date(1957, 12, 1), None, (("allergies", "Latex"),)),
    DemoPatient("eilidh_m", "Eilidh MacLeod", date(2001, 4, 18)),
    DemoPatient("fatima_z", "فاطمة الزهراء", date(1983, 2, 27)),
    DemoPatient("george_p", "Γιώργος Παπαδόπουλος", date(1949, 10, 5), None, (("blood_group", "B+"),)),
    DemoPatient("hana_sato", "佐藤花", date(1998, 6, 12)),
    DemoPatient("ivan_p", "Иван Петров", date(1975, 8, 8)),
    DemoPatient("joy_mensah", "Joy Mensah", date(1990, 5, 25)),
    DemoPatient("kwame_o", "Kwame Owusu", date(1966, 3, 3), None, (("blood_group", "AB+"),)),
    DemoPatient("lucia_r", "Lucía Rodríguez-Peña", date(2008, 1, 15)),
    DemoPatient("mo_farooq", "Mohammed Farooq", date(1972, 11, 11)),
    DemoPatient("niamh_k", "Niamh Ní Chonaill", date(1988, 9, 29)),
    DemoPatient("oscar_w", "Oscar Whitfield", date(2016, 7, 7)),
    DemoPatient("priya_s", "प्रिया शर्मा", date(1995, 12, 19)),
    DemoPatient("quentin_l", "Quentin Lefèvre", date(1961, 4, 4)),
    DemoPatient("rosa_t", "Rosa Tanaka-Brandão", date(1953, 6, 30)),
    DemoPatient("sven_j", "Sven Jørgensen", date(1980, 10, 17)),
    DemoPatient("thandiwe_n", "Thandiwe Nkosi", date(1999, 2, 8)),
    DemoPatient("uma_pillai", "Uma Pillai", date(1992, 8, 23)),
    DemoPatient("viktor_h", "Viktor Horváth", date(1947, 5, 1), None, (("medical_history", "Two hip replacements."),)),
    DemoPatient("wendy_oc", "Wendy O’Connor", date(1985, 3, 31)),
    DemoPatient("xin_li", "李欣", date(2003, 11, 20)),
    DemoPatient("zoe_b", "Zoë Bennett-Featherstonehaugh", date(1997, 1, 6)),
)


@dataclass(frozen=True)
class DemoPerson:
    """Somebody a sample patient cares for; `key` is what the plan of visits calls them."""

    key: str
    guardian: str
    full_name: str
    born: date
    relationship: str
    allergies: str = ""


CARED_FOR = (
    DemoPerson("lily_carter", "jane_patient", "Lily Carter", date(2019, 5, 23), "my daughter", "Peanuts"),
    DemoPerson("walter_doe", "john_doe", "Walter Doe", date(1946, 9, 8), "my father", "Penicillin"),
)
