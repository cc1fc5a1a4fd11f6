"""One document from facts: what was typed is what is printed, in every script, tagged, and the same at every try."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.pdf.errors import PdfError
from core.pdf.maker import Letterhead, make_pdf
from core.tests.pdf.pdf_reader import PdfReader
from core.tests.pdf.sample import FACTS, MADE_AT, MEDICINE, sample_pdf

SCRIPTS = {
    "Regular": "Müller Ελλάδα Москва क्षत्रिय",
    "Devanagari-Regular": "ꣻ",  # what Noto Sans lacks, which has the rest
    "Arabic-Regular": "مرحبا",
    "Hebrew-Regular": "שלום",
    "Bengali-Regular": "রক্তচাপ",
    "Tamil-Regular": "நோயாளி",
    "Telugu-Regular": "రక్తపోటు",
    "Gujarati-Regular": "દર્દી",
    "Gurmukhi-Regular": "ਪ੍ਰੈਸ਼ਰ",
    "Thai-Regular": "ผู้ป่วย",
    "Georgian-Regular": "პაციენტი",
    "Armenian-Regular": "հիվանդ",
    "Ethiopic-Regular": "ታካሚ",
    "KR-Regular": "환자는",
    "SC-Regular": "患者四十五岁",
    "JP-Regular": "直角の骨です",
}
NOTES = '#import "/base.typ": *\n#show: house\n#paragraphs(facts.notes)\n'


@pytest.fixture
def notes_template(tmp_path: Path) -> Path:
    template = tmp_path / "notes.typ"
    template.write_text(NOTES)
    return template


def read(**facts: Any) -> PdfReader:
    return PdfReader(sample_pdf(**facts))


@pytest.mark.parametrize("font", SCRIPTS)
def test_every_script_is_printed_by_its_font_also_after_latin_letters(font: str) -> None:
    line = SCRIPTS[font]
    document = read(notes=f"Patient: {line}", versions=[])

    shown = "".join(document.letters["NotoSans" + ("-" if font == "Regular" else "") + font])
    assert set(line) - {" "} <= set(shown)
    assert "□" not in document.text


@pytest.mark.parametrize("before", ["", "Patient: ", "5 mg "])
def test_letters_that_belong_together_are_shaped_together(before: str) -> None:
    assert {"प्रि", "या"} <= read(diagnosis=f"{before}प्रिया", notes="", patient="").letters["NotoSans-Regular"]


def test_what_looks_like_a_programme_is_printed_as_typed() -> None:
    typed = '#panic("x") *b* _i_ $x$ @a <b> = c // d #include "/base.typ" #facts \\u{41} `e`'

    document = read(patient=typed, diagnosis=typed, medicines=[MEDICINE | {"name": "#panic()"}])

    assert document.text.replace("\n", "").count(typed) == 2
    assert "#panic()" in document.text


def test_the_page_has_the_hospital_the_title_and_whose_it_is() -> None:
    document = read(instructions="Long. " * 2_000)

    assert len(document.pages) > 2
    assert document.pages[0].startswith(settings.HOSPITAL_NAME)
    assert settings.HOSPITAL_PHONE in document.pages[0]
    assert "\nMedical record" in document.pages[0]
    for number, page in enumerate(document.pages, start=1):
        assert page.endswith(f"\nPriya Sharma, born 1 May 1981\nPage {number} of {len(document.pages)}")


def test_another_letterhead_can_be_given(notes_template: Path) -> None:
    head = Letterhead(name="Old Name", address="1 Gone Road\nLeeds", phone="")
    pdf = make_pdf(notes_template, FACTS, title="x", language="en-gb", made_at=MADE_AT, letterhead=head)

    assert PdfReader(pdf).text.startswith("Old Name\n1 Gone Road\nLeeds\nx\n")


def test_a_long_table_has_its_header_on_each_page() -> None:
    document = read(medicines=[MEDICINE] * 80)

    assert len(document.pages) >= 3
    assert all("\nHow often" in page for page in document.pages[:-1])
    assert document.tags.count("TH") == 6
    assert document.tags.count("TD") == 80 * 6


def test_it_is_tagged_and_says_its_title_language_and_day() -> None:
    document = read()

    assert {"H1", "H2", "P", "Table", "THead", "TH", "TD"} <= set(document.tags)
    assert "<pdfuaid:part>1</pdfuaid:part>" in document.metadata
    assert ">Medical record<" in document.metadata
    assert "<xmp:CreateDate>2026-08-06T14:05:00+00:00<" in document.metadata
    assert document.languages == {"en-GB"}
    assert read(notes="直角の骨").languages == {"en-GB", "ja"}


def test_what_no_font_has_is_told_at_the_top() -> None:
    assert "couldn’t be printed" not in read().text
    assert "1 character couldn’t be printed. It appears as " in read(notes="😀").text
    document = read(notes="😀 ᚠ", patient="\ue000")
    assert "3 characters couldn’t be printed. They appear as " in document.text
    assert document.text.count("□") == 4


def test_controls_are_dropped_in_silence() -> None:
    document = read(notes="a\x00b\x1bc\ud800d")

    assert "\nabcd" in document.text
    assert "couldn’t" not in document.text


def test_a_line_runs_from_the_side_of_its_first_letter() -> None:
    document = read(notes="שלום Amlodipine", diagnosis="Bisoprolol שלום", patient="")

    assert document.left_of("Bisoprolol") == document.left_of("Notes")
    assert document.left_of("Notes") + 200 < document.left_of("Amlodipine") < document.left_of("םולש", after="Notes")
    assert document.left_of("Bisoprolol") < document.left_of("םולש") < document.left_of("Bisoprolol") + 100


def test_a_document_from_right_to_left_begins_there_and_has_its_digits_from_the_left() -> None:
    left, right = read(), PdfReader(sample_pdf(language="ar"))

    assert right.languages == {"ar"}
    assert settings.HOSPITAL_PHONE in right.text
    assert right.left_of(settings.HOSPITAL_PHONE) > left.left_of(settings.HOSPITAL_PHONE) + 200
    assert left.left_of("Patient") < left.left_of("Dr Ana")
    assert right.left_of("Patient") > right.left_of("Dr Ana")
    assert right.left_of("Dose") > right.left_of("How often")


@pytest.mark.parametrize("language", ["en-gb", "ja", "zh-hans"])
def test_thai_is_broken_into_lines_though_it_has_no_blanks(language: str) -> None:
    """typst has one dictionary for Chinese and Japanese and one for the rest, and takes it by the text's language."""

    def lines(notes: str) -> int:
        document = PdfReader(sample_pdf(language=language, notes=notes))
        return document.text[document.text.index("Notes") : document.text.index("Medicines")].count("\n")

    assert lines("ความดันโลหิตสูง" * 30) >= lines("ความดันโลหิตสูง") + 4


