"""The extensive form: one model for each scenario, side by side, with the decisions before the reveal held equal.

Given       scenarios z with probability[z], cost[z] and eflop[z] of each model; level and weight of the tail
Decides     everything each scenario's model decides;  threshold_musd, excess_musd[z];  regret_musd
            committed[i] 1 if the porting programme of stack i is run wherever pods of the stack are there or bought
Subject to  same[z, i]     decision i of the phases before the reveal is that of the first scenario
            agreed[z, i]   programme <= committed: programmes start before the reveal
            kept[z, i]     programme >= committed where the stack is adopted or that of existing pods
            tail[z]        excess_musd >= cost[z] - threshold_musd
            branch[z, i]   decision i of the phases before a later branch is that of the scenario it branches from
            regret[z]      regret_musd >= cost[z] - best[z] * eflop[z]    (min-max regret; best[z] in USD per EFLOP)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyomo.core import Binary, Block, ConcreteModel, Constraint, NonNegativeReals, Reals, Var

from optimizer.model.build import Built, build
from optimizer.model.derive import Problem
from optimizer.model.plant import PLANT
from optimizer.solve.parametric import Parametric

STAGE_ONE: tuple[tuple[str, str, int], ...] = (
    ("compute", "deliver", 3),
    ("compute", "retire", 1),
    ("compute", "retire_bought", 4),
    *((name, variable, place) for name, asset in PLANT.items() for variable, place, _ in asset.STAGE_ONE),
)
"""Block, variable and place of the phase in its index: what is bought and retired. What works on what is not shared."""


@dataclass(frozen=True)
class Tail:
    """How the tail of the cost counts."""

    weight: float = 0.0
    level: float = 0.9


@dataclass(frozen=True, kw_only=True)
class FirstStage:
    """What scenarios decide in common."""

    phases: tuple[str, ...] = ()
    """None: nothing is shared, as if the scenario were known from the start."""
    linked: bool = True
    """Else the first stage is named, and left to be fixed by whoever asks."""
    branches: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Which scenario each later one follows, and in which phases."""


@dataclass(frozen=True, kw_only=True)
class Extensive:
    """The models side by side. `shared` are the names of the first stage's columns within one scenario's model.

    `committed` are the first stage's columns that are no scenario's own: porting programmes.
    """

    model: Any
    builts: dict[str, Built]
    forms: dict[str, Any]
    shared: dict[str, dict[str, Any]]
    committed: dict[str, Any]
    programmes: dict[str, Parametric] = field(default_factory=dict)
    """Programmes of the years that dispatch, by digest, as far as they are compiled."""


def stage_one(built: Built, phases: tuple[str, ...]) -> dict[str, Any]:
    """Decisions of some phases, by block, variable and index."""
    shared: dict[str, Any] = {}
    for block, variable, place in STAGE_ONE:
        for index, data in getattr(getattr(built.model, block), variable).items():
            if index[place] in phases:
                shared[f"{block}.{variable}{list(index)}"] = data
    return shared


def extensive(
    problems: Mapping[str, Problem],
    probability: Mapping[str, float],
    first_stage: FirstStage,
    tail: Tail | None = None,
) -> Extensive:
    """One model of all scenarios."""
    names = list(problems)
    model = ConcreteModel(name="scenarios")
    builts = {z: build(problems[z], every_fabric=True) for z in names}
    for z in names:
        model.add_component(block_name(z), builts[z].model)
    shared = {z: stage_one(builts[z], first_stage.phases) for z in names}
    first = shared[names[0]]
    model.stages = Block()
    pairs = [(z, key) for z in names[1:] for key in shared[z]] if first_stage.linked else []

    def same(b: Any, z: str, key: str) -> Any:
        # A decision that the first scenario does not have cannot be taken before the reveal.
        return shared[z][key] - first[key] == 0 if key in first else shared[z][key] == 0

    model.stages.same = Constraint(pairs, rule=same)
    _branch(model.stages, builts, first_stage.branches)
    committed = _commit(model.stages, builts, first_stage.phases[0]) if first_stage.phases else {}

    cost = {z: builts[z].forms["cost"] for z in names}
    eflop = {z: builts[z].forms["eflop"] for z in names}
    expected = sum(probability[z] * cost[z] for z in names)
    forms = {"expected_cost": expected, "eflop": sum(probability[z] * eflop[z] for z in names), "cost": expected}
    if tail is not None and tail.weight > 0:
        forms["cost"] = expected + tail.weight * _mean_of_tail(model.stages, cost, probability, tail.level)
    return Extensive(model=model, builts=builts, forms=forms, shared=shared, committed=committed)


