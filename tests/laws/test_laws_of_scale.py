"""What does not depend on how a question is put: prices, sizes, order, dates, seeds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.inputs.schema import Instance
from tests.laws.lawful import (
    CASES,
    EIGHT_YEARS,
    FOUR_AND_FOUR,
    Plain,
    best_of,
    plain,
    same,
    scaled,
    solve,
    value,
)

TARIFF_PRICES = ("price_per_kwh", "fuel_clause_per_kwh", "demand_per_kva_month")


def is_price(key: str) -> bool:
    """Everything in dollars, caps on money included."""
    return "usd" in key or key in TARIFF_PRICES


@pytest.mark.parametrize("case", CASES)
def test_all_prices_twice_is_the_cost_twice(case: str) -> None:
    twice = scaled(plain(case), 2.0, is_price)
    assert twice["accelerators"]["quick"]["price_usd"] == 40_000
    result = solve(Instance.model_validate(twice))
    assert result.design is not None
    assert result.design.solve is not None
    assert same(result.design.solve.value, 2 * best_of(case))
    once = solve(CASES[case])
    assert once.design is not None
    assert result.design.decisions.deliveries == once.design.decisions.deliveries


SIZES = frozenset(
    {
        *("target_pflops", "demand_pflops", "grid_mw", "mw", "auxiliary_mw", "short_circuit_mva", "ramp_mw_per_minute"),
        *("unit_mva", "no_load_loss_kw", "unit_mw", "module_mw", "rack_kw_max", "server_kw", "per_server"),
        *("max_mw", "max_mwh", "existing_ups_mw", "white_space_m2", "plant_m2", "m2_per_rack", "m2_per_module"),
        *("m2_per_unit", "m2_fixed", "usd_open", "usd_fixed", "usd_per_module", "usd_per_unit", "usd_per_rack"),
        *("server_rest_usd", "porting_usd", "salvage_usd_per_pod", "engineers_per_site", "supply_per_year"),
        *("supply_per_quarter", "existing_facility_mw", "load_loss_kw"),
        *("max_accelerators", "cluster_accelerators", "capex_musd", "total_cost_musd", "energy_mwh_per_year"),
        *("carbon_t_per_year", "water_m3_per_year", "floor_area_m2"),
    }
)
"""Twice as large: servers, racks, modules, transformers, sets, sites, and what is asked for. Counts stay."""


@pytest.mark.parametrize("case", CASES)
def test_everything_twice_as_large_costs_the_same_per_eflop(case: str) -> None:
    tables = plain(case)
    twice = scaled(tables, 2.0, lambda key: key in SIZES, under=("floor_pflops",))
    assert twice["sites"]["paper"]["grid_mw"] == 2 * tables["sites"]["paper"]["grid_mw"]
    assert twice["accelerators"]["quick"]["per_server"] == 16
    assert same(value(Instance.model_validate(twice)), best_of(case))


def reordered(tables: Plain, names: tuple[str, ...]) -> Plain:
    """The same tables with their rows in the opposite order."""
    return tables | {name: dict(reversed(list(tables[name].items()))) for name in names}


@pytest.mark.parametrize("case", ["smallest", "everything", "two_sites"])
def test_order_of_rows_does_not_matter(case: str) -> None:
    tables = plain(case)
    tables["accelerators"]["third"] = tables["accelerators"]["quick"] | {"price_usd": 30_000}
    tables["procurement"]["include"] = ("*",)
    names = ("accelerators", "sites", "coolings", "transformers", "workloads", "stacks")
    turned = reordered(tables, names)
    assert list(turned["accelerators"]) == ["third", "frugal", "quick"]
    forth, back = value(Instance.model_validate(tables)), value(Instance.model_validate(turned))
    assert same(forth, back)
    assert same(forth, best_of(case))


def test_order_of_lists_does_not_matter() -> None:
    tables = plain("everything")
    tables["transformers"]["other"] = tables["transformers"]["ideal"] | {"unit_mva": 0.4, "usd_per_unit": 10.0}
    tables["coolings"]["other"] = tables["coolings"]["warm_water"] | {"usd_open": 100.0}
    tables["accelerators"]["quick"]["coolings"] = ["other", "warm_water"]
    site = tables["sites"]["paper"]
    site["grid"]["transformers"], site["coolings"] = ["ideal", "other"], ["warm_water", "other"]
    forth = value(Instance.model_validate(tables))
    site["grid"]["transformers"], site["coolings"] = ["other", "ideal"], ["other", "warm_water"]
    tables["accelerators"]["quick"]["coolings"] = ["warm_water", "other"]
    assert same(forth, value(Instance.model_validate(tables)))


@pytest.mark.parametrize("rate", [0.0, 0.08])
def test_one_phase_in_two_halves(rate: float) -> None:
    """Everything lives through both halves, so nothing is gained by looking at them one by one."""
    common: dict[str, Any] = {
        "finance.discount_rate": rate,
        "finance.insurance_fraction": 0.01,
        "accelerators.quick.life_years": 8.0,
        "accelerators.frugal.life_years": 8.0,
        "accelerators.quick.maintenance_fraction": 0.03,
        "coolings.warm_water.usd_per_module": 20_000,
        "coolings.warm_water.maintenance_fraction": 0.02,
        "transformers.ideal.usd_per_unit": 10_000,
        "sites.paper.building.rent_usd_per_m2_year": 100.0,
        "tariffs.flat.demand_per_kva_month": 5.0,
    }
    whole, halves = value({**common, "phases": EIGHT_YEARS}), value({**common, "phases": FOUR_AND_FOUR})
    assert same(whole, halves)


@pytest.mark.parametrize("case", ["phases", "everything"])
def test_no_discount_is_the_limit_of_a_small_one(case: str) -> None:
    still = value(CASES[case] | {"finance.discount_rate": 0.0})
    assert value(CASES[case] | {"finance.discount_rate": 1e-9}) == pytest.approx(still, rel=2e-6)
    assert value(CASES[case] | {"finance.discount_rate": -1e-9}) == pytest.approx(still, rel=2e-6)


@pytest.mark.parametrize("case", ["phases", "everything"])
def test_base_date_does_not_matter(case: str) -> None:
    """Cost and compute are worth less by the same factor; caps on the total cost are wide here."""
    assert same(value(CASES[case] | {"finance.base_date": date(2024, 1, 1)}), best_of(case))


@pytest.mark.parametrize("seed", [1, 20_260_101])
def test_seed_does_not_matter(seed: int) -> None:
    result = solve(CASES["two_sites"], seed=seed)
    assert result.design is not None
    assert result.design.solve is not None
    assert same(result.design.solve.value, best_of("two_sites"))


def test_same_question_same_design() -> None:
    first, second = solve(CASES["everything"]), solve(CASES["everything"])
    assert first.size.fingerprint == second.size.fingerprint
    assert first.design is not None
    assert second.design is not None
    assert first.design.decisions == second.design.decisions


def test_twin_sites_are_exchangeable() -> None:
    """Renaming the two sites changes nothing."""
    tables = plain("two_sites")
    sites = tables["sites"]
    renamed = tables | {"sites": {"north": sites["paper"], "south": sites["there"]}}
    assert same(value(Instance.model_validate(renamed)), best_of("two_sites"))
