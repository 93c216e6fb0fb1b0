"""Runs and services at a site that dispatches: both methods, one bill, and the factors of a phase, all audited."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Design, Status
from optimizer.inputs.hourly import unpack_hours
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Method, Options, run
from tests.operations.dispatching_cases import DAY_AND_NIGHT
from tests.tiny import EVERYTHING, WORKING, tiny

HERE = Path(__file__).parent
GAP = 1e-6
DISPATCHING: dict[str, Any] = {
    **WORKING,
    "solve.hours": 168,
    "batteries.cell": {**EVERYTHING["batteries.cell"], "usd_per_mw": 1_000, "usd_per_mwh": 1_000},
    "sites.paper.battery": "cell",
    "sites.paper.battery_dispatch": True,
    "tariffs.flat.energy": DAY_AND_NIGHT,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "workloads.training.deferrable_fraction": 0.2,
    "workloads.training.daily_profile": [1.0] * 12 + [0.5] * 12,
    "workloads.chat": WORKING["workloads.chat"] | {"daily_profile": [0.5] * 8 + [1.0] * 16},
    "phases.b.utilisation_factor": 1.1,
}
"""A cheap battery that trades; training classes wait, the run and the service do not."""


@cache
def solved(method: Method) -> tuple[Instance, Design]:
    instance = tiny(DISPATCHING)
    result = run(instance, HERE, Options(gap=GAP, method=method, isolated=False))
    assert result.status is Status.OPTIMAL
    assert result.verified, result.audit and result.audit.findings
    assert result.design is not None
    return instance, result.design


def test_both_methods_find_the_same() -> None:
    values = []
    for method in ("decomposition", "monolithic"):
        facts = solved(method)[1].solve
        assert facts is not None
        assert facts.method == method
        values.append(facts.value)
    assert values[0] == pytest.approx(values[1], rel=3 * GAP)


def test_the_battery_trades_and_only_throughput_classes_wait() -> None:
    _, design = solved("decomposition")
    assert {row.phase for row in design.decisions.clusters} == {"a", "b"}
    assert {row.workload for row in design.decisions.assignments} == {"training", "run", "chat"}
    for row in design.decisions.dispatch:
        assert unpack_hours(row.discharge_mw, 168).sum() > 0
        assert {part.workload for part in row.moved} == {"training"}


def test_rigid_and_dispatched_designs_are_the_same_but_for_the_bill() -> None:
    """What dispatch saves is what the plan is cheaper by, batteries included: it is never dearer."""
    rigid = {key: value for key, value in DISPATCHING.items() if "battery" not in key and "deferrable" not in key}
    plain = run(tiny(rigid), HERE, Options(gap=GAP, isolated=False))
    assert plain.verified
    assert plain.design is not None
    assert plain.design.solve is not None
    facts = solved("decomposition")[1].solve
    assert facts is not None
    assert facts.value < plain.design.solve.value


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_a_factor_on_utilisation_holds_for_runs_and_services(factor: float) -> None:
    """Days of the run on the same cluster and pods that serve go with 1 / factor; the audit sees it likewise."""
    one_chip = {**WORKING, "procurement.include": ["quick"], "staff.max_engineers": None}
    base = run(tiny(one_chip), HERE, Options(gap=GAP, isolated=False))
    other = run(tiny({**one_chip, "phases.b.utilisation_factor": factor}), HERE, Options(gap=GAP, isolated=False))
    found = []
    for result in (base, other):
        assert result.verified, result.audit and result.audit.findings
        assert result.design is not None
        assert result.design.reported is not None
        rows = result.design.decisions
        assert rows.programmes == base.design.decisions.programmes if base.design else False
        (cluster,) = [row.pods for row in rows.clusters if row.phase == "b"]
        serving = sum(row.pods for row in rows.assignments if (row.workload, row.phase) == ("chat", "b"))
        found.append((result.design.reported.kpis["training_days_max"] * cluster, serving))
    (days, serving), (other_days, other_serving) = found
    assert other_days == pytest.approx(days / factor, rel=0.05)
    assert other_serving == pytest.approx(serving / factor, rel=1e-6)
