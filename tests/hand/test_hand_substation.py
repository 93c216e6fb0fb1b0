"""Substation: which one, how it grows, and what may follow what."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.assets.substation.coefficients import step_limit_mva
from tests.hand.on_paper import (
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
    value_without,
)
from tests.tiny import tiny

SHORT_LIVES = {"accelerators.quick.life_years": 4.0, "accelerators.frugal.life_years": 4.0}
QUICK_4_YEARS = 236_792.0
"""A quick pod and four years of its energy."""


def transformer(unit_mva: float, usd_per_unit: float, **changes: Any) -> dict[str, Any]:
    """A transformer type; it lives for 8 years, the longest horizon here, so that nothing is left at the end."""
    row = tiny().transformers["ideal"].model_dump()
    return row | {"unit_mva": unit_mva, "usd_per_unit": usd_per_unit, "life_years": 8.0} | changes


def types(**rows: dict[str, Any]) -> dict[str, Any]:
    """Types a site may choose from."""
    return {"sites.paper.grid.transformers": list(rows)} | {f"transformers.{name}": row for name, row in rows.items()}


def test_substation_one_type_at_a_time() -> None:
    """98.7 kW of import. Two types carry 60 kW each (1,000 USD a unit), a third 120 kW at 100,000 USD a unit.

    Two of the cheap ones together would do, but only one may be in place: 200,000 USD.
    """
    one_year = {"life_years": 1.0}
    changes = types(
        left=transformer(0.06, 1_000, **one_year),
        right=transformer(0.06, 1_000, **one_year),
        big=transformer(0.12, 100_000, **one_year),
    )
    decides("substation.one", changes, lcoc(MINIMAL + 200_000, 38))


def test_substation_stay_costs_its_auxiliaries() -> None:
    """Nothing is asked for in b, but the old substation stays: 10 kW of auxiliaries for 8 years, 70,080 USD."""
    changes = {
        **two_phases(4.0, 0.0),
        **ONLY_QUICK,
        **SHORT_LIVES,
        "sites.paper.auxiliary_mw": 0.01,
        "sites.paper.grid.existing": {"transformer": "ideal", "units": 2},
    }
    decides("substation.stay", changes, lcoc(QUICK_4_YEARS + 70_080, 16))


def test_substation_grow_never_shrinks() -> None:
    """Units of 30 kVA with 1 kW of no-load loss (876 USD a year). a: 4 quick pods, 45 kW, need 2 and a spare.

    b: one pod would need 1 and a spare, but the third unit stays: 3 x 876 x 8 years = 21,024 USD.
    """
    changes = {
        **two_phases(16.0, 4.0),
        **ONLY_QUICK,
        **SHORT_LIVES,
        **types(small=transformer(0.03, 0, no_load_loss_kw=1.0, max_units=3)),
    }
    result = decides("substation.grow", changes, lcoc(5 * QUICK_4_YEARS + 21_024, 80))
    assert figures(result)["substation_units"] == 3


def test_substation_keep_what_was_started() -> None:
    """a: 4 pods, 42 kW; b: 8 pods, 84 kW. The small type is free and carries 50 kW, the big one costs 100,000 a unit.

    Small first and big in b would cost 200,000 less half of it back at the end. But what was started stays, so the big
    one is built at once: 200,000 USD. Growth and staying both ask for it; without growth staying alone still does.
    """
    changes = {
        **two_phases(16.0, 32.0),
        **ONLY_QUICK,
        **SHORT_LIVES,
        **types(small=transformer(0.05, 0), big=transformer(0.1, 100_000)),
    }
    paper = lcoc(12 * QUICK_4_YEARS + 200_000, 192)
    decides("substation.keep substation.grow", changes, paper)
    alone = value_without(changes, ("substation.grow",))
    assert alone is not None
    assert is_close(alone, paper)


def test_substation_late_type_is_not_there_yet() -> None:
    """The free type takes 60 weeks, the year before the phase has 52: the other one is built at 10,000 USD a unit."""
    one_year = {"life_years": 1.0}
    changes = types(
        slow=transformer(0.5, 0, lead_time_weeks=60.0, **one_year), fast=transformer(0.5, 10_000, **one_year)
    )
    decides("substation.late", changes, lcoc(MINIMAL + 20_000, 38))


def test_growth_is_paid_by_the_unit_and_the_fixed_part_once() -> None:
    """50,000 fixed, 10,000 a unit. a: 4 pods, 42 kW, 2 units of 50 kVA. b: 8 pods, 84 kW, a third unit: half is left.

    50,000 + 20,000 + 10,000 / 2 = 75,000 USD. Three units from the start would cost 80,000.
    """
    changes = {
        **two_phases(16.0, 32.0),
        **ONLY_QUICK,
        **SHORT_LIVES,
        **types(kind=transformer(0.05, 10_000, usd_fixed=50_000, max_units=3)),
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(12 * QUICK_4_YEARS + 75_000, 192))
    assert is_close(account(result, "capex_substation", "b"), 0.01)


BROWNFIELD: dict[str, Any] = {
    **two_phases(16.0, 32.0),
    **ONLY_QUICK,
    **SHORT_LIVES,
    **types(big=transformer(0.1, 30_000, usd_fixed=20_000, max_units=3)),
    "transformers.old": transformer(0.05, 0),
    "sites.paper.grid.existing": {"transformer": "old", "units": 2},
}


def test_existing_substation_is_used_and_then_replaced() -> None:
    """The old one carries the 42 kW of a; in b the new type is built: (20,000 + 2 x 30,000) / 2 = 40,000 USD."""
    result = solve(BROWNFIELD)
    assert is_close(best(result), lcoc(12 * QUICK_4_YEARS + 40_000, 192))
    assert result.design is not None
    built = {row.phase: (row.transformer, row.units) for row in result.design.decisions.substations}
    assert built == {"a": ("old", 2), "b": ("big", 2)}


def test_existing_substation_is_kept_when_it_carries_all() -> None:
    """Units of 90 kVA carry the 84 kW of b: nothing is built."""
    result = solve({**BROWNFIELD, "transformers.old.unit_mva": 0.09})
    assert is_close(best(result), lcoc(12 * QUICK_4_YEARS, 192))


def test_existing_substation_grows_by_the_unit() -> None:
    """The old type may be extended at 30,000 USD in b, half of it left; its fixed part was paid long ago."""
    changes = {
        **BROWNFIELD,
        "sites.paper.grid.transformers": ["old", "big"],
        "transformers.old": transformer(0.05, 30_000, usd_fixed=500_000, max_units=3),
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(12 * QUICK_4_YEARS + 15_000, 192))


def test_existing_substation_that_grew_is_not_replaced() -> None:
    """a needs 84 kW, b 168 kW. Old: two 50 kVA units, a third at 1,000 USD, no more. Big: as in b below.

    Extending the old one for a and replacing it in b (1,000 + 40,000) would be cheapest, but only an untouched one may
    be replaced: the big one comes in a, 20,000 + 3 x 30,000 for 200 kW firm, or 2 units in a and the third in b.
    """
    changes = {
        **BROWNFIELD,
        **two_phases(32.0, 64.0),
        **SHORT_LIVES,
        "sites.paper.grid.transformers": ["old", "big"],
        "transformers.old": transformer(0.05, 1_000, max_units=3),
        "transformers.big": transformer(0.1, 30_000, usd_fixed=20_000, max_units=3),
    }
    result = decides(
        "substation.keep substation.grow", changes, lcoc(24 * QUICK_4_YEARS + 20_000 + 60_000 + 15_000, 384)
    )
    assert account(result, "capex_substation", "a") == pytest.approx(0.08)


def test_spare_bays_limit_the_units() -> None:
    """Room for two units only: the small type cannot grow to three, the big one at 40,000 USD a unit is built."""
    kinds = types(
        small=transformer(0.06, 1_000, max_units=4, life_years=1.0), big=transformer(0.2, 40_000, life_years=1.0)
    )
    assert is_close(best(solve(kinds)), lcoc(MINIMAL + 3_000, 38))
    assert is_close(best(solve({**kinds, "sites.paper.grid.spare_bays": 2})), lcoc(MINIMAL + 80_000, 38))


def test_no_load_loss_draws_all_year() -> None:
    """Two units of 2 kW: 4 kW x 8,760 h x 0.10 = 3,504 USD."""
    changes = {**ONLY_QUICK, **target(8.0), "transformers.ideal.no_load_loss_kw": 2.0}
    assert is_close(best(solve(changes)), lcoc(2 * QUICK + 3_504, 8))


def test_step_limit_formula() -> None:
    """1 / (1/1000 + 0.06 / (1 x 0.5)) = 8.26446 MVA behind one unit; 3 % of it are 0.247934 MVA."""
    grid, kind = tiny().sites["paper"].grid, tiny().transformers["ideal"]
    assert step_limit_mva(grid, kind, 1) == pytest.approx(0.03 / 0.121)
    assert step_limit_mva(grid, kind, 0) == 0.0


def test_step_limit_decides_the_number_of_units() -> None:
    """No battery; 10 quick pods of which half swings: 50 kW. Fault level 25 MVA, voltage step 1 %.

    Two units of 0.5 MVA, one spare: 0.01 / (0.04 + 0.12) = 62.5 kW are enough; at 0.7 % 43.75 are not.
    Three units: 0.007 / (0.04 + 0.06) = 70 kW. A unit costs 10,000 USD.
    """
    changes = {
        **ONLY_QUICK,
        **target(40.0),
        "workloads.training.step_fraction": 0.5,
        "sites.paper.grid.short_circuit_mva": 25.0,
        "sites.paper.grid.voltage_step_max_fraction": 0.01,
        **types(kind=transformer(0.5, 10_000, max_units=3, life_years=1.0)),
    }
    assert is_close(best(solve(changes)), lcoc(10 * QUICK + 20_000, 40))
    changes["sites.paper.grid.voltage_step_max_fraction"] = 0.007
    result = decides("battery.step", changes, lcoc(10 * QUICK + 30_000, 40))
    assert pods(result) == {"quick": 10}
