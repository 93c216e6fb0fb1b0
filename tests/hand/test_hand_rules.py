"""Quotas, shares, supply, export rulings, and caps on the whole plan."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.pipeline import Options, run
from tests.hand.on_paper import (
    EFLOP,
    FRUGAL,
    HERE,
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
from tests.tiny import EVERYTHING, tiny

TIGHT = 4 * QUICK + 11 * FRUGAL
"""38 PFLOPS on at most 85.7 kW at work: 4 quick and 11 frugal pods (derived in test_hand_power.py)."""


def test_procurement_quota_of_a_phase() -> None:
    """At most 64 quick accelerators in this phase, 8 pods: 32 PFLOPS, and 3 frugal pods for the other 6."""
    quota = {"match": {"accelerator": "quick"}, "max_accelerators": 64, "phases": ["only"]}
    changes = {"procurement.quotas": {"few": quota}}
    result = decides("procurement.quota", changes, lcoc(8 * QUICK + 3 * FRUGAL, 38))
    assert pods(result) == {"quick": 8, "frugal": 3}
    # Over the whole horizon the same quota also bounds each delivery; the answer is the same.
    whole = {"procurement.quotas": {"few": {"match": {"tier": 1}, "max_accelerators": 71}}}
    assert is_close(best(solve(whole)), lcoc(8 * QUICK + 3 * FRUGAL, 38))


BIG: dict[str, Any] = {
    "export.regime": "may_2026",
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "accelerators.quick.bf16_tflops": 300.0,
    "accelerators.quick.per_server": 25_000,
    "accelerators.quick.price_usd": 6,
    "accelerators.quick.server_rest_usd": 0,
    "accelerators.frugal.bf16_tflops": 300.0,
    "accelerators.frugal.per_server": 25_000,
    "accelerators.frugal.price_usd": 4.4,
    "accelerators.frugal.server_rest_usd": 0,
    "accelerators.frugal.origin": "CN",
}
"""Pods of 25,000 very small accelerators in Hong Kong: TPP 300 x 16 = 4,800 is in 3A090.a and reviewed case by case.

    quick   3,750 PFLOPS   150,000 USD + 9,198.0 = 159,198.0      42.45 a PFLOPS; licence, 75,000 at most, no tariff
    frugal  1,875 PFLOPS   110,000 USD + 3,679.2 = 113,679.2      60.63 a PFLOPS; Chinese, free
"""


def test_procurement_ruling_quota_of_a_licence() -> None:
    """15,000 PFLOPS: 3 quick pods exhaust the licence, 2 frugal ones do the rest. 4 quick pods would be cheaper."""
    result = decides("procurement.ruling_quota", {**BIG, **target(15_000.0)}, lcoc(3 * 159_198 + 2 * 113_679.2, 15_000))
    assert account(result, "licence_fees") == 0


def test_supply_of_one_whole_year() -> None:
    """24 a year over the calendar year before the phase are 24, three pods; 13 frugal ones do the rest of 38 PFLOPS."""
    result = solve({"accelerators.quick.supply_per_year": 24})
    assert pods(result) == {"quick": 3, "frugal": 13}
    assert is_close(best(result), lcoc(3 * QUICK + 13 * FRUGAL, 38))


def test_licence_fee_has_no_life() -> None:
    """25 % of 8 x 20,000 USD for each of two pods. 1 % insurance on 400,000 only; nothing is left of a fee."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "export.regime": "jan_2026",
        "export.parent": "hong_kong",
        "sites.paper.place": "hong_kong",
        "finance.insurance_fraction": 0.01,
        "accelerators.quick.life_years": 2.0,
        "accelerators.quick.memory_bandwidth_gbs": 4800.0,
    }
    result = solve(changes)
    assert is_close(account(result, "licence_fees"), 0.08)
    assert is_close(best(result), lcoc(2 * QUICK + 80_000 + 4_000 - 200_000, 8))


def test_licences_avoided_leave_the_chinese_chip() -> None:
    """The quick chip needs a licence, and licences are not planned with."""
    result = solve({**BIG, **target(3_750.0), "export.licences": "avoid"})
    assert pods(result) == {"frugal": 2}
    assert figures(result)["domestic_share"] == pytest.approx(1.0)


def test_procurement_supply_of_each_phase() -> None:
    """8 quick accelerators a year over the four years before each phase: 4 pods in each, 20 PFLOPS are asked for.

    Pods live one phase: quick 200,000 + 36,792, frugal 110,000 + 14,716.8 USD. In a 4 quick and 2 frugal, as in b,
    though 8 quick pods could be had over the horizon.
    """
    changes = {
        **two_phases(20.0, 20.0),
        "planning_date": date(2023, 1, 1),
        "accelerators.quick.supply_per_year": 8,
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
    }
    result = decides("procurement.supply", changes, lcoc(2 * (4 * 236_792 + 2 * 124_716.8), 160))
    assert pods(result, "a") == {"quick": 4, "frugal": 2}


