"""UPS, generators, grid, firm capacity, the month's peak, and floor space."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hand.on_paper import (
    EFLOP,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    account,
    best,
    decides,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
    two_phases,
)

TIGHT = 4 * 209_198.0 + 11 * 113_679.2
"""38 PFLOPS with at most 0.09 MW of import, 85.71 kW of IT power at work.

x quick and 19 - 2x frugal pods at work draw 76 + 2x kW, so x <= 4.857. Whole quick pods are best: 4 quick and 11
frugal, 84 kW, 2,087,263.2 USD. (The fifth quick pod would save one frugal pod at most and costs 200,000.)
"""


def test_ups_protect_half_with_redundancy() -> None:
    """Half of 94 kW and a fifth beyond it: 0.6 x 94 = 56.4 kW at 1,000 USD per kW."""
    changes = {
        "upses.none.protected_fraction": 0.5,
        "upses.none.redundancy_fraction": 0.2,
        "upses.none.usd_per_mw": 1e6,
        "upses.none.life_years": 1.0,
    }
    decides("ups.protect", changes, lcoc(MINIMAL + 56_400, 38))
    # 50 kW are there already: only 6.4 are bought.
    there = solve({**changes, "sites.paper.existing_ups_mw": 0.05})
    assert is_close(best(there), lcoc(MINIMAL + 6_400, 38))


def test_ups_losses_are_imported() -> None:
    """4 % of the protected half and 3 % of distribution: import 1 + 0.05 + 0.02 + 0.03 = 1.10 of 20 kW."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "upses.none.protected_fraction": 0.5,
        "upses.none.loss_fraction": 0.04,
        "sites.paper.distribution_loss_fraction": 0.03,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(400_000 + 20 * 1.1 * 876, 8))
    assert figures(result)["pue_annual"] == pytest.approx(1.1)


SET: dict[str, Any] = {
    "name": "Set",
    "unit_mw": 0.02,
    "usd_per_unit": 10_000,
    "m2_per_unit": 0.0,
    "fuel_usd_per_mwh": 0.0,
    "carbon_kg_per_mwh": 0.0,
    "test_hours_per_year": 0.0,
    "run_hours_max": 100.0,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
}
BACKUP: dict[str, Any] = {"generator": "set", "critical_fraction": 0.5, "from_phase": "only"}


def test_generators_carry_the_critical_half() -> None:
    """Half of 94 kW on sets of 20 kW: 3 and a spare one at 10,000 USD."""
    changes = {"generators.set": SET, "sites.paper.backup": BACKUP}
    result = decides("generators.carry", changes, lcoc(MINIMAL + 40_000, 38))
    assert figures(result)["generator_units"] == 4


def test_generators_most_sets_on_the_site() -> None:
    """One set is there, at most two may be: one at work, 21 kW, the whole load is critical.

    10 PFLOPS: 5 frugal pods, 20 kW, 568,396 USD; 2 quick and 1 frugal, 24 kW, would need a third set.
    """
    changes = {
        **target(10.0),
        "generators.set": SET | {"unit_mw": 0.021, "usd_per_unit": 0, "max_units": 2},
        "sites.paper.backup": BACKUP | {"critical_fraction": 1.0, "existing_units": 1},
    }
    decides("generators.most", changes, lcoc(5 * 113_679.2, 10))


