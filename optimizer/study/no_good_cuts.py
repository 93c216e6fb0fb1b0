"""What makes two designs different to a buyer: whom they buy from, what, how it is cooled, where, on which substation.

A signature is the set of things a design has. In the model each of them gets a binary that is 1 if and only if the
design has it, so that a set once found can be forbidden by one cut, exactly.

Given       groups g of decisions: deliveries of a vendor, of an accelerator, ...; upper[v] bound of a decision
Decides     has[g] 1 if anything of group g is decided
Subject to  only[g, v]  v <= upper[v] * has[g]
            some[g]     has[g] <= sum of the decisions of g
            other[n]    at least one has[g] differs from the n-th signature
                        (or, to replace: at least one thing of the n-th signature is missing)

A vendor counts in a signature if it has a hundredth of the throughput of the last phase, and is differed from by doing
without it: a few servers of another vendor beside it make no other choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from optimizer.assets.compute.fabrics import fabric_id
from optimizer.inputs.design import Decisions
from optimizer.model.build import Built
from optimizer.model.derive import Problem
from optimizer.study.main_decisions import MINOR_FRACTION


class DifferenceKind(StrEnum):
    """In what designs may differ."""

    VENDOR = "vendor"
    """Vendors of the accelerators bought that do a hundredth of the work or more; another design replaces one."""
    SUPPLIER = "supplier"
    """Suppliers of the offers taken."""
    CHIPS = "chips"
    """Accelerators bought."""
    COOLING = "cooling"
    """Cooling technologies of the pods bought."""
    FABRIC = "fabric"
    """Fabrics between the servers of the pods bought."""
    SITE = "site"
    """Sites for which pods are bought."""
    SUBSTATION = "substation"
    """Type of transformer in place at each site in the last phase."""


Trait = tuple[DifferenceKind, str]
Signature = frozenset[Trait]


@dataclass(frozen=True)
class Difference:
    """How designs must differ: in one of the kinds at least. `replace`: a superset of another does not count."""

    kinds: tuple[DifferenceKind, ...] = (DifferenceKind.CHIPS,)
    replace: bool = False


def signature(problem: Problem, decisions: Decisions, kinds: Iterable[DifferenceKind]) -> Signature:
    """What a design has, of the kinds asked for."""
    traits: set[Trait] = set()
    wanted = tuple(kinds)
    for row in decisions.deliveries:
        traits.update(_traits(problem, row.type_key, wanted))
    if DifferenceKind.VENDOR in wanted:
        major = _major_vendors(problem, decisions)
        traits = {trait for trait in traits if trait[0] is not DifferenceKind.VENDOR or trait[1] in major}
    if DifferenceKind.SUBSTATION in wanted:
        last = problem.calendar.last
        rows = [row for row in decisions.substations if row.phase == last]
        traits.update((DifferenceKind.SUBSTATION, f"{row.site}/{row.transformer}") for row in rows)
    return frozenset(traits)


def _major_vendors(problem: Problem, decisions: Decisions) -> frozenset[str]:
    """Vendors with a hundredth of the effective throughput of the last phase, or more."""
    last, shares = problem.calendar.last, dict[str, float]()
    for row in decisions.assignments:
        pod = problem.compute.types[row.type_key]
        if row.phase == last:
            vendor = problem.instance.accelerators[row.accelerator].vendor
            shares[vendor] = shares.get(vendor, 0.0) + row.pods * pod.effective_pflops.get((row.workload, last), 0.0)
    total = sum(shares.values())
    return frozenset(vendor for vendor, pflops in shares.items() if pflops >= MINOR_FRACTION * total)


def _traits(problem: Problem, key: tuple[str, str, str], kinds: tuple[DifferenceKind, ...]) -> Iterator[Trait]:
    """What a pod type is an instance of."""
    pod = problem.compute.types[key]
    about = {
        DifferenceKind.VENDOR: problem.instance.accelerators[pod.accelerator].vendor,
        DifferenceKind.SUPPLIER: _supplier(problem, pod.accelerator),
        DifferenceKind.CHIPS: pod.accelerator,
        DifferenceKind.COOLING: pod.cooling,
        DifferenceKind.FABRIC: fabric_id(problem.instance, pod.site, pod.accelerator, pod.fabric) or "its own",
        DifferenceKind.SITE: pod.site,
    }
    for kind in kinds:
        if kind in about:
            yield kind, about[kind]


def _supplier(problem: Problem, accelerator: str) -> str:
    """Who offers an accelerator; its maker, if nobody does."""
    for offer in problem.instance.offers.values():
        if any(tier.accelerator == accelerator for tier in offer.tiers):
            return offer.supplier
    return problem.instance.accelerators[accelerator].vendor


def _groups(built: Built, kinds: tuple[DifferenceKind, ...]) -> dict[Trait, list[Any]]:
    """Decisions behind every thing a design can have."""
    groups: dict[Trait, list[Any]] = {}
    for key, pods in built.model.compute.deliver.items():
        for trait in _traits(built.problem, key[:3], kinds):
            groups.setdefault(trait, []).append(pods)
    if DifferenceKind.SUBSTATION in kinds:
        last = built.problem.calendar.last
        for (site, option, phase), chosen in built.model.substation.in_place.items():
            if phase == last:
                kind = built.problem.substation.sites[site].options[option].transformer
                groups.setdefault((DifferenceKind.SUBSTATION, f"{site}/{kind}"), []).append(chosen)
    return groups


def forbid(built: Built, difference: Difference, known: Iterable[Signature]) -> None:
    """Leave only designs that differ from every known one."""
    from pyomo.environ import Binary, Block, Constraint, Var

    groups = _groups(built, difference.kinds)
    traits = list(groups)
    signatures = list(known)
    block = built.model.choice = Block()
    block.has = Var(range(len(traits)), domain=Binary)
    pairs = [(g, v) for g, trait in enumerate(traits) for v in range(len(groups[trait]))]

    def only(b: Any, g: int, v: int) -> Any:
        decision = groups[traits[g]][v]
        return (None, decision - decision.ub * b.has[g], 0)

    def some(b: Any, g: int) -> Any:
        return (0, sum(groups[traits[g]]) - b.has[g], None)

    def other(b: Any, n: int) -> Any:
        missing = sum(1 - b.has[g] for g, trait in enumerate(traits) if trait in signatures[n])
        beside = [g for g, trait in enumerate(traits) if trait not in signatures[n]]
        added = sum(b.has[g] for g in beside if traits[g][0] is not DifferenceKind.VENDOR)
        left = missing if difference.replace else missing + added
        # Where nothing can differ this is 1 <= 0, which the compiler keeps: there is no other design.
        return (1, left, None)

    block.only = Constraint(pairs, rule=only)
    block.some = Constraint(range(len(traits)), rule=some)
    block.other = Constraint(range(len(signatures)), rule=other)
