"""Rising blocks of energy, and rebates that twelve months must earn. Ten quick pods draw 105 kW; 0.10 USD/kWh.

All year that is 919,800 kWh, 91,980 USD: 78,120 kWh in seven months, 75,600 in four and 70,560 in February.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.hand.on_paper import ONLY_QUICK, account, best, decides, figures, is_close, lcoc, solve, target
from tests.hand.test_hand_generation import PV, engine
from tests.hand.test_hand_generation import TEN as WEEK

TEN: dict[str, Any] = {**ONLY_QUICK, **target(40.0)}
ENERGY = 91_980.0
REBATES = {
    "tariffs.flat.load_factor_rebates": [
        {"from_hours": 500.0, "per_kwh": 0.01},
        {"from_hours": 600.0, "per_kwh": 0.03},
    ]
}
HALF_AT_NIGHT = {"workloads.training.daily_profile": [1.0] * 12 + [0.5] * 12}
"""0.75 x 8,760 h at the full 105 kW, 547.5 kWh per kVA of the mean month."""
REBATE = 598.5
"""0.75 of the month's hours, 558, 540 or 504, beyond 500: (7 x 58 + 4 x 40 + 4) x 105 kWh at 0.01 USD."""


def paper(usd: float) -> float:
    """LCOC of ten quick pods and so much a year."""
    return lcoc(2_000_000 + usd, 40)


def blocks(*rows: tuple[float, float]) -> dict[str, Any]:
    """Surcharges by the kWh of the month from which they hold."""
    return {"tariffs.flat.energy_blocks": [{"from_kwh": kwh, "surcharge_per_kwh": usd} for kwh, usd in rows]}


def earned(hours: float) -> dict[str, Any]:
    """Rebates for who reaches so many hours."""
    return {**REBATES, "tariffs.flat.load_factor_eligible_hours": hours}


def test_each_block_is_dearer_than_the_one_before() -> None:
    """Beyond 70,000 kWh 79,800 at 0.05 USD, and of these 7 x 2,120 beyond 76,000 at 0.10 more."""
    result = decides(
        "operations.beyond_block", {**TEN, **blocks((70_000, 0.05), (76_000, 0.15))}, paper(ENERGY + 3_990 + 1_484)
    )
    assert result.design is not None
    assert result.design.reported is not None
    lines = {line.label: line.amount * 1e6 for line in result.design.reported.ledger if line.account == "energy"}
    assert lines["beyond 70,000 kWh, month 01"] == pytest.approx(8_120 * 0.05)
    assert lines["beyond 76,000 kWh, month 12"] == pytest.approx(2_120 * 0.10)
    assert "beyond 76,000 kWh, month 02" not in lines


def test_a_month_of_a_short_year_has_730_hours() -> None:
    """76,650 kWh."""
    result = solve({**TEN, "solve.hours": 168, **blocks((70_000, 0.05))})
    assert is_close(account(result, "energy") * 1e6, ENERGY + 12 * 6_650 * 0.05)


def test_blocks_move_with_the_price_and_not_with_the_threshold() -> None:
    """Prices 1.5 times as high."""
    result = solve({**TEN, **blocks((70_000, 0.05)), "phases.only.tariff_factor": 1.5})
    assert is_close(account(result, "energy") * 1e6, 1.5 * (ENERGY + 3_990))


@pytest.mark.parametrize("first", [744_000.0, 5e8])
def test_a_first_block_that_no_month_fills_is_the_flat_price(first: float) -> None:
    assert is_close(best(solve({**TEN, **blocks((first, 0.3))})), paper(ENERGY))


def test_an_engine_runs_for_the_block_that_is_dearer_than_its_fuel() -> None:
    """At 0.11 USD it is dearer than the second block, 0.105, and cheaper than the third, 0.12: of 76,650 kWh 16,650."""
    changes = {**WEEK, **engine(12.5), **blocks((50_000, 0.005), (60_000, 0.02))}
    usd = ENERGY + 12 * (10_000 * 0.005 + 16_650 * 0.01) + 1_000
    result = decides("hours.beyond_block", changes, paper(usd))
    decides("hours.month", changes, paper(usd))
    assert figures(result)["generated_mwh_per_year"] == pytest.approx(12 * 16.65)


