"""The other objectives, and plans over two sites."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.hand.on_paper import (
    EFLOP,
    FRUGAL,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    account,
    best,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
)
from tests.tiny import tiny

FRUGAL_KW = 19 * 4.0
"""19 frugal pods deliver 38 PFLOPS on 76 kW; quick ones take 2.5 kW per PFLOPS, frugal ones 2."""


def test_total_cost_builds_no_more_than_the_target() -> None:
    """40 PFLOPS could be used and would be cheaper each, but 38 are enough."""
    result = solve(target(38.0, 40.0), "total_cost")
    assert is_close(best(result), MINIMAL / 1e6)


def test_capex_counts_no_energy() -> None:
    """At 5 USD/kWh energy outweighs all: 19 frugal pods have the least cost. Least capital are 9 quick and 1 frugal."""
    dear = {"tariffs.flat.energy": [{"label": "all hours", "price_per_kwh": 5.0}]}
    result = solve(dear, "capex")
    assert is_close(best(result), 1.91)
    assert pods(solve(dear, "total_cost")) == {"frugal": 19}


def test_energy_is_import_of_the_horizon() -> None:
    """19 frugal pods at work: 76 kW x 1.05 x 8,760 h = 699.048 MWh.

    The whole numbers may hold idle pods: by contract the cost is least only among designs with the same whole numbers.
    """
    result = solve({}, "energy")
    assert is_close(best(result), FRUGAL_KW * 1.05 * 8.76)
    assert is_close(account(result, "peak_pflops"), 19 * 8)


def test_carbon_counts_the_grid() -> None:
    """The same at 0.5 kg/kWh: 349.524 t."""
    assert is_close(best(solve({"sites.paper.carbon_kg_per_kwh": 0.5}, "carbon")), FRUGAL_KW * 1.05 * 8.76 / 2)


def test_floor_area_takes_the_fewest_racks() -> None:
    """10 pods on 3 m2, two modules and two transformers on 1 m2. Of these designs the cheapest: no space beyond."""
    result = solve({}, "floor_area")
    assert is_close(best(result), 34)
    assert sum(pods(result).values()) == 10


def test_max_throughput_under_a_budget() -> None:
    """1.2 MUSD of capital: 6 quick pods, 24 PFLOPS for a year."""
    result = solve({**target(4.0, 100.0), "limits.capex_musd": 1.2}, "max_throughput")
    assert is_close(best(result), 24 * EFLOP)
    assert pods(result) == {"quick": 6}


def test_max_throughput_stops_at_the_demand() -> None:
    """No more than the 10 PFLOPS that can be used; the cheapest way to them given the whole numbers."""
    assert is_close(best(solve(target(4.0, 10.0), "max_throughput")), 10 * EFLOP)


def another_site(**changes: Any) -> dict[str, Any]:
    """A second site like the first, with cheap power."""
    site = tiny().sites["paper"].model_dump(exclude_none=True)
    tariff = tiny().tariffs["flat"].model_dump()
    return {
        "sites.there": site | {"name": "Another", "tariff": "half"} | changes,
        "tariffs.half": tariff | {"energy": [{"label": "all hours", "price_per_kwh": 0.05}]},
    }


def test_two_sites_fill_the_cheap_grid_first() -> None:
    """Power costs half there, but only 0.05 MW are available, 47.6 kW at work: 4 pods there and 6 here.

    (A fifth pod there would work 0.76 of the time and make an eleventh one necessary.)
    """
    changes = {**ONLY_QUICK, **target(40.0), **another_site(grid_mw=0.05)}
    result = solve(changes)
    assert is_close(best(result), lcoc(2_000_000 + 6 * QUICK_ENERGY + 4 * QUICK_ENERGY / 2, 40))
    assert is_close(account(result, "it_mw", site="there"), 0.04)
    assert figures(result)["engineers"] == 0


@pytest.mark.parametrize(("usd", "sites"), [(9_000.0, 2), (9_400.0, 1)])
def test_two_sites_need_engineers_each(usd: float, sites: int) -> None:
    """Two engineers at a site: 18,000 USD are less than the 18,396 of energy saved there, 18,800 are more."""
    staff = {"staff.engineers_per_site": 2, "staff.usd_per_engineer_year": usd}
    result = solve({**ONLY_QUICK, **target(40.0), **another_site(grid_mw=0.05), **staff})
    saved = 4 * QUICK_ENERGY / 2 if sites == 2 else 0.0
    assert is_close(best(result), lcoc(10 * QUICK - saved + 2 * sites * usd, 40))
    assert figures(result)["engineers"] == 2 * sites


def test_two_sites_share_a_quota() -> None:
    """64 quick accelerators over both sites: 8 pods; the cheap site takes them all, and the 3 frugal ones."""
    quota = {"procurement.quotas": {"few": {"match": {"accelerator": "quick"}, "max_accelerators": 64}}}
    result = solve({**another_site(), **quota})
    energy = (8 * QUICK - 1_600_000) / 2 + (3 * FRUGAL - 330_000) / 2
    assert is_close(best(result), lcoc(1_600_000 + 330_000 + energy, 38))


def test_two_sites_under_two_rulings() -> None:
    """A chip that needs a licence in Hong Kong, with a fee of 25 % (40,000 USD a pod), and none in Singapore.

    Power there is cheaper by 4,599 USD a pod, which is less: everything stays here.
    """
    # TPP 16,000 and 4,800 GB/s lie in the first band of the tariff.
    band = {"accelerators.quick.memory_bandwidth_gbs": 4800.0, "export.regime": "jan_2026"}
    changes = {**ONLY_QUICK, **target(8.0), **another_site(place="hong_kong"), **band}
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * QUICK, 8))
    assert account(result, "licence_fees") == 0


@pytest.mark.parametrize("objective", ["max_throughput", "carbon", "energy"])
def test_no_module_is_bought_that_the_objective_has_no_use_for(objective: str) -> None:
    """Modules of 100 kW that cost and weigh nothing here, one spare: two do for up to 100 kW of heat, three for 200."""
    result = solve({"coolings.warm_water.usd_per_module": 1000, "sites.paper.grid_mw": 0.3}, objective)
    assert result.design is not None
    heat = sum(row.pods * {"quick": 10, "frugal": 4}[row.accelerator] for row in result.design.decisions.deliveries)
    assert sum(row.units for row in result.design.decisions.cooling) == math.ceil(heat / 100 - 1e-9) + 1
