"""A scenario tree solved by mpi-sppy: the same question put to other code, which also runs under MPI.

The scenario models are those of `build`; non-anticipativity, the extensive form and its solution are mpi-sppy's, the
ratio is found by Dinkelbach's iteration around it. Needs the extra `[mpi]`; without mpi4py it runs in one process.
Size: the extensive form is one model on one core and nothing splits the work, so time grows steeply with scenarios and
chips. Measured: the five scenarios of hong_kong_licence_risk.toml (five chips) confirmed at 1e-3 in 21 s; beyond that,
ask at a larger gap.
Source: B. Knueven et al., A parallel hub-and-spoke system for large-scale scenario-based optimization under
uncertainty, Mathematical Programming Computation 15 (2023).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from optimizer.errors import NoDesignError, UsageError
from optimizer.inputs.schema import Instance
from optimizer.model.build import Built, build
from optimizer.model.derive import derive
from optimizer.study.extensive_form import stage_one
from optimizer.study.scenarios import branches, scenario_instances, shared_phases, uncertainty_of

MOST_STEPS = 20
CONVERGED = 1e-9


@dataclass(frozen=True)
class SecondOpinion:
    """What mpi-sppy found: expected levelised cost in USD per EFLOP, and ratio steps it took."""

    expected_lcoc: float
    steps: int


@dataclass(frozen=True)
class Known:
    """A plan to start from: where it is the best, the first step proves so."""

    expected_lcoc: float
    """USD per EFLOP."""
    cost_musd: float


def second_opinion(instance: Instance, folder: Path, gap: float = 1e-6, known: Known | None = None) -> SecondOpinion:
    """Least expected cost over expected compute of a tree of two stages. `gap` is relative to the cost, in each step.

    Raises UsageError where mpi-sppy is missing or the tree is not of this kind, NoDesignError if no plan serves all.
    """
    tree = uncertainty_of(instance)
    if tree.mode != "expected" or tree.cvar_weight or branches(instance):
        raise UsageError("mpi-sppy is asked for the expected cost of two stages only", "leave risk and branches out")
    problems = {z: derive(one, folder) for z, one in scenario_instances(instance).items()}
    if any(year.flexible is not None for problem in problems.values() for year in problem.years.values()):
        raise UsageError("mpi-sppy has no cuts of years that dispatch", "set battery_dispatch = false")
    chance = {z: future.probability for z, future in tree.scenarios.items()}
    phases = shared_phases(instance)
    ratio, cost = (known.expected_lcoc, known.cost_musd) if known else (0.0, 0.0)
    for step in range(1, MOST_STEPS + 1):
        builts = {z: build(problem, every_fabric=True) for z, problem in problems.items()}
        # What is minimised is cost less ratio times compute: near zero at the best ratio, so that a gap relative to it
        # would never close. The gap is meant of the cost.
        gaps = {"mip_rel_gap": gap, "mip_abs_gap": max(gap * cost, 1e-6)}
        cost, eflop = _solved(builts, chance, (phases, ratio), gaps)
        lcoc = cost / eflop if eflop > 0 else inf
        if abs(lcoc - ratio) <= max(CONVERGED, gap) * abs(lcoc):
            return SecondOpinion(lcoc, step)
        ratio = lcoc
    raise NoDesignError(f"the ratio did not settle in {MOST_STEPS} steps", "ask for a larger --gap")


def _solved(
    builts: Mapping[str, Built],
    chance: Mapping[str, float],
    about: tuple[tuple[str, ...], float],
    gaps: Mapping[str, float],
) -> tuple[float, float]:
    """Expected cost in MUSD and compute in millions of EFLOP where cost less ratio times compute is least."""
    from pyomo.core import Objective, value

    engine, node = _engine()
    phases, ratio = about
    stages = {z: stage_one(built, phases) for z, built in builts.items()}
    common = [key for key in next(iter(stages.values())) if all(key in stage for stage in stages.values())]

    def scenario(name: str) -> Any:
        built = builts[name]
        for key, data in stages[name].items():
            if key not in common:
                # What one scenario cannot buy before the reveal, none can.
                data.setub(0.0)
        model = built.model
        model.net = Objective(expr=built.forms["cost"] - ratio * built.forms["eflop"])
        decided = [stages[name][key] for key in common]
        model._mpisppy_node_list = [node("ROOT", 1.0, 1, 0.0, nonant_list=decided, scen_model=model)]
        model._mpisppy_probability = chance[name]
        return model

    with redirect_stdout(io.StringIO()):
        form = engine({"solver": "appsi_highs"}, list(builts), scenario, suppress_warnings=True)
        results = form.solve_extensive_form(solver_options={**gaps, "threads": 1})
    if str(results.solver.termination_condition) != "optimal":
        raise NoDesignError(f"mpi-sppy ended {results.solver.termination_condition}", "optimizer robust says more")
    cost = sum(chance[z] * value(built.forms["cost"]) for z, built in builts.items())
    return float(cost), float(sum(chance[z] * value(built.forms["eflop"]) for z, built in builts.items()))


def _engine() -> tuple[Any, Any]:
    try:
        with redirect_stdout(io.StringIO()):
            from mpisppy.opt.ef import ExtensiveForm
            from mpisppy.scenario_tree import ScenarioNode
    except ImportError as missing:
        raise UsageError(f"mpi-sppy is not installed ({missing})", "pip install 'facility-optimizer[mpi]'") from None
    return ExtensiveForm, ScenarioNode
