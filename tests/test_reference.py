"""The kept reference result of the flagship: it holds, the README quotes it, and a fresh solve reproduces it."""

from __future__ import annotations

import json

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.reading.read import read_instance
from tests.crosscheck.whole_runs import GAP, shared_solver
from tests.tiny import ROOT

REFERENCE = ROOT / "results" / "hong_kong_cyberport" / "reference"
INSTANCE = ROOT / "instances" / "hong_kong_cyberport.toml"


def kept() -> Design:
    return Design.model_validate_json((REFERENCE / "design.json").read_text(encoding="utf-8"))


def test_the_reference_is_of_the_instance_as_it_stands() -> None:
    assert kept().instance_sha256 == read_instance(INSTANCE).sha256, "run `make reference` and read the difference"


def test_the_reference_passes_the_audit() -> None:
    reading = read_instance(INSTANCE)
    assert audit(reading.instance, kept(), reading.folder).passed


def test_the_readme_quotes_the_reference() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = readme.split("<!-- flagship -->")[1].split("<!-- /flagship -->")[0]
    reported = kept().reported
    assert reported is not None
    assert f"{reported.lcoc_usd_per_eflop:.3f} USD/EFLOP" in quoted


def test_the_readme_quotes_every_figure_of_the_first_screen() -> None:
    """What is avoided by policy and the legal flags among them: each as the kept summary has it."""
    quoted = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- flagship -->")[1].split("<!-- /flagship")[0]
    summary = (REFERENCE / "summary.md").read_text(encoding="utf-8")
    table = summary.split("|  |  |  |")[1].split("\n\n")[0].splitlines()[2:]
    figures = [[cell.strip().replace("\\", "") for cell in row.strip("|").split("|")[:2]] for row in table]
    assert {"Target", "Levelised cost (LCOC)", "Legal flags", "If GP10 is avoided"} <= {name for name, _ in figures}
    lines = {line[4:33].strip(): line[33:].strip() for line in quoted.splitlines() if line.startswith("    ")}
    wrong = [(name, value) for name, value in figures if not lines.get(name, "").startswith(value)]
    assert wrong == [], "copy the first screen of the kept summary into README.md"


def test_provenance_names_no_machine() -> None:
    text = (REFERENCE / "provenance.json").read_text(encoding="utf-8")
    assert json.loads(text)
    assert "/root" not in text
    assert "/home" not in text


@pytest.mark.long
def test_a_fresh_solve_reproduces_the_reference(tmp_path_factory: pytest.TempPathFactory) -> None:
    old, new = kept().solve, shared_solver(tmp_path_factory)(INSTANCE.stem)
    assert new.verified
    assert old is not None
    assert old.gap_asked == GAP
    assert new.gap <= GAP
    assert abs(new.value - old.value) <= 2 * GAP * old.value
