"""Work that may wait but has a flat profile has no room to move: its site does not dispatch, in model and audit."""

from __future__ import annotations

from pathlib import Path

from optimizer.model.kpis import DISPATCH_KPIS
from optimizer.pipeline import Options, run
from tests.tiny import tiny

HERE = Path(__file__).parent


def test_flat_work_that_may_wait_does_not_count() -> None:
    result = run(tiny({"workloads.training.deferrable_fraction": 0.3}), HERE, Options(isolated=False))
    assert result.verified, result.audit and result.audit.findings
    assert result.design is not None
    assert result.design.reported is not None
    assert not result.design.decisions.dispatch
    assert not {kpi.id for kpi in DISPATCH_KPIS} & set(result.design.reported.kpis)
