"""What makes two designs different to a buyer: whom they buy from, what, how it is cooled, where, on which substation.

A signature is the set of things a design has. In the model each of them gets a binary that is 1 if and only if the
design has it, so that a set once found can be forbidden by one cut, exactly.

Given       groups g of decisions: deliveries of a vendor, of an accelerator, ...; upper[v] bound of a decision
Decides     has[g] 1 if anything of group g is decided
Subject to  only[g, v]  v <= upper[v] * has[g]
            some[g]     has[g] <= sum of the decisions of g
            other[n]    at least one has[g] differs from the n-th signature, or shifted[n]
                        (or, to replace: at least one thing of the n-th signature is missing, or shifted[n])

A vendor counts in a signature if it has a hundredth of the throughput of the last phase, and is differed from by doing
without it: a few servers of another vendor beside it make no other choice.

Throughput is no set. With share[n, a] what accelerator a has of the throughput that the n-th design buys:

Decides     shifted[n] 1 if a tenth of that is not bought any more;  less[n, a] 1 if less of a is bought
            lost[n, a] by how much, as a fraction of all that the n-th design buys
Subject to  falls[n, a]  lost[n, a] <= share[n, a] - what is bought of a, where less[n, a]
            none[n, a]   lost[n, a] <= share[n, a] * less[n, a]
            tenth[n]     0.1 * shifted[n] <= sum_a lost[n, a]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from optimizer.assets.compute.fabrics import fabric_id
from optimizer.inputs.design import Decisions
from optimizer.model.build import Built
from optimizer.model.derive import Problem
from optimizer.study.main_decisions import MINOR_FRACTION

SHIFT_FRACTION = 0.1
"""So much of the throughput bought must be another's for a design to differ in it."""


class DifferenceKind(StrEnum):
    """In what designs may differ."""

    VENDOR = "vendor"
    """Vendors of the accelerators bought that do a hundredth of the work or more; another design replaces one."""
    SUPPLIER = "supplier"
    """Suppliers of the offers taken."""
    THROUGHPUT = "throughput"
    """A tenth of the throughput bought, by accelerator; another design has it from others, or not at all."""
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

    kinds: tuple[DifferenceKind, ...] = (DifferenceKind.VENDOR, DifferenceKind.THROUGHPUT)
    replace: bool = False


@dataclass(frozen=True, kw_only=True)
class EarlierDesign:
    """A design that others must differ from: its signature, and the effective PFLOPS it buys by accelerator."""

    signature: Signature
    bought_pflops: Mapping[str, float]


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


def earlier_design(problem: Problem, decisions: Decisions, difference: Difference) -> EarlierDesign:
    """What further designs must differ from."""
    bought: dict[str, float] = {}
    for row in decisions.deliveries:
        bought[row.accelerator] = bought.get(row.accelerator, 0.0) + row.pods * _most_pflops(problem, row.type_key)
    return EarlierDesign(signature=signature(problem, decisions, difference.kinds), bought_pflops=bought)


def _most_pflops(problem: Problem, key: tuple[str, str, str]) -> float:
    """What a pod does in the last phase at the workload it does most of; not what it is at work on, or idle pods
    would be another choice."""
    pod, last = problem.compute.types[key], problem.calendar.last
    rates = [pod.effective_pflops.get((workload, last), 0.0) for workload in problem.compute.workloads]
    return max(rates, default=0.0)


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


def forbid(built: Built, difference: Difference, known: Iterable[EarlierDesign]) -> None:
    """Leave only designs that differ from every known one."""
    from pyomo.core import Binary, Block, Constraint, Var

    groups = _groups(built, difference.kinds)
    traits = list(groups)
    designs = list(known)
    block = built.model.choice = Block()
    block.has = Var(range(len(traits)), domain=Binary)
    pairs = [(g, v) for g, trait in enumerate(traits) for v in range(len(groups[trait]))]

    def only(b: Any, g: int, v: int) -> Any:
        decision = groups[traits[g]][v]
        return (None, decision - decision.ub * b.has[g], 0)

    def some(b: Any, g: int) -> Any:
        return (0, sum(groups[traits[g]]) - b.has[g], None)

    def other(b: Any, n: int) -> Any:
        known_traits = designs[n].signature
        missing = sum(1 - b.has[g] for g, trait in enumerate(traits) if trait in known_traits)
        beside = [g for g, trait in enumerate(traits) if trait not in known_traits]
        added = sum(b.has[g] for g in beside if traits[g][0] is not DifferenceKind.VENDOR)
        left = missing if difference.replace else missing + added
        if DifferenceKind.THROUGHPUT in difference.kinds:
            left += b.shifted[n]
        # Where nothing can differ this is 1 <= 0, which the compiler keeps: there is no other design.
        return (1, left, None)

    block.only = Constraint(pairs, rule=only)
    block.some = Constraint(range(len(traits)), rule=some)
    if DifferenceKind.THROUGHPUT in difference.kinds:
        _shift(built, block, designs)
    block.other = Constraint(range(len(designs)), rule=other)


def _shift(built: Built, block: Any, designs: Sequence[EarlierDesign]) -> None:
    """Let `shifted` be 1 only if a tenth of the throughput a design buys is bought no more."""
    from pyomo.core import Binary, Constraint, NonNegativeReals, Var

    totals = [sum(design.bought_pflops.values()) for design in designs]
    share = {
        (n, name): pflops / totals[n]
        for n, design in enumerate(designs)
        for name, pflops in design.bought_pflops.items()
        if pflops > 0
    }
    block.shifted = Var(range(len(designs)), domain=Binary)
    block.less = Var(list(share), domain=Binary)
    block.lost = Var(list(share), domain=NonNegativeReals, bounds=lambda _, n, name: (0, share[n, name]))

    def bought(n: int, name: str) -> tuple[Any, float]:
        """What is bought of an accelerator, as a fraction of the throughput of a design, and its upper bound."""
        rows = [(pods, key[:3]) for key, pods in built.model.compute.deliver.items() if key[1] == name]
        parts = [(pods, _most_pflops(built.problem, key) / totals[n]) for pods, key in rows]
        return sum(rate * pods for pods, rate in parts), sum(rate * pods.ub for pods, rate in parts)

    def falls(b: Any, n: int, name: str) -> Any:
        now, most = bought(n, name)
        room = max(0.0, most - share[n, name])
        return (None, b.lost[n, name] + now + room * b.less[n, name], share[n, name] + room)

    def none(b: Any, n: int, name: str) -> Any:
        return (None, b.lost[n, name] - share[n, name] * b.less[n, name], 0)

    def tenth(b: Any, n: int) -> Any:
        return (0, sum(b.lost[key] for key in share if key[0] == n) - SHIFT_FRACTION * b.shifted[n], None)

    block.falls = Constraint(list(share), rule=falls)
    block.none = Constraint(list(share), rule=none)
    block.tenth = Constraint(range(len(designs)), rule=tenth)
