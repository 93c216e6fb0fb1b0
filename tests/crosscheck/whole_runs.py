"""Solves of whole instances, each made once and shared, also between the workers of a parallel test run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from pydantic import TypeAdapter

from optimizer.inputs.design import Decisions
from optimizer.pipeline import Options, run
from optimizer.reading.read import Reading, ReadOptions, read_instance
from tests.tiny import ROOT

INSTANCES = ROOT / "instances"
TIME_LIMIT_S = 300.0
GAP = 1e-4
OWN_GAP = {
    "hong_kong_180_eflops": 5e-3, "hong_kong_edge": 1e-3, "hong_kong_halls": 2e-3, "hong_kong_subsidy": 1e-3,
    "hong_kong_two_sites": 1e-3,
}  # fmt: skip
"""Instances that say in their file to which gap they are asked."""


@dataclass(frozen=True)
class Solved:
    """What the tests ask of a solve."""

    status: str
    verified: bool
    findings: tuple[str, ...]
    value: float
    bound: float
    gap: float
    kpis: dict[str, float]
    chips: tuple[str, ...]
    """Accelerators delivered."""
    technologies: tuple[str, ...]
    """Cooling technologies of the pods delivered."""
    halls: tuple[tuple[str, str, float], ...] = ()
    """Workload, hall and the share of the workload's pods that work there, where halls are chosen."""


Solver = Callable[..., Solved]


def read(name: str, scenario: str | None = None) -> Reading:
    """A packaged instance, as the command line reads it."""
    return read_instance(INSTANCES / f"{name}.toml", ReadOptions(scenario=scenario))


def solve(reading: Reading, gap: float = GAP, **options: Any) -> Solved:
    """Solve what was read."""
    result = run(reading.instance, reading.folder, Options(gap=gap, time_limit_s=TIME_LIMIT_S, **options))
    assert result.design is not None, f"{result.status}: {result.message}"
    assert result.design.solve is not None
    assert result.design.reported is not None
    assert result.audit is not None
    facts, rows = result.design.solve, result.design.decisions.deliveries
    return Solved(
        result.status.value,
        result.verified,
        tuple(f"{found.check} {found.where}" for found in result.audit.findings),
        facts.value,
        facts.bound,
        facts.gap,
        result.audit.figures,
        tuple(sorted({row.accelerator for row in rows})),
        tuple(sorted({row.cooling for row in rows})),
        _halls(result.design.decisions),
    )


def _halls(decisions: Decisions) -> tuple[tuple[str, str, float], ...]:
    pods, whole = dict[tuple[str, str], float](), dict[str, float]()
    for row in decisions.assignments:
        if row.hall is not None:
            pods[row.workload, row.hall] = pods.get((row.workload, row.hall), 0.0) + row.pods
            whole[row.workload] = whole.get(row.workload, 0.0) + row.pods
    return tuple((workload, hall, count / whole[workload]) for (workload, hall), count in sorted(pods.items()))


def shared_solver(factory: pytest.TempPathFactory) -> Solver:
    """Solves by name, scenario, seed and gap; the answers of one test run lie in a folder its workers share."""
    folder = factory.getbasetemp()
    folder = folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
    known = TypeAdapter(Solved)

    def solved(name: str, scenario: str | None = None, seed: int = 0, gap: float = GAP) -> Solved:
        path: Path = folder / f"solved_{name}_{scenario}_{seed}_{gap}.json"
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                path.write_bytes(known.dump_json(solve(read(name, scenario), gap, seed=seed)))
            return known.validate_json(path.read_bytes())

    return solved