def test_generators_burn_fuel_in_tests() -> None:
    """Two sets x 20 kW x 0.3 x 50 h = 0.6 MWh a year: at 500 USD 300 USD of fuel; 0.7 t/MWh at 100 USD/t: 42 USD."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "generators.set": SET
        | {"usd_per_unit": 0, "fuel_usd_per_mwh": 500.0, "carbon_kg_per_mwh": 700.0, "test_hours_per_year": 50.0},
        "sites.paper.backup": BACKUP,
        "sites.paper.carbon_price_usd_per_t": 100.0,
    }
    result = solve(changes)
    assert is_close(account(result, "carbon_t"), 0.42)
    assert is_close(best(result), lcoc(2 * QUICK + 342, 8))


def test_generators_from_the_second_phase() -> None:
    """Nothing is critical in a; in b half of 20 kW takes one set and a spare, half of whose price is left."""
    changes = {
        **two_phases(8.0, 8.0),
        **ONLY_QUICK,
        "generators.set": SET | {"life_years": 8.0},
        "sites.paper.backup": BACKUP | {"from_phase": "b"},
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * (200_000 + 8 * 9_198) + 10_000, 64))
    assert account(result, "capex_generators", "a") == 0


def test_operations_highest_sets_the_demand_charge() -> None:
    """94 kW x 1.05 = 98.7 kW at power factor 0.8: 123.375 kVA x 10 USD x 12 months = 14,805 USD."""
    changes = {"tariffs.flat.demand_per_kva_month": 10.0, "sites.paper.grid.power_factor": 0.8}
    result = decides("operations.highest", changes, lcoc(MINIMAL + 14_805, 38))
    assert is_close(account(result, "peak_import_mw"), 12 * 0.0987)


def test_power_grid_limits_the_import() -> None:
    """The utility makes 0.09 MW available: 4 quick and 11 frugal pods."""
    result = decides("power.grid", {"sites.paper.grid_mw": 0.09}, lcoc(TIGHT, 38))
    assert pods(result) == {"quick": 4, "frugal": 11}


def test_power_firm_limits_the_import() -> None:
    """Two units of 0.1 MVA, one of them spare, at power factor 0.9 carry 0.09 MW."""
    changes = {"transformers.ideal.unit_mva": 0.1, "sites.paper.grid.power_factor": 0.9}
    result = decides("power.firm", changes, lcoc(TIGHT, 38))
    assert figures(result)["firm_capacity_utilisation"] == pytest.approx(0.0882 / 0.09)


def test_grid_stages_open_the_second_phase() -> None:
    """0.03 MW in a, 0.09 from b on: 28.57 kW of IT power first. 10 PFLOPS in a: 2 quick and 1 frugal, 24 kW.

    12 PFLOPS in b would be 3 quick, 30 kW: with 0.03 MW it would have to be 2 quick and 2 frugal, 28 kW.
    """
    short = {"accelerators.quick.life_years": 4.0, "accelerators.frugal.life_years": 4.0}
    changes = {**two_phases(10.0, 12.0), **short, "sites.paper.grid_mw": 0.03}
    quick, frugal = 236_792.0, 124_716.8
    assert is_close(best(solve(changes)), lcoc(2 * quick + frugal + 2 * quick + 2 * frugal, 88))
    staged = {**changes, "sites.paper.grid_stages": [{"from_phase": "b", "mw": 0.09}]}
    assert is_close(best(solve(staged)), lcoc(2 * quick + frugal + 3 * quick, 88))


ONE_YEAR_FITOUT = {"sites.paper.building.fitout_life_years": 1.0}
CHEAP_FRUGAL = {"accelerators.frugal.price_usd": 5_000}
"""A frugal pod for 70,000 USD: per PFLOPS it beats the quick one, but it takes twice the space."""
CRAMPED = 9 * 209_198.0 + 73_679.2
"""10 pods at most: x + y <= 10 and 4 x + 2 y >= 38 leave 9 quick and 1 frugal."""


def test_building_white_is_fitted_out() -> None:
    """10 pods on 3 m2 each and a fifth for support: 36 m2 at 1,000 USD."""
    changes = {
        **ONE_YEAR_FITOUT,
        "sites.paper.building.fitout_usd_per_m2": 1_000,
        "sites.paper.building.support_fraction": 0.2,
    }
    result = decides("building.white", changes, lcoc(MINIMAL + 36_000, 38))
    assert figures(result)["white_space_m2"] == pytest.approx(36)


def test_building_plant_is_fitted_out() -> None:
    """Two modules and two transformers on 1 m2 each, 94 kW of UPS on 50 m2 per MW: 8.7 m2 at 5,000 USD."""
    changes = {**ONE_YEAR_FITOUT, "sites.paper.building.plant_fitout_usd_per_m2": 5_000, "upses.none.m2_per_mw": 50.0}
    result = decides("building.plant", changes, lcoc(MINIMAL + 43_500, 38))
    assert figures(result)["plant_m2"] == pytest.approx(8.7)


def test_building_white_room_limits_the_pods() -> None:
    """30 m2 hold 10 pods: 9 quick and 1 frugal, though 19 frugal pods would be cheaper."""
    changes = {**CHEAP_FRUGAL, "sites.paper.building.white_space_m2": 30.0}
    decides("building.white_room", changes, lcoc(CRAMPED, 38))


def test_building_plant_room_limits_the_plant() -> None:
    """4 m2 hold two transformers and two modules of 85 kW, one of them spare: 4 quick and 11 frugal pods, 84 kW."""
    changes = {"sites.paper.building.plant_m2": 4.0, "coolings.warm_water.module_mw": 0.085}
    result = decides("building.plant_room", changes, lcoc(TIGHT, 38))
    assert figures(result)["it_mw"] == pytest.approx(0.084)


def test_existing_space_is_free_but_rented() -> None:
    """36 m2 of white space wanted, 20 there: 16 at 1,000 USD. Rent 10 USD on 36 m2 and on the 30 m2 of plant there."""
    changes = {
        **ONE_YEAR_FITOUT,
        "sites.paper.building.fitout_usd_per_m2": 1_000,
        "sites.paper.building.support_fraction": 0.2,
        "sites.paper.building.existing_white_m2": 20.0,
        "sites.paper.building.existing_plant_m2": 30.0,
        "sites.paper.building.rent_usd_per_m2_year": 10.0,
    }
    assert is_close(best(solve(changes)), lcoc(MINIMAL + 16_000 + 660, 38))


def test_auxiliaries_and_carbon() -> None:
    """5 kW of auxiliaries, 43.8 MWh; 20 kW x 1.05 are 183.96 MWh. 0.5 kg/kWh at 40 USD/t: 113.88 t, 4,555.2 USD."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "sites.paper.auxiliary_mw": 0.005,
        "sites.paper.carbon_kg_per_kwh": 0.5,
        "sites.paper.carbon_price_usd_per_t": 40.0,
    }
    result = solve(changes)
    assert is_close(account(result, "carbon_t"), 113.88)
    assert is_close(best(result), (2 * QUICK + 4_380 + 4_555.2) / (8 * EFLOP))
