"""What the catalogue's files come to is kept as bytecode is: the same content, or made again."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from optimizer.reading import parsed_cache
from optimizer.reading.catalogue import PACKAGED, TABLES, _split, _Table
from optimizer.reading.parsed_cache import kept


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    path = tmp_path / "table.toml"
    path.write_text("a = 1\n")
    return path


class Maker:
    """Counts how often it is asked."""

    def __init__(self, result: object = "made") -> None:
        self.result, self.count = result, 0

    def __call__(self) -> object:
        self.count += 1
        return self.result


def stored(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source))).with_suffix(".table.pickle")


def test_it_is_made_once_for_one_content(source: Path) -> None:
    first, second = Maker({"a": 1}), Maker({"a": 2})
    assert kept(source, "table", first) == kept(source, "table", second) == {"a": 1}
    assert (first.count, second.count) == (1, 0)
    assert [file.name for file in stored(source).parent.iterdir()] == [stored(source).name]


def test_other_things_of_one_file_are_kept_apart(source: Path) -> None:
    assert kept(source, "table", Maker("table")) == "table"
    assert kept(source, "rows", Maker("rows")) == "rows"
    assert kept(source, "table", Maker("never")) == "table"


def test_another_content_is_made_anew(source: Path) -> None:
    kept(source, "table", Maker("old"))
    source.write_text("a = 2\n")
    assert kept(source, "table", Maker("new")) == "new"
    assert kept(source, "table", Maker("never")) == "new"


def test_other_code_makes_it_anew(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(source, "table", Maker("old"))
    monkeypatch.setattr(parsed_cache, "_code", lambda: b"another version")
    assert kept(source, "table", Maker("new")) == "new"


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:-1], lambda data: data[:70] + b"x" + data[71:]]
)
def test_a_damaged_file_is_made_anew(damage: object, source: Path) -> None:
    kept(source, "table", Maker("a text of some length that is kept"))
    stored(source).write_bytes(damage(stored(source).read_bytes()))  # type: ignore[operator]
    assert kept(source, "table", Maker("new")) == "new"


def test_nothing_is_written_where_bytecode_is_not_wanted(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert kept(source, "table", Maker("made")) == "made"
    assert os.listdir(source.parent) == ["table.toml"]


def test_a_place_that_cannot_be_written_to_costs_time_alone(source: Path) -> None:
    (source.parent / "__pycache__").write_text("a file where the folder would be")
    assert kept(source, "table", Maker("made")) == "made"
    assert kept(source, "table", Maker("again")) == "again"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_the_catalogue_comes_back_as_it_was_read(table: str, source: Path) -> None:
    read = _split(table, PACKAGED)
    kept(source, "table", Maker(read))
    again: _Table = kept(source, "table", Maker())  # type: ignore[assignment]
    assert again == read
    assert list(again.general.tree[table]) == list(read.general.tree[table])
