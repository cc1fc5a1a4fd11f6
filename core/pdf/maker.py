"""PDF files (PDF/UA-1: tagged, with title and language) by typst, from a template and facts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.pdf.errors import PdfError
from core.pdf.facts import FactSheet
from core.pdf.fonts import families, font_book
from core.pdf.text import LANGUAGES_OF_LETTERS
from core.site import site_facts

# All that a template can read: `/base.typ`. Neither what else is in the project nor, by `@preview`, anything of others.
ROOT = Path(__file__).parent
# Where typst says it stumbled, nearest first. Only our own two names and numbers are taken over: whatever else follows
# an arrow could come from the facts.
_PLACE = re.compile(r"^\s*┌─ \S*?\b(__typst_py_bytes__|base)\.typ:(\d+):(\d+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterhead:
    """Whose document it is, at the top of its first page. `address` may have several lines."""

    name: str
    address: str
    phone: str

    @classmethod
    def of_this_hospital(cls) -> Letterhead:
        site = site_facts()
        return cls(name=str(site["name"]), address=str(site["address"]), phone=str(site["phone"]))


def make_pdf(
    template: Path,
    facts: Mapping[str, Any],
    *,
    title: str,
    language: str,
    made_at: datetime,
    running: str = "",
    letterhead: Letterhead | None = None,
) -> bytes:
    """The document that `template` (a `.typ` file) makes of `facts`; the same bytes for the same arguments.

    Facts are texts, numbers, truths, None, lists and mappings of these, and texts to be translated. What is typed in a
    text is printed as it is, never run. `language` is a code as Django has it, and that of the words the house adds;
    `made_at` (aware) is the date the file carries: one of the facts, not now. `running` is said at the foot of each
    page: whom it is about. Without `letterhead` it is this hospital's, as settings have it. Raises PdfError.
    """
    right_to_left = _is_right_to_left(language)
    sheet = FactSheet(right_to_left=right_to_left)
    head = letterhead or Letterhead.of_this_hospital()
    code, _region, region = language.partition("-")
    with translation.override(language):
        document = {
            "facts": sheet.plain(facts),
            "title": sheet.plain(title),
            "running": sheet.plain(running),
            "letterhead": sheet.plain(asdict(head)),
            "language": code,
            "region": region.upper() if len(region) == 2 else None,  # noqa: PLR2004 - "hans" is no country
            "direction": "rtl" if right_to_left else "ltr",
            "fonts": {name: families(name) for name in dict.fromkeys((code, *LANGUAGES_OF_LETTERS))},
            "words": sheet.plain(_words(sheet.replaced)),
        }
    document |= {"directions": sheet.directions, "languages": sheet.languages}
    return _compile(template, json.dumps(document, ensure_ascii=False), int(made_at.timestamp()))


def _is_right_to_left(language: str) -> bool:
    return not {language, language.partition("-")[0]}.isdisjoint(settings.LANGUAGES_BIDI)


def _words(replaced: int) -> dict[str, str]:
    """What the house says in the reader's language. The page's numbers are known when pages are broken."""
    lost = ngettext(
        "%(count)s character couldn’t be printed. It appears as □.",
        "%(count)s characters couldn’t be printed. They appear as □.",
        replaced,
    )
    return {
        "page": _("Page %(page)s of %(pages)s"),
        "replaced": lost % {"count": replaced} if replaced else "",
    }


@cache
def _first_process() -> int:
    """The process whose threads typst works with: a copy of it (a fork) has none of them, and would wait for ever."""
    return os.getpid()


def _compile(template: Path, data: str, seconds: int) -> bytes:
    if _first_process() != os.getpid():
        raise PdfError("This process was forked from one that had made a PDF: typst’s threads stayed there.")
    try:
        document = typst.Compiler(
            template.read_bytes(),
            root=str(ROOT),
            font_paths=font_book(),
            ignore_system_fonts=True,
            sys_inputs={"document": data},
        )
        return cast("bytes", document.compile(format="pdf", pdf_standards=["ua-1"], timestamp=seconds))
    except typst.TypstError as error:
        places = ", ".join(_places(error, template)) or "no place"
    except BaseException as error:  # what typst didn't foresee is no Exception: whoever asks would never be answered
        if type(error).__name__ != "PanicException":
            raise
        places = "no place"
    # Outside of the `except`: typst's error quotes the document, and would go along as the context of ours.
    raise PdfError(f"{template.name} couldn’t be made into a PDF: typst stopped at {places}.")


def _places(error: typst.TypstError, template: Path) -> list[str]:
    found = _PLACE.findall(error.diagnostic)
    return [f"{'base.typ' if name == 'base' else template.name}:{line}:{column}" for name, line, column in found]
