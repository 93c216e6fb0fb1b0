"""What a run's folder holds, and that it holds nothing wrong."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from run_cases import SUMMARY, Case, make_case, make_extras, make_folder, rejected, solved, write_case

from optimizer.app.write_run import design_text, write_run
from optimizer.errors import InputOutputError, UsageError
from optimizer.inputs.design import Status
from optimizer.model.derive import derive
from optimizer.pipeline import check
from optimizer.reading.resolved import read_resolved
from optimizer.runs.folder import altered_files, is_complete, sealed_files
from optimizer.runs.read import load_run


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return make_case(tmp_path / "in")


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")}


def provenance_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "provenance.json").read_text())
    return record


def test_a_verified_run_has_every_file_and_the_seal_last(case: Case, tmp_path: Path) -> None:
    folder = write_case(case, tmp_path)
    expected = {
        "instance.resolved.toml",
        "series/weather.csv",
        "design.json",
        "ledger.csv",
        "ledger.parquet",
        "procurement.csv",
        "verify.json",
        "provenance.json",
        "report.html",
        "summary.md",
        "RUN_OK",
    }
    assert names(folder) == expected
    assert set(sealed_files(folder) or ()) == expected - {"RUN_OK"}
    assert is_complete(folder)
    assert altered_files(folder) == ()
    assert not list(folder.glob(".writing-*"))


def test_the_seal_is_written_after_everything_else(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(Path(b).name), real(a, b))[1])
    write_case(case, tmp_path)
    assert order[-1] == "RUN_OK"
    assert "design.json" in order


def test_the_folder_is_self_contained(case: Case, tmp_path: Path) -> None:
    folder = write_case(case, tmp_path)
    original = (case.path.parent / "data" / "weather.csv").read_bytes()
    (case.path.parent / "data" / "weather.csv").unlink()
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    run = load_run(moved)
    assert run.instance.sites["paper"].weather.path == "series/weather.csv"  # type: ignore[union-attr]
    assert (moved / "series" / "weather.csv").read_bytes() == original
    assert derive(run.instance, run.folder).years["paper"].weather.wet_c.max() == 20.0
    assert check(run.instance, run.design, run.folder).passed
    assert run.warnings == ()


def test_a_series_with_a_wild_name_gets_a_plain_one(tmp_path: Path) -> None:
    folder = write_case(make_case(tmp_path / "in", "wet weather é.csv"), tmp_path)
    assert "series/series-1.csv" in names(folder)
    assert read_resolved(folder / "instance.resolved.toml").sites["paper"].weather.path == "series/series-1.csv"  # type: ignore[union-attr]


def test_summary_and_artefacts_are_stored_as_they_are(case: Case, tmp_path: Path) -> None:
    folder = write_case(case, tmp_path)
    assert (folder / "summary.md").read_text() == SUMMARY
    assert (folder / "report.html").read_text() == "<p>whole</p>"


def test_equal_runs_write_equal_files(case: Case, tmp_path: Path) -> None:
    first, second = write_case(case, tmp_path / "1"), write_case(case, tmp_path / "2")
    same = names(first) - {"provenance.json", "RUN_OK"}
    assert {n: (first / n).read_bytes() for n in same} == {n: (second / n).read_bytes() for n in same}


def test_the_ledger_comes_back_exactly_from_csv_and_parquet(case: Case, tmp_path: Path) -> None:
    folder = write_case(case, tmp_path)
    assert case.result.design is not None
    assert case.result.design.reported is not None
    amounts = [entry.amount for entry in case.result.design.reported.ledger]
    rows = list(csv.DictReader(io.StringIO((folder / "ledger.csv").read_text())))
    assert [float(row["amount"]) for row in rows] == amounts
    table = pyarrow.parquet.read_table(folder / "ledger.parquet").to_pydict()
    assert table["amount"] == amounts
    npv = case.result.design.reported.npv_cost_musd
    assert sum(worth for worth in table["npv_musd"] if worth is not None) == pytest.approx(npv, rel=1e-12)


def test_a_rejected_design_is_withheld(case: Case, tmp_path: Path) -> None:
    folder = write_case(rejected(case), tmp_path)
    assert names(folder) == {
        "instance.resolved.toml",
        "series/weather.csv",
        "design.rejected.json",
        "verify.json",
        "provenance.json",
    }
    assert not is_complete(folder)
    assert provenance_of(folder)["verified"] is False
    with pytest.raises(InputOutputError, match="rejected by the audit"):
        load_run(folder)


def test_a_rejected_design_leaves_nothing_of_an_earlier_verified_one(case: Case, tmp_path: Path) -> None:
    folder = write_case(case, tmp_path)
    (folder / "notes.txt").write_text("mine")
    write_case(rejected(case), tmp_path)
    assert not names(folder) & {"design.json", "ledger.csv", "summary.md", "report.html", "RUN_OK"}
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_run_without_a_design_says_how_it_ended(case: Case, tmp_path: Path) -> None:
    nothing = replace(case.result, status=Status.INFEASIBLE, design=None, audit=None, message="no room")
    extras = make_extras(artefacts={"explain.json": "{}"}, summary="")
    folder = write_case(replace(case, result=nothing), tmp_path, extras)
    assert names(folder) == {
        "instance.resolved.toml",
        "series/weather.csv",
        "provenance.json",
        "explain.json",
        "RUN_OK",
    }
    record = provenance_of(folder)
    assert (record["status"], record["message"], record["search"]["gap_reached"]) == ("infeasible", "no room", None)


def test_an_artefact_cannot_leave_the_folder_or_replace_the_seal(case: Case, tmp_path: Path) -> None:
    for name in ("../x", "/etc/x", "RUN_OK", ".optimizer-run", "a/b/c", "series/../../x"):
        with make_folder(tmp_path) as folder, pytest.raises(UsageError, match="cannot be the name"):
            write_run(folder, case.reading, case.result, make_extras(artefacts={name: "x"}))


def test_the_log_of_the_solver_is_kept(case: Case, tmp_path: Path) -> None:
    with make_folder(tmp_path) as folder:
        folder.log_path.write_text("line\n")
        write_run(folder, case.reading, case.result, make_extras())
    assert (folder.path / "solver.log").read_text() == "line\n"
    assert "solver.log" in (sealed_files(folder.path) or {})
    with make_folder(tmp_path, "crashed") as folder:
        folder.log_path.write_text("last words\n")
    assert (folder.path / "solver.failed.log").read_text() == "last words\n"


def test_provenance_says_what_was_asked_and_reached(case: Case, tmp_path: Path) -> None:
    record = provenance_of(write_case(case, tmp_path))
    search = record["search"]
    assert (search["objective"], search["seed"], search["gap_asked"], search["threads"]) == ("lcoc", 7, 1e-6, 2)
    assert search["gap_reached"] <= 1e-6
    assert search["time_limit_s"] == case.reading.instance.solve.time_limit_s
    assert record["model"]["fingerprint"] == case.result.size.fingerprint
    assert len(record["model"]["fingerprint"]) == 64
    assert record["instance"]["sha256"] == case.reading.sha256 != record["instance"]["packed_sha256"]
    assert {i["file"] for i in record["inputs"]} == {"plan.toml", "data/weather.csv"}
    assert set(record["versions"]) >= {"python", "pyomo", "highspy", "numpy", "pydantic", "optimizer"}
    assert record["started_utc"] == "2026-11-22T05:00:00Z"
    assert record["ended_utc"].endswith("Z")
    assert set(record["seconds"]) >= {"derive", "build", "solve", "audit"}
    assert all(value >= 0 for value in record["seconds"].values())


def test_provenance_names_no_user_and_no_folder(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"/home/annika/lib{os.pathsep}relative")
    monkeypatch.setenv("HIGHS_OPTIONS", "/home/annika/highs_options.txt")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("ANN_SECRET", "hush")
    extras = make_extras()
    context = replace(extras.context, warnings=("cannot read /home/annika/notes/x.csv: gone",))
    record = provenance_of(write_case(case, tmp_path, replace(extras, context=context)))
    text = json.dumps(record)
    assert "annika" not in text
    assert "hush" not in text
    assert str(tmp_path) not in text
    assert record["command"] == ["…/optimizer", "solve", "…/plan.toml", "--out=…/x"]
    assert record["environment"]["PYTHONPATH"] == f"…/lib{os.pathsep}relative"
    assert record["environment"]["HIGHS_OPTIONS"] == "…/highs_options.txt"
    assert record["environment"]["OMP_NUM_THREADS"] == "3"
    assert "cannot read …/x.csv: gone" in record["warnings"]


@pytest.mark.parametrize("name", ["plan.toml", "data/weather.csv"])
def test_an_input_that_changed_during_the_run_is_reported(case: Case, tmp_path: Path, name: str) -> None:
    path = case.path.parent / name
    path.write_text(path.read_text() + "\n")
    record = provenance_of(write_case(case, tmp_path))
    assert [w for w in record["warnings"] if w.startswith(f"input changed during the run: {name}")]
    assert sum("sha256_at_end" in entry for entry in record["inputs"]) == 1


def test_an_unchanged_input_is_not_reported(case: Case, tmp_path: Path) -> None:
    record = provenance_of(write_case(case, tmp_path))
    assert not [w for w in record["warnings"] if "changed" in w]


def test_nothing_is_written_to_the_current_folder(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "cwd"
    here.mkdir()
    (here / "highs_options.txt").write_text("time_limit = 0\n")
    monkeypatch.chdir(here)
    write_case(case, tmp_path)
    assert os.listdir(here) == ["highs_options.txt"]


def test_design_text_is_sorted_and_plain(case: Case) -> None:
    design = solved().design
    assert design is not None
    text = design_text(design)
    assert text.isascii()
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert text == design_text(type(design).model_validate_json(text))


def test_what_is_still_being_made_is_asked_for_when_all_else_is_written(case: Case, tmp_path: Path) -> None:
    seen: list[str] = []

    def late() -> dict[str, bytes | str]:
        seen.extend(path.name for path in (tmp_path / "run").iterdir())
        return {"workbook.xlsx": b"late"}

    folder = write_case(case, tmp_path, make_extras(late=late))
    assert {"design.json", "report.html", "summary.md", "provenance.json"} <= set(seen)
    assert not {"workbook.xlsx", "RUN_OK"} & set(seen)
    assert (folder / "workbook.xlsx").read_bytes() == b"late"
    assert not altered_files(folder)
    assert "workbook.xlsx" in (sealed_files(folder) or {})


def test_of_a_rejected_design_it_is_not_asked_for(case: Case, tmp_path: Path) -> None:
    def late() -> dict[str, bytes | str]:
        raise AssertionError

    assert not (write_case(rejected(case), tmp_path, make_extras(late=late)) / "RUN_OK").exists()
