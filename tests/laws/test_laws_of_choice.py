"""More freedom is never worse, less is never better; a rule that is stricter costs no less."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.inputs.schema import Instance, Objective
from optimizer.model.figures import simplicity
from optimizer.model.objectives import GOALS
from optimizer.regimes.table import REGIMES
from tests.hall_cases import FIRM, PLAIN
from tests.laws.lawful import CASES, Plain, best_of, no_worse, plain, same, solve, value

HERE = "sites.paper"


def add_chip(tables: Plain) -> None:
    tables["accelerators"]["third"] = tables["accelerators"]["frugal"] | {"price_usd": 8_000, "server_kw": 3.5}
    tables["procurement"]["include"] = ("*",)


def add_cooling(tables: Plain) -> None:
    tables["coolings"]["other"] = tables["coolings"]["warm_water"] | {"fan_pump_fraction": 0.01, "usd_open": 10.0}
    tables["accelerators"]["quick"]["coolings"] = ("warm_water", "other")
    for site in tables["sites"].values():
        site["coolings"] = ("warm_water", "other")


def add_transformer(tables: Plain) -> None:
    tables["transformers"]["other"] = tables["transformers"]["ideal"] | {"unit_mva": 0.2, "usd_per_unit": 5.0}
    for site in tables["sites"].values():
        site["grid"]["transformers"] = ("ideal", "other")


def add_site(tables: Plain) -> None:
    """A site with nothing in it; what a site must have whether it is used or not is no part of this law."""
    site = tables["sites"]["paper"]
    empty = {"existing_pods": (), "carbon_kg_per_kwh": 0.1, "backup": None, "grid": site["grid"] | {"existing": None}}
    tables["sites"]["further"] = site | empty


def add_battery(tables: Plain) -> None:
    tables["batteries"]["cell"] = tiny_cell()
    for site in tables["sites"].values():
        site["battery"] = "cell"


def add_refresh(tables: Plain) -> None:
    """Pods may leave early and stay longer; what ages loses nothing against a life that ends."""
    tables["procurement"]["refresh"] = True
    for chip in tables["accelerators"].values():
        chip["life_max_years"] = chip["life_years"] + 2.0
        chip["ageing"] = {"maintenance_fraction_per_year": 0.05, "failed_fraction_per_year": 0.05}
        chip["removal_usd"] = 10.0
        chip["resale"] = ({"years": 0.0, "fraction": 0.5}, {"years": 5.0, "fraction": 0.1})


def tiny_cell() -> Plain:
    """The battery of the case that has everything."""
    cell: Plain = plain("everything")["batteries"]["cell"]
    return cell


OPTIONS = (add_chip, add_cooling, add_transformer, add_site, add_battery)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("case", ["everything", "fixed_costs"])
def test_further_option_is_never_worse(case: str, option: Any) -> None:
    tables = plain(case)
    option(tables)
    assert no_worse(value(Instance.model_validate(tables)), best_of(case))


def _with_and_without_refresh(tables: Plain) -> tuple[float, float]:
    add_refresh(tables)
    found = value(Instance.model_validate(tables))
    tables["procurement"]["refresh"] = False
    return found, value(Instance.model_validate(tables))


@pytest.mark.parametrize("case", ["phases", "everything"])
def test_refresh_is_never_worse_than_the_same_pods_without(case: str) -> None:
    assert no_worse(*_with_and_without_refresh(plain(case)))


def test_refresh_is_worth_something_where_new_chips_do_more() -> None:
    """The law is not empty: the frugal ones are on sale in the second phase only, at a low price."""
    tables = plain("phases")
    tables["accelerators"]["frugal"] |= {"launch": date(2027, 6, 1), "price_usd": 1_000, "server_rest_usd": 2_000}
    with_refresh, without = _with_and_without_refresh(tables)
    assert with_refresh < without * 0.999


def _in_halls(tables: Plain, *further: str) -> float:
    """Value where all pods stand in a hall that says what the UPS's row says, or in further ones."""
    (ups,) = tables["upses"].values()
    tables["halls"] = {
        "plain": PLAIN,
        "firm": FIRM,
        "as_it_was": FIRM
        | {"ups_redundancy_fraction": ups["redundancy_fraction"], "distribution_redundancy_fraction": 0.0}
        | {"generator_fraction": 1.0, "loss_fraction": 0.0, "space_factor": 1.0},
    }
    for site in tables["sites"].values():
        site["halls"] = ("as_it_was", *further)
    return value(Instance.model_validate(tables))