def test_texts_to_be_translated_numbers_and_nothing_are_facts(notes_template: Path) -> None:
    template = notes_template.with_name("all.typ")
    template.write_text(NOTES + "#facts.a #facts.b #facts.c #facts.d.e.at(1) #pairs((facts.notes, none))")

    facts = {"notes": gettext_lazy("Cancel"), "a": 5, "b": True, "c": 1.5, "d": {"e": (None, "last")}}
    text = PdfReader(make_pdf(template, facts, title="x", language="en-gb", made_at=MADE_AT)).text

    assert "Cancel5 true 1.5 last" in text.replace("\n", "")


def test_the_same_facts_are_the_same_bytes_also_in_another_process() -> None:
    code = "import django; django.setup(); from core.tests.pdf.sample import *; import sys"
    other = subprocess.run(
        [sys.executable, "-c", f"{code}; sys.stdout.buffer.write(sample_pdf())"],
        capture_output=True,
        check=True,
        cwd=settings.BASE_DIR,
    )

    assert sample_pdf() == sample_pdf() == other.stdout
    assert sample_pdf(diagnosis="Other") != other.stdout


def test_forty_pages_by_four_threads_are_what_one_thread_makes() -> None:
    diagnoses = [f"Number {number}" for number in range(40)]

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda diagnosis: sample_pdf(diagnosis=diagnosis), diagnoses))

    assert made == [sample_pdf(diagnosis=diagnosis) for diagnosis in diagnoses]
    assert len(set(made)) == 40


