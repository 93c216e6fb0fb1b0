"""Compute: pods delivered, kept, retired and put to work.

Given       pod types k = (site, accelerator, racks); racks: the cooling and, where chosen, fabric and hall
            order_max[k] most worth ordering at once; existing[g, p] pods already there
Decides     deliver[k, p] pods delivered, integer;  retire[g, p] existing pods retired, integer
            retire_bought[k, q, p] pods delivered in q and retired in p, integer (with refresh)
            assigned[k, w, p] pods at work on throughput class or service w
            at_work[k, w, p] the same, and of training runs what is given (an expression)
            emptied[h, p] 1 if the group named before h is retired
            adopt[stack] 1 if accelerators of a software stack are bought
Subject to  work[k, p]      sum_w at_work[k, w, p] <= pods installed that have not failed
            vintage[k, q]   pods of a delivery retired in all <= pods delivered
            keep[g, p]      pods retired so far <= pods still in their life
            first[g, h, p]  existing pods of group g are gone before any of group h of the same type:
            then[g, h, p]   emptied[h, p] is 1 only if g is empty, and pods of h retire only if it is 1
            port[k, p]      deliver[k, p] <= order_max[k] * adopt[stack of k]
Posts       capex_accelerators, capex_racks, licence_fees, prepayment, capex_porting, salvage,
            residual_value, maintenance;
            effective_pflops, peak_pflops, installed_accelerators, working_accelerators, delivered_accelerators,
            racks, it_mw, load_mw, step_mw, pod_m2
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyomo.core import Binary, Block, NonNegativeIntegers, NonNegativeReals, Var

from optimizer.assets.compute import leaving
from optimizer.assets.compute.pods import Assigned, ComputeCoefficients, ExistingGroup, PodType
from optimizer.ledger.ledger import Ledger, Place, add_up
from optimizer.ledger.purchases import Offer, buy


def add(
    block: Block, given: ComputeCoefficients, porting: dict[str, Offer], on_runs: Mapping[Assigned, Any], ledger: Ledger
) -> None:
    """Add the compute slice; `porting` to each software stack is on offer, `on_runs` pods work on training runs."""
    _decide(block, given, on_runs, ledger)
    _bind(block, given, ledger)
    _post_deliveries(block, given, ledger)
    _post_use(block, given, ledger)
    _post_existing(block, given, ledger)
    leaving.post(block, given, ledger)
    block.leaving = leaving.leaving(block, given)
    for stack in block.adopt:
        buy(ledger, Place(ledger.calendar.first, None, stack), (porting[stack], block.adopt[stack]))


def _decide(block: Block, given: ComputeCoefficients, on_runs: Mapping[Assigned, Any], ledger: Ledger) -> None:
    phases = ledger.calendar.phases
    bought = [(*k, p) for k, pod in given.types.items() for p in pod.deliverable]
    block.deliver = Var(
        bought, domain=NonNegativeIntegers, bounds=lambda _, s, a, c, p: (0, given.types[s, a, c].order_max)
    )
    retirable = [(g, p) for g, group in enumerate(given.existing) for p in phases if group.in_service[p]]
    block.retire = Var(
        retirable, domain=NonNegativeIntegers, bounds=lambda _, g, p: _retirable(given.existing[g], phases, p)
    )
    gone = list(leaving.retirable(given, ledger.calendar))
    block.retire_bought = Var(
        gone, domain=NonNegativeIntegers, bounds=lambda _, s, a, c, q, p: (0, given.types[s, a, c].order_max)
    )
    block.emptied = Var([(g, p) for _, g, p in _in_turn(given, phases)], domain=Binary)
    possible = [
        (*k, w, p)
        for k, pod in given.types.items()
        for w in given.workloads
        for p in phases
        if (w, p) in pod.duties.possible
    ]
    block.assigned = Var([key for key in possible if key not in on_runs], domain=NonNegativeReals)
    block.at_work = {key: on_runs[key] if key in on_runs else block.assigned[key] for key in possible}
    stacks = list(dict.fromkeys(pod.stack for pod in given.types.values() if pod.deliverable))
    block.adopt = Var(stacks, domain=Binary)


def _retirable(group: ExistingGroup, phases: tuple[str, ...], phase: str) -> tuple[int, int]:
    """Least and most pods of a group that can be retired in a phase."""
    first = next(p for p in phases if group.in_service[p])
    there = group.in_service[phase]
    return (there if phase == first and not group.may_stay else 0), there


def _in_turn(given: ComputeCoefficients, phases: tuple[str, ...]) -> list[tuple[int, int, str]]:
    """(group, next group of the same type, phase): the one named first is retired first."""
    turns = []
    for p in phases:
        there = [(g, group) for g, group in enumerate(given.existing) if group.in_service[p]]
        for at, (later, group) in enumerate(there):
            before = [g for g, other in there[:at] if other.type_key == group.type_key]
            if before:
                turns.append((before[-1], later, p))
    return turns


def installed(block: Block, given: ComputeCoefficients, ledger: Ledger, where: tuple[PodType, str]) -> Any:
    """Pods of a type in service in a phase, as an expression."""
    return add_up(there for there, _ in _standing(block, given, ledger, where))


def _able(block: Block, given: ComputeCoefficients, ledger: Ledger, where: tuple[PodType, str]) -> Any:
    """The same without those that have failed."""
    there = _standing(block, given, ledger, where)
    return add_up((1 - failed) * pods if failed else pods for pods, failed in there)


def _standing(
    block: Block, given: ComputeCoefficients, ledger: Ledger, where: tuple[PodType, str]
) -> Iterator[tuple[Any, float]]:
    """Pods of each age in service, as expressions, and the share of them that has failed."""
    (pod, phase), calendar = where, ledger.calendar
    for q in calendar.serving(phase, pod.service_years):
        if q in pod.deliverable:
            yield leaving.left(block, calendar, pod, q, phase), pod.failed.get((q, phase), 0.0)
    for g, group in enumerate(given.existing):
        if group.type_key == pod.key and group.in_service[phase]:
            retired = add_up(block.retire[g, q] for q in calendar.up_to(phase) if (g, q) in block.retire)
            yield group.in_service[phase] - retired, group.failed.get(phase, 0.0)


def _bind(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    pairs = [(pod, p) for pod in given.types.values() for p in ledger.calendar.phases]
    block.pods = {(*pod.key, p): installed(block, given, ledger, (pod, p)) for pod, p in pairs}
    block.able = {(*pod.key, p): _able(block, given, ledger, (pod, p)) for pod, p in pairs}
    working = [key for key in block.pods if any((*key[:3], w, key[3]) in block.at_work for w in given.workloads)]

    @block.Constraint(working)
    def work(b: Block, s: str, a: str, c: str, p: str) -> Any:
        pods = [b.at_work[s, a, c, w, p] for w in given.workloads if (s, a, c, w, p) in b.at_work]
        return add_up(pods) <= b.able[s, a, c, p]

    @block.Constraint(list(dict.fromkeys(key[:4] for key in block.retire_bought)))
    def vintage(b: Block, s: str, a: str, c: str, q: str) -> Any:
        retired = (b.retire_bought[key] for key in b.retire_bought if key[:4] == (s, a, c, q))
        return add_up(retired) <= b.deliver[s, a, c, q]

    @block.Constraint(list(block.retire))
    def keep(b: Block, g: int, p: str) -> Any:
        return add_up(b.retire[g, q] for q in ledger.calendar.up_to(p)) <= given.existing[g].in_service[p]

    phases = ledger.calendar.phases

    def retired(g: int, p: str) -> Any:
        return add_up(block.retire[g, q] for q in ledger.calendar.up_to(p) if (g, q) in block.retire)

    @block.Constraint(_in_turn(given, phases))
    def first(b: Block, g: int, later: int, p: str) -> Any:
        return given.existing[g].in_service[p] * b.emptied[later, p] <= retired(g, p)

    @block.Constraint(_in_turn(given, phases))
    def then(b: Block, g: int, later: int, p: str) -> Any:
        return retired(later, p) <= given.existing[later].in_service[p] * b.emptied[later, p]

    @block.Constraint(list(block.deliver))
    def port(b: Block, s: str, a: str, c: str, p: str) -> Any:
        pod = given.types[s, a, c]
        return b.deliver[s, a, c, p] <= pod.order_max * b.adopt[pod.stack]


def _post_deliveries(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    for (s, a, c, p), pods in block.deliver.items():
        pod, here = given.types[s, a, c], Place(p, s, a)
        for part in pod.parts[p]:
            buy(ledger, here, (part.offer, part.quantity * pods))
        if pod.prepayment_musd[p]:
            ledger.post("prepayment", here, pod.prepayment_musd[p] * pods)
        ledger.post("delivered_accelerators", Place(p, s, a, c), pod.size.accelerators * pods)


def _post_use(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    for (s, a, c, p), pods in block.pods.items():
        pod = given.types[s, a, c]
        size = pod.size
        here = Place(p, s, a)
        ledger.post("installed_accelerators", here, size.accelerators * pods)
        ledger.post("racks", here, size.racks * pods)
        ledger.post("it_mw", Place(p, s, pod.cooling, pod.hall or ""), size.kw / 1000 * pods)
        ledger.post("pod_m2", here, size.white_m2 * pods)
    for (s, a, c, w, p), pods in block.at_work.items():
        pod = given.types[s, a, c]
        here = Place(p, s, a)
        if w not in given.runs:
            ledger.post("effective_pflops", Place(p, s, f"{a}/{w}"), pod.effective_pflops[w, p] * pods)
        ledger.post("working_accelerators", here, pod.size.accelerators * pods)
        ledger.post("peak_pflops", here, pod.peak_pflops[w] * pods)
        ledger.post("load_mw", Place(p, s, f"{pod.room}/{w}"), pod.size.kw / 1000 * pods)
        swing = given.step_fraction.get((s, a, w, pod.hall), 0.0)
        if swing:
            ledger.post("step_mw", here, swing * pod.size.kw / 1000 * pods)


def _post_existing(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    calendar = ledger.calendar
    for g, group in enumerate(given.existing):
        for p in calendar.phases:
            if not group.in_service[p]:
                continue
            here = Place(p, group.site, group.accelerator)
            kept = group.in_service[p] - add_up(block.retire[g, q] for q in calendar.up_to(p))
            upkeep_musd = group.maintenance_musd + group.ageing_musd.get(p, 0.0)
            if upkeep_musd:
                ledger.post("maintenance", here, upkeep_musd * kept)
            fetched_musd = group.salvage_musd[p] - group.removal_musd
            if fetched_musd:
                ledger.post("salvage", here, -fetched_musd * block.retire[g, p])
            after = calendar.from_phase_on(p)[1:2]
            if group.removal_musd and after and not group.in_service[after[0]]:
                ledger.post("salvage", Place(after[0], group.site, group.accelerator), group.removal_musd * kept)
            if group.end_musd and p == calendar.last:
                ledger.post("residual_value", here, -group.end_musd * kept)
