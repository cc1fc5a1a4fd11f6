"""Files for spreadsheets: exact, streamed, harmless (H1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.csv_file import cell, csv_chunks, csv_response

FORMULAS = ["=1+1", "+44 20 7946 0100", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "\x00=1", "\n@x", "\u00a0=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert str(cell(text)).startswith("'")


@pytest.mark.parametrize("text", ["Ann-Marie", "a=b", "1+1", "ann@example.org", "'quoted'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_each_kind_of_value_has_one_form() -> None:
    moment = datetime(2026, 8, 6, 13, 30, tzinfo=UTC)
    values = [None, True, False, 7, -7, Decimal("1.50"), moment, date(2026, 8, 6), "two\r\nlines"]
    told = ["", "yes", "no", 7, -7, Decimal("1.50"), "2026-08-06T14:30:00+01:00", "2026-08-06", "two lines"]

    assert [cell(value) for value in values] == told


def test_a_reader_gets_back_the_same_rows() -> None:
    rows = [['Ólafur "Óli"', "a,b;c"], ["", "=x"]]

    text = "".join(csv_chunks(header=["Name", "Note"], rows=rows))

    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [["Name", "Note"], ['Ólafur "Óli"', "a,b;c"], ["", "'=x"]]


def test_rows_are_read_only_as_the_file_is_sent() -> None:
    read = 0

    def rows() -> Iterator[list[str]]:
        nonlocal read
        for _ in range(10_000):
            read += 1
            yield ["x" * 100]

    chunks = csv_chunks(header=["Text"], rows=rows())
    first = next(chunks)

    assert len(first) < 70_000
    assert read < 1_000
    assert first.count("\n") + sum(chunk.count("\n") for chunk in chunks) == 10_001


def test_the_answer_is_a_file_nobody_keeps_a_copy_of() -> None:
    response = csv_response(name="appointments-2026-08-06", header=["A"], rows=[["ä"]])

    assert response["Content-Disposition"] == 'attachment; filename="appointments-2026-08-06.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert b"".join(response).decode() == '\ufeff"A"\r\n"ä"\r\n'