def test_a_copy_of_a_process_that_made_one_is_refused_and_does_not_hang() -> None:
    code = (
        "import django; django.setup(); from core.tests.pdf.sample import *; import os, signal\n"
        "sample_pdf()\n"
        "if os.fork() == 0:\n"
        "    signal.alarm(60)\n"
        "    sample_pdf(diagnosis='Other')\n"
        "print(os.wait()[1])\n"
    )
    copy = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, env={**os.environ})

    assert copy.stdout.strip() == "256"  # an error, and not the alarm
    assert "PdfError" in copy.stderr


SECRET = "hypochondria"


@pytest.mark.parametrize(
    "facts",
    [
        {"notes": date(2026, 8, 6)},
        {"notes": {SECRET: 1, "a b": 2}},
        {"notes": [{1: SECRET}]},
        {"notes": float("nan")},
        {"notes": SECRET.encode()},
        {"notes": {SECRET}},
    ],
)
def test_what_is_no_fact_is_refused_without_a_word_of_it(facts: dict[str, Any]) -> None:
    with pytest.raises(PdfError) as refusal:
        sample_pdf(**facts)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "line",
    [
        "#panic(facts.diagnosis)",
        "#assert.eq(facts.diagnosis, 1)",
        "#facts.at(facts.diagnosis)",
        "#eval(facts.diagnosis)",
        "#facts.diagnosis\u0001",
        "#read(facts.diagnosis)",
    ],
)
def test_what_typst_refuses_says_where_and_nothing_of_the_document(notes_template: Path, line: str) -> None:
    notes_template.write_text(f"{NOTES}{line}\n")

    with pytest.raises(PdfError, match=r"typst stopped at (notes\.typ:4:\d+|no place)") as refusal:
        sample_pdf(template=notes_template, diagnosis=f"{SECRET} x")

    error: BaseException | None = refusal.value
    assert SECRET not in str(error)
    assert error is not None
    assert error.__cause__ is None
    assert error.__context__ is None


def test_what_typst_did_not_foresee_is_a_refusal_too(notes_template: Path) -> None:
    notes_template.write_text(f'{NOTES}#("क्" * 2000)\n')

    with pytest.raises(PdfError, match="no place"):
        sample_pdf(template=notes_template, diagnosis=SECRET)


@pytest.mark.parametrize("signs", ["\u0301", "\u0301\u0327", "a\n", "\u2028", "क्", "א\n"])
def test_the_worst_that_may_be_typed_has_a_bound(signs: str) -> None:
    medicine = MEDICINE | {"name": signs.replace("\n", "") * 50, "instructions": signs * 500}

    document = read(diagnosis=signs * 500, notes=signs * 10_000, instructions=signs * 2_000, medicines=[medicine] * 3)

    # Without it 300 pages of single letters, or 9,000 marks on one.
    assert 0 < len(document.pages) < 100
    assert sum(len(piece) for page in document.runs for _, piece in page) < 70_000


@pytest.mark.parametrize("reach", ['#read("../site.py")', '#read("/../site.py")', '#import "@preview/cetz:0.3.4"'])
def test_a_template_reaches_nothing_else(notes_template: Path, reach: str) -> None:
    notes_template.write_text(f"{NOTES}{reach}\n")

    with pytest.raises(PdfError, match=r"notes\.typ:4"):
        sample_pdf(template=notes_template)


marks = st.characters(categories=["Mn", "Mc", "Me", "Cf"])


@hypothesis_settings(max_examples=40)
@given(st.text(st.one_of(st.characters(), marks, st.sampled_from("प中ا한😀 \n")), max_size=200))
def test_whatever_is_typed_is_printed(typed: str) -> None:
    assert sample_pdf(notes=typed, patient=typed, versions=[typed]).startswith(b"%PDF-1.7")


def test_letters_of_all_scripts_on_each_others_marks_are_printed() -> None:
    letters = [text[0] for text in SCRIPTS.values()]
    signs = {letter for text in SCRIPTS.values() for letter in text if unicodedata.category(letter)[0] == "M"}
    signs |= {"\u0301", "\u0327", "\u05b0", "\u0650", "\u1dcc"}

    assert len(signs) > 15
    notes = " ".join(f"{first}{letter}{second}" for letter in letters for first in signs for second in signs)
    assert sample_pdf(notes=notes).startswith(b"%PDF-1.7")
