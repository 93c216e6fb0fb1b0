"""Porting programmes: money that brings a software stack to maturity sooner. Absent if no stack has one.

Throughput gained is (gain per pod) * (pods at work) if the programme is run, and nothing if not. The product is kept
exact by a second amount of pods, `lifted`, that equals the pods at work with the programme and is zero without.

Given       offers[i] of the programme of stack i; gain_pflops[k, w, p] per pod at work; most pods there can be
Decides     programme[i] 1 if the programme of stack i is run;  lifted[k, w, p] pods at work with a ported stack
Subject to  gate[k, w, p]     lifted <= most pods * programme
            part[k, w, p]     lifted <= assigned
            whole[k, w, p]    lifted >= assigned - most pods * (1 - programme)
            sooner[r, k, p]   the smaller cluster of a training run needs the programme
Posts       effective_pflops, capex_porting
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyomo.core import Binary, Block, NonNegativeReals, Var

from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.ledger.ledger import Ledger, Place
from optimizer.ledger.purchases import Offer, buy

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel


def add(
    block: Block, offers: dict[str, Offer], given: ComputeCoefficients, model: ConcreteModel, ledger: Ledger
) -> None:
    """Add the programmes on offer of stacks whose pods may be at work, if there are any."""
    offered = [stack for stack in dict.fromkeys(pod.stack for pod in given.types.values()) if stack in offers]
    if not offered:
        return
    block.programme = Var(offered, domain=Binary)
    _lift(block, given, model)
    hosts = list(model.training.host_ported) if given.runs else []

    @block.Constraint(hosts)
    def sooner(b: Block, r: str, s: str, a: str, c: str, p: str) -> Any:
        stack = given.types[s, a, c].stack
        return (None, model.training.host_ported[r, s, a, c, p] - b.programme[stack], 0)

    for stack in offered:
        buy(ledger, Place(ledger.calendar.first, None, stack), (offers[stack], block.programme[stack]))
    for (s, a, c, w, p), pods in block.lifted.items():
        gain = given.types[s, a, c].duties.gain_pflops[w, p]
        ledger.post("effective_pflops", Place(p, s, f"{a}/{w}"), gain * pods)


def settle(block: Block, given: ComputeCoefficients, adopted: set[str]) -> None:
    """Only stacks of pods that are bought or there run one; where it costs nothing, the search does not care."""
    there = {given.types[group.type_key].stack for group in given.existing if group.type_key in given.types}
    for stack, chosen in getattr(block, "programme", {}).items():
        if stack not in adopted | there:
            chosen.set_value(0.0)


def _lift(block: Block, given: ComputeCoefficients, model: ConcreteModel) -> None:
    types, assigned = given.types, model.compute.assigned
    keys = [key for key in assigned if types[key[:3]].duties.gain_pflops.get((key[3], key[4]))]
    block.lifted = Var(keys, domain=NonNegativeReals)

    def most(key: tuple[str, ...]) -> float:
        """Pods at work are fed, and stand there."""
        pod = types[key[0], key[1], key[2]]
        return min(pod.working_max, float(pod.standing_max[key[4]]))

    @block.Constraint(keys)
    def gate(b: Block, *key: str) -> Any:
        return (None, b.lifted[key] - most(key) * b.programme[types[key[0], key[1], key[2]].stack], 0)

    @block.Constraint(keys)
    def part(b: Block, *key: str) -> Any:
        return (None, b.lifted[key] - assigned[key], 0)

    @block.Constraint(keys)
    def whole(b: Block, *key: str) -> Any:
        kept = b.lifted[key] - assigned[key] - most(key) * b.programme[types[key[0], key[1], key[2]].stack]
        return (-most(key), kept, None)