@pytest.mark.parametrize("case", ["everything", "fixed_costs"])
def test_further_hall_is_never_worse_and_one_like_before_changes_nothing(case: str) -> None:
    alone = _in_halls(plain(case))
    assert same(alone, best_of(case))
    assert no_worse(_in_halls(plain(case), "plain", "firm"), alone)


def test_better_chip_is_taken() -> None:
    """The law is not empty: the third chip does lower the cost."""
    tables = plain("fixed_costs")
    add_chip(tables)
    assert value(Instance.model_validate(tables)) < best_of("fixed_costs") * 0.999


LIMITS: tuple[tuple[str, str, float, float], ...] = (
    ("smallest", f"{HERE}.grid_mw", 0.09, 0.2),
    ("smallest", f"{HERE}.building.white_space_m2", 33.0, 300.0),
    ("smallest", f"{HERE}.building.plant_m2", 4.0, 300.0),
    ("smallest", "coolings.warm_water.max_modules", 2, 200),
    ("smallest", "transformers.ideal.unit_mva", 0.1, 1.0),
    ("smallest", "limits.energy_mwh_per_year", 780.0, 2_000.0),
    ("smallest", "limits.floor_area_m2", 40.0, 300.0),
    ("everything", "procurement.shares.some_frugal.min_fraction", 0.6, 0.0),
    ("everything", "procurement.shares.not_all_quick.max_fraction", 0.3, 1.0),
    ("everything", "accelerators.quick.supply_per_year", 9, 400),
    ("everything", "accelerators.quick.supply_per_quarter", 2, 400),
    ("everything", "procurement.quotas.quick_total.max_accelerators", 8, 400),
    ("everything", f"{HERE}.backup.critical_fraction", 0.9, 0.01),
    ("everything", f"{HERE}.backup.ride_through_minutes", 60.0, 0.0),
    ("everything", f"{HERE}.backup.spare_units", 3, 0),
    ("everything", "workloads.training.step_fraction", 0.9, 0.0),
    ("everything", "upses.none.protected_fraction", 1.0, 0.1),
    ("everything", "limits.capex_musd", 0.42, 500.0),
    ("everything", "limits.lcoc_usd_per_eflop", 0.32, 500.0),
    ("everything", "limits.water_m3_per_year", 0.0, 500_000.0),
    ("fixed_costs", "phases.only.demand_pflops", 40.0, 80.0),
    ("everything", f"{HERE}.grid.spare_units", 3, 0),
    ("fixed_costs", f"{HERE}.max_coolings", 1, 3),
)


def moved(case: str, path: str, to: float) -> Plain:
    """A case with one number changed, wherever it is."""
    tables = plain(case)
    *folders, key = path.split(".")
    table = tables
    for folder in folders:
        table = table[folder]
    table[key] = to
    return tables


@pytest.mark.parametrize(("case", "path", "tight", "loose"), LIMITS)
def test_relaxed_is_no_worse_and_tightened_no_better(case: str, path: str, tight: float, loose: float) -> None:
    least = value(Instance.model_validate(moved(case, path, loose)))
    most = value(Instance.model_validate(moved(case, path, tight)))
    assert no_worse(least, best_of(case))
    assert no_worse(best_of(case), most)
    assert no_worse(least, most)


@pytest.mark.parametrize("target", [30.0, 38.0, 41.0, 60.0])
def test_larger_target_costs_no_less_in_all(target: float) -> None:
    less = value({"phases.only.target_pflops": target}, "total_cost")
    more = value({"phases.only.target_pflops": target + 1.0}, "total_cost")
    assert no_worse(less, more)


RULED: dict[str, Any] = {
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "accelerators.frugal.origin": "CN",
    # With TPP 16,000 in the first band of the tariff.
    "accelerators.quick.memory_bandwidth_gbs": 4800.0,
    "phases.only.target_pflops": 12.0,
}


