"""CSV that a spreadsheet does not run."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.runs.safe_csv import FORMULA_STARTS, write_table


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://x","y")', "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\r=1", "=", "-"],
)
def test_a_text_that_looks_like_a_formula_is_shown_as_text(text: str) -> None:
    table = list(csv.reader(io.StringIO(write_table(("name",), [(text,)]), newline="")))
    assert table == [["name"], ["'" + text]]


def test_numbers_are_untouched() -> None:
    assert write_table(("a", "b", "c", "d"), [(-3.5, -2, 1e-300, 0.1)]) == "a,b,c,d\n-3.5,-2,1e-300,0.1\n"


def test_plain_texts_are_untouched() -> None:
    rows = [("a=b", "x-y", "{x.__class__}", "{{7*7}}", "[red]%s", 'say "hi", twice\nnow', None, True)]
    (row,) = csv.reader(io.StringIO(write_table(list("abcdefgh"), rows).partition("\n")[2]))
    assert row == [*rows[0][:6], "", "TRUE"]  # type: ignore[list-item]


def test_the_european_dialect_has_semicolons_and_decimal_commas() -> None:
    text = write_table(("a", "b", "c"), [(-1.5, "x;y", "1.5"), (2, "=1", None)], "excel-eu")
    assert text == '\ufeffa;b;c\n-1,5;"x;y";1.5\n2;\'=1;\n'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        write_table(("a",), [(number,)])


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells in a table of 1"):
        write_table(("a",), [(1, 2)])


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_every_cell_comes_back_and_none_is_a_formula(text: str, number: float) -> None:
    table = write_table(("text", "number"), [(text, number)])
    _, (shown, value) = csv.reader(io.StringIO(table, newline=""))
    assert float(value) == number
    assert not shown.startswith(FORMULA_STARTS)
    assert shown in (text, "'" + text)
