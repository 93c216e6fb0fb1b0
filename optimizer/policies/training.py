"""Training runs: each is carried by one cluster, whole pods of one type at one site. Absent if there are none.

A cluster is the smallest that sustains what the run needs in the days it has, and that holds the model. So its size is
a number for each type and phase, and which type hosts the run is all that is decided. How many of its pods are assigned
to the run lies between what the runs of the year keep busy and all of it. Runs that draw alike share one variable for
what is assigned beyond: the search cannot tell them apart, and a run is given its part of it afterwards (`settle`).

Given       cluster_pods[r, k, p];  busy[r] share of the year a run works;  work_pflops[r] its throughput over the year
Decides     host[r, k, p] 1 if pods of type k carry run r in phase p
            host_ported[r, k, p] the same with the smaller cluster that the stack's porting programme allows
            hosted[r, p] = 1;  cluster[r, k, p] = cluster_pods * host (an expression)
            idle[r, k, p] pods of clusters that draw power and neither train nor work for throughput classes
            assigned[r, k, p] = busy * cluster + idle (an expression)
Subject to  one[r, p]        hosted = sum of host and host_ported: one type at one site carries the run
            between[r, k, p] idle <= (1 - busy) * cluster, summed over the runs that draw as r does
            drawn[k, p]      pods assigned to runs and throughput classes >= clusters: what idles draws power
Posts       effective_pflops, step_mw
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyomo.core import Binary, Block, NonNegativeReals, Var

from optimizer.assets.compute.coefficients import step_fraction
from optimizer.assets.compute.pods import Assigned, ComputeCoefficients
from optimizer.inputs.schema import Instance
from optimizer.ledger.evaluation import value_of
from optimizer.ledger.ledger import Ledger, Place, add_up
from optimizer.setting.demand import busy_fraction, is_active, runs, servings, work_pflops

Key = tuple[str, str, str, str, str]
"""Run, site, accelerator, cooling, phase."""


def decide(block: Block, instance: Instance, given: ComputeCoefficients) -> dict[Assigned, Any]:
    """Host decisions; pods assigned to each run, as expressions, if the instance has any."""
    if not given.runs:
        return {}
    block.cluster = _clusters(block, given)
    busy = {r: busy_fraction(run) for r, run in runs(instance).items()}
    block.alike = _alike(block, instance, busy)
    block.idle = Var([key for group in block.alike.values() for key in group], domain=NonNegativeReals)
    for first, group in block.alike.items():
        for key in group:
            if key != first:
                block.idle[key].fix(0.0)
    idle = dict(block.idle.items())
    return {
        (s, a, c, r, p): busy[r] * pods + idle.get((r, s, a, c, p), 0.0)
        for (r, s, a, c, p), pods in block.cluster.items()
    }


def add(block: Block, instance: Instance, given: ComputeCoefficients, compute: Block, ledger: Ledger) -> None:
    """Add the rules of the training runs, if there are any. `compute` is the block of the pods."""
    if not given.runs:
        return
    _host(block, instance)
    _share(block, instance, compute)
    _post(block, instance, given, ledger)


def settle(block: Block) -> None:
    """Give every run its part of what idles on clusters of runs that draw alike: in turn, as much as it may."""
    for first, group in getattr(block, "alike", {}).items():
        left = block.idle[first].value
        for key, room in group.items():
            part = min(left, max(0.0, value_of(room)))
            block.idle[key].set_value(part)
            left -= part


def _alike(block: Block, instance: Instance, busy: Mapping[str, float]) -> dict[Key, dict[Key, Any]]:
    """Of each first one of the runs that draw alike on a type: the pods between runs of each, as expressions."""
    found: dict[Key, dict[Key, Any]] = {}
    firsts: dict[tuple[float, tuple[str, ...]], Key] = {}
    for key, pods in block.cluster.items():
        if busy[key[0]] < 1:
            first = firsts.setdefault((runs(instance)[key[0]].load_fraction, key[1:]), key)
            found.setdefault(first, {})[key] = (1 - busy[key[0]]) * pods
    return found


def _clusters(block: Block, given: ComputeCoefficients) -> dict[Key, Any]:
    """Host decisions, and the pods of every possible cluster as expressions."""
    types = given.types
    plain = {(r, *k, p): pods for k, pod in types.items() for (r, p), pods in pod.duties.clusters.items()}
    ported = {(r, *k, p): pods for k, pod in types.items() for (r, p), pods in pod.duties.ported_clusters.items()}
    block.host = Var(list(plain), domain=Binary)
    block.host_ported = Var(list(ported), domain=Binary)
    chosen: dict[Key, list[Any]] = {}
    for key, pods in plain.items():
        chosen.setdefault(key, []).append(pods * block.host[key])
    for key, pods in ported.items():
        chosen.setdefault(key, []).append(pods * block.host_ported[key])
    return {key: add_up(terms) for key, terms in chosen.items()}


def _hosts(block: Block, key: Key) -> Any:
    """1 if the cluster is chosen, of either size."""
    return add_up(var[key] for var in (block.host, block.host_ported) if key in var)


def _host(block: Block, instance: Instance) -> None:
    wanted = [(r, p) for r, run in runs(instance).items() for p in instance.phases if is_active(instance, run, p)]

    # Fixed to 1. Where no type can host a run, the row says 1 = 0, and the search proves it infeasible.
    block.hosted = Var(wanted, bounds=(1, 1))

    @block.Constraint(wanted)
    def one(b: Block, r: str, p: str) -> Any:
        return add_up(_hosts(b, key) for key in b.cluster if (key[0], key[4]) == (r, p)) - b.hosted[r, p] == 0


def _share(block: Block, instance: Instance, compute: Block) -> None:
    """Clusters of one type stand side by side, beside the pods that serve.

    What runs and throughput classes draw is never less than the clusters; and all that is drawn is installed. So
    clusters and pods that serve are installed at the same time, and hourly import holds for the days of the runs.
    """
    fillers = [w for w in instance.workloads if w not in servings(instance) and w not in runs(instance)]
    there: dict[tuple[str, ...], list[Key]] = {}
    for first in block.alike:
        there.setdefault(first[1:], []).append(first)

    @block.Constraint(list(block.alike))
    def between(b: Block, *first: str) -> Any:
        return (None, b.idle[first] - add_up(b.alike[first].values()), 0)

    @block.Constraint(list(there))
    def drawn(b: Block, s: str, a: str, c: str, p: str) -> Any:
        """Less what the runs keep busy on both sides."""
        work = [compute.at_work[key] for w in fillers if (key := (s, a, c, w, p)) in compute.at_work]
        idle = [b.idle[first] for first in there[s, a, c, p]]
        rest = [room for first in there[s, a, c, p] for room in b.alike[first].values()]
        return (0, add_up([*work, *idle]) - add_up(rest), None)


def _post(block: Block, instance: Instance, given: ComputeCoefficients, ledger: Ledger) -> None:
    for key, pods in block.cluster.items():
        r, s, a, c, p = key
        work = work_pflops(instance, runs(instance)[r])
        ledger.post("effective_pflops", Place(p, s, f"{a}/{r}"), work * _hosts(block, key))
        swing = step_fraction(instance, (s, a, r, given.types[s, a, c].hall))
        if swing:
            ledger.post("step_mw", Place(p, s, a), swing * given.types[s, a, c].size.kw / 1000 * pods)
