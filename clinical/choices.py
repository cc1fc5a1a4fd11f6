"""What the clinical record is told in: channels, capacities, systems of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ReadChannel(StrEnum):
    """By which road somebody read a record; a word of the audit trail, which keeps it for ever."""

    PAGE = "page"
    PDF = "pdf"
    CSV = "csv"
    MAIL = "mail"
    API = "api"
    ARCHIVE = "archive"


CHANNEL_LABELS: Mapping[str, StrOrPromise] = {
    ReadChannel.PAGE: _("on a page"),
    ReadChannel.PDF: _("as a PDF"),
    ReadChannel.CSV: _("as a CSV file"),
    ReadChannel.MAIL: _("by e-mail"),
    ReadChannel.API: _("by a program"),
    ReadChannel.ARCHIVE: _("in a copy of all data"),
}


class Capacity(StrEnum):
    """As whom somebody reads a record; a word of the audit trail, too."""

    PATIENT = "patient"
    GUARDIAN = "guardian"
    AUTHOR = "author"
    TREATING_DOCTOR = "treating doctor"
    EMERGENCY = "emergency"


CAPACITY_LABELS: Mapping[str, StrOrPromise] = {
    Capacity.PATIENT: _("the patient"),
    Capacity.GUARDIAN: _("whoever cares for the patient"),
    Capacity.AUTHOR: _("the doctor who wrote it"),
    Capacity.TREATING_DOCTOR: _("a doctor with an appointment"),
    Capacity.EMERGENCY: _("emergency access"),
}


class EmergencyReason(models.TextChoices):
    UNCONSCIOUS = "UNCONSCIOUS", _("The patient can’t answer and needs care now")
    REFERRAL = "REFERRAL", _("Another doctor asked me about this patient urgently")
    COVER = "COVER", _("I’m standing in for the patient’s doctor")
    OTHER = "OTHER", _("Something else")


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A system of codes by its FHIR address. `pattern` checks the form of a code, never whether there is such a one:
    no list is shipped, for the lists are not ours to give out (docs/records.md)."""

    url: str
    label: str
    pattern: re.Pattern[str]
    example: str


_SNOMED = CodeSystem("http://snomed.info/sct", "SNOMED CT", re.compile(r"[1-9][0-9]{5,17}"), "38341003")
# https://terminology.hl7.org/external_code_systems.html
DIAGNOSIS_SYSTEMS: Mapping[str, CodeSystem] = {
    system.url: system
    for system in (
        CodeSystem(
            "http://hl7.org/fhir/sid/icd-10",
            "ICD-10",
            re.compile(r"[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?"),
            "J45.9",
        ),
        CodeSystem(
            "http://id.who.int/icd/release/11/mms",
            "ICD-11",
            re.compile(r"[0-9A-HJ-NP-V][A-HJ-NP-Z][0-9][0-9A-HJ-NP-Z](\.[0-9A-HJ-NP-Z]{1,2})?"),
            "CA23.0",
        ),
        _SNOMED,
    )
}
MEDICINE_SYSTEMS: Mapping[str, CodeSystem] = {
    system.url: system
    for system in (
        CodeSystem("http://www.whocc.no/atc", "ATC", re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}"), "J01CA04"),
        CodeSystem("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm", re.compile(r"[0-9]{1,8}"), "723"),
        _SNOMED,
    )
}
