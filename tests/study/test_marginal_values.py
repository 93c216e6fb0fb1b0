"""Marginal values against differences by hand."""

from __future__ import annotations

from math import inf
from pathlib import Path
from threading import Event

import pytest

from optimizer.pipeline import Options, Result, run
from optimizer.solve.outcome import Hooks
from optimizer.study.marginal import levers, marginal, step_of
from optimizer.study.search_settings import SearchSettings
from tests.tiny import tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)
SEARCH = SearchSettings(options=OPTIONS)


def test_a_binding_grid_is_worth_what_two_solves_differ_by() -> None:
    instance = tiny({"sites.paper.grid_mw": 0.09})
    base = run(instance, HERE, OPTIONS)
    lever = next(lever for lever in levers(instance) if lever.unit == "MW")
    found = marginal(base, lever, SEARCH)
    wide = run(tiny({"sites.paper.grid_mw": 0.09 + step_of(lever)}), HERE, OPTIONS)
    assert base.design is not None
    assert wide.design is not None
    assert base.design.reported is not None
    assert wide.design.reported is not None
    saved = base.design.reported.npv_cost_musd - wide.design.reported.npv_cost_musd
    assert saved > 0
    assert found.more_musd == pytest.approx(saved, rel=1e-6)
    assert found.less_musd == inf


LIMITS: dict[str, float] = {
    "sites.paper.grid_mw": 0.094,
    "sites.paper.building.white_space_m2": 33.0,
    "limits.capex_musd": 1.92,
    "limits.energy_mwh_per_year": 850.0,
    "limits.floor_area_m2": 38.0,
}


@pytest.mark.parametrize("path", LIMITS)
def test_every_kind_of_limit_is_worth_what_solving_again_says(path: str) -> None:
    """The limit is moved in the instance file's own words, not by the lever, and both sides are compared."""
    instance = tiny({path: LIMITS[path]})
    base = run(instance, HERE, OPTIONS)
    lever = next(lever for lever in levers(instance) if lever.path == path)
    found = marginal(base, lever, SEARCH)
    here, step = _musd(base), step_of(lever)
    more = run(tiny({path: LIMITS[path] + step}), HERE, OPTIONS)
    assert found.more_musd == pytest.approx(here - _musd(more), abs=1e-9)
    assert found.more_musd >= -1e-9
    less = run(tiny({path: LIMITS[path] - step}), HERE, OPTIONS) if LIMITS[path] > step else None
    if less is None or less.design is None:
        assert found.less_musd == inf
    else:
        assert found.less_musd == pytest.approx(_musd(less) - here, abs=1e-9)
    assert not found.more_open
    assert not found.less_open


def _musd(result: Result) -> float:
    assert result.design is not None
    assert result.design.reported is not None
    return result.design.reported.npv_cost_musd


def test_a_solve_that_was_stopped_is_undecided_and_not_no_design() -> None:
    instance = tiny({"sites.paper.grid_mw": 2.0})
    base = run(instance, HERE, OPTIONS)
    stop = Event()
    stop.set()
    lever = next(lever for lever in levers(instance) if lever.unit == "MW")
    found = marginal(base, lever, SearchSettings(options=OPTIONS, hooks=Hooks(stop=stop)))
    assert found.less_open


def test_a_loose_limit_is_worth_nothing() -> None:
    instance = tiny()
    base = run(instance, HERE, OPTIONS)
    for lever in levers(instance):
        if lever.path.endswith("_m2"):
            assert abs(marginal(base, lever, SEARCH).more_musd) <= 1e-6


def test_a_quota_on_the_better_chip_on_paper() -> None:
    """Quota of 64 quick chips: 8 quick and 3 frugal pods, 2,014,621.6 USD. A step of 6 chips buys no further pod,
    one of 8 does; the lever's step is a tenth, 6, so one step more is worth nothing."""
    instance = tiny({"procurement.quotas": {"q": {"match": {"accelerator": "quick"}, "max_accelerators": 64}}})
    base = run(instance, HERE, OPTIONS)
    assert base.design is not None
    assert base.design.reported is not None
    assert base.design.reported.npv_cost_musd == pytest.approx(2.0146216, rel=1e-9)
    lever = next(lever for lever in levers(instance) if lever.unit == "accelerators")
    found = marginal(base, lever, SEARCH)
    assert found.more_musd == pytest.approx(0.0, abs=1e-6)
    # One step less: 58 chips, 7 quick pods (28) and 5 frugal (10): 1,950,000 + 7 * 9,198 + 5 * 3,679.2 USD.
    assert found.less_musd == pytest.approx((1_950_000 + 7 * 9198 + 5 * 3679.2) / 1e6 - 2.0146216, rel=1e-6)
