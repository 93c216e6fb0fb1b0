"""A study's folder: whole cells or none, one study to a folder, nothing foreign touched."""

from __future__ import annotations

import json

import pytest

from optimizer.errors import InputOutputError, UsageError
from optimizer.runs.study_folder import SEAL_NAME, open_study, study_path

DEFINITION = {"format_version": 1, "command": "sweep", "instance": {"name": "x"}}
RECORD = {"key": "k", "status": "optimal", "kpis": {"a": 0.1 + 0.2}, "seconds": 1.0}


@pytest.fixture
def folder(tmp_path):
    with open_study(tmp_path / "study", DEFINITION) as opened:
        yield opened


def test_records_come_back_exactly(folder) -> None:
    folder.put("k", RECORD)
    assert folder.get("k") == RECORD
    assert folder.get("other") is None


@pytest.mark.parametrize("length", [0, 1, 40, -2])
def test_half_a_cell_is_no_cell(folder, length: int) -> None:
    folder.put("k", RECORD)
    path = folder.path / "cells" / "k.json"
    path.write_bytes(path.read_bytes()[:length])
    assert folder.get("k") is None


def test_a_cell_somebody_changed_is_no_cell(folder) -> None:
    folder.put("k", RECORD)
    path = folder.path / "cells" / "k.json"
    path.write_text(path.read_text().replace("optimal", "feasible"))
    assert folder.get("k") is None


def test_failed_cells_are_kept_unless_asked_to_retry(folder) -> None:
    folder.put("k", RECORD | {"status": "failed"})
    assert folder.get("k") is not None
    folder.retry_failed = True
    assert folder.get("k") is None


def test_another_study_is_refused_and_nothing_is_touched(folder) -> None:
    folder.put("k", RECORD)
    folder.close()
    before = {path: path.read_bytes() for path in folder.path.rglob("*.json")}
    with pytest.raises(InputOutputError, match="it differs in instance"):
        open_study(folder.path, DEFINITION | {"instance": {"name": "y"}})
    assert {path: path.read_bytes() for path in folder.path.rglob("*.json")} == before


def test_the_same_study_goes_on(folder) -> None:
    folder.put("k", RECORD)
    (folder.path / "cells" / ".writing-abc").write_text("half")
    folder.close()
    with open_study(folder.path, dict(DEFINITION)) as again:
        assert again.get("k") == RECORD
        assert not (again.path / "cells" / ".writing-abc").exists()


def test_a_foreign_folder_is_refused(tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputOutputError, match="not the folder of a study"):
        open_study(tmp_path, DEFINITION)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_processes_do_not_share_a_folder(folder) -> None:
    with pytest.raises(InputOutputError, match="held by"):
        open_study(folder.path, DEFINITION)


def test_the_seal_names_the_files(folder) -> None:
    folder.write("table.csv", "a,b\n")
    folder.seal()
    seal = json.loads((folder.path / SEAL_NAME).read_text())
    assert sorted(seal["files"]) == ["study.json", "table.csv"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "x" * 65, "é"])
def test_names_that_lead_elsewhere(name: str, tmp_path) -> None:
    with pytest.raises(UsageError):
        study_path(tmp_path, "x", name)
