"""How late one contract may be if nothing else changes: never later than if everything may adapt."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from optimizer.pipeline import Options, Result, run
from optimizer.study.as_planned import contract_floats
from optimizer.study.holding_orders import all_holding
from optimizer.study.search_settings import SearchSettings
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-6)
SEARCH = SearchSettings(options=OPTIONS)
THREE: dict[str, Any] = {
    **TWO_PHASES,
    "solve.hours": 168,
    "procurement.include": ["quick"],
    "accelerators.quick.price_trend_fraction": 1.0,
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 4.0, "demand_pflops": 8.0},
        "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 4.0, "demand_pflops": 8.0},
        "c": {"start": date(2029, 1, 1), "years": 1.0, "target_pflops": 8.0},
    },
}
"""Prices double every year, so both pods of 4 PFLOPS are bought at once; one is needed in a and b, both in c."""


def planned(changes: dict[str, Any]) -> Result:
    result = run(tiny(changes), HERE, OPTIONS)
    assert result.verified
    return result


def test_two_pods_in_one_contract_cannot_wait() -> None:
    """Both pods come for a in one order: a phase later nothing would meet the target of a."""
    base = planned(THREE)
    assert base.design is not None
    assert [(row.phase, row.pods) for row in base.design.decisions.deliveries] == [("a", 2)]
    (found,) = [o for o in contract_floats(base, SEARCH) if o.order.table == "accelerators"]
    assert (found.float_days, found.decided) == (0, True)
    assert found.order_by == date(2027, 1, 1) - timedelta(weeks=20)


def test_a_contract_that_only_the_last_target_needs_has_the_float_until_then() -> None:
    """With supply for one pod by a and two by b the second comes for b, where one is enough: it may wait until c."""
    supply = {"2026Q2": 8, "2026Q3": 0, "2027Q2": 8, "2027Q3": 0}
    base = planned({**THREE, "accelerators.quick.supply_by_quarter": supply})
    assert base.design is not None
    assert [(row.phase, row.pods) for row in base.design.decisions.deliveries] == [("a", 1), ("b", 1)]
    floats = {o.order.phase: o for o in contract_floats(base, SEARCH, only=("quick",))}
    assert floats["a"].float_days == 0
    assert floats["b"].latest == date(2029, 1, 1) - timedelta(weeks=20)
    assert floats["b"].float_days == (date(2029, 1, 1) - date(2028, 1, 1)).days


@pytest.mark.parametrize("target", [4.0, 8.0])
def test_no_contract_waits_longer_than_if_everything_may_adapt(target: float) -> None:
    base = planned({**TWO_PHASES, "solve.hours": 168, "phases.b.target_pflops": target})
    safe = {o.order: o for o in all_holding(base, SEARCH)}
    for found in contract_floats(base, SEARCH):
        other = safe[found.order]
        if found.latest is not None and other.outcome != "harmless":
            assert found.latest <= other.latest_safe
