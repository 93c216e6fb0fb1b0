"""Simple enough to buy: few kinds of accelerator, no lot too small, one cooling for each. Absent unless asked for.

Given       max_kinds; min_lot pods; one_cooling; order_max[k] most worth ordering at once
Decides     kind[a] 1 if anything of accelerator a is delivered;  lot[k, p] 1 if pods of a type are in a phase;
            cooled[a, c] 1 if accelerator a is bought for cooling c
Subject to  of_kind[k, p]     pods delivered <= order_max * kind
            kinds[n]          sum of kind <= n, the most allowed
            in_lot[k, p]      pods delivered <= order_max * lot
            least[k, p]       pods delivered >= min_lot * lot
            in_cooling[k, p]  pods delivered <= order_max * cooled
            one[a]            sum of cooled <= 1
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, Var

from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.inputs.policies import KIND_WEIGHT, Procurement
from optimizer.ledger.ledger import add_up


def add(block: Block, rules: Procurement, given: ComputeCoefficients, compute: Block, counted: bool) -> None:
    """Add the rules that are stated; `counted`: kinds and lots are what is sought."""
    deliver = compute.deliver

    def most(key: Any) -> int:
        return given.types[key[:3]].order_max

    if counted or rules.max_kinds is not None:
        block.kind = Var(list(dict.fromkeys(a for _, a, _, _ in deliver)), domain=Binary)

        @block.Constraint(list(deliver))
        def of_kind(b: Block, *key: Any) -> Any:
            return (None, deliver[key] - most(key) * b.kind[key[1]], 0)

    if rules.max_kinds is not None:

        @block.Constraint([rules.max_kinds] if len(block.kind) else [])
        def kinds(b: Block, n: int) -> Any:
            return (None, add_up(b.kind.values()), n)

    _lots(block, rules, given, compute, counted)
    if rules.one_cooling_per_accelerator:
        _cooling(block, given, compute)


def _lots(block: Block, rules: Procurement, given: ComputeCoefficients, compute: Block, counted: bool) -> None:
    deliver, least_pods = compute.deliver, rules.min_lot or 1
    if not counted and least_pods == 1:
        return
    block.lot = Var(list(deliver), domain=Binary)

    @block.Constraint(list(deliver))
    def in_lot(b: Block, *key: Any) -> Any:
        return (None, deliver[key] - given.types[key[:3]].order_max * b.lot[key], 0)

    @block.Constraint(list(deliver) if least_pods > 1 else [])
    def least(b: Block, *key: Any) -> Any:
        return (0, deliver[key] - least_pods * b.lot[key], None)


def _cooling(block: Block, given: ComputeCoefficients, compute: Block) -> None:
    """Accelerators that are offered in one cooling only need no rule."""
    offered = {key: (key[1], given.types[key[:3]].cooling) for key in compute.deliver}
    pairs = list(dict.fromkeys(offered.values()))
    chosen = [pair for pair in pairs if sum(a == pair[0] for a, _ in pairs) > 1]
    block.cooled = Var(chosen, domain=Binary)

    @block.Constraint([key for key, pair in offered.items() if pair in block.cooled])
    def in_cooling(b: Block, *key: Any) -> Any:
        return (None, compute.deliver[key] - given.types[key[:3]].order_max * b.cooled[offered[key]], 0)

    @block.Constraint(list(dict.fromkeys(a for a, _ in chosen)))
    def one(b: Block, a: str) -> Any:
        return (None, add_up(b.cooled[pair] for pair in chosen if pair[0] == a), 1)


def simplicity(block: Block) -> Any:
    """What the objective of the same name minimises; 0 where kinds and lots are not counted."""
    if not hasattr(block, "kind") or not hasattr(block, "lot"):
        return 0.0
    return KIND_WEIGHT * add_up(block.kind.values()) + add_up(block.lot.values())