def test_procurement_quarters_fill_a_store() -> None:
    """16 quick accelerators a quarter from mid-2026 on, none before; launched on 16 August 2026, day 46 of 92.

    Made by 1 January 2027: half a quarter and a whole one, 8 + 16 = 24: 3 pods of 4 PFLOPS in a; 20 are asked for.
    In b, 4 years and so 16 quarters later, another 256: all 5 pods are quick. In a 3 quick and 4 frugal.
    """
    changes = {
        **two_phases(20.0, 20.0),
        "accelerators.quick.supply_by_quarter": {"2026Q3": 16},
        "accelerators.quick.launch": date(2026, 8, 16),
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
    }
    result = decides("procurement.quarters", changes, lcoc(8 * 236_792 + 4 * 124_716.8, 160))
    assert pods(result, "a") == {"quick": 3, "frugal": 4}


def test_quarters_keep_what_is_not_taken() -> None:
    """16 quick accelerators in all, in the first quarter: two pods, wherever they serve. The first phase asks for none.

    A window since the phase before would leave none for b. 12 PFLOPS in b: 2 quick and 2 frugal.
    """
    changes = {
        **two_phases(0.0, 12.0, (0.0, 12.0)),
        "accelerators.quick.supply_by_quarter": {"2026Q1": 16, "2026Q2": 0},
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * 236_792 + 2 * 124_716.8, 48))
    assert pods(result, "b") == {"quick": 2, "frugal": 2}


def test_supply_factor_is_felt_by_the_phase_after() -> None:
    """2 accelerators a quarter: 8 by a, whose days make 32 more, a quarter of them (8) with the factor of phase a.

    12 PFLOPS in each, 24 in all: two quick pods of 4, in a or b, and 8 frugal ones of 2.
    """
    changes = {
        **two_phases(12.0, 12.0),
        "accelerators.quick.supply_per_quarter": 2,
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
    }
    changes["phases"]["a"]["accelerator_supply_factors"] = {"qu*": 0.25}
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * 236_792 + 8 * 124_716.8, 96))


def test_procurement_share_min_of_the_frugal() -> None:
    """Half of 40 PFLOPS from frugal pods: 10 of them, and 5 quick."""
    share = {"match": {"accelerator": "frugal"}, "min_fraction": 0.5}
    changes = {**target(40.0), "procurement.shares": {"half": share}}
    decides("procurement.share_min", changes, lcoc(5 * QUICK + 10 * FRUGAL, 40))


def test_procurement_share_max_of_the_quick() -> None:
    """At most a quarter of 40 PFLOPS from tier 1: 2.5 quick pods at work, of 3; 15 frugal ones.

    3 quick pods with 2.5 at work cost 600,000 + 22,995; 2 and another frugal pod 418,396 + 113,679.2: the latter.
    """
    share = {"match": {"tier": 1}, "max_fraction": 0.25}
    changes = {**target(40.0), "procurement.shares": {"quarter": share}}
    decides("procurement.share_max", changes, lcoc(2 * QUICK + 16 * FRUGAL, 40))


def test_procurement_share_from_a_later_phase() -> None:
    """Half from frugal pods, but only from b on; pods live one phase, quick 236,792 and frugal 124,716.8 USD.

    a takes 5 quick pods, b 2 quick and 6 frugal ones (3 quick pods with 2.5 at work would cost more).
    """
    share = {"match": {"accelerator": "frugal"}, "min_fraction": 0.5, "from_phase": "b"}
    changes = {
        **two_phases(20.0, 20.0),
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
        "procurement.shares": {"half": share},
    }
    assert is_close(best(solve(changes)), lcoc(7 * 236_792 + 6 * 124_716.8, 160))


def test_procurement_lists_leave_chips_out() -> None:
    """Excluded by a pattern: only frugal pods, 19 of them."""
    changes = {"procurement.include": ["*"], "procurement.exclude": ["qu*"]}
    assert is_close(best(solve(changes)), lcoc(19 * FRUGAL, 38))


