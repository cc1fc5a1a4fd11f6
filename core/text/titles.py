"""Titles people write before a name: by their folded letters, as we write them."""

from __future__ import annotations

_DOCTORS = {
    "dr": "Dr",
    "doctor": "Dr",
    "doktor": "Dr",
    "dra": "Dra",
    "doctora": "Dra",
    "doutor": "Dr",
    "doutora": "Dra",
    "drs": "Drs",
    "dott": "Dott",
    "dottore": "Dott",
    "dottssa": "Dott.ssa",
    "dottoressa": "Dott.ssa",
    "mudr": "MUDr",
    "prof": "Prof",
    "professor": "Prof",
    "profesor": "Prof",
    "profa": "Profa",
    "professora": "Profa",
    "profesora": "Profa",
    "professeur": "Pr",
    "docteur": "Dr",
}
_CIVIL = {
    "mr": "Mr",
    "mister": "Mr",
    "mrs": "Mrs",
    "ms": "Ms",
    "miss": "Miss",
    "mx": "Mx",
    "sir": "Sir",
    "dame": "Dame",
    "rev": "Rev",
    "reverend": "Rev",
    "herr": "Herr",
    "frau": "Frau",
    "mme": "Mme",
    "madame": "Mme",
    "mlle": "Mlle",
    "monsieur": "M.",
    "sr": "Sr",
    "sra": "Sra",
    "srta": "Srta",
    "senor": "Sr",
    "senora": "Sra",
    "senorita": "Srta",
    "sig": "Sig",
    "signor": "Sig",
    "signora": "Sig.ra",
    "sigra": "Sig.ra",
    "dhr": "Dhr",
    "mevr": "Mevr",
}
TITLES = {**_DOCTORS, **_CIVIL}
# What goes on a title, as in "Prof. Dr. med. dent.".
FACULTIES = frozenset({"med", "dent", "vet", "phil", "habil", "rer", "nat", "hc", "univ"})
# Of a doctor, wherever it stands: "Ruiz, Dr. Ana". Not in full: "Doctor" is a surname too.
SHORT = frozenset({"dr", "dra", "drs", "dott", "dottssa", "mudr", "prof", "profa"})


def is_title(word: str) -> bool:
    """Whether a folded word (core/text/folding.py) is a title."""
    return word in TITLES
