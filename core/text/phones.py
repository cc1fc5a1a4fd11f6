"""Telephone numbers: typed in every way people write them, kept as E.164, shown as they are written here.

An extension is kept behind the number, as RFC 3966 writes it: "+442079460100;ext=12". Numbers without a country's code
are of the region `PHONE_REGION`. What was kept before and is no number is left and shown as it is.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

MOST_READ = 80  # characters of what was typed
LONGEST_EXTENSION = 7  # digits
LEAST_DIGITS, ENOUGH_DIGITS = 4, 9  # of a number somebody looks for
_KEPT = re.compile(r"\+\d{3,15}(;ext=\d{1,7})?")
_EXTENSION = r"(?:[ ,;]*(?:extension|ext|x|#)[.:=]? ?\d{1,7})?"
NUMBER_IN_TEXT = re.compile(rf"\+?\(?\d[\d ()./-]*{_EXTENSION}", re.IGNORECASE)


def plain(typed: str) -> str:
    """Without what copying brings along: direction marks, no-break blanks, wide digits, other hyphens."""
    seen = "".join(sign for sign in typed if unicodedata.category(sign) != "Cf")
    composed = unicodedata.normalize("NFKC", seen)
    return " ".join("".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in composed).split())


def kept_phone(typed: str) -> str:
    """The number as it is kept; empty for nothing. Raises ValidationError with what is missing."""
    text = plain(typed[:MOST_READ])
    if not text:
        return ""
    if not any(sign.isdigit() for sign in text):
        raise ValidationError(_like(_("Enter a phone number, like %(example)s.")), code="phone")
    number = _parsed(text)
    wrong = phonenumbers.is_possible_number_with_reason(number)
    if wrong in {ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        raise ValidationError(
            _like(_("This number is too short. Enter it with its area code, like %(example)s.")), code="short"
        )
    if wrong != ValidationResult.IS_POSSIBLE or len(number.extension or "") > LONGEST_EXTENSION:
        raise ValidationError(
            _like(_("This number is too long. Enter one number, like %(example)s, and “ext 12” for an extension.")),
            code="long",
        )
    extension = f";ext={number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) + extension


def _parsed(text: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, settings.PHONE_REGION)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            sentence = _("No country has this code. Begin a number from abroad with + and the code, like +34.")
        elif error.error_type == phonenumbers.NumberParseException.TOO_LONG:
            sentence = _("This number is too long. Enter one number, like %(example)s, and “ext 12” for an extension.")
        else:
            sentence = _("Enter a phone number, like %(example)s.")
        raise ValidationError(_like(sentence), code="phone") from None


def _like(sentence: str) -> str:
    """The hospital's own number is the example everybody knows."""
    return sentence % {"example": settings.HOSPITAL_PHONE}


def is_phone(value: str) -> None:
    """Validator of model fields. Raises ValidationError."""
    kept_phone(value)


def kept_or_typed(typed: str) -> str:
    """The number as it is kept, or the text when it is none: what was written down before must not be lost."""
    try:
        return kept_phone(typed)
    except ValidationError:
        return typed.strip()


def phone_words(kept: str) -> str:
    """The number as people here write it: without the country's code at home, with it from abroad."""
    if not _KEPT.fullmatch(kept):
        return kept
    number = phonenumbers.parse(kept)
    at_home = phonenumbers.region_code_for_country_code(number.country_code or 0) == settings.PHONE_REGION
    written = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    extension, number.extension = number.extension, None
    words = phonenumbers.format_number(number, written)
    if words == phonenumbers.national_significant_number(number):  # nobody's plan: the code says at least the country
        words = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return _("%(number)s ext %(extension)s") % {"number": words, "extension": extension} if extension else words


def phone_href(kept: str) -> str:
    """For a link one tap on which rings up."""
    if _KEPT.fullmatch(kept):
        return f"tel:{kept}"
    digits = "".join(sign for sign in kept if sign.isdigit() or sign == "+")
    return f"tel:{digits}" if digits else ""


def sought_digits(typed: str) -> tuple[str, ...]:
    """What to look for in the digits of kept numbers, each of them enough: of a whole number those after the country's
    code and the leading 0, of a part of one the part, with and without the 0. Nothing for what is no number."""
    text = plain(typed[:MOST_READ])
    if not NUMBER_IN_TEXT.fullmatch(text):
        return ()
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if len(digits) < LEAST_DIGITS:
        return ()
    sought = {digits[-ENOUGH_DIGITS:]}
    if len(digits.lstrip("0")) >= LEAST_DIGITS - 1 and not digits.startswith("00"):
        sought.add(digits.lstrip("0")[-ENOUGH_DIGITS:])
    with suppress(ValidationError):
        kept = kept_phone(text)
        sought = {_national(kept), *(sought if ";" not in kept else ())}
    return tuple(sorted(sought))


def _national(kept: str) -> str:
    number = phonenumbers.parse(kept)
    return phonenumbers.national_significant_number(number)[-ENOUGH_DIGITS:]
