"""The record of a visit as its doctor types it (F1). Medicines are rows of one form: added, removed and moved by
buttons of their own, so that it all works by keyboard and without JavaScript."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.fields import DayField, OneLineField, PlainTextField
from clinical.choices import DIAGNOSIS_SYSTEMS, MEDICINE_SYSTEMS, CodeSystem
from clinical.content import RecordContent, content_of
from clinical.medications import (
    LONGEST,
    MOST,
    REQUIRED,
    InvalidCode,
    InvalidMedications,
    Medication,
    WritingWarning,
    allergy_found,
    code_from,
    medications_from,
    unexplained_allergies,
    writing_warnings,
)
from clinical.rules import (
    AllergyNotExplained,
    DiagnosisMissing,
    InvalidFollowUp,
    ReasonMissing,
)
from core.errors import DomainError
from core.forms.refusals import DomainErrorMixin
from core.forms.typed import number_before

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROW_TEXTS = (*("name", "dose", "route", "frequency", "as_needed_for", "duration", "instructions"), "coding")
ROW_FIELDS = (*ROW_TEXTS, "as_needed", "coding_system", "allergy_reason")
TEXTS = ("diagnosis", "coding_system", "coding", "coding_display", "notes", "instructions", "follow_up_date", "reason")

_LABELS: dict[str, StrOrPromise] = {
    "name": _("Medicine"),
    "dose": _("Dose"),
    "route": _("Route"),
    "frequency": _("How often"),
    "as_needed": _("Only as needed"),
    "as_needed_for": _("As needed for what?"),
    "duration": _("For how long"),
    "instructions": _("Instructions for this medicine"),
    # Not called codes: such a field is taken for a secret, and not kept over a session's end (accounts/drafts).
    "coding_system": _("System of the code"),
    "coding": _("Code"),
    "allergy_reason": _("Why is it right despite the allergy?"),
}
_HINTS: dict[str, StrOrPromise] = {
    "dose": _("For example 500 mg"),
    "route": _("For example by mouth"),
    "frequency": _("For example three times a day"),
    "duration": _("For example 7 days"),
}


def row_name(row: int, field: str) -> str:
    """The name of a field of a medicine's row, counted from 0."""
    return f"medicine{row}_{field}"


@dataclass(frozen=True, slots=True)
class MedicineRow:
    """One medicine of the form, for the template. `warnings`: ways of writing that harm."""

    number: int
    main: list[BoundField]
    more: list[BoundField]
    allergy_word: str
    allergy_reason: BoundField
    warnings: list[str]
    is_first: bool
    is_last: bool
    has_more: bool


