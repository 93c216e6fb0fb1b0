"""`optimizer export`: every format, what it refuses, and the files `solve` leaves for it."""

from __future__ import annotations

import csv
import io
import json
import os

import pytest

from optimizer import pipeline
from optimizer.app import artefacts
from optimizer.runs.folder import sealed_files

from .conftest import MINIMAL


@pytest.fixture
def run(solved, invoke, monkeypatch, tmp_path):
    """A finished run of the minimal instance."""
    monkeypatch.setattr(pipeline, "run", lambda *_: solved)
    assert invoke("solve", MINIMAL, "--out", "run", "--quiet").exit_code == 0
    return tmp_path / "run"


def ledger_total(rows):
    return sum(float(row["npv_musd"]) for row in rows if row["npv_musd"] not in ("", None))


def test_the_run_holds_a_workbook_and_the_hours(run):
    import openpyxl
    import pyarrow.parquet

    assert {"workbook.xlsx", "hourly.parquet"} <= set(sealed_files(run))
    book = openpyxl.load_workbook(run / "workbook.xlsx")
    assert book["Design"]["A1"].value.startswith("VERIFIED")
    origins = {row[2] for row in book["Assumptions"].iter_rows(min_row=4, values_only=True)}
    assert {"file", "default"} <= origins
    hours = pyarrow.parquet.read_table(run / "hourly.parquet")
    assert hours.num_rows == 8760


def test_the_design_outlives_a_workbook_that_fails(solved, invoke, monkeypatch, tmp_path):
    def fail(*_):
        raise ValueError("no paper")

    monkeypatch.setattr(pipeline, "run", lambda *_: solved)
    monkeypatch.setattr(artefacts, "_workbook", fail)
    done = invoke("solve", MINIMAL, "--out", "run", "--quiet")
    assert done.exit_code == 0
    assert "no paper" in done.stderr
    assert (tmp_path / "run" / "RUN_OK").exists()
    assert (tmp_path / "run" / "hourly.parquet").exists()


def test_ledger_as_csv_and_parquet(run, solved, invoke, tmp_path):
    import pyarrow.parquet

    assert invoke("export", run, "--format", "csv", "--out", "l.csv").exit_code == 0
    assert invoke("export", run, "--format", "parquet", "--out", "l.parquet").exit_code == 0
    want = solved.design.reported.npv_cost_musd
    assert ledger_total(csv.DictReader(io.StringIO((tmp_path / "l.csv").read_text()))) == pytest.approx(want)
    assert ledger_total(pyarrow.parquet.read_table(tmp_path / "l.parquet").to_pylist()) == pytest.approx(want)


def test_excel_eu_has_semicolons_and_decimal_commas(run, invoke, tmp_path):
    done = invoke(
        *("export", run, "--format", "csv", "--what", "procurement", "--csv-dialect", "excel-eu", "--out", "o.csv")
    )
    assert done.exit_code == 0
    text = (tmp_path / "o.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfwhat;item;name")
    assert b",0;" in text


@pytest.mark.parametrize("what", ["ledger", "procurement", "design", "hourly"])
@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_every_table_in_every_format(what, form, run, invoke, tmp_path):
    assert invoke("export", run, "--format", form, "--what", what, "--out", "file").exit_code == 0
    assert (tmp_path / "file").stat().st_size > 500


