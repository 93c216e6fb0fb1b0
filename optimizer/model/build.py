"""Build: the table of contents of the model. Every slice adds itself; they meet only in the ledger."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.inputs.schema import Objective
from optimizer.ledger.ledger import Ledger
from optimizer.model.derive import Problem
from optimizer.model.plant import PLANT, add_asset


@dataclass(frozen=True)
class Built:
    """A Pyomo model, its ledger and its linear forms."""

    problem: Problem
    model: Any
    ledger: Ledger
    forms: dict[str, Any]


@contextmanager
def paused_collector() -> Iterator[None]:
    """Building makes many small objects and no garbage; collecting in between only costs time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def build(
    problem: Problem, objective: Objective | None = None, hours: bool = False, every_fabric: bool = False
) -> Built:
    """The model of a problem for an objective (default: the instance's).

    With `hours` every hour of a year that dispatches is in it; without, such a model needs the cuts of those years.
    `every_fabric`: pods that another fabric makes needless are offered too. Scenarios that share their first decisions
    need it, since what is needless in one of them may be worth having in another.
    """
    pods = problem.compute if every_fabric else problem.compute.needful()
    with paused_collector():
        return _build(problem, pods, objective or problem.instance.solve.objective, hours)


def _build(problem: Problem, pods: ComputeCoefficients, objective: Objective, hours: bool) -> Built:
    from pyomo.core import Block, ConcreteModel

    from optimizer.assets.compute import block as compute
    from optimizer.assets.network import block as network
    from optimizer.assets.staff import block as staff
    from optimizer.model import objectives, tightening
    from optimizer.operations import block as operations
    from optimizer.operations import dispatching, transformer_loss
    from optimizer.policies import limits, porting, serving, training

    instance = problem.instance
    model = ConcreteModel(name=instance.name)
    ledger = Ledger(problem.calendar, instance.finance.insurance_fraction)
    for name in SLICES:
        setattr(model, name, Block())
    on_runs = training.decide(model.training, instance, pods)
    compute.add(model.compute, pods, problem.porting.adoption, on_runs, ledger)
    training.add(model.training, instance, pods, model.compute, ledger)
    serving.add(model.serving, instance, pods, model)
    porting.add(model.porting, problem.porting.programmes, pods, model, ledger)
    network.add(problem.network, model.compute.leaving, ledger)
    for name in PLANT:
        add_asset(name, getattr(model, name), problem.plant[name], ledger)
    transformer_loss.add(model.transformer_loss, problem.substation.sites, problem.years, problem.feeds, ledger)
    fed = {(s, p): feed.most_mw(p) for s, feed in problem.feeds.items() for p in instance.phases}
    totals = dispatching.YearlyTotals(objectives.yearly(instance, objective), fed)
    operations.add(model.operations, problem.years, ledger, totals)
    staff.add(model.staff, instance.staff, tuple(instance.sites), ledger)
    _add_policies(model, problem, pods, ledger, simple=objective == "simplicity")
    limits.add(model.limits, instance, ledger, objectives.eflop_millions(model, ledger))
    tightening.add(model.tightening, problem, model, ledger)
    if hours:
        dispatching.add_hours(model.operations, model.hours)
    return Built(problem, model, ledger, objectives.forms(model, instance, ledger))


SLICES = (
    "compute",
    "training",
    "serving",
    "porting",
    *(name for name in PLANT if name not in ("building", "facility")),
    "transformer_loss",
    "operations",
    "staff",
    "building",
    "facility",
    "throughput",
    "power",
    "site_caps",
    "procurement",
    "simple_purchase",
    "offers",
    "supercomputer",
    "limits",
    "tightening",
    "hours",
)
"""Blocks of the model, in the order in which they are added."""


def _add_policies(model: Any, problem: Problem, pods: ComputeCoefficients, ledger: Ledger, simple: bool) -> None:
    """What the planner rules over all sites; `simple`: kinds and lots are counted."""
    from optimizer.policies import offers, power, procurement, simple_purchase, site_caps, supercomputer, throughput

    instance = problem.instance
    throughput.add(model.throughput, instance, ledger)
    power.add(model.power, problem.years, ledger)
    site_caps.add(model.site_caps, problem.years, ledger)
    procurement.add(model.procurement, instance, problem.rulings, ledger)
    simple_purchase.add(model.simple_purchase, instance.procurement, pods, model.compute, simple)
    offers.add(model.offers, instance, pods, ledger)
    supercomputer.add(model.supercomputer, instance, pods, ledger)
