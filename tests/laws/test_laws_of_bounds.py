"""A verified design implies that no bound made without a search denies it.

`plan`, `explain --quick` and the report say "no design can exist" from such bounds alone; each must be optimistic in
everything it forgets: what works beside the grid, work that can wait, a porting programme.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from optimizer.analysis.static_bounds import obstacles
from optimizer.inputs.schema import Instance
from optimizer.model.derive import derive
from optimizer.pipeline import Options, Result, run
from tests.crosscheck.dice import Dice
from tests.crosscheck.random_instances import random_changes
from tests.crosscheck.whole_runs import GAP, INSTANCES, OWN_GAP, read, shared_solver
from tests.laws.denials import assert_not_denied
from tests.laws.further_decisions import decided_further
from tests.tiny import ENGINE, EVERYTHING, GENERATION, SUN, tiny

HERE = Path(__file__).parent
SITE = "sites.paper"
GENERATORS: dict[str, Any] = {
    "generators.set": {**EVERYTHING["generators.set"], "run_hours_max": 8760.0, "max_units": 60},
    f"{SITE}.backup": {
        "generator": "set",
        "critical_fraction": 0.01,
        "from_phase": "only",
        "peak_shaving_hours_per_year": 8750.0,
    },
}
BATTERY: dict[str, Any] = {
    "batteries.cell": EVERYTHING["batteries.cell"],
    f"{SITE}.battery": "cell",
    f"{SITE}.battery_dispatch": True,
}
BY_DAY = [0.2] * 8 + [1.0] * 8 + [0.2] * 8
ON_PAPER: dict[str, dict[str, Any]] = {
    # 38 PFLOPS need 76 quick accelerators, about 0.1 MW; the grid brings a fifth of it.
    "generators all year": {**GENERATORS, f"{SITE}.grid_mw": 0.02},
    # In 8 hours of the day the load is a fifth above what the grid brings; the battery fills up in the other 16.
    "a battery by day": {
        **BATTERY,
        f"{SITE}.grid_mw": 0.06,
        "workloads.training.daily_profile": BY_DAY,
        "solve.hours": 168,
    },
    "work that waits": {
        f"{SITE}.grid_mw": 0.06,
        "workloads.training.daily_profile": BY_DAY,
        "workloads.training.deferrable_fraction": 0.5,
        "solve.hours": 168,
    },
    # An immature stack reaches half of its rate; the programme makes it whole, and the supply of a year is 84.
    "a porting programme": {
        "stacks.mature.initial_maturity_fraction": 0.5,
        "stacks.mature.ramp_months": 240.0,
        "stacks.mature.programme_usd": 1000.0,
        "stacks.mature.programme_ramp_months": 0.0,
        "accelerators.quick.supply_per_year": 84,
        "procurement.include": ["quick"],
    },
}


def denied(instance: Instance, folder: Path = HERE) -> set[str]:
    return {obstacle.group for obstacle in obstacles(derive(instance, folder))}


@pytest.mark.parametrize("name", ON_PAPER)
def test_what_is_solved_is_not_denied(name: str) -> None:
    instance = tiny(ON_PAPER[name])
    result = run(instance, HERE, Options(isolated=False, gap=0.01))
    assert_not_denied(result)


def test_what_cannot_be_fed_is_still_denied() -> None:
    few = {**GENERATORS, f"{SITE}.grid_mw": 0.02}
    few["generators.set"] = {**few["generators.set"], "max_units": 2}
    assert denied(tiny(few)) == {"grid"}
    assert run(tiny(few), HERE, Options(isolated=False)).status.value == "infeasible"


def random_feed(seed: int, folder: Path) -> Instance:
    """A random small facility on a scarce grid, with whatever may work beside it; its file goes to `folder`."""
    dice, changes = Dice(5000 + seed), random_changes(seed)
    first = next(iter(changes["phases"]))
    changes |= {f"{SITE}.grid_mw": dice.one_of((0.01, 0.02, 0.04, 0.08)), "solve.hours": 168}
    changes.pop(f"{SITE}.grid_stages", None)
    if dice.chance(0.6):
        changes |= GENERATORS | {f"{SITE}.grid.short_circuit_mva": 1000.0}
        changes[f"{SITE}.backup"] = GENERATORS[f"{SITE}.backup"] | {"from_phase": first}
    if dice.chance(0.5):
        changes |= BATTERY
    if dice.chance(0.5):
        changes |= {"workloads.training.daily_profile": BY_DAY}
        changes["workloads.training.deferrable_fraction"] = dice.one_of((0.0, 0.3, 0.6))
    if dice.chance(0.5):
        programme = {"programme_usd": 1000.0 * dice.whole(0, 20), "programme_ramp_months": dice.one_of((0.0, 2.0))}
        changes |= {f"stacks.mature.{key}": value for key, value in programme.items()}
        changes |= {"stacks.mature.initial_maturity_fraction": 0.4, "stacks.mature.ramp_months": 36.0}
    if dice.chance(0.4):
        changes |= GENERATION
        changes["generation.engine"] = {**ENGINE, "unit_mw": dice.real(0.01, 0.06), "max_units": dice.whole(1, 4)}
        changes["generation.sun"] = {**SUN, "unit_mw": dice.real(0.01, 0.06)}
        changes[f"{SITE}.generation"] = [{"source": "engine", "fuel_usd_per_gj": 5.0}, {"source": "sun"}]
    if dice.chance(0.5):
        changes["procurement.refresh"] = True
    return tiny(changes | decided_further(seed, changes, folder))


@cache
def solved(seed: int) -> Result:
    with TemporaryDirectory() as folder:
        options = Options(isolated=False, gap=0.05, time_limit_s=60)
        return run(random_feed(seed, Path(folder)), Path(folder), options)


SOONER, LATER = range(12), range(12, 42)


def check(seed: int) -> None:
    result = solved(seed)
    if result.verified:
        assert_not_denied(result)
    else:
        assert result.design is None, result.audit and result.audit.findings


@pytest.mark.parametrize("seed", SOONER)
def test_random_facilities_that_are_solved_are_not_denied(seed: int) -> None:
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", LATER)
def test_many_more_random_facilities_that_are_solved_are_not_denied(seed: int) -> None:
    check(seed)


def test_the_random_facilities_meet_what_they_promise() -> None:
    met: Counter[str] = Counter()
    for seed in SOONER:
        result = solved(seed)
        met["verified"] += result.verified
        if result.design is not None:
            chosen = result.design.decisions
            met["generators"] += bool(chosen.generators)
            met["dispatched"] += bool(chosen.dispatch)
            met["generation"] += bool(chosen.generation)
            site = result.problem.instance.sites["paper"]
            met["halls"] += site.halls is not None
            met["by the hour"] += bool(site.flexible_connection or site.demand_response or site.grid_series)
    assert met["verified"] >= 6
    assert met["generators"] >= 2
    assert met["dispatched"] >= 3
    assert met["generation"] >= 2
    assert met["halls"] >= 2
    assert met["by the hour"] >= 2


OTHER_LAW_ONLY = ("no_supercomputer",)
"""Scenarios that differ from others by rulings alone, which no bound looks at twice."""
WITHOUT_DESIGN = (("hong_kong_180_eflops", "on_sale"),)
"""Proven to have none, which is what they are there to show."""
CASES = [
    (path.stem, scenario)
    for path in sorted(INSTANCES.glob("*.toml"))
    for scenario in (None, *tomllib.loads(path.read_text(encoding="utf-8")).get("scenarios", {}))
    if scenario not in OTHER_LAW_ONLY and (path.stem, scenario) not in WITHOUT_DESIGN
]


SOLVED_ELSEWHERE = (None, "open_market", "real_work")
"""Scenarios whose solve, to a finer gap, other tests of the long run need too."""


@pytest.mark.long
@pytest.mark.parametrize(("name", "scenario"), CASES)
def test_shipped_instances_that_are_solved_are_not_denied(
    name: str, scenario: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reading, gap = read(name, scenario), OWN_GAP.get(name, GAP) if scenario in SOLVED_ELSEWHERE else 0.02
    assert shared_solver(tmp_path_factory)(name, scenario, gap=gap).verified
    assert denied(reading.instance, reading.folder) == set()