@pytest.mark.parametrize("regime", [regime.id for regime in REGIMES])
@pytest.mark.parametrize("bf16_tflops", [140.0, 290.0, 1_000.0, 2_000.0])
def test_open_market_is_the_cheapest_regime(regime: str, bf16_tflops: float) -> None:
    """Chips from below the rules to far above them, of a die of 800 mm2."""
    changes = RULED | {"accelerators.quick.bf16_tflops": bf16_tflops, "accelerators.quick.die_mm2": 800.0}
    free = value(changes | {"export.regime": "open_market"})
    assert no_worse(free, value(changes | {"export.regime": regime}))


def test_regimes_in_order_of_strictness() -> None:
    """The quick chip (TPP 16,000) is free until 2022, denied, then licensed at 25 %, and out of a domestic plan."""
    found = {
        regime: value(RULED | {"export.regime": regime})
        for regime in ("open_market", "before_oct_2022", "apr_2025", "jan_2026", "domestic_only")
    }
    assert same(found["before_oct_2022"], found["open_market"])
    assert found["open_market"] < found["jan_2026"] * (1 - 1e-4)
    assert no_worse(found["jan_2026"], found["apr_2025"])
    assert same(found["apr_2025"], found["domestic_only"])


def test_licences_that_are_avoided_cost_no_less() -> None:
    ruled = RULED | {"export.regime": "jan_2026", "accelerators.quick.price_usd": 12_000}
    used, avoided = value(ruled), value(ruled | {"export.licences": "avoid"})
    assert used < avoided


def measures(objective: Objective) -> dict[str, float]:
    """Every objective's value of the design that is best for one of them."""
    result = solve(CASES["fixed_costs"], objective)
    assert result.design is not None
    assert result.design.reported is not None
    kpis, ledger = result.design.reported.kpis, result.design.reported.ledger
    return {
        "lcoc": kpis["lcoc_usd_per_eflop"],
        "total_cost": kpis["npv_cost_musd"],
        "capex": kpis["capex_musd"],
        "energy": sum(line.amount for line in ledger if line.account == "import_mwh"),
        "carbon": sum(line.amount for line in ledger if line.account == "carbon_t"),
        "floor_area": kpis["white_space_m2"] + kpis["plant_m2"],
        "max_throughput": -kpis["npv_eflop"],
        "simplicity": simplicity(result.design.decisions),
    }


def test_best_design_for_an_objective_is_no_worse_in_it_than_any_other() -> None:
    table = {objective: measures(objective) for objective in GOALS}
    for objective in GOALS:
        for other in GOALS:
            assert no_worse(table[objective][objective], table[other][objective]), (objective, other)


@settings(max_examples=8, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    target=st.floats(4.0, 60.0),
    quick_usd=st.floats(5_000, 60_000),
    frugal_usd=st.floats(5_000, 60_000),
    usd_per_kwh=st.floats(0.01, 2.0),
)
def test_least_cost_lies_between_split_pods_and_one_kind(
    target: float, quick_usd: float, frugal_usd: float, usd_per_kwh: float
) -> None:
    """No design is better than pods that can be split; none that is best is worse than one kind of whole pods."""
    changes = {
        "phases.only.target_pflops": target,
        "accelerators.quick.price_usd": quick_usd,
        "accelerators.frugal.price_usd": frugal_usd,
        "tariffs.flat.energy": [{"label": "all hours", "price_per_kwh": usd_per_kwh}],
    }
    found = value(changes, "total_cost") * 1e6
    kinds = ((4.0, 10.0, 8 * quick_usd + 40_000), (2.0, 4.0, 8 * frugal_usd + 30_000))
    split, whole = [], []
    for pflops, kw, usd in kinds:
        energy_usd = kw * 1.05 * 8_760 * usd_per_kwh
        pods = target / pflops
        split.append(pods * (usd + energy_usd))
        whole.append(-(-pods // 1) * usd + pods * energy_usd)
    assert min(split) <= found * (1 + 1e-6)
    assert found <= min(whole) * (1 + 1e-6)
