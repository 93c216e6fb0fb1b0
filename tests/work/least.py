"""The least cost of a small instance and what is decided, straight from the search: the audit has its own tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from optimizer.analysis.static_bounds import Obstacle, obstacles
from optimizer.inputs.design import Decisions, Status
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.objectives import GOALS
from optimizer.model.readback import load_values, read_decisions
from optimizer.reading.catalogue import table_layer
from optimizer.solve.search import Budget, compile_built, search
from tests.tiny import tiny

HERE = Path(__file__).parent
RUN: dict[str, Any] = {
    "kind": "training_run",
    "model": "ten",
    "precisions": ["bf16"],
    "max_days": 100.0,
    "runs_per_year": 1.825,
    "bytes_per_parameter": 16.0,
}
MODEL: dict[str, Any] = {"name": "Ten", "params_total_b": 10.0, "params_active_b": 10.0, "tokens_t": 1.0}
NO_TARGET: dict[str, Any] = {"phases.only.target_pflops": 0.0}
ONE_RUN: dict[str, Any] = {**NO_TARGET, "models.ten": MODEL, "workloads.run": RUN}
SERVICE: dict[str, Any] = {
    "kind": "serving",
    "model": "ten",
    "precisions": ["bf16"],
    "input_tokens_b_per_day": 1.0,
    "output_tokens_b_per_day": 1.0,
    "context_tokens": 1000,
}


@dataclass(frozen=True)
class Least:
    """The end of a search for the least total cost."""

    status: Status
    musd: float
    decisions: Decisions | None
    why: tuple[Obstacle, ...]

    def bought(self) -> dict[str, int]:
        """Pods by accelerator."""
        counts: dict[str, int] = {}
        for row in self.decisions.deliveries if self.decisions else ():
            counts[row.accelerator] = counts.get(row.accelerator, 0) + row.pods
        return counts


def least(changes: Mapping[str, Any]) -> Least:
    """Search a changed minimal instance for the least total cost."""
    problem = derive(tiny(changes), HERE)
    built = build(problem)
    compiled, _ = compile_built(built)
    found = search(compiled, GOALS["total_cost"], Budget(gap=1e-8, time_limit_s=60.0, seed=0, isolated=False))
    if found.x is None:
        return Least(found.status, found.value, None, obstacles(problem))
    assert not obstacles(problem), "a static bound denies a design that was found"
    load_values(built, dict(zip(compiled.column_names, found.x, strict=True)))
    return Least(found.status, found.value, read_decisions(built), ())


@cache
def catalogue_row(table: str, name: str) -> dict[str, Any]:
    """A row of the catalogue without its provenance."""
    return dict(table_layer(table).tree[table][name])


def catalogue_chip(name: str, **changes: Any) -> dict[str, Any]:
    """An accelerator of the catalogue that fits the minimal instance: warm water, one year, mature stack."""
    fitted = {"coolings": ["warm_water"], "stack": "mature", "life_years": 1.0, "price_trend_fraction": 0.0}
    return {**catalogue_row("accelerators", name), **fitted, "supply_per_year": None, **changes}