def _mean_of_tail(stages: Block, cost: Mapping[str, Any], probability: Mapping[str, float], level: float) -> Any:
    """Conditional value at risk of the cost in MUSD, after Rockafellar and Uryasev."""
    stages.threshold_musd = Var(domain=Reals)
    stages.excess_musd = Var(list(cost), domain=NonNegativeReals)

    def beyond_threshold(b: Any, z: str) -> Any:
        return b.excess_musd[z] - cost[z] + b.threshold_musd >= 0

    stages.tail = Constraint(list(cost), rule=beyond_threshold)
    return stages.threshold_musd + sum(probability[z] * stages.excess_musd[z] for z in cost) / (1 - level)


def _branch(stages: Block, builts: Mapping[str, Built], branches: Mapping[str, tuple[str, tuple[str, ...]]]) -> None:
    """What scenarios that cannot be told apart yet have in common."""
    trunk, twig = {}, {}
    for z, (other, phases) in branches.items():
        if z in builts and other in builts:
            trunk[z], twig[z] = stage_one(builts[other], phases), stage_one(builts[z], phases)

    def branch(b: Any, z: str, key: str) -> Any:
        return twig[z][key] - trunk[z][key] == 0 if key in trunk[z] else twig[z][key] == 0

    stages.branch = Constraint([(z, key) for z in twig for key in twig[z]], rule=branch)


def _commit(stages: Block, builts: Mapping[str, Built], first_phase: str) -> dict[str, Any]:
    """Programmes start with the first phase, so no scenario decides on them alone; paid only where they are run."""
    offered = [(z, i) for z, built in builts.items() for i in getattr(built.model.porting, "programme", {})]
    if not offered:
        return {}
    stages.committed = Var(list(dict.fromkeys(i for _, i in offered)), domain=Binary)

    def agreed(b: Any, z: str, i: str) -> Any:
        return (None, builts[z].model.porting.programme[i] - b.committed[i], 0)

    def kept(b: Any, z: str, i: str) -> Any:
        compute, given = builts[z].model.compute, builts[z].problem.compute
        there = any(given.types[g.type_key].stack == i for g in given.existing if g.type_key in given.types)
        idle = 0 if there else 1 - compute.adopt[i]
        return (0, builts[z].model.porting.programme[i] - b.committed[i] + idle, None)

    stages.agreed = Constraint(offered, rule=agreed)
    stages.kept = Constraint(offered, rule=kept)
    return {f"porting.programme{[i, first_phase]}": stages.committed[i] for i in stages.committed}


def add_regret(form: Extensive, best: Mapping[str, float]) -> None:
    """Make the largest regret the cost; `best[z]` is the least levelised cost of a scenario, USD per EFLOP."""
    stages = form.model.stages
    stages.regret_musd = Var(domain=Reals)

    def regret(b: Any, z: str) -> Any:
        built = form.builts[z]
        return b.regret_musd - built.forms["cost"] + best[z] * built.forms["eflop"] >= 0

    stages.regret = Constraint(list(best), rule=regret)

    form.forms["cost"] = 1.0 * stages.regret_musd


def block_name(scenario: str) -> str:
    """Name of a scenario's model within the whole."""
    return "z_" + re.sub(r"\W", "_", scenario)
