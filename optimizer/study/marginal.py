"""Marginal values: what a little more, or a little less, of each limit the planner wrote is worth.

Each value is true for whole numbers: the instance is solved again with the limit moved. The dual values of a
mixed-integer model do not exist, and those of its relaxation would promise what no one can buy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from optimizer.inputs.design import Status
from optimizer.inputs.quantity import MILLION
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result, run
from optimizer.study.requirement import Requirement
from optimizer.study.requirements import requirements
from optimizer.study.search_settings import SearchSettings


@dataclass(frozen=True, kw_only=True)
class Marginal:
    """What moving a limit is worth, in million US dollars of present value at the design's compute.

    `more_musd` is what one step more saves, `less_musd` what one step less costs (inf: no design is left).
    `noise_musd` is what the gap of the two solves leaves open: a smaller value is not distinguishable from zero.
    """

    path: str
    label: str
    unit: str
    value: float
    step: float
    more_musd: float
    less_musd: float
    noise_musd: float
    more_lcoc: float | None
    less_lcoc: float | None
    more_open: bool = False
    """True if a limit ended the solve with one step more: its value is undecided."""
    less_open: bool = False

    @property
    def per_unit_musd(self) -> float:
        """Saving per unit of the limit, from one step more."""
        return self.more_musd / self.step


def levers(instance: Instance) -> tuple[Requirement, ...]:
    """Every limit of an instance that can be bought or bargained for."""
    return tuple(group for group in requirements(instance) if group.move is not None and group.more_is_easier)


def step_of(lever: Requirement) -> float:
    """One step of a limit: 1 MW, a twentieth of a space or cap, a tenth of a quota."""
    if lever.unit == "MW":
        return 1.0
    if lever.unit == "accelerators":
        return float(max(1, round(lever.value / 10)))
    return lever.value / 20 or 1.0


def marginal(base: Result, lever: Requirement, search: SearchSettings) -> Marginal:
    """Solve again with one step more and one step less. `base` must hold a design found under `options`."""
    if base.design is None or base.design.reported is None or base.design.solve is None:
        raise ValueError("marginal values need a design to start from")
    instance = base.problem.instance
    lcoc = base.design.reported.lcoc_usd_per_eflop
    eflop = base.design.reported.npv_eflop
    if lever.move is None:
        raise ValueError(f"{lever.label} can only be dropped")
    size = step_of(lever)
    costs: dict[float, float | None] = {}
    undecided: set[float] = set()
    for step in (size, -size):
        moved = lever.value + step
        if moved < 0:
            costs[step] = None
            continue
        options = replace(search.options, start=base.solution if step > 0 else None)
        result = run(lever.move(instance, moved), base.problem.folder, options, search.hooks)
        reported = result.design.reported if result.design else None
        costs[step] = reported.lcoc_usd_per_eflop if reported else None
        if result.status not in (Status.OPTIMAL, Status.INFEASIBLE):
            undecided.add(step)
    more, less = costs[size], costs[-size]
    worth = eflop / MILLION
    return Marginal(
        path=lever.path,
        label=lever.label,
        unit=lever.unit,
        value=lever.value,
        step=size,
        more_musd=(lcoc - more) * worth if more is not None else 0.0,
        less_musd=(less - lcoc) * worth if less is not None else inf,
        noise_musd=2 * base.design.solve.gap_asked * lcoc * worth,
        more_lcoc=more,
        less_lcoc=less,
        more_open=size in undecided,
        less_open=-size in undecided,
    )
