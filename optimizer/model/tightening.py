"""Tightening: valid inequalities. They cut no sensible design off; they only raise the bound of the relaxation.

A facility that delivers something has a site, a cooling technology and a software stack; and what a stack or a
technology carries is at most what the grid can feed, a far smaller number than what the floor could hold.

Given       phases in which something is asked for: a target, a training run, a service
Subject to  site[p]         some site has a substation
            plant[p]        some cooling technology is open
            stack           some software stack is adopted, if nothing is installed yet
            residual[s, x, p]  a technology whose racks leave heat to another is open only if the other is
            standby[s, p]   a site that must carry a critical load has a set at work beside the spare ones
            fed_stack[s, i, p]  what cannot wait of a stack's pods in the hottest hour <= feed * adopt[i]
            fed_plant[s, x, p]  the same of a technology's pods <= feed * open[s, x, p]
                            feed: what grid and largest substation let in, and battery and generators where they
                            work beside it
            task_stack[w, p, i]     share of a run or service on a stack's pods <= adopt[i]
            task_plant[w, s, x, p]  share of a run or service in a technology's racks <= open[s, x, p]
            feed[s, p, i]     what cannot wait in an hour <= import limit + free battery power + generators
            carry[s, p, h, i] what cannot wait, on the mean of h hours <= import limit + generators + stored energy / h
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pyomo.core import Block

from optimizer.assets.cooling.physics import heat_shares
from optimizer.ledger.ledger import Ledger, add_up, is_variable
from optimizer.model.derive import Problem
from optimizer.operations import dispatching
from optimizer.setting.demand import demanded_pflops, servings, work_pflops

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel


def add(block: Block, problem: Problem, model: ConcreteModel, ledger: Ledger) -> None:
    """Add the valid inequalities; reads the decisions of other slices and posts nothing."""
    phases = problem.instance.phases
    wanted = [p for p in phases if phases[p].target_pflops > 0 or demanded_pflops(problem.instance, p) > 0]
    opened = model.cooling.open

    def substations(p: str) -> Any:
        return ledger.total("active_sites", p)

    def plants(p: str) -> Any:
        return add_up(opened[s, x, q] for s, x, q in opened if q == p)

    @block.Constraint([p for p in wanted if is_variable(substations(p))])
    def site(b: Block, p: str) -> Any:
        return (1, substations(p), None)

    @block.Constraint([p for p in wanted if is_variable(plants(p))])
    def plant(b: Block, p: str) -> Any:
        return (1, plants(p), None)

    fresh = bool(wanted) and not problem.compute.existing and len(model.compute.adopt) > 0

    @block.Constraint([0] if fresh else [])
    def stack(b: Block, _: int) -> Any:
        return add_up(model.compute.adopt.values()) >= 1

    pairs = [
        (s, x, p)
        for s, x, p in opened
        if (other := _leaves_heat_to(problem, x)) and _both_decided(opened, (s, x, p), other)
    ]

    @block.Constraint(pairs)
    def residual(b: Block, s: str, x: str, p: str) -> Any:
        other = _leaves_heat_to(problem, x)
        return (None, opened[s, x, p] - opened[s, other, p], 0)

    _fed(block, problem, model)
    _tasks(block, problem, model)
    dispatching.add_valid(block, model.operations)
    _standby(block, problem, model.generators.units, wanted)


def _standby(block: Block, problem: Problem, units: Any, wanted: list[str]) -> None:
    """A site that stands alone and needs generators has as many as carry something, and the spare ones."""
    alone = len(problem.instance.sites) == 1
    needed = [
        (s, p)
        for s, p in units
        if alone and p in wanted and p in problem.generators.sites[s].required and is_variable(units[s, p])
        if not problem.generators.sites[s].may_carry_nothing
    ]

    @block.Constraint(needed)
    def standby(b: Block, s: str, p: str) -> Any:
        return (problem.generators.sites[s].backup.spare_units + 1, units[s, p], None)


def _leaves_heat_to(problem: Problem, technology: str) -> str | None:
    """Who takes what the racks of a technology leave; one that captures all leaves nothing, whatever it names."""
    others = (plant for plant in heat_shares(problem.instance.coolings, technology) if plant != technology)
    return next(others, None)


def _both_decided(opened: dict[tuple[str, str, str], Any], key: tuple[str, str, str], other: str) -> bool:
    site, _, phase = key
    return (site, other, phase) in opened and is_variable(opened[key]) and is_variable(opened[site, other, phase])


def _tasks(block: Block, problem: Problem, model: ConcreteModel) -> None:
    """A stack or technology does no more of a run or a service than its adoption or opening allows: all of it."""
    there = {group.type_key for group in problem.compute.existing}
    done: dict[tuple[str, str], dict[tuple[str, str, str], Any]] = {}
    for (r, s, a, c, p), _ in getattr(model.training, "cluster", {}).items():
        hosts = (
            var[r, s, a, c, p] for var in (model.training.host, model.training.host_ported) if (r, s, a, c, p) in var
        )
        done.setdefault((r, p), {})[s, a, c] = add_up(hosts)
    for (s, a, c, w, p), pods in model.compute.at_work.items():
        load = servings(problem.instance).get(w)
        if load is not None:
            pod = problem.compute.types[s, a, c]
            each = pod.effective_pflops[w, p] + min(0.0, pod.duties.gain_pflops.get((w, p), 0.0))
            done.setdefault((w, p), {})[s, a, c] = each / work_pflops(problem.instance, load) * pods
    stacks = model.compute.adopt

    def by_stack(w: str, p: str, i: str) -> Any:
        types = problem.compute.types
        return add_up(share for k, share in done[w, p].items() if types[k].stack == i and k not in there)

    keys = [(w, p, i) for w, p in done for i in stacks if is_variable(by_stack(w, p, i))]

    @block.Constraint(keys)
    def task_stack(b: Block, w: str, p: str, i: str) -> Any:
        return (None, by_stack(w, p, i) - stacks[i], 0)

    opened = model.cooling.open

    def by_plant(w: str, s: str, x: str, p: str) -> Any:
        types = problem.compute.types
        return add_up(share for k, share in done[w, p].items() if (k[0], types[k].cooling) == (s, x))

    plants = [(w, s, x, p) for s, x, p in opened if is_variable(opened[s, x, p]) for w, q in done if q == p]

    @block.Constraint([key for key in plants if is_variable(by_plant(*key))])
    def task_plant(b: Block, w: str, s: str, x: str, p: str) -> Any:
        return (None, by_plant(w, s, x, p) - opened[s, x, p], 0)


def _fed(block: Block, problem: Problem, model: ConcreteModel) -> None:
    there = {group.type_key for group in problem.compute.existing}
    work = model.compute.at_work

    def peak_mw(key: tuple[str, str, str, str, str]) -> float:
        """Import of one pod in the hour in which the site's technologies together draw most."""
        s, a, c, w, p = key
        pod, year = problem.compute.types[s, a, c], problem.years[s]
        hottest = int(year.import_per_mw.sum(axis=0).argmax())
        per_mw = float(year.import_per_mw[year.loads.index((pod.room, w)), hottest])
        per_mw *= 1 - (year.flexible.fraction((pod.room, w)) * year.mean((pod.room, w), p) if year.flexible else 0.0)
        return pod.size.kw / 1000 * per_mw

    drawn: dict[tuple[str, str], list[tuple[tuple[str, str, str], Any]]] = defaultdict(list)
    for key, pods in work.items():
        drawn[key[0], key[4]].append((key[:3], peak_mw(key) * pods))

    def fed(s: str, p: str, wanted: set[tuple[str, str, str]]) -> Any:
        return add_up(mw for kind, mw in drawn[s, p] if kind in wanted)

    new = {k: pod for k, pod in problem.compute.types.items() if k not in there}
    by_stack = {i: {k for k, pod in new.items() if pod.stack == i} for i in model.compute.adopt}
    sites, phases = problem.instance.sites, problem.calendar.phases

    stacks = [(s, i, p) for s in sites for i in by_stack for p in phases]

    @block.Constraint([key for key in stacks if is_variable(fed(key[0], key[2], by_stack[key[1]]))])
    def fed_stack(b: Block, s: str, i: str, p: str) -> Any:
        return (None, fed(s, p, by_stack[i]) - problem.fed_mw[s, p] * model.compute.adopt[i], 0)

    opened = model.cooling.open
    plants = [key for key in opened if is_variable(opened[key])]
    racks = {
        (s, x): {k for k, pod in problem.compute.types.items() if (pod.site, pod.cooling) == (s, x)}
        for s, x, _ in plants
    }

    @block.Constraint([key for key in plants if is_variable(fed(key[0], key[2], racks[key[:2]]))])
    def fed_plant(b: Block, s: str, x: str, p: str) -> Any:
        return (None, fed(s, p, racks[s, x]) - problem.fed_mw[s, p] * opened[s, x, p], 0)
