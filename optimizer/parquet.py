"""Parquet files from plain columns, without pandas: pyarrow loads it, which takes half a second, to look at a list.

Arrays are therefore made from their buffers, as the Arrow columnar format lays them out
(https://arrow.apache.org/docs/format/Columnar.html).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def numbers(values: NDArray[Any], absent: NDArray[np.bool_] | None = None) -> Any:
    """A column of a numpy array of numbers, or of yes and no; null where `absent` says so."""
    import pyarrow

    kind = getattr(pyarrow, "bool_" if values.dtype == np.bool_ else values.dtype.name)()
    bits = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else values
    data = pyarrow.py_buffer(np.ascontiguousarray(bits))
    return pyarrow.Array.from_buffers(kind, len(values), [_validity(absent), data])


def texts(values: Sequence[str | None]) -> Any:
    """A column of texts; None is null."""
    import pyarrow

    written = [b"" if value is None else value.encode() for value in values]
    ends = np.concatenate([[0], np.cumsum([len(part) for part in written], dtype=np.int64)]).astype(np.int32)
    absent = np.array([value is None for value in values], dtype=np.bool_)
    buffers = [_validity(absent), pyarrow.py_buffer(ends), pyarrow.py_buffer(b"".join(written))]
    return pyarrow.Array.from_buffers(pyarrow.string(), len(values), buffers)


def repeated(names: Sequence[str], counts: Sequence[int]) -> Any:
    """A dictionary column: each name so many times in a row."""
    import pyarrow

    kinds = list(dict.fromkeys(names))
    places = np.repeat(np.array([kinds.index(name) for name in names], dtype=np.int32), counts)
    return pyarrow.DictionaryArray.from_arrays(numbers(places), texts(kinds))


def parquet_file(columns: Mapping[str, Any], compression: str = "snappy") -> bytes:
    """The columns as a file."""
    import pyarrow
    import pyarrow.parquet

    target = io.BytesIO()
    table = pyarrow.Table.from_arrays(list(columns.values()), names=list(columns))
    pyarrow.parquet.write_table(table, target, compression=compression)
    return target.getvalue()


def _validity(absent: NDArray[np.bool_] | None) -> Any:
    """One bit a value, 1 where there is one; None if all are there."""
    import pyarrow

    if absent is None or not absent.any():
        return None
    return pyarrow.py_buffer(np.packbits(~absent, bitorder="little"))
