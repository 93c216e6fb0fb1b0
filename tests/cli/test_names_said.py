"""No identifier of the schema in what commands say, nor on the pages of their studies: names and words instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optimizer.app import artefacts
from optimizer.reading.read import read_instance
from optimizer.report.html.study_page import render_study
from optimizer.report.html.study_source import from_study
from tests.report.html.study_folders import PRICE, SAMPLE, SWEEP, TORNADO, made
from tests.report.html.test_page import read
from tests.report.test_names_shown import identifiers, shown
from tests.tender.bid_cases import as_toml, tree
from tests.tiny import EVERYTHING, tiny

from .conftest import MINIMAL
from .test_bid import DELIVERED
from .test_study_pages import UNCERTAIN

KNOWN = identifiers(tiny()) | identifiers(tiny(EVERYTHING))
AXES = ("--vary", f"{PRICE}=1000:8000:3500", "--vary", "sites.paper.grid_mw=1,2", "--workers", "1")
COMMANDS = {
    "plan": ("plan", MINIMAL),
    "explain": ("explain", MINIMAL, "--quick", "--set", "sites.paper.grid_mw=0.01"),
    "exclusions": ("explain", MINIMAL, "--exclusions", "--set", "export.regime=jul_2026"),
    "frontier": ("frontier", MINIMAL, "--x", "energy_mwh_per_year", "--points", "2", "--workers", "1"),
    "baselines": ("baselines", MINIMAL),
    "regimes": ("regimes", MINIMAL, "--regime", "may_2026"),
}
STUDIES = {
    "sweep": ("sweep", MINIMAL, *AXES),
    "tornado": ("sensitivity", MINIMAL, *AXES),
}


@pytest.fixture
def formula(monkeypatch):
    import optimizer.study.cell
    from tests.study.analytic import work

    monkeypatch.setattr(optimizer.study.cell, "solve_cell", work)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_names(name, invoke) -> None:
    done = invoke(*COMMANDS[name])
    assert done.stdout
    assert shown(without_keys(done.stdout), KNOWN) == set()


def test_the_page_of_a_frontier_says_names(invoke) -> None:
    """One point of an energy that the caps cannot move, and the searches for it."""
    done = invoke(*COMMANDS["frontier"])
    page = read((Path(done.stdout.splitlines()[-1]) / "study.html").read_text(encoding="utf-8"))
    assert shown("\n".join(page.text), KNOWN | {"least_x", "least_y", "cap_x", "kind", "inner"}) == set()


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_says_names(name, formula, invoke) -> None:
    done = invoke(*STUDIES[name])
    assert "price, USD" in " ".join(done.stdout.split())
    assert shown(without_keys(done.stdout), KNOWN) == set()


@pytest.mark.parametrize("study", [SWEEP, TORNADO, SAMPLE], ids=["sweep", "tornado", "sample"])
def test_a_page_of_a_study_says_names(study, tmp_path: Path) -> None:
    page = render_study(from_study(made(tmp_path, "study", *study)))
    assert shown(without_keys("\n".join(read(page).text)), KNOWN) == set()


@pytest.fixture
def underscored(tmp_path, monkeypatch):
    """The minimal instance with ids that nobody takes for words, and what they are."""
    monkeypatch.chdir(tmp_path)
    text = re.sub(r"\b(quick|frugal)\b", r"\1_chip", MINIMAL.read_text(encoding="utf-8"))
    text = re.sub(r"\bsites\.paper\b", "sites.paper_site", text)
    Path("minimal.toml").write_text(text, encoding="utf-8")
    return identifiers(read_instance(Path("minimal.toml")).instance)


def test_a_robust_plan_says_names(underscored, invoke) -> None:
    chips = UNCERTAIN.replace("accelerators.quick", "accelerators.quick_chip")
    chips = chips.replace("accelerators.frugal", "accelerators.frugal_chip")
    Path("uncertain.toml").write_text(chips, encoding="utf-8")
    done = invoke("robust", "uncertain.toml", "--name", "futures")
    assert done.exit_code == 0, done.output
    text = " ".join(done.stdout.split())
    assert "9 pods of Quick in warm water racks to A site on paper" in text
    assert "1.00000" not in text, "what is counted is whole"
    assert shown(done.stdout, underscored) == set()
    page = read((Path("results/uncertain/studies/futures") / "study.html").read_text(encoding="utf-8"))
    assert shown(without_keys("\n".join(page.text)), underscored) == set()


def test_bids_are_told_by_names(underscored, invoke, monkeypatch) -> None:
    monkeypatch.setattr(artefacts, "_MAKERS", ())
    monkeypatch.setattr(artefacts, "_report", lambda *_, **__: None)
    as_toml(Path("a.toml"), tree("Acme", accelerator="quick_chip", max_accelerators=400))
    as_toml(Path("b.toml"), tree("Bravo", accelerator="frugal_chip", deliveries=[{**DELIVERED[0], "accelerators": 30}]))
    for command in ("check", "evaluate"):
        done = invoke("bid", command, "minimal.toml", "a.toml", "b.toml", "--set", "solve.hours=168")
        assert done.stdout, done.output
        assert shown(without_keys(done.stdout), underscored) == set(), command


def without_keys(text: str) -> str:
    """What is said, without keys in square brackets and those of refused values: they are what is to be written."""
    return re.sub(r"\[[\w.*\[\]\s]+\]|E\d{4}: .*", "", text)
