"""Folders of small studies: cells of a formula, so that only the pages take time."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optimizer.cli.main import root
from optimizer.report.html.study_source import StudySource
from tests.report.html.hostile import ATTACKS
from tests.study import analytic
from tests.tiny import ROOT

MINIMAL = ROOT / "instances" / "minimal.toml"
PRICE, GRID = "accelerators.quick.price_usd", "sites.paper.grid_mw"
SWEEP = ("sweep", MINIMAL, "--vary", f"{PRICE}=1000:8000:1000", "--vary", f"{GRID}=1,2,-1")
TORNADO = ("sensitivity", MINIMAL, "--vary", f"{PRICE}=-20%:+20%:2", "--vary", f"{GRID}=1:2")
SAMPLE = ("sweep", MINIMAL, "--vary", f"{PRICE}=1000:8000", "--design", "latin_hypercube", "--samples", "16")


def made(results: Path, name: str, *arguments: object) -> Path:
    """The folder of a study of formula cells."""
    import optimizer.study.cell

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(optimizer.study.cell, "solve_cell", analytic.work)
        options = ("--results", results, "--name", name, "--workers", "1", "--quiet")
        done = CliRunner().invoke(root, [str(part) for part in (*arguments, *options)])
    assert done.exit_code in (0, 9), done.output
    return results / "minimal" / "studies" / name


def rows_of(path: Path) -> list[dict[str, str]]:
    """A table of a study as text."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def hostile_study() -> StudySource:
    """A grid whose every name, value and reason tries to run something."""
    names = (ATTACKS[0], ATTACKS[5])
    cells = []
    for number in range(9):
        one, other = ATTACKS[number % 3], ATTACKS[3 + number // 3]
        solved = number != 4
        figures: dict[str, Any] = {
            "lcoc_usd_per_eflop": 1.0 + number, "peak_import_mw": 2.0, "racks": 3.0, "npv_cost_musd": 4.0,
        }  # fmt: skip
        cells.append(
            {
                "cell": number, names[0]: one, names[1]: other, "status": "optimal" if solved else "failed",
                "verified": solved, "reason": None if solved else ATTACKS[7], "gap": 0.001 if solved else None,
                **(figures if solved else dict.fromkeys(figures)), "chip_set": ATTACKS[number % 8] if solved else None,
                f"chips.{ATTACKS[1]}": 5.0,
            }
        )  # fmt: skip
    definition = {
        "command": "sweep",
        "design": {"kind": "grid"},
        "instance": {"name": ATTACKS[2], "title": ATTACKS[0], "sha256": ATTACKS[6]},
        "versions": {ATTACKS[3]: ATTACKS[4]},
        "search": {"gap": 0.001},
    }
    tornado = {"axis": ATTACKS[5], "relative": False, "base_lcoc": 2.0, "swing": 1.0}
    for end, cost in (("low", 1.5), ("high", None)):
        tornado |= {f"{end}_value": ATTACKS[1], f"{end}_lcoc": cost, f"{end}_status": ATTACKS[2]}
    index = {"axis": ATTACKS[0], "mu": 1.0, "mu_star": 1.0, "mu_star_conf": 0.1, "sigma": 0.2}
    regimes = {"cases": [hostile_case()]}
    return StudySource(
        name=ATTACKS[6],
        definition=definition,
        cells=tuple(cells),
        inputs=names,
        tornado=(tornado,),
        indices=(index,),
        points=(),
        robust=hostile_robust(),
        regimes=regimes,
        stale=(ATTACKS[1],),
    )


def hostile_case() -> dict[str, Any]:
    """A regime with an attack for a name."""
    kpis = {"racks": 1.0, "peak_import_mw": 2.0, "white_space_m2": 3.0}
    return {
        "regime": ATTACKS[1], "status": "optimal", "verified": True, "gap": 0.0, "same_as": ATTACKS[2],
        "lcoc_usd_per_eflop": 1.0, "penalty_fraction": 0.0, "accelerators": {ATTACKS[3]: 4}, "kpis": kpis,
        "reason": None,
    }  # fmt: skip


def hostile_robust() -> dict[str, Any]:
    """A robust plan whose scenarios are attacks: the robust plan, and one that fails."""
    one, other = ATTACKS[0], ATTACKS[1]
    scenario = {"probability": 0.5, "lcoc_usd_per_eflop": 2.0, "cost_musd": 3.0, "bought_after": ATTACKS[2]}
    return {
        "verified": True, "verdict": f"VERIFIED: {ATTACKS[3]}", "gap_fraction": 0.001, "noise_usd_per_eflop": 0.002,
        "against": one, "expected_lcoc_usd_per_eflop": 2.0, "cvar_cost_musd": 3.0,
        "perfect_information_usd_per_eflop": 0.25, "stochastic_solution_usd_per_eflop": None,
        "scenarios": {one: scenario, other: scenario},
        "regret_usd_per_eflop": {"robust": {one: 0.5, other: 0.0}, one: {one: 0.0, other: None}},
        "expected_lcoc_by_plan": {"robust": 2.0, one: None}, "hedge": [ATTACKS[4], ATTACKS[5]],
        "here_and_now": [{"phase": ATTACKS[6], "quantity": 2.0, "what": ATTACKS[7]}],
        "fallbacks": [{"scenario": one, "refused": ATTACKS[1], "instead": ATTACKS[2]}],
    }  # fmt: skip