def test_sun_takes_off_the_dearest_block_first() -> None:
    """Three units give all of three hours, 105 x 3 x 365 / 12 kWh a month: 76,650 become 67,068.75."""
    changes = {**WEEK, **PV, **blocks((60_000, 0.05), (70_000, 0.08))}
    sun = 105 * 3 * 365
    assert is_close(best(solve(changes)), paper(ENERGY - sun * 0.10 + (12 * 16_650 - sun) * 0.05))


def test_rebates_that_are_missed_are_not_paid() -> None:
    """547.5 of 550 hours."""
    changes = {**TEN, **HALF_AT_NIGHT, **earned(550.0)}
    decides("operations.reach", changes, paper(0.75 * ENERGY))
    decides("operations.paid", changes, paper(0.75 * ENERGY))


def test_rebates_that_are_reached_are_paid_in_every_month_that_has_them() -> None:
    """547.5 of 545 hours: January's 558 and February's 504 alike; a year that reaches 547.5 itself does too."""
    for hours in (545.0, 547.5):
        assert is_close(best(solve({**TEN, **HALF_AT_NIGHT, **earned(hours)})), paper(0.75 * ENERGY - REBATE))


def test_hours_never_to_be_reached_are_a_tariff_without_rebates() -> None:
    result = solve({**TEN, **HALF_AT_NIGHT, **earned(740.0)})
    assert is_close(best(result), paper(0.75 * ENERGY))


def test_hours_always_reached_are_rebates_without_a_condition() -> None:
    """730 kWh per kVA: (8,760 - 6,000) x 105 x 0.01 and (8,760 - 7,200) x 105 x 0.02."""
    for hours in (400.0, 730.0):
        assert is_close(best(solve({**TEN, **earned(hours)})), paper(ENERGY - 6_174))


def test_loss_in_transformers_earns_nothing() -> None:
    """Two units lose some 2 kW in every hour, which would lift 547.5 to over 550; the loss itself is left out."""
    lossy = {**TEN, **HALF_AT_NIGHT, "transformers.ideal.load_loss_kw": 150.0}
    without = solve(lossy)
    loss_mw = account(without, "import_mwh") / 8760 - 0.105 * 0.75
    assert (0.105 * 547.5 + loss_mw * 730) / (0.105 + loss_mw) > 550.0
    assert is_close(best(solve({**lossy, **earned(550.0)})), best(without))
    assert best(solve({**lossy, **earned(547.0)})) < best(without) * (1 - 1e-6)


def test_an_idle_pod_is_put_to_work_for_the_rebates() -> None:
    """A second class runs all day. Of 38 PFLOPS that are asked for, 30 at least half idle at night; ten pods have 40.

    y pods of the flat class beside 7.5: (547.5 x 7.5 + 730 y) / (7.5 + y) reaches 590 at y = 2.2767857, beyond the two
    that are asked for. Rebates, 0.09 USD beyond 500 hours, pay for the 0.2767857 pods' energy.
    """
    y, kw = (590 - 547.5) * 7.5 / (730 - 590), 10.5
    flat = {
        "kind": "throughput",
        "workload_class": "training",
        "precisions": ["bf16"],
        "job_accelerators": 1,
    }
    changes = {
        **ONLY_QUICK,
        **target(38.0, 38.0),
        **HALF_AT_NIGHT,
        "workloads.flat": flat,
        "workloads.training.floor_pflops": {"only": 30.0},
        "tariffs.flat.load_factor_rebates": [{"from_hours": 500.0, "per_kwh": 0.09}],
        "tariffs.flat.load_factor_eligible_hours": 590.0,
    }
    kwh = kw * (7.5 * 0.75 + y) * 8760
    beyond = sum(max(0.0, kw * (7.5 * 0.75 + y) * h - 500 * kw * (7.5 + y)) for h in (744,) * 7 + (720,) * 4 + (672,))
    result = solve(changes)
    assert is_close(best(result), lcoc(2_000_000 + 0.10 * kwh - 0.09 * beyond, 38))
