"""Common to the hand-derived tests: solve a small instance, compare with paper, solve it again without a rule.

Prices below are those of instances/minimal.toml. Per pod and year of full work, in USD:

    quick    4 PFLOPS, 10 kW, costs 200,000 and draws  9,198.0 of energy    together 209,198.0
    frugal   2 PFLOPS,  4 kW, costs 110,000 and draws  3,679.2 of energy    together 113,679.2

Energy of a pod is kW x 1.05 x 8,760 h x 0.10 USD/kWh: 5 % of pumps, no losses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyomo.core.base.constraint import Constraint

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance, Objective
from optimizer.model.build import Built, build
from optimizer.model.derive import derive
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Options, Result, run
from optimizer.solve.compiled import Compiled
from optimizer.solve.search import Budget, compile_built, search
from tests.tiny import tiny

HERE = Path(__file__).parent
GAP = 1e-8
CLOSE = 1e-6
"""Agreement asked for between paper and solver: relative, and absolute in the objective's own unit."""
EFLOP = 31_536.0
"""EFLOP of 1 PFLOPS through a year of 8,760 hours."""
QUICK, FRUGAL = 209_198.0, 113_679.2
QUICK_PRICE, FRUGAL_PRICE = 200_000.0, 110_000.0
QUICK_ENERGY, FRUGAL_ENERGY = 9_198.0, 3_679.2
MINIMAL = 9 * QUICK + FRUGAL
"""The optimum of instances/minimal.toml: 9 quick pods and 1 frugal one, 38 PFLOPS."""

Changes = Mapping[str, Any]

ONLY_QUICK: dict[str, Any] = {"procurement.include": ["quick"]}


def target(pflops: float, demand: float | None = None) -> dict[str, Any]:
    """Another throughput for the only phase."""
    return {"phases.only.target_pflops": pflops, "phases.only.demand_pflops": demand}


def two_phases(first: float, second: float, demands: tuple[float, float] | None = None) -> dict[str, Any]:
    """Two phases of exactly four years, 1,461 days each; pods that live through both (8 years)."""
    wanted = demands or (first, second)
    return {
        "phases": {
            "a": {"start": date(2027, 1, 1), "years": 4.0, "target_pflops": first, "demand_pflops": wanted[0]},
            "b": {"start": date(2031, 1, 1), "years": 4.0, "target_pflops": second, "demand_pflops": wanted[1]},
        },
        "accelerators.quick.life_years": 8.0,
        "accelerators.frugal.life_years": 8.0,
    }


def lcoc(usd: float, pflops_years: float) -> float:
    """USD per EFLOP of a cost and of PFLOPS delivered through so many years, undiscounted."""
    return usd / (pflops_years * EFLOP)


def solve(changes: Changes | Instance, objective: Objective = "lcoc") -> Result:
    """The best design. It is proven, and the audit accepts it."""
    instance = changes if isinstance(changes, Instance) else tiny(changes)
    result = run(instance, HERE, Options(objective=objective, gap=GAP, isolated=False))
    assert result.status is Status.OPTIMAL, result.message
    assert result.audit is not None
    assert result.audit.passed, [f"{f.check} {f.where}: {f.value} / {f.limit}" for f in result.audit.findings]
    return result


def ended(changes: Changes) -> Status:
    """How the search for the least LCOC ends; a design that comes out of it is accepted by the audit."""
    result = run(tiny(changes), HERE, Options(gap=GAP, isolated=False))
    if result.audit is not None:
        assert result.audit.passed, [f"{f.check} {f.where}: {f.value} / {f.limit}" for f in result.audit.findings]
    return result.status


def figures(result: Result) -> dict[str, float]:
    """Key figures of a design that there is."""
    assert result.design is not None
    assert result.design.reported is not None
    return result.design.reported.kpis


def best(result: Result) -> float:
    """Value of the objective."""
    assert result.design is not None
    assert result.design.solve is not None
    return result.design.solve.value


def account(result: Result, name: str, phase: str | None = None, site: str | None = None) -> float:
    """Sum of a ledger account over its lines."""
    assert result.design is not None
    assert result.design.reported is not None
    return sum(
        line.amount
        for line in result.design.reported.ledger
        if line.account == name and phase in (None, line.phase) and site in (None, line.site)
    )


def pods(result: Result, phase: str | None = None) -> dict[str, int]:
    """Pods delivered by accelerator, over all phases or in one."""
    assert result.design is not None
    counts: dict[str, int] = {}
    for row in result.design.decisions.deliveries:
        if phase in (None, row.phase):
            counts[row.accelerator] = counts.get(row.accelerator, 0) + row.pods
    return counts


def is_close(value: float, paper: float) -> bool:
    """Whether the solver agrees with paper."""
    return value == pytest.approx(paper, rel=CLOSE)


def _without(instance: Instance, families: tuple[str, ...]) -> tuple[Built, Compiled]:
    built = build(derive(instance, HERE), hours=True)
    for family in families:
        slice_name, component = family.split(".")
        getattr(getattr(built.model, slice_name), component).deactivate()
    for component in built.model.tightening.component_objects(Constraint):
        component.deactivate()
    return built, compile_built(built)[0]


def value_without(changes: Changes, families: tuple[str, ...], objective: Objective = "lcoc") -> float | None:
    """Objective of the model without some rules and without any valid inequality; None if nothing is found."""
    _, compiled = _without(tiny(changes), families)
    found = search(compiled, GOALS[objective], Budget(gap=GAP, time_limit_s=60.0, seed=0, isolated=False))
    return None if found.x is None else found.value


def decides(family: str, changes: Changes, paper: float, objective: Objective = "lcoc") -> Result:
    """The optimum is the one on paper; it stays without the valid inequalities, and improves without the rules named.

    Several families may be named, with a space between them, where each of them alone keeps the rule.
    """
    names = tuple(family.split())
    result = solve(changes, objective)
    assert is_close(best(result), paper)
    without_tightening = value_without(changes, (), objective)
    assert without_tightening is not None
    assert is_close(without_tightening, paper), "a valid inequality cuts the optimum off"
    free = value_without(changes, names, objective)
    assert free is not None, "nothing was found without the rule"
    better = free > paper if objective == "max_throughput" else free < paper
    assert better, f"{names} decide nothing here"
    assert free != pytest.approx(paper, rel=1e-5), f"{names} decide nothing here"
    return result


def relaxation(changes: Changes, kept: tuple[str, ...]) -> float:
    """Least total cost in USD if pods and units could be split, with only these valid inequalities."""
    built = build(derive(tiny(changes), HERE))
    for component in built.model.tightening.component_objects(Constraint):
        if component.local_name not in kept:
            component.deactivate()
    compiled = compile_built(built)[0]
    split = replace(compiled, is_integer=np.zeros_like(compiled.is_integer))
    found = search(split, GOALS["total_cost"], Budget(gap=GAP, time_limit_s=60.0, seed=0, isolated=False))
    assert found.status is Status.OPTIMAL
    return found.value * 1e6


def tightens(family: str, changes: Changes, loose_usd: float, tight_usd: float) -> None:
    """The relaxation is the one on paper without and with the inequality; whole designs do not feel it."""
    inequality = family.split(".")[1]
    assert loose_usd < tight_usd
    assert is_close(relaxation(changes, ()), loose_usd)
    assert is_close(relaxation(changes, (inequality,)), tight_usd)
    whole = solve(changes, "total_cost")
    assert best(whole) * 1e6 >= tight_usd * (1 - CLOSE)
    free = value_without(changes, (), "total_cost")
    assert free is not None
    assert is_close(best(whole), free)
