"""Training runs: each is carried by one cluster, whole pods of one type at one site. Absent if there are none.

A cluster is the smallest that sustains what the run needs in the days it has, and that holds the model. So its size is
a number for each type and phase, and which type hosts the run is all that is decided.

Given       cluster_pods[r, k, p];  busy[r] share of the year a run works;  work_pflops[r] its throughput over the year
Decides     host[r, k, p] 1 if pods of type k carry run r in phase p
            host_ported[r, k, p] the same with the smaller cluster that the stack's porting programme allows
            hosted[r, p] = 1;  cluster[r, k, p] = cluster_pods * host (an expression)
Subject to  one[r, p]        hosted = sum of host and host_ported: one type at one site carries the run
            busy[r, k, p]    assigned[k, r, p] >= busy * cluster
            most[r, k, p]    assigned[k, r, p] <= cluster
            drawn[k, p]      pods assigned to runs and throughput classes >= clusters: what idles draws power
Posts       effective_pflops, step_mw
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, Var

from optimizer.assets.compute.coefficients import step_fraction
from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger, Place, add_up
from optimizer.setting.demand import busy_fraction, is_active, runs, servings, work_pflops

Key = tuple[str, str, str, str, str]
"""Run, site, accelerator, cooling, phase."""


def add(block: Block, instance: Instance, given: ComputeCoefficients, compute: Block, ledger: Ledger) -> None:
    """Add the training runs of an instance, if it has any. `compute` is the block of the pods."""
    if not given.runs:
        return
    block.cluster = _decide(block, given)
    _host(block, instance, compute)
    _share(block, instance, compute)
    _post(block, instance, given, ledger)


def _decide(block: Block, given: ComputeCoefficients) -> dict[Key, Any]:
    """Host decisions; the pods of every possible cluster as expressions."""
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


def _host(block: Block, instance: Instance, compute: Block) -> None:
    wanted = [(r, p) for r, run in runs(instance).items() for p in instance.phases if is_active(instance, run, p)]
    share = {r: busy_fraction(run) for r, run in runs(instance).items()}

    # Fixed to 1. Where no type can host a run, the row says 1 = 0, and the search proves it infeasible.
    block.hosted = Var(wanted, bounds=(1, 1))

    @block.Constraint(wanted)
    def one(b: Block, r: str, p: str) -> Any:
        return add_up(_hosts(b, key) for key in b.cluster if (key[0], key[4]) == (r, p)) - b.hosted[r, p] == 0

    @block.Constraint(list(block.cluster))
    def busy(b: Block, r: str, s: str, a: str, c: str, p: str) -> Any:
        return (0, compute.assigned[s, a, c, r, p] - share[r] * b.cluster[r, s, a, c, p], None)

    @block.Constraint(list(block.cluster))
    def most(b: Block, r: str, s: str, a: str, c: str, p: str) -> Any:
        return (None, compute.assigned[s, a, c, r, p] - b.cluster[r, s, a, c, p], 0)


def _share(block: Block, instance: Instance, compute: Block) -> None:
    """Clusters of one type stand side by side, beside the pods that serve.

    What runs and throughput classes draw is never less than the clusters; and all that is drawn is installed. So
    clusters and pods that serve are installed at the same time, and hourly import holds for the days of the runs.
    """
    fillers = [w for w in instance.workloads if w not in servings(instance)]

    @block.Constraint(list(dict.fromkeys(key[1:] for key in block.cluster)))
    def drawn(b: Block, s: str, a: str, c: str, p: str) -> Any:
        keys = [(s, a, c, w, p) for w in fillers]
        clusters = add_up(b.cluster[r, s, a, c, p] for r in runs(instance) if (r, s, a, c, p) in b.cluster)
        return (0, add_up(compute.assigned[key] for key in keys if key in compute.assigned) - clusters, None)


def _post(block: Block, instance: Instance, given: ComputeCoefficients, ledger: Ledger) -> None:
    for key, pods in block.cluster.items():
        r, s, a, c, p = key
        work = work_pflops(instance, runs(instance)[r])
        ledger.post("effective_pflops", Place(p, s, f"{a}/{r}"), work * _hosts(block, key))
        swing = step_fraction(instance, (s, a, r, given.types[s, a, c].hall))
        if swing:
            ledger.post("step_mw", Place(p, s, a), swing * given.types[s, a, c].size.kw / 1000 * pods)