def test_hours_add_up_to_the_energy_of_the_year(run, solved, invoke, tmp_path):
    invoke("export", run, "--format", "csv", "--what", "hourly", "--out", "h.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "h.csv").read_text())))
    assert len(rows) == 8760
    energy = sum(float(row["import_mw"]) for row in rows)
    assert energy == pytest.approx(solved.design.reported.kpis["energy_mwh_per_year"])
    assert float(rows[0]["pue"]) == pytest.approx(float(rows[0]["import_mw"]) / float(rows[0]["it_mw"]))


def test_json_says_what_it_is_worth(run, invoke, tmp_path):
    invoke("export", run, "--format", "json", "--out", "d.json")
    told = json.loads((tmp_path / "d.json").read_text())
    assert told["verified"] is True
    assert told["verdict"].startswith("VERIFIED")
    assert told["design"] == json.loads((run / "design.json").read_text())


def test_workbook_and_annex(run, invoke, tmp_path):
    import openpyxl

    assert invoke("export", run, "--format", "xlsx", "--out", "b.xlsx").exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert book["Design"]["A1"].value.startswith("VERIFIED")
    # Origins come from the run's folder; without them the values stand alone.
    assert {"file", "default"} <= {row[2] for row in book["Assumptions"].iter_rows(min_row=4, values_only=True)}
    (run / "assumptions.json").write_text("[damaged")
    assert invoke("export", run, "--format", "xlsx", "--out", "c.xlsx").exit_code == 7
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx")["Assumptions"]
    assert {row[2] for row in sheet.iter_rows(min_row=4, values_only=True)} == {"not recorded"}
    assert invoke("export", run, "--format", "markdown", "--out", "a.md").exit_code == 7
    text = (tmp_path / "a.md").read_text()
    assert text.index("VERIFIED") < text.index("## Annex A") < text.index("## Annex B") < text.index("## Annex C")
    assert "| total |  | " in text


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "xlsx", "--what", "ledger", "--out", "x"),
        ("--format", "json", "--csv-dialect", "excel-eu", "--out", "x"),
        ("--format", "csv", "--out", "run/ledger.csv", "--overwrite"),
        ("--format", "csv", "--out", "there"),
        ("--format", "csv", "--out", "run"),
        ("--format", "pdf", "--out", "x"),
        ("--format", "csv"),
    ],
)
def test_uses_that_make_no_sense(options, run, invoke, tmp_path):
    (tmp_path / "there").write_text("mine")
    sealed = (run / "ledger.csv").read_bytes()
    assert invoke("export", run, *options).exit_code == 2
    assert (tmp_path / "there").read_text() == "mine"
    assert (run / "ledger.csv").read_bytes() == sealed
    assert not (tmp_path / "x").exists()


def test_a_file_a_spreadsheet_holds_open(run, invoke, monkeypatch, tmp_path):
    (tmp_path / "b.xlsx").write_text("old")

    def locked(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", locked)
    done = invoke("export", run, "--format", "xlsx", "--out", "b.xlsx", "--overwrite")
    assert done.exit_code == 10
    assert "close b.xlsx" in done.stderr
    assert (tmp_path / "b.xlsx").read_text() == "old"


def test_a_tampered_design_is_not_exported(run, invoke, tmp_path):
    data = json.loads((run / "design.json").read_text())
    data["reported"]["npv_cost_musd"] *= 0.9
    (run / "design.json").write_text(json.dumps(data))
    done = invoke("export", run, "--format", "csv", "--out", "x.csv")
    assert done.exit_code == 7
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(("status", "code"), [("infeasible", 4), ("no_solution", 6)])
def test_a_run_without_a_design(status, code, run, invoke, tmp_path):
    (run / "design.json").unlink()
    record = json.loads((run / "provenance.json").read_text())
    (run / "provenance.json").write_text(json.dumps({**record, "status": status}))
    done = invoke("export", run, "--format", "csv", "--out", "x.csv")
    assert done.exit_code == code
    assert "there is no design" in done.stderr


def test_infeasible_for_real(invoke, tmp_path):
    done = invoke("solve", MINIMAL, "--set", "phases.only.target_pflops=100000", "--quiet", "--out", "none")
    assert done.exit_code == 4
    assert (tmp_path / "none" / "workbook.xlsx").is_file()
    assert invoke("export", "none", "--format", "xlsx", "--out", "x.xlsx").exit_code == 4


def test_what_is_no_run(invoke, tmp_path):
    assert invoke("export", "nowhere", "--format", "csv", "--out", "x").exit_code == 10
    (tmp_path / "empty").mkdir()
    assert invoke("export", "empty", "--format", "csv", "--out", "x").exit_code == 10
