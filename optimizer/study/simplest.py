"""The simplest plan that costs hardly more than the best: fewest kinds of accelerator, then fewest lots.

Asked as an ordinary question: the objective `simplicity` under a limit on the levelised cost. So the plan is searched,
proven and audited like any other, and of the plans that are as simple it is the cheapest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimizer.inputs.design import Design
from optimizer.inputs.policies import KIND_WEIGHT
from optimizer.inputs.schema import Instance
from optimizer.model.figures import simplicity
from optimizer.pipeline import Result, run
from optimizer.study.search_settings import SearchSettings

TIME_LIMIT_S = 120.0
"""What is found by then is taken; the best design is a start, so there is always a plan."""
_DELIVER = "compute.deliver["


@dataclass(frozen=True)
class Simplest:
    """The simplest plan beside the best."""

    best: Result
    plan: Result
    """Verified or not; `proven` says whether there is no simpler one."""
    dearer: float
    """What the plan may cost more, as a share of the levelised cost."""

    @property
    def proven(self) -> bool:
        """Whether no plan within the limit has fewer kinds, or as few and fewer lots."""
        return self.plan.status.value == "optimal"


def kinds_and_lots(design: Design) -> tuple[int, int]:
    """Accelerators bought, and types of pods by phase."""
    count = round(simplicity(design.decisions))
    return count // round(KIND_WEIGHT), count % round(KIND_WEIGHT)


def within(instance: Instance, lcoc_usd_per_eflop: float) -> Instance:
    """The instance with a limit on the levelised cost, as far above a design's as it calls simple enough."""
    limit = (1 + instance.solve.simplicity) * lcoc_usd_per_eflop
    stated = instance.limits.lcoc_usd_per_eflop
    limits = instance.limits.model_copy(update={"lcoc_usd_per_eflop": limit if stated is None else min(limit, stated)})
    return instance.model_copy(update={"limits": limits})


def counted_start(solution: Mapping[str, float]) -> dict[str, float]:
    """A design by the names of the model's variables, with the kinds and lots it has."""
    start = dict(solution)
    for name, pods in solution.items():
        if name.startswith(_DELIVER) and pods > 0.5:
            key = name[len(_DELIVER) : -1]
            start[f"simple_purchase.lot[{key}]"] = 1.0
            start[f"simple_purchase.kind[{key.split(',')[1]}]"] = 1.0
    return start


def simplest(base: Result, search: SearchSettings) -> Simplest:
    """Search the simplest plan near a design that there is."""
    assert base.design is not None
    instance = base.problem.instance
    relaxed = within(instance, base.reported.lcoc_usd_per_eflop)
    limit_s = min(TIME_LIMIT_S, search.options.time_limit_s or instance.solve.time_limit_s)
    start = counted_start(base.solution) if base.solution else None
    options = replace(search.options, objective="simplicity", time_limit_s=limit_s, start=start)
    result = run(relaxed, base.problem.folder, options, search.hooks, base.design.instance_sha256)
    return Simplest(base, result, instance.solve.simplicity)
