"""Medicines of a record: the one validator, for the form, the API and whatever is imported. Pure.

In shape a reduced FHIR R4 MedicationRequest (https://hl7.org/fhir/R4/medicationrequest.html). It checks that what was
written can be read, never what a medicine does: nothing here knows of interactions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinical.choices import MEDICINE_SYSTEMS, CodeSystem
from core.errors import DomainError
from core.text.folding import search_key
from core.text.visible import visible_length

MOST = 30
LONGEST = {
    "name": 200,
    "dose": 100,
    "route": 60,
    "frequency": 100,
    "as_needed_for": 200,
    "duration": 100,
    "instructions": 1_000,
    "allergy_reason": 500,
}
REQUIRED = ("name", "dose", "frequency")
SHORTEST_REASON = 3
_ONE_LINE = frozenset(LONGEST) - {"instructions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code of a system, with what it is called there."""

    system: str
    code: str
    display: str = ""

    def as_json(self) -> dict[str, str]:
        return {"system": self.system, "code": self.code, **({"display": self.display} if self.display else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication:
    """One line of a prescription, in the writer's words. `allergy_reason`: why it is right though the patient's
    allergies name it."""

    name: str
    dose: str
    frequency: str
    route: str = ""
    as_needed: bool = False
    as_needed_for: str = ""
    duration: str = ""
    instructions: str = ""
    allergy_reason: str = ""
    code: Code | None = None

    def as_json(self) -> dict[str, Any]:
        """What is said, without what is not."""
        texts = {name: getattr(self, name) for name in LONGEST if getattr(self, name)}
        said: dict[str, Any] = texts | ({"as_needed": True} if self.as_needed else {})
        return said | ({"code": self.code.as_json()} if self.code else {})

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Medication:
        """One that was checked when it was signed: read as it is, whatever the rules have become since."""
        code = said.get("code")
        return cls(**{**said, "code": Code(**code) if code else None})


class InvalidMedications(DomainError):
    """`errors`: by row, counted from 0, and field ("" for the row as a whole, row -1 for the list) what is wrong."""

    message = gettext_lazy("Check the medicines.")
    status = 422

    def __init__(self, errors: Mapping[tuple[int, str], str]) -> None:
        super().__init__()
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class WritingWarning:
    """A way of writing that has harmed people: `field` of medicine `row`, and what is wrong with it."""

    row: int
    field: str
    text: str


def medications_from(rows: Any) -> list[Medication]:
    """Medicines out of what JSON or a form said: a list of objects with the fields of `Medication`; `dosage` is taken
    for `dose`. Raises InvalidMedications."""
    if not isinstance(rows, list):
        raise InvalidMedications({(-1, ""): _("The medicines must be a list.")})
    if len(rows) > MOST:
        raise InvalidMedications({(-1, ""): _("A record holds at most %(count)s medicines.") % {"count": MOST}})
    errors: dict[tuple[int, str], str] = {}
    found = []
    for number, row in enumerate(rows):
        medication, wrong = _read(row)
        errors |= {(number, field): sentence for field, sentence in wrong.items()}
        if medication is not None:
            found.append(medication)
    if errors:
        raise InvalidMedications(errors)
    return found


def _read(row: Any) -> tuple[Medication | None, dict[str, str]]:
    if not isinstance(row, Mapping):
        return None, {"": _("A medicine must be an object with a name, a dose and a frequency.")}
    given = {**row, "dose": row.get("dose") or row.get("dosage") or ""}
    given.pop("dosage", None)
    unknown = sorted(set(given) - {*LONGEST, "as_needed", "code"})
    errors = {"": _("There is no field “%(name)s”.") % {"name": unknown[0]}} if unknown else {}
    texts = {name: _text(given.get(name), name, errors) for name in LONGEST}
    errors |= {name: str(_MISSING[name]) for name in REQUIRED if name not in errors and not visible_length(texts[name])}
    as_needed = given.get("as_needed", False)
    if not isinstance(as_needed, bool):
        errors["as_needed"] = _("Say yes or no.")
    elif texts["as_needed_for"] and not as_needed:
        errors["as_needed_for"] = _("Tick “as needed”, or leave this blank.")
    try:
        code = code_from(given.get("code"), MEDICINE_SYSTEMS)
    except InvalidCode as error:
        errors["code"] = str(error.message)
    return (None, errors) if errors else (Medication(**texts, as_needed=as_needed, code=code), errors)


_MISSING = {
    "name": gettext_lazy("Enter the name of the medicine."),
    "dose": gettext_lazy("Enter the dose, like 500 mg."),
    "frequency": gettext_lazy("Enter how often, like twice a day."),
}


def _text(value: Any, name: str, errors: dict[str, str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        errors[name] = _("Write this as text.")
        return ""
    text = value.replace("\r\n", "\n").strip()
    if len(text) > LONGEST[name]:
        errors[name] = _("Use at most %(count)s characters.") % {"count": LONGEST[name]}
    elif any(unicodedata.category(sign) == "Cc" and (sign != "\n" or name in _ONE_LINE) for sign in text):
        errors[name] = _("Use ordinary letters, digits and signs only.")
    return text


# Codes


class InvalidCode(DomainError):
    message = gettext_lazy("That isn’t a code of this system.")
    status = 422


def code_from(given: Any, systems: Mapping[str, CodeSystem]) -> Code | None:
    """A code out of `{system, code, display}`; None for nothing. Only its form is checked. Raises InvalidCode."""
    if given in (None, "", {}):
        return None
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise InvalidCode(_("A code must be an object with a system and a code, both text."))
    if unknown := sorted(set(given) - {"system", "code", "display"}):
        raise InvalidCode(_("There is no field “%(name)s”.") % {"name": unknown[0]})
    code, display = given.get("code", "").strip().upper(), given.get("display", "").strip()
    system = systems.get(given.get("system", ""))
    if system is None:
        raise InvalidCode(_("Choose the system the code is of."))
    if not system.pattern.fullmatch(code):
        facts = {"system": system.label, "example": system.example}
        raise InvalidCode(_("Enter a code of %(system)s, like %(example)s.") % facts)
    if len(display) > LONGEST["name"] or any(unicodedata.category(sign) == "Cc" for sign in display):
        raise InvalidCode(_("Use at most %(count)s characters, on one line.") % {"count": LONGEST["name"]})
    return Code(system=system.url, code=code, display=display)


# Ways of writing that harm

# Each is on the Institute for Safe Medication Practices' list of error-prone abbreviations, symbols and dose
# designations (https://www.ismp.org/recommendations/error-prone-abbreviations-list).
_HARMFUL = (
    (re.compile(r"\d\.0+(?!\d)"), gettext_lazy("“%(found)s” can be misread as ten times as much. Leave out the zero.")),
    (re.compile(r"(?<![\d.,])\.\d+"), gettext_lazy("“%(found)s” can be misread. Put a zero before the point.")),
    (re.compile(r"(?<![A-Za-z])(I?U)(?![A-Za-z])"), gettext_lazy("Write “units” instead of “%(found)s”.")),
    (re.compile(r"[\u00b5\u03bc]g", re.IGNORECASE), gettext_lazy("Write “micrograms” instead of “%(found)s”.")),
)
_WHERE_DOSES_ARE_WRITTEN = ("name", "dose", "frequency", "instructions")


def writing_warnings(medications: Iterable[Medication]) -> list[WritingWarning]:
    """What should be written otherwise. Whoever signs may leave it as it is."""
    return [
        WritingWarning(row, field, str(words) % {"found": found[0]})
        for row, medication in enumerate(medications)
        for field in _WHERE_DOSES_ARE_WRITTEN
        for pattern, words in _HARMFUL
        if (found := pattern.search(getattr(medication, field)))
    ]


# Allergies

_SHORTEST_WORD = 3  # letters of an alphabet: "ASA"; "of" and the like name no medicine
_BEGINS_ALIKE = 5  # "penicillins" is found in "penicillin"
# What people write around an allergy: it would warn of tablets. A word that is missing here warns once too often; one
# that shouldn't be here never warns.
_NO_MEDICINE = frozenset(
    """
    none known allergy allergies allergic allergen reaction reactions rash severe mild moderate since child
    childhood with from after when made gets causes caused swelling hives itching anaphylaxis anaphylactic
    intolerance intolerant sensitive sensitivity food drug drugs medicine medicines medication tablet tablets
    capsule capsules cream drops injection solution nothing other unknown possible suspected history years year
    the and for not yes her his all due any was has are but had can may did got she him who how via per
    one two six ten day days old new use ago now bad red hot ill mcg tab cap inj
    """.split()  # noqa: SIM905 - a list of words reads as one
)
_AMOUNT = re.compile(r"\d+(mg|mcg|g|ml|l|iu|st|nd|rd|th)?")  # "500mg", "2nd"
# Scripts without blanks between words: a word is found anywhere in another. Signs of Chinese, Japanese and Korean say
# as much as some letters do.
_SIGNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_FEWEST_SIGNS = 2
_AROUND_SIGNS = re.compile("过敏|過敏|对|對|药物|藥物|胶囊|膠囊|注射液|颗粒|アレルキー|カフセル|알레르기")  # as folded
# Cyrillic and Greek letters that look like Latin ones, small or capital, as folded.
_LOOK_ALIKE = str.maketrans("авекмнорстухіјѕһӏԁԛԝαβεηικμνορτυχγζ", "abekmhopctyxijshldqwabenikmvoptuxyz")


def allergy_found(name: str, allergies: str) -> str:
    """A word of the patient's allergies, as folded for searching, that the medicine's name has too; "" for none.

    It compares words and nothing else: it doesn't know which medicines belong together, nor other names of the same.
    Two words written as one, or one as two ("Peni-cillin"), are the same.
    """
    named, known = _words(name), _words(allergies)
    for ours, theirs in ((named.single | named.joined, known.single), (named.single, known.joined)):
        in_ours, in_theirs = f" {' '.join(ours)} ", f" {' '.join(theirs)} "
        for word, as_written in theirs.items():
            if _word_with(word, in_ours):
                return as_written
        for word in ours:
            if found := _word_with(word, in_theirs):
                return theirs[found]
    return ""


def _word_with(word: str, words: str) -> str:
    """Of words with a blank before and behind each, the first that is `word` or, if it is long enough, begins with it
    or (in a script without blanks) has it; "" for none."""
    if _SIGNS.search(word):
        sought = word if len(word) >= _FEWEST_SIGNS else f" {word} "
    elif len(word) < _BEGINS_ALIKE:
        sought = f" {word} "
    else:
        sought = word if _UNSPACED.search(word) else f" {word}"
    at = words.find(sought)
    if at < 0:
        return ""
    begin = words.rfind(" ", 0, at + 1) + 1
    return words[begin : words.index(" ", begin)]


class _Words(NamedTuple):
    """By how they look, as folded: the words that can name a medicine, and each two neighbours as one."""

    single: dict[str, str]
    joined: dict[str, str]


def _words(text: str) -> _Words:
    # Composed again: a syllable of Korean is one sign, not three.
    words = unicodedata.normalize("NFC", search_key(text)).split()
    single = [part for word in words for part in _AROUND_SIGNS.split(word) if _can_name_a_medicine(part)]
    joined = [first + second for first, second in pairwise(words) if len(first + second) >= _BEGINS_ALIKE]
    return _Words(*({word.translate(_LOOK_ALIKE): word for word in some} for some in (single, joined)))


def _can_name_a_medicine(word: str) -> bool:
    if word in _NO_MEDICINE or _AMOUNT.fullmatch(word):
        return False
    return len(word) >= _SHORTEST_WORD or (bool(word) and not word.isascii())


def unexplained_allergies(medications: Sequence[Medication], allergies: str) -> dict[int, str]:
    """By row, the word of the patient's allergies found in a medicine whose writer hasn't said why it is right."""
    found = {row: allergy_found(medication.name, allergies) for row, medication in enumerate(medications)}
    return {
        row: word
        for row, word in found.items()
        if word and visible_length(medications[row].allergy_reason) < SHORTEST_REASON
    }
