"""Simple enough to buy: kinds, lots and coolings of what is delivered. docs/model.md section 10."""

from __future__ import annotations

from collections import defaultdict

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined, listed
from optimizer.audit.fleet import Fleet

KIND_WEIGHT = 1000


def kinds(fleet: Fleet) -> set[str]:
    """Accelerators of which anything is delivered."""
    return {kind.accelerator for (_, _, kind), pods in fleet.delivered.items() if pods}


def lots(fleet: Fleet) -> int:
    """Pod types delivered, each counted once for every site and phase."""
    return sum(1 for pods in fleet.delivered.values() if pods)


def simplicity(fleet: Fleet) -> float:
    """The objective: kinds before lots."""
    return float(KIND_WEIGHT * len(kinds(fleet)) + lots(fleet))


def check_simple(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Every rule of simple purchase that is stated."""
    rules = case.instance.procurement
    if rules.max_kinds is not None:
        recorder.at_most("rules.kinds", "deliveries", len(kinds(fleet)), rules.max_kinds, "kinds of accelerator bought")
    coolings: dict[str, set[str]] = defaultdict(set)
    for (site, p, kind), pods in fleet.delivered.items():
        if not pods:
            continue
        coolings[kind.accelerator].add(kind.cooling)
        if rules.min_lot is not None:
            where = joined(site, case.periods.phases[p], *kind)
            recorder.at_least("rules.lot", where, pods, rules.min_lot, "pods of a type delivered at once")
    if rules.one_cooling_per_accelerator:
        for name, used in sorted(coolings.items()):
            recorder.holds("rules.cooling", name, len(used) == 1, f"bought for {listed(used)}")
