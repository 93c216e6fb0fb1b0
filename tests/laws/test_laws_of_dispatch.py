"""What does not depend on how a question of dispatch is put: phases, sizes, the hour the day begins, prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.hand.on_paper import target
from tests.hand.test_hand_battery import CELL
from tests.hand.test_hand_dispatch import ARBITRAGE, SPIKE, cell, prices
from tests.laws.lawful import scaled
from tests.laws.test_laws_of_scale import is_price
from tests.operations.dispatching_cases import ALL, BATTERY
from tests.tiny import tiny

HERE = Path(__file__).parent
GAP = 1e-8


def lcoc(given: dict[str, Any] | Instance) -> float:
    instance = given if isinstance(given, Instance) else tiny(given)
    result = run(instance, HERE, Options(gap=GAP, isolated=False))
    assert result.status is Status.OPTIMAL, result.message
    assert result.design is not None
    assert result.design.solve is not None
    return result.design.solve.value


def test_a_phase_twice_is_the_same_levelised_cost() -> None:
    """Nothing lives longer than its phase, and nothing is discounted."""
    twice = {
        "phases": {
            "only": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 40.0},
            "again": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 40.0},
        }
    }
    assert lcoc({**ARBITRAGE, **twice}) == pytest.approx(lcoc(ARBITRAGE), rel=1e-7)


def test_everything_ten_times_as_large_is_the_same_levelised_cost() -> None:
    large = {
        **cell(0.2, 10.0),
        **target(400.0),
        "sites.paper.grid_mw": 10.0,
        "transformers.ideal.unit_mva": 5.0,
        "sites.paper.building.white_space_m2": 1000.0,
        "sites.paper.building.plant_m2": 1000.0,
        "coolings.warm_water.module_mw": 10.0 * tiny({}).coolings["warm_water"].module_mw,
    }
    assert lcoc({**ARBITRAGE, **large}) == pytest.approx(lcoc(ARBITRAGE), rel=1e-7)


@pytest.mark.parametrize("hours", [1, 5])
def test_the_hour_at_which_the_day_begins_does_not_matter(hours: int) -> None:
    """Prices and profile later by some hours: the store does not know midnight."""
    later = prices(
        (0.10, 0, 3 + hours),
        (0.02, 3 + hours, 4 + hours),
        (0.10, 4 + hours, 18 + hours),
        (0.50, 18 + hours, 19 + hours),
        *([(0.10, 19 + hours, 24)] if hours < 5 else []),
    )
    assert lcoc({**ARBITRAGE, **later}) == pytest.approx(lcoc(ARBITRAGE), rel=1e-7)
    spike = {**SPIKE, "tariffs.flat.demand_per_kva_month": 10.0}
    profile = spike["workloads.training.daily_profile"]
    turned = {**spike, "workloads.training.daily_profile": [*profile[-hours:], *profile[:-hours]]}
    assert lcoc(turned) == pytest.approx(lcoc(spike), rel=1e-7)


def test_all_prices_twice_is_the_cost_twice() -> None:
    def dear(key: str) -> bool:
        return is_price(key) or key.endswith(("per_kva_month", "per_kw_month"))

    plain = tiny({**ALL, "limits": {}}).model_dump(exclude_none=True)
    assert lcoc(Instance.model_validate(scaled(plain, 2.0, dear))) == pytest.approx(
        2 * lcoc({**ALL, "limits": {}}), rel=1e-6
    )


@pytest.mark.parametrize(
    "more",
    [
        {"batteries.cell": {**BATTERY["batteries.cell"], "round_trip_fraction": 1.0}},
        {"workloads.training.deferrable_fraction": 0.2, "workloads.training.daily_profile": [1.0] * 23 + [0.99]},
        {"sites.paper.backup": {**BATTERY["sites.paper.backup"], "peak_shaving_hours_per_year": 50.0}},
    ],
)
def test_more_freedom_is_never_worse(more: dict[str, Any]) -> None:
    # A bill of 0.2 MUSD ends in the tolerance of the solver, 1e-7 MUSD; without no-load loss all three close to 1e-8.
    base = {
        **BATTERY,
        "workloads.training.daily_profile": more.get("workloads.training.daily_profile", [1.0] * 24),
        "upses.none.no_load_loss_fraction": 0.0,
    }
    assert lcoc({**base, **more}) <= lcoc(base) * (1 + 1e-7)


def test_a_battery_of_power_without_energy_does_nothing() -> None:
    """Power needs energy by the C-rate, energy without power earns nothing: the cost of no dispatch."""
    rigid = {**ARBITRAGE, "sites.paper.battery_dispatch": False}
    for size in ({"max_mw": 1e-6, "max_mwh": 1.0}, {"max_mw": 1.0, "max_mwh": 1e-7}):
        useless = {**ARBITRAGE, "batteries.cell": {**CELL, **size}}
        assert lcoc(useless) == pytest.approx(lcoc(rigid), rel=1e-5)