class RecordForm(DomainErrorMixin):
    """`initial` are texts as `typed_from` collects them. `is_amendment`: it asks why. `allergies`: the patient's, as
    they said them; a medicine whose name has a word of them needs a reason."""

    diagnosis = PlainTextField(
        label=_("Diagnosis, or what you found"),
        max_length=1_000,
        error_messages={"required": DiagnosisMissing.message},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    coding_system = forms.ChoiceField(label=_("System of the code"), required=False)
    coding = OneLineField(label=_("Code"), required=False, max_length=40)
    coding_display = OneLineField(label=_("What the code says"), required=False, max_length=200)
    notes = PlainTextField(
        label=_("Notes"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    instructions = PlainTextField(
        label=_("Instructions for the patient"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    follow_up_date = DayField(
        label=_("See the patient again around"), help_text=_("Leave blank if no follow-up is needed.")
    )
    reason = PlainTextField(
        label=_("Why are you amending it?"),
        required=False,
        max_length=500,
        help_text=_("Everyone who may read the record can read this."),
        error_messages={"required": ReasonMissing.message},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    medicines = forms.IntegerField(required=False, widget=forms.HiddenInput)
    based_on = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    seen_warnings = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    use_required_attribute = False
    error_fields = {
        DiagnosisMissing: "diagnosis",
        InvalidFollowUp: "follow_up_date",
        ReasonMissing: "reason",
    }

    def __init__(
        self,
        *args: Any,
        is_amendment: bool = False,
        allergies: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_amendment, self._allergies = is_amendment, allergies
        self._words_since: dict[int, str] = {}  # of allergies that were entered while the form was open, by row
        self.content: RecordContent | None = None
        self.medications: list[Medication] = []
        self._filled: list[int] = []  # the rows they are in: those left blank are none
        self.fields["reason"].required = is_amendment
        self.fields["coding_system"].choices = _choices(DIAGNOSIS_SYSTEMS)  # type: ignore[attr-defined]
        self.row_count = row_count(self.data if self.is_bound else self.initial)
        if not self.is_bound:
            self.row_count = max(self.row_count, min(number_before("medicines"), MOST))
        self.initial["medicines"] = self.row_count
        for row in range(self.row_count):
            self.fields |= _fields_of_row(row)

    def clean(self) -> dict[str, Any]:
        """Fills `content`; what the rules of medicines and codes object to is said beside its field."""
        data = self.cleaned_data
        code = self._diagnosis_code(data)
        rows = {row: said for row in range(self.row_count) if (said := self._said_of(row))}
        self._filled = list(rows)
        try:
            self.medications = medications_from(list(rows.values()))
        except InvalidMedications as error:
            self._add_row_errors(error)
        # Asked here as well, so that all there is to mend is said at once.
        self._ask_for_reasons(unexplained_allergies(self.medications, self._allergies))
        if not self.errors:
            self.content = content_of({**data, "diagnosis_code": code}, self.medications)
        return data

    def _diagnosis_code(self, data: Mapping[str, Any]) -> Any:
        names = {"system": "coding_system", "code": "coding", "display": "coding_display"}
        given = {part: data.get(name) for part, name in names.items()}
        try:
            return (
                code_from({name: value or "" for name, value in given.items()}, DIAGNOSIS_SYSTEMS)
                if any(given.values())
                else None
            )
        except InvalidCode as error:
            self.add_error("coding" if data.get("coding_system") else "coding_system", error.message)
            return None

    def _said_of(self, row: int) -> dict[str, Any]:
        """A medicine as the validator wants it; nothing for a row that was left blank."""
        said = {field: self.cleaned_data.get(row_name(row, field)) for field in ROW_FIELDS}
        system, coding = said.pop("coding_system"), said.pop("coding")
        if not (coding or any(said.values())):
            return {}
        code = {"system": system or "", "code": coding} if coding else None
        return {**{name: value for name, value in said.items() if value not in (None, "")}, "code": code}

    def _add_row_errors(self, error: InvalidMedications) -> None:
        for (number, field), sentence in error.errors.items():
            shown = {"": "name", "code": "coding"}.get(field, field)
            known = number >= 0 and row_name(self._filled[number], shown) in self.fields
            name = row_name(self._filled[number], shown) if known else None
            if name not in self.errors:  # what the field itself objects to is said already
                self.add_error(name, sentence)

    def add_domain_error(self, error: DomainError) -> None:
        if isinstance(error, AllergyNotExplained):
            self._ask_for_reasons(error.found)
            return
        self.add_error(self.error_fields.get(type(error)), error.message)

    def _ask_for_reasons(self, found: Mapping[int, str]) -> None:
        """`found`: the words of the allergies, by number of the medicine; rows that were left blank are none."""
        for number, word in found.items():
            self._words_since[self._filled[number]] = word
            self.add_error(
                row_name(self._filled[number], "allergy_reason"),
                gettext(
                    "“%(word)s” is in the patient’s allergies. Write why this medicine is right, in at least "
                    "3 characters, or remove it."
                )
                % {"word": word},
            )

    @cached_property
    def warnings(self) -> list[WritingWarning]:
        """Of the medicines as typed, by row of the form: those of a form that was sent, once all can be read."""
        found = writing_warnings(self.medications)
        return [WritingWarning(self._filled[warning.row], warning.field, warning.text) for warning in found]

    @property
    def warnings_digest(self) -> str:
        """Changes with every warning: so that those who sign have seen the ones there are."""
        said = "|".join(f"{warning.row} {warning.text}" for warning in self.warnings)
        return hashlib.sha256(said.encode()).hexdigest()[:32] if said else ""

    @property
    def has_unseen_warnings(self) -> bool:
        return bool(self.warnings) and self.cleaned_data["seen_warnings"] != self.warnings_digest

    # For the template

    def rows(self) -> list[MedicineRow]:
        return [self._row(row) for row in range(self.row_count)]

    def _row(self, row: int) -> MedicineRow:
        fields = {field: self[row_name(row, field)] for field in ROW_FIELDS}
        for name in REQUIRED:
            fields[name].field.required = True  # is not called optional: only a row left wholly blank may lack it
        allergy_word = self._words_since.get(row) or allergy_found(fields["name"].value() or "", self._allergies)
        fields["allergy_reason"].field.required = bool(allergy_word)
        more = [fields[name] for name in ("as_needed_for", "instructions", "coding_system", "coding")]
        return MedicineRow(
            number=row,
            main=[fields[name] for name in ("name", "dose", "route", "frequency", "duration", "as_needed")],
            more=more,
            allergy_word=allergy_word,
            allergy_reason=fields["allergy_reason"],
            warnings=[warning.text for warning in self.warnings if warning.row == row],
            is_first=row == 0,
            is_last=row == self.row_count - 1,
            has_more=any(field.value() or field.errors for field in more),
        )

    @property
    def can_add(self) -> bool:
        return self.row_count < MOST

    def code_fields(self) -> list[BoundField]:
        return [self[name] for name in ("coding_system", "coding", "coding_display")]

    @property
    def has_code(self) -> bool:
        return any(field.value() or field.errors for field in self.code_fields())


def _fields_of_row(row: int) -> dict[str, forms.Field]:
    return {row_name(row, field): _field(field) for field in ROW_FIELDS}


def _field(field: str) -> forms.Field:
    label, hint = _LABELS[field], _HINTS.get(field, "")
    if field == "as_needed":
        return forms.BooleanField(label=label, required=False)
    if field == "coding_system":
        return forms.ChoiceField(label=label, required=False, choices=_choices(MEDICINE_SYSTEMS))
    if field in {"instructions", "allergy_reason"}:
        return PlainTextField(label=label, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    attrs = {"autocomplete": "off", "maxlength": LONGEST.get(field, 40)}
    return OneLineField(label=label, required=False, help_text=hint, widget=forms.TextInput(attrs=attrs))


def _choices(systems: Mapping[str, CodeSystem]) -> list[tuple[str, str]]:
    return [("", gettext("None")), *((url, system.label) for url, system in systems.items())]


# What was typed, as it is kept in a draft


def row_count(given: Mapping[str, Any]) -> int:
    """How many rows of medicines a form has: one at least."""
    try:
        return min(max(int(given.get("medicines") or 1), 1), MOST)
    except (TypeError, ValueError):
        return 1


def typed_from(posted: Mapping[str, Any]) -> dict[str, str]:
    """All that was typed, by the names of the form's fields; as it was typed."""
    count = row_count(posted)
    names = [*TEXTS, *(row_name(row, field) for row in range(count) for field in ROW_FIELDS)]
    typed = {name: str(posted.get(name) or "") for name in names}
    return {**{name: text for name, text in typed.items() if text}, "medicines": str(count)}


def edited(typed: Mapping[str, str], act: str) -> dict[str, str]:
    """What was typed after a button beside the medicines: add, or remove-3, up-3, down-3 (rows counted from 0)."""
    rows = [_row_of(typed, row) for row in range(row_count(typed))]
    verb, _dash, number = act.partition("-")
    row = int(number) if number in map(str, range(len(rows))) else None
    if verb == "add" and len(rows) < MOST:
        rows.append({})
    elif row is not None and verb == "remove":
        del rows[row]
    elif row is not None and verb in {"up", "down"}:
        to = row - 1 if verb == "up" else row + 1
        if 0 <= to < len(rows):
            rows[row], rows[to] = rows[to], rows[row]
    return _with_rows(typed, rows or [{}])


def _row_of(typed: Mapping[str, str], row: int) -> dict[str, str]:
    return {field: typed[row_name(row, field)] for field in ROW_FIELDS if row_name(row, field) in typed}


def _with_rows(typed: Mapping[str, str], rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    kept = {name: text for name, text in typed.items() if name in TEXTS}
    listed = list(rows)
    for number, row in enumerate(listed):
        kept |= {row_name(number, field): text for field, text in row.items()}
    return {**kept, "medicines": str(len(listed))}


def typed_of(content: RecordContent) -> dict[str, str]:
    """A signed version as it would have been typed: where an amendment begins."""
    code = content.diagnosis_code
    typed = {
        "diagnosis": content.diagnosis,
        "coding_system": code.system if code else "",
        "coding": code.code if code else "",
        "coding_display": code.display if code else "",
        "notes": content.notes,
        "instructions": content.instructions,
        "follow_up_date": content.follow_up_date.isoformat() if content.follow_up_date else "",
    }
    rows = []
    for medication in content.medications:
        said = medication.as_json()
        of_code = said.pop("code", None) or {}
        said |= {"coding": of_code.get("code", ""), "coding_system": of_code.get("system", "")}
        rows.append({name: "on" if value is True else value for name, value in said.items()})
    return _with_rows(typed, rows or [{}])
