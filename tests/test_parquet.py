"""Columns laid out by hand are what pyarrow makes of the same lists."""

from __future__ import annotations

import io

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from optimizer.parquet import numbers, parquet_file, repeated, texts

WORDS = ["a", None, "", "Zürich 香港", "b" * 300, None, "c", "d", "e", None]


@pytest.mark.parametrize("values", [[], WORDS, WORDS[2:5], [None] * 17], ids=["none", "mixed", "all there", "nulls"])
def test_texts(values):
    found = texts(values)
    found.validate(full=True)
    assert found.equals(pyarrow.array(values, type=pyarrow.string()))


@pytest.mark.parametrize("kind", ["int8", "int16", "int64", "float32", "float64"])
def test_numbers(kind):
    values = np.arange(20)[::2].astype(kind)
    found = numbers(values)
    found.validate(full=True)
    assert found.equals(pyarrow.array(values))
    absent = np.arange(10) % 3 == 1
    expected = pyarrow.array(
        [None if gone else value for gone, value in zip(absent, values.tolist(), strict=True)], found.type
    )
    assert numbers(values, absent).equals(expected)


def test_a_file_gives_back_what_was_written():
    columns = {
        "site": repeated(["x", "y", "x"], [2, 1, 2]),
        "mw": numbers(np.linspace(0, 1, 5)),
        "told": texts(WORDS[:5]),
    }
    for compression in ("snappy", "zstd"):
        table = pyarrow.parquet.read_table(io.BytesIO(parquet_file(columns, compression)))
        assert table.column_names == ["site", "mw", "told"]
        assert table["site"].to_pylist() == ["x", "x", "y", "x", "x"]
        assert table["mw"].to_pylist() == np.linspace(0, 1, 5).tolist()
        assert table["told"].to_pylist() == WORDS[:5]
