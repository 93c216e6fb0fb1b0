"""Designs whose fans and pumps run on are held to it: what they draw is recomputed, not believed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.mutants.corrupted import Change, edit, put
from tests.tiny import tiny

HERE = Path(__file__).parent
RUNNING_ON: dict[str, Any] = {
    "procurement.include": ["quick"],
    "coolings.warm_water.module_mw": 0.04,
    "coolings.warm_water.usd_per_module": 1_000.0,
    "coolings.warm_water.fan_pump_standing_fraction": 0.5,
    "workloads.training.load_fraction": 0.6,
    "sites.paper.existing_cooling_modules": {"warm_water": 2},
    "sites.paper.grid_mw": 0.1,
}
"""100 kW of quick pods, 57 of them drawn: two modules of 40 kW are there, one of them spare, and two are bought."""


@cache
def solved() -> tuple[Instance, Design]:
    instance = tiny(RUNNING_ON)
    result = run(instance, HERE, Options(isolated=False))
    assert result.verified, (result.status, result.audit and result.audit.findings)
    assert result.design is not None
    return instance, result.design


def failed(*changes: Change, reported: bool = True) -> set[str]:
    """Checks that fail after the changes; of what is reported only where that is looked at."""
    instance, design = (each.model_dump() for each in solved())
    design["solve"] = None
    if not reported:
        design["reported"] = None
    for change in changes:
        change(instance, design)
    found = audit(Instance.model_validate(instance), Design.model_validate(design), HERE)
    return {finding.check for finding in found.findings}


def test_the_design_itself_is_accepted() -> None:
    assert failed() == set()


FALSE: dict[str, Change] = {
    "more of them run on": put("coolings.warm_water.fan_pump_standing_fraction", 0.6),
    "none of them runs on": put("coolings.warm_water.fan_pump_standing_fraction", 0.0),
    "stronger ones": put("coolings.warm_water.fan_pump_fraction", 0.06),
    "larger modules": put("coolings.warm_water.module_mw", 0.05),
    "one more that is spare": put("coolings.warm_water.spare_modules", 0),
    "one more of before": put("sites.paper.existing_cooling_modules", {"warm_water": 3}),
    "one more that is bought": edit("cooling", {"cooling": "warm_water"}, units=3),
    "a meter in their place": put("sites.paper.measured_pue", 1.2),
}


@pytest.mark.parametrize("what", FALSE)
def test_energy_of_another_plant_is_not_believed(what: str) -> None:
    assert "ledger.energy" in failed(FALSE[what])


def test_what_runs_on_counts_against_the_connection() -> None:
    """57 kW (9.5 pods) x 1.025 and three modules at 1 kW are 61.4 kW: 61 kW of grid are too little, 62 are not."""
    assert "power.grid" in failed(put("sites.paper.grid_mw", 0.061), reported=False)
    assert failed(put("sites.paper.grid_mw", 0.062), reported=False) == set()
