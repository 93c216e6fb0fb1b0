"""A design on file is held to the instance it answers, whichever it was made for; what is stored is not believed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from optimizer.app.loaded import no_design, result_on_file
from optimizer.app.write_run import design_text
from optimizer.errors import InputOutputError, VerificationError
from optimizer.inputs.design import Design
from optimizer.pipeline import Options, run
from optimizer.reading.read import Reading, ReadOptions, read_instance
from tests.tiny import ROOT

PATH = ROOT / "instances" / "minimal.toml"


@cache
def design() -> Design:
    reading = read()
    result = run(reading.instance, reading.folder, Options(isolated=False, gap=1e-6), sha256=reading.sha256)
    assert result.design is not None
    return result.design


def read(*sets: str) -> Reading:
    return read_instance(PATH, ReadOptions(sets=sets))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "design.json"
    path.write_text(design_text(design()), encoding="utf-8")
    return path


def test_a_design_answers_its_own_instance_by_file_or_by_folder(file: Path) -> None:
    for given in (file, file.parent):
        result = result_on_file(read(), given)
        assert result.verified
        assert result.design is not None
        assert result.design.decisions == design().decisions


def test_it_does_not_answer_an_instance_it_breaks(file: Path) -> None:
    row = design().decisions.deliveries[0]
    with pytest.raises(VerificationError, match="does not pass the audit as an answer to this instance"):
        result_on_file(read(f'procurement.exclude=["{row.accelerator}"]'), file)


def test_a_bid_without_figures_gets_those_of_the_audit(tmp_path: Path) -> None:
    """The figures the audit computes of decisions alone are the ones the search reported."""
    bid = design().model_copy(update={"reported": None, "solve": None})
    path = tmp_path / "design.json"
    path.write_text(design_text(bid), encoding="utf-8")
    result = result_on_file(read(), path)
    assert result.design is not None
    assert result.design.reported is not None
    ours = design().reported
    assert ours is not None
    assert result.design.reported.lcoc_usd_per_eflop == pytest.approx(ours.lcoc_usd_per_eflop, rel=1e-9)
    audited = result.design.reported.kpis
    shared = sorted(audited.keys() & ours.kpis.keys())
    assert len(shared) > 20
    assert [audited[name] for name in shared] == pytest.approx([ours.kpis[name] for name in shared], rel=1e-6, abs=1e-9)
    assert result.status.value == "feasible"


def test_why_a_folder_holds_no_design(tmp_path: Path) -> None:
    assert isinstance(no_design(tmp_path), InputOutputError)
    (tmp_path / "design.rejected.json").write_text("{}", encoding="utf-8")
    assert isinstance(no_design(tmp_path), VerificationError)