def test_limits_area_of_white_and_plant() -> None:
    """34 m2: 10 pods of 3 m2, two modules and two transformers of 1 m2.

    Frugal pods at 70,000 USD would be cheaper, but only 9 quick and 1 frugal deliver 38 PFLOPS from 10 pods.
    """
    changes = {"accelerators.frugal.price_usd": 5_000, "limits.floor_area_m2": 34.0}
    result = decides("limits.area", changes, lcoc(9 * QUICK + 73_679.2, 38))
    decides("limits.cap", changes, lcoc(9 * QUICK + 73_679.2, 38))
    assert figures(result)["white_space_m2"] + figures(result)["plant_m2"] <= 34 + 1e-6


def test_limits_cap_of_capital() -> None:
    """1 MUSD of capital buys 5 quick pods, 20 PFLOPS; 2 frugal pods for one of them would be too much."""
    changes = {**target(0.0, 100.0), "limits.capex_musd": 1.0}
    decides("limits.cap", changes, 20 * EFLOP, "max_throughput")


def test_limits_cap_of_total_cost() -> None:
    """0.96 MUSD in all: 4 quick pods and 1 frugal cost 950,471.2 USD, 18 PFLOPS. Energy of the rest buys no 19th.

    5 quick pods cost 1 MUSD even if none works; 3 quick and 3 frugal 968,631.6 USD.
    """
    changes = {**target(0.0, 100.0), "limits.total_cost_musd": 0.96}
    decides("limits.cap", changes, 18 * EFLOP, "max_throughput")


def test_limits_cap_of_the_levelised_cost() -> None:
    """A site costs 104,599 USD a year: 52,299.5 + 104,599 / n USD per PFLOPS. The cap is what 4 quick pods reach."""
    changes = {
        **ONLY_QUICK,
        **target(4.0, 40.0),
        "staff.engineers_per_site": 1,
        "staff.usd_per_engineer_year": 104_599,
        "limits.lcoc_usd_per_eflop": (4 * QUICK + 104_599) / (16 * EFLOP),
    }
    decides("limits.cap", changes, (4 * QUICK + 104_599) / 1e6, "total_cost")


@pytest.mark.parametrize(
    ("limit", "most"),
    [("energy_mwh_per_year", 788.4), ("carbon_t_per_year", 394.2), ("water_m3_per_year", 1_501.7)],
)
def test_limits_phase_cap(limit: str, most: float) -> None:
    """788.4 MWh a year are 90 kW of import; at 0.5 kg/kWh 394.2 t; 2 l/kWh of 85.7 kW of heat are 1,501.7 m3."""
    changes = {
        "sites.paper.carbon_kg_per_kwh": 0.5,
        "coolings.warm_water.water_l_per_kwh": 2.0,
        f"limits.{limit}": most,
    }
    decides("limits.phase_cap", changes, lcoc(TIGHT, 38))


def test_limits_phase_cap_on_accelerators() -> None:
    """A frugal pod for 94,000 USD costs 97,679.2 with its energy, 48,839.6 a PFLOPS: 19 of them, 152 accelerators.

    120 accelerators are 15 pods: 4 q + 2 f >= 38 with q + f <= 15 asks for 4 quick ones; 11 frugal ones do the rest.
    5 quick and 9 frugal cost 1,925,102.8 USD, 4 and 11 cost 1,911,263.2.
    """
    cheap = {"accelerators.frugal.price_usd": 8_000}
    assert is_close(best(solve(cheap)), lcoc(19 * 97_679.2, 38))
    for most in (120, 127):
        result = decides("limits.phase_cap", {**cheap, "limits.accelerators": most}, lcoc(1_911_263.2, 38))
        assert pods(result) == {"quick": 4, "frugal": 11}


def test_limits_phase_cap_on_what_nothing_decides() -> None:
    """Ten sets that stand there are tested for 10 hours at 30 %: 0.3 MWh, 0.21 t a year, whatever is built."""
    generators = {"generators.set": EVERYTHING["generators.set"]}
    backup = {"generator": "set", "critical_fraction": 0.01, "from_phase": "only", "existing_units": 10}
    changes = {**generators, "sites.paper.backup": backup, "generators.set.max_units": 10}
    changes["generators.set.lead_time_weeks"] = 100.0
    assert is_close(best(solve({**changes, "limits.carbon_t_per_year": 0.21})), best(solve(changes)))
    assert run(tiny({**changes, "limits.carbon_t_per_year": 0.2}), HERE, Options(isolated=False)).status.value == (
        "infeasible"
    )


def test_limits_that_do_not_bind_change_nothing() -> None:
    limits = {"capex_musd": 1.91, "energy_mwh_per_year": 864.613, "floor_area_m2": 34.0, "total_cost_musd": 1.996462}
    assert is_close(best(solve({"limits": limits})), lcoc(MINIMAL, 38))
