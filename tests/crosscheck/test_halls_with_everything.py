"""Halls beside every other part of the model: each design is what the audit makes of it, in both halls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, Result, run
from tests.golden.test_golden import CHOOSING, DISPATCHING, GENERATING, IDLE_AT_TIMES, REFRESHING, RIGID
from tests.hall_cases import BACKUP, CAREFUL, PLAIN, SET, TWO_HALLS
from tests.tiny import EVERYTHING, TWO_PHASES, WORKING, tiny

HERE = Path(__file__).parent
DEAR_UPS: dict[str, Any] = {
    **TWO_HALLS,
    "halls.plain": {**PLAIN, "availability": 0.94},
    "upses.none.usd_per_mw": 2e6,
    "upses.none.m2_per_mw": 1.0,
    "upses.none.loss_fraction": 0.03,
    "upses.none.no_load_loss_fraction": 0.01,
}
"""Halls of which neither is always the better one, and a UPS that loses by its loading."""
SETS: dict[str, Any] = {
    "generators.set": {**SET, "life_years": 20.0},
    "sites.paper.backup": {**BACKUP, "from_phase": "b"},
}
ASKS: dict[str, Any] = {"workloads.careful": {**CAREFUL, "floor_pflops": {"b": 2.0}}}
PODS: dict[str, Any] = EVERYTHING["sites.paper.existing_pods"][0]
CASES: dict[str, dict[str, Any]] = {
    "every asset": {**EVERYTHING, **ASKS},
    "dispatch, work that may wait": {**DISPATCHING, **ASKS},
    "charges by window, rebates": {**RIGID, **ASKS},
    "runs and services": {**WORKING, **SETS},
    "a run and a service that ask": {
        **WORKING,
        **SETS,
        "workloads.run": {**WORKING["workloads.run"], "availability_min": 0.95},
        "workloads.chat": {**WORKING["workloads.chat"], "availability_min": 0.95},
    },
    "refresh": {**REFRESHING, **SETS},
    "occupancy": {**IDLE_AT_TIMES, **SETS},
    "generation": {**GENERATING, **SETS},
    "fabrics": {**CHOOSING, **SETS},
    "measured PUE": {**TWO_PHASES, **SETS, **ASKS, "sites.paper.measured_pue": 1.3},
    "pods in a hall that is not listed": {
        **EVERYTHING,
        "sites.paper.existing_pods": [{**PODS, "hall": "firm"}],
        "sites.paper.halls": ["plain"],
    },
}


def designed(name: str) -> Result:
    """A good design of a case, audited."""
    result = run(tiny({**DEAR_UPS, **CASES[name]}), HERE, Options(gap=0.05, isolated=False))
    assert result.status is Status.OPTIMAL, result.message
    assert result.audit is not None
    assert result.audit.passed, [f"{f.check} {f.where}: {f.value} / {f.limit}" for f in result.audit.findings]
    return result


SLOW = ("dispatch, work that may wait", "fabrics")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) if n in SLOW else n for n in CASES])
def test_the_audit_makes_the_same_of_a_design_with_halls(name: str) -> None:
    result = designed(name)
    assert result.design is not None
    rows = (*result.design.decisions.deliveries, *result.design.decisions.assignments)
    assert rows
    assert all(row.hall in ("plain", "firm") for row in rows)
    if name in ("every asset", "a run and a service that ask", "measured PUE"):
        assert {row.hall for row in result.design.decisions.assignments if row.workload != "training"} == {"firm"}
