"""Serving: a model is served only where at least one whole replica stands. Absent where no replica exceeds a pod.

A replica that fits into a pod is whole wherever anything is served. A larger one is spread over several pods of one
type at a site: they must be installed, beside the clusters of training runs and all else that serves on the type,
however little of the replica the tokens keep busy.

Given       replica_pods[k, v] pods over which a replica of service v is spread, if more than one;
            most[k, v, p] pods that would serve all of v, or all that can stand there or be fed
Decides     serves[k, v, p] 1 if v is served on type k in phase p
            spare[k, v, p] pods of a replica beyond those at work on v
Subject to  gate[k, v, p]    assigned <= most * serves
            whole[k, v, p]   assigned + spare >= replica_pods * serves
            beside[k, p]     clusters, pods assigned to services, and spare ones <= pods installed that have not failed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyomo.core import Binary, Block, NonNegativeReals, Var

from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import add_up
from optimizer.setting.demand import servings, work_pflops

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel

Key = tuple[str, str, str, str, str]
"""Site, accelerator, racks, service, phase."""


def add(block: Block, instance: Instance, given: ComputeCoefficients, model: ConcreteModel) -> None:
    """Add the rule for services whose replicas are larger than a pod, if there are any."""
    compute = model.compute
    most = {key: _most(instance, given, key) for key in compute.assigned if _is_spread(given, key)}
    if not most:
        return
    block.serves = Var(list(most), domain=Binary)
    block.spare = Var(list(most), domain=NonNegativeReals)

    @block.Constraint(list(most))
    def gate(b: Block, s: str, a: str, c: str, v: str, p: str) -> Any:
        key = (s, a, c, v, p)
        return (None, compute.assigned[key] - most[key] * b.serves[key], 0)

    @block.Constraint(list(most))
    def whole(b: Block, s: str, a: str, c: str, v: str, p: str) -> Any:
        key, pods = (s, a, c, v, p), given.types[s, a, c].duties.replica_pods[v]
        return (0, compute.assigned[key] + b.spare[key] - pods * b.serves[key], None)

    clusters = getattr(model.training, "cluster", {})

    @block.Constraint(list(dict.fromkeys((s, a, c, p) for s, a, c, _, p in most)))
    def beside(b: Block, s: str, a: str, c: str, p: str) -> Any:
        keys = [(s, a, c, v, p) for v in servings(instance)]
        served = [compute.assigned[key] for key in keys if key in compute.assigned]
        spare = [b.spare[key] for key in keys if key in b.spare]
        trained = [pods for key, pods in clusters.items() if key[1:] == (s, a, c, p)]
        return add_up([*served, *spare, *trained]) <= compute.able[s, a, c, p]


def _is_spread(given: ComputeCoefficients, key: Key) -> bool:
    return key[3] in given.types[key[:3]].duties.replica_pods


def _most(instance: Instance, given: ComputeCoefficients, key: Key) -> float:
    """Pods that would serve all of a service, or all that can stand there if these are fewer."""
    s, a, c, v, p = key
    pod = given.types[s, a, c]
    plain = pod.effective_pflops[v, p]
    rates = [rate for rate in (plain, plain + pod.duties.gain_pflops.get((v, p), 0.0)) if rate > 0]
    load = servings(instance)[v]
    return min(work_pflops(instance, load) / min(rates), pod.working_max, float(pod.standing_max[p]))
