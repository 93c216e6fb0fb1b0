"""What is common to the laws: cases, their best values, and changes to a whole instance at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance, Objective
from optimizer.pipeline import Options, Result, run
from tests.tiny import EVERYTHING, TWO_PHASES, tiny

HERE = Path(__file__).parent
GAP = 1e-7
SAME = 1e-6
Plain = dict[str, Any]


def _other_site(changes: Plain, **more: Any) -> Plain:
    site = tiny(changes).sites["paper"].model_dump(exclude_none=True)
    return site | {"name": "Another site", "existing_pods": ()} | more


CASES: dict[str, Plain] = {
    "smallest": {},
    "phases": TWO_PHASES | {"finance.discount_rate": 0.08},
    "everything": EVERYTHING,
    "two_sites": EVERYTHING | {"sites.paper.grid_mw": 0.02, "sites.there": _other_site(EVERYTHING, grid_mw=0.03)},
    "refreshing": {
        **TWO_PHASES,
        "procurement.refresh": True,
        "finance.discount_rate": 0.08,
        "phases.a.target_pflops": 12.0,
        "phases.b.target_pflops": 6.0,
        "phases.b.demand_pflops": 6.0,
        "accelerators.quick.life_years": 1.0,
        "accelerators.quick.life_max_years": 2.0,
        "accelerators.quick.ageing": {"maintenance_fraction_per_year": 0.1, "failed_fraction_per_year": 0.2},
        "accelerators.quick.resale": [{"years": 0.0, "fraction": 0.9}, {"years": 2.0, "fraction": 0.3}],
        "accelerators.quick.removal_usd": 200.0,
        "accelerators.frugal.removal_usd": 100.0,
    },
    "fixed_costs": {
        "phases.only.demand_pflops": 60.0,
        "coolings.warm_water.usd_open": 80_000,
        "transformers.ideal.usd_per_unit": 40_000,
        "staff.engineers_per_site": 1,
        "staff.usd_per_engineer_year": 90_000,
        "sites.paper.grid_mw": 0.12,
        "tariffs.flat.demand_per_kva_month": 8.0,
    },
}


def solve(given: Plain | Instance, objective: Objective = "lcoc", seed: int = 0) -> Result:
    """Solve to the end. A design that comes out is accepted by the audit."""
    instance = given if isinstance(given, Instance) else tiny(given)
    result = run(instance, HERE, Options(objective=objective, gap=GAP, seed=seed, isolated=False))
    assert result.status in (Status.OPTIMAL, Status.INFEASIBLE), result.status
    if result.audit is not None:
        assert result.audit.passed, [f"{f.check} {f.where}: {f.value} / {f.limit}" for f in result.audit.findings]
    return result


def value(given: Plain | Instance, objective: Objective = "lcoc") -> float:
    """Best value of the objective; inf if there is no design."""
    result = solve(given, objective)
    if result.design is None:
        return math.inf
    assert result.design.solve is not None
    return result.design.solve.value


@cache
def best_of(case: str) -> float:
    """Least LCOC of a case."""
    found = value(CASES[case])
    assert math.isfinite(found)
    return found


def same(first: float, second: float) -> bool:
    """Equal but for the gap."""
    return first == pytest.approx(second, rel=SAME)


def no_worse(first: float, second: float) -> bool:
    """Not above, but for the gap."""
    return first <= second + SAME * abs(second) if math.isfinite(second) else True


def plain(case: str) -> Plain:
    """A case as nested tables."""
    return tiny(CASES[case]).model_dump()


def scaled(tables: Plain, factor: float, chosen: Callable[[str], bool], under: Iterable[str] = ()) -> Plain:
    """A copy in which every number whose key is chosen is multiplied; below such a key, all numbers of a table."""

    def walk(node: Any, hit: bool) -> Any:
        if isinstance(node, dict):
            return {key: walk(item, hit or key in under or chosen(key)) for key, item in node.items()}
        if isinstance(node, list | tuple):
            return [walk(item, hit) for item in node]
        if hit and isinstance(node, int | float) and not isinstance(node, bool):
            return type(node)(node * factor) if float(node * factor).is_integer() or isinstance(node, float) else node
        return node

    result: Plain = walk(tables, False)
    return result


EIGHT_YEARS: Plain = {
    "only": {"start": date(2027, 1, 1), "years": 8.0, "target_pflops": 38.0, "demand_pflops": 40.0},
}
FOUR_AND_FOUR: Plain = {
    "first": {"start": date(2027, 1, 1), "years": 4.0, "target_pflops": 38.0, "demand_pflops": 40.0},
    "second": {"start": date(2031, 1, 1), "years": 4.0, "target_pflops": 38.0, "demand_pflops": 40.0},
}
"""The same eight years: 1 January 2031 is 1,461 days, four years, after the start."""
