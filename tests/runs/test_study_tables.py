"""The Parquet file of a study's table: one type a column, absent cells null, whatever the rows hold."""

from __future__ import annotations

import subprocess
import sys

import pyarrow.parquet
import pytest

from optimizer.runs.study_tables import StudyTable
from tests.tiny import ROOT

COLUMNS = ("status", "whole", "yes", "number", "nothing", "mixed")
ROWS = (
    ("optimal", 1, True, 1.5, None, "text"),
    (None, None, None, None, None, None),
    ("infeasible", 2**53 + 1, False, 2, None, 4),
)


def read(table: StudyTable) -> pyarrow.Table:
    return pyarrow.parquet.read_table(pyarrow.BufferReader(table.parquet()))


def test_columns_come_back_with_their_types_and_gaps() -> None:
    back = read(StudyTable(COLUMNS, ROWS))
    assert [str(kind) for kind in back.schema.types] == ["string", "int64", "bool", "double", "double", "string"]
    columns = zip(*ROWS, strict=True)
    expected = {name: list(values) for name, values in zip(COLUMNS, columns, strict=True)}
    assert back.to_pydict() == expected | {"mixed": ["text", None, "4"]}


@pytest.mark.parametrize("rows", [(), ROWS[:1]])
def test_as_many_rows_as_there_are(rows: tuple) -> None:
    assert read(StudyTable(COLUMNS, rows)).num_rows == len(rows)


def test_pandas_stays_away() -> None:
    """Pyarrow loads it to look at a list, which takes half a second."""
    code = (
        "import sys; from optimizer.runs.study_tables import StudyTable; "
        "StudyTable(('a', 'b', 'c'), ((1, 'x', True), (None, None, None))).parquet(); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
