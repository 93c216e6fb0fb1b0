"""Runs and designs read back: exactly, or with what is wrong said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_cases import Case, make_case, write_case

from optimizer.errors import ExitCode, InputError, InputOutputError
from optimizer.inputs.design import Design
from optimizer.pipeline import check
from optimizer.runs.read import load_design, load_run
from optimizer.runs.record import RunRecord


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return make_case(tmp_path / "in")


@pytest.fixture
def folder(case: Case, tmp_path: Path) -> Path:
    return write_case(case, tmp_path)


def change(path: Path, *keys: str | int, value: Any) -> None:
    data = json.loads(path.read_text())
    node = data
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    path.write_text(json.dumps(data))


def test_a_run_comes_back_equal(case: Case, folder: Path) -> None:
    run = load_run(folder)
    assert run.design == case.result.design
    assert run.altered == ()
    assert run.warnings == ()
    assert run.provenance["instance"]["sha256"] == run.design.instance_sha256


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (("solve", "a.toml"), ""),
        (("solve", "a.toml", "--scenario", "tight", "--set", "x.y=2"), "tight, x.y=2"),
        (("solve", "--set=x.y=2", "a.toml", "--scenario"), "x.y=2"),
        (("solve", "a.toml", "--set", "title='\x1b[31m'"), "title='\\x1b[31m'"),
    ],
)
def test_what_was_asked_is_read_off_the_command(command: tuple[str, ...], asked: str) -> None:
    record = RunRecord(command=command)
    assert record.asked == asked
    assert record.scenario == ("tight" if "tight" in command else "")


def test_a_tampered_design_is_reported_and_fails_the_audit(folder: Path) -> None:
    change(folder / "design.json", "reported", "kpis", "capex_musd", value=0.5)
    run = load_run(folder)
    assert run.altered == ("design.json",)
    assert "altered since the run: design.json" in run.warnings
    assert not check(run.instance, run.design, run.folder).passed


def test_a_tampered_series_is_reported(folder: Path) -> None:
    path = folder / "series" / "weather.csv"
    path.write_text(path.read_text().replace("20.0,20.0", "20.0,10.0"))
    assert load_run(folder).altered == ("series/weather.csv",)


def test_tampering_with_the_seal_as_well_does_not_hide_another_instance(folder: Path) -> None:
    path = folder / "instance.resolved.toml"
    path.write_text(path.read_text().replace("price_usd = 20000.0", "price_usd = 19999.0", 1))
    (folder / "RUN_OK").unlink()
    run = load_run(folder)
    assert any("instance.resolved.toml is not the instance" in name for name in run.altered)


def test_a_design_of_another_instance_is_reported(folder: Path) -> None:
    change(folder / "design.json", "instance", value="other")
    change(folder / "design.json", "instance_sha256", value="0" * 64)
    altered = " ".join(load_run(folder).altered)
    assert "is of instance other" in altered
    assert "different instances" in altered


def test_an_unfinished_run_is_read_with_a_warning(folder: Path) -> None:
    (folder / "RUN_OK").unlink()
    assert load_run(folder).warnings == ("no RUN_OK: the run was not finished",)
    (folder / "RUN_OK").write_text("{")
    assert load_run(folder).warnings[0].startswith("RUN_OK is damaged")


def test_a_missing_file_is_reported(folder: Path) -> None:
    (folder / "ledger.csv").unlink()
    (folder / "provenance.json").unlink()
    run = load_run(folder)
    assert run.altered == ("ledger.csv", "provenance.json")
    assert any("where the design comes from is not known" in text for text in run.warnings)


def test_a_seal_that_points_outside_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    change(folder / "RUN_OK", "files", "../secret", value="0" * 64)
    assert load_run(folder).altered == ("../secret",)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"format_version": 1, "instance": "a", "instance": "b"}', "E0202", '"instance" stands twice'),
        ('{"format_version": NaN}', "E0311", "NaN is not a number"),
        ('{"x": [-Infinity]}', "E0311", "must be finite"),
        ('{"x": 1e400}', "E0311", "too large"),
        ('{"x": ' + "9" * 5000 + "}", "E0109", "5000 digits"),
        ("[" * 100_000, "E0108", "nested too deeply"),
        ('{"format_version": 1,', "E0319", "damaged JSON"),
        ("", "E0319", "damaged JSON"),
        ("[]", "E0310", "must be a JSON object"),
        ('{"format_version": 2}', "E0319", "newer optimizer"),
        ('{"format_version": 0}', "E0319", "format_version"),
        ('{"format_version": true}', "E0319", "format_version"),
        ('{"format_version": 1, "decisions": {}}', "E0301", "instance"),
    ],
)
def test_a_damaged_design_is_refused(tmp_path: Path, text: str, code: str, words: str) -> None:
    path = tmp_path / "design.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_design(path)
    assert caught.value.exit_code is ExitCode.INPUT
    first = caught.value.diagnostics[0]
    assert (first.code, first.file) == (code, "design.json")
    assert words in first.message


def test_a_newer_format_asks_for_an_upgrade(folder: Path) -> None:
    change(folder / "provenance.json", "format_version", value=99)
    with pytest.raises(InputError, match="newer optimizer") as caught:
        load_run(folder)
    assert "upgrade" in (caught.value.diagnostics[0].help or "")


def test_every_fault_of_a_design_is_listed(folder: Path) -> None:
    path = folder / "design.json"
    change(path, "decisions", "deliveries", 0, "pods", value=9.5)
    change(path, "decisions", "ups", 0, "mw", value="1")
    change(path, "surprise", value=1)
    with pytest.raises(InputError) as caught:
        load_design(path)
    found = {(d.code, d.path) for d in caught.value.diagnostics}
    assert {("E0310", "decisions.ups.0.mw"), ("E0302", "surprise")} <= found
    assert any(path == "decisions.deliveries.0.pods" for _, path in found)


def test_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "design.json").write_bytes(b'{"instance": "Z\xfcrich"}')
    with pytest.raises(InputError, match="not UTF-8"):
        load_design(tmp_path / "design.json")


def test_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match=r"cannot read design\.json: No such file"):
        load_design(tmp_path / "design.json")
    with pytest.raises(InputOutputError, match="not a folder"):
        load_run(tmp_path / "nowhere")


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_bid_of_decisions_alone_is_audited(case: Case, folder: Path, tmp_path: Path, wrapped: bool) -> None:
    decisions = json.loads((folder / "design.json").read_text())["decisions"]
    path = tmp_path / "bid.json"
    path.write_text(json.dumps({"decisions": decisions} if wrapped else decisions))
    bid = load_design(path, case.reading.instance)
    assert bid.reported is None
    assert bid.decisions == case.result.design.decisions  # type: ignore[union-attr]
    assert bid.instance_sha256 == case.reading.sha256
    assert isinstance(bid, Design)


def test_a_bid_without_its_instance_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    decisions = json.loads((folder / "design.json").read_text())["decisions"]
    (tmp_path / "bid.json").write_text(json.dumps({"decisions": decisions}))
    with pytest.raises(InputError) as caught:
        load_design(tmp_path / "bid.json")
    assert {d.path for d in caught.value.diagnostics} == {"instance", "instance_sha256", "planning_date"}
