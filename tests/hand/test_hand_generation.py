"""Generation beside the grid: ten quick pods draw 105 kW all year at 0.10 USD/kWh, 91,980 USD, of seven days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.inputs.design import Status
from tests.hand.on_paper import ONLY_QUICK, account, best, decides, ended, figures, is_close, lcoc, solve, target
from tests.tiny import ENGINE, GENERATION, SUN

TEN: dict[str, Any] = {**ONLY_QUICK, **target(40.0), **GENERATION, "solve.hours": 168}
ENERGY = 91_980.0
SUNNY = 50 * 3 * 365 * 0.10
"""What one unit of photovoltaics saves: 50 kW in three hours of the day."""


def paper(usd: float) -> float:
    """LCOC of ten quick pods and so much a year."""
    return lcoc(2_000_000 + usd, 40)


def engine(usd_per_gj: float, **row: Any) -> dict[str, Any]:
    """A site that may have the engine; a MWh of it costs 10 USD and eight times the fuel."""
    return {"sites.paper.generation": [{"source": "engine", "fuel_usd_per_gj": usd_per_gj, **row}]}


PV = {"sites.paper.generation": [{"source": "sun"}]}


def test_free_sun_is_taken_until_it_is_curtailed() -> None:
    """Three units could give 150 kW; 105 are drawn from 11 to 14 h, the rest is curtailed."""
    result = decides("hours.yielded", {**TEN, **PV}, paper(ENERGY - 105 * 3 * 365 * 0.10))
    assert figures(result)["generated_mwh_per_year"] == pytest.approx(0.105 * 3 * 365)
    assert account(result, "import_mwh") == pytest.approx(0.105 * 21 * 365)


def test_sun_is_bought_while_it_saves_more_than_it_costs() -> None:
    """At 1,000 USD two units save 5,475 USD each; the third would add 5 kW, 547.50 USD."""
    result = solve({**TEN, **PV, "generation.sun": {**SUN, "usd_per_unit": 1000.0}})
    assert is_close(best(result), paper(ENERGY - 2 * SUNNY + 2_000))
    assert figures(result)["generation_mw"] == pytest.approx(0.1)


def test_land_and_roof_hold_two_units() -> None:
    """70 m2 at 30 m2 a unit."""
    decides("generation.room", {**TEN, **PV, "sites.paper.generation_m2": 70.0}, paper(ENERGY - 2 * SUNNY))


def test_one_of_two_engines_is_spare() -> None:
    """60 kW for 8,760 h at 0.05 in place of 0.10 USD, two units paid."""
    changes = {**TEN, **engine(5.0, spare_units=1)}
    result = decides("generation.most", changes, paper(ENERGY - 60 * 8760 * 0.05 + 2_000))
    assert is_close(account(result, "fuel") * 1e6, 60 * 8760 * 0.05)


def test_design_and_contingency_of_a_facility_leave_generation_out() -> None:
    """100 kW of controls at 0.1 USD/W, a tenth and then a twentieth on them; two engines are paid as they are."""
    item = {"usd_per_mw": 1e5, "life_years": 1.0}
    hall = {"name": "Hall", "life_years": 1.0, "controls": item, "design_fraction": 0.1, "contingency_fraction": 0.05}
    changes = {**TEN, **engine(5.0), "sites.paper.facility": "hall", "facilities.hall": hall}
    result = solve(changes)
    assert is_close(best(result), paper(105 * 8760 * 0.05 + 2_000 + 10_000 * 1.1 * 1.05))
    assert is_close(account(result, "capex_generation") * 1e6, 2_000)
    assert figures(result)["facility_usd_per_w_it"] == pytest.approx(11_550 / 100_000)


def test_engines_run_no_longer_than_they_may() -> None:
    """Two units of 60 kW for 1,000 full-load hours."""
    changes = {**TEN, **engine(5.0, full_load_hours_per_year=1000.0)}
    decides("hours.permitted", changes, paper(ENERGY - 2 * 60 * 1000 * 0.05 + 2_000))


def test_the_price_of_fuel_has_a_trend_of_its_own() -> None:
    """5 % a year from 1 January 2026 to the middle of 2027."""
    result = solve({**TEN, **engine(2.0, fuel_trend_fraction=0.05)})
    usd_per_kwh = 0.01 + 0.016 * 1.05 ** (365 / 365.25 + 0.5)
    assert is_close(account(result, "fuel") * 1e6, 105 * 8760 * usd_per_kwh)


BRIDGE: dict[str, Any] = {
    **TEN,
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 40.0},
        "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 40.0},
    },
    "accelerators.quick.life_years": 3.0,
    "sites.paper.grid_mw": 0.0,
    "sites.paper.grid_stages": [{"from_phase": "b", "mw": 1.0}],
}


def test_engines_bridge_the_year_before_the_grid_comes() -> None:
    """Two units carry 105 kW through the first year at 0.11 USD; in the second the grid is cheaper."""
    result = solve({**BRIDGE, **engine(12.5)})
    assert is_close(account(result, "fuel", "a") * 1e6, 105 * 8760 * 0.11)
    assert is_close(account(result, "energy", "b") * 1e6, ENERGY)
    assert account(result, "fuel", "b") == 0.0
    assert account(result, "energy", "a") * 1e6 < 0.1
    assert is_close(account(result, "capex_generation", "a") * 1e6, 2_000)


def test_without_grid_and_generation_nothing_works() -> None:
    """The sun alone does not carry the night."""
    assert ended({**BRIDGE, **PV}) is Status.INFEASIBLE


IDLE: dict[str, Any] = {**TEN, "workloads.training.occupancy": 0.8}
"""At work 0.8 of the year, 0.3 of the power else: 90.3 kW on the mean, 105 in an hour of full work."""


def idle_paper(usd: float) -> float:
    """LCOC of ten quick pods that deliver 32 PFLOPS."""
    return lcoc(2_000_000 + usd, 32)


def test_generation_takes_up_full_work_and_no_more() -> None:
    """An engine that is dear to run takes up the 14.7 kW of full work; what is imported on the mean is charged."""
    free = {**ENGINE, "usd_per_unit": 0.0}
    changes = {**IDLE, **engine(17.5), "generation.engine": free, "tariffs.flat.demand_per_kva_month": 10.0}
    decides("hours.base", changes, idle_paper(90.3 * 8760 * 0.10 + 90.3 * 120))


def test_generation_runs_where_the_grid_cannot_carry_the_mean() -> None:
    """80 kW of grid, 10.3 from the engine at 0.11 USD."""
    free = {**ENGINE, "usd_per_unit": 0.0}
    changes = {**IDLE, **engine(12.5), "generation.engine": free, "sites.paper.grid_mw": 0.08}
    decides("hours.still", changes, idle_paper(80 * 8760 * 0.10 + 10.3 * 8760 * 0.11))
