"""Compute: pods delivered, kept, retired and put to work.

Given       pod types k = (site, accelerator, cooling); pods_max[k]; existing[g, p] pods already there
Decides     deliver[k, p] pods delivered, integer;  retire[g, p] existing pods retired, integer
            assigned[k, w, p] pods at work on workload w
            adopt[stack] 1 if accelerators of a software stack are bought
Subject to  work[k, p]      sum_w assigned[k, w, p] <= pods installed
            keep[g, p]      pods retired so far <= pods still in their life
            port[k, p]      deliver[k, p] <= pods_max[k] * adopt[stack of k]
Posts       capex_accelerators, capex_racks, licence_fees, capex_porting, salvage, maintenance; effective_pflops,
            peak_pflops, installed_accelerators, delivered_accelerators, racks, it_mw, load_mw, step_mw, pod_m2
"""

from __future__ import annotations

from typing import Any

from pyomo.environ import Binary, Block, NonNegativeIntegers, NonNegativeReals, Var

from optimizer.assets.compute.coefficients import ComputeCoefficients, PodType
from optimizer.ledger.ledger import Ledger, Place, Terms, add_up, post_purchase


def add(block: Block, given: ComputeCoefficients, porting_musd: dict[str, float], ledger: Ledger) -> None:
    """Add the compute slice."""
    _decide(block, given, ledger)
    _bind(block, given, ledger)
    _post_deliveries(block, given, ledger)
    _post_use(block, given, ledger)
    _post_existing(block, given, ledger)
    for stack in block.adopt:
        first = Place(ledger.calendar.first, None, stack)
        ledger.post("capex_porting", first, porting_musd[stack] * block.adopt[stack])


def _decide(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    phases = ledger.calendar.phases
    bought = [(*k, p) for k, pod in given.types.items() for p in pod.deliverable]
    block.deliver = Var(
        bought, domain=NonNegativeIntegers, bounds=lambda _, s, a, c, p: (0, given.types[s, a, c].pods_max)
    )
    retirable = [(g, p) for g, group in enumerate(given.existing) for p in phases if group.in_service[p]]
    block.retire = Var(
        retirable, domain=NonNegativeIntegers, bounds=lambda _, g, p: (0, given.existing[g].in_service[p])
    )
    at_work = [
        (*k, w, p) for k, pod in given.types.items() for w in given.workloads if pod.peak_pflops[w] for p in phases
    ]
    block.assigned = Var(at_work, domain=NonNegativeReals)
    stacks = list(dict.fromkeys(pod.stack for pod in given.types.values() if pod.deliverable))
    block.adopt = Var(stacks, domain=Binary)


def installed(block: Block, given: ComputeCoefficients, ledger: Ledger, where: tuple[PodType, str]) -> Any:
    """Pods of a type in service in a phase, as an expression."""
    pod, phase = where
    life = given.accelerators[pod.accelerator].life_years
    new = (block.deliver[(*pod.key, q)] for q in ledger.calendar.serving(phase, life) if q in pod.deliverable)
    old = (
        group.in_service[phase] - add_up(block.retire[g, q] for q in ledger.calendar.up_to(phase))
        for g, group in enumerate(given.existing)
        if (group.site, group.accelerator, group.cooling) == pod.key and group.in_service[phase]
    )
    return add_up(new) + add_up(old)


def _bind(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    pairs = [(pod, p) for pod in given.types.values() for p in ledger.calendar.phases]
    block.pods = {(*pod.key, p): installed(block, given, ledger, (pod, p)) for pod, p in pairs}
    working = [key for key in block.pods if any((*key[:3], w, key[3]) in block.assigned for w in given.workloads)]

    @block.Constraint(working)
    def work(b: Block, s: str, a: str, c: str, p: str) -> Any:
        at_work = [b.assigned[s, a, c, w, p] for w in given.workloads if (s, a, c, w, p) in b.assigned]
        return add_up(at_work) <= b.pods[s, a, c, p]

    @block.Constraint(list(block.retire))
    def keep(b: Block, g: int, p: str) -> Any:
        return add_up(b.retire[g, q] for q in ledger.calendar.up_to(p)) <= given.existing[g].in_service[p]

    @block.Constraint(list(block.deliver))
    def port(b: Block, s: str, a: str, c: str, p: str) -> Any:
        pod = given.types[s, a, c]
        return b.deliver[s, a, c, p] <= pod.pods_max * b.adopt[pod.stack]


def _post_deliveries(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    for (s, a, c, p), pods in block.deliver.items():
        pod, chip = given.types[s, a, c], given.accelerators[a]
        here = Place(p, s, a)
        terms = Terms(chip.life_years, chip.maintenance_fraction)
        post_purchase(ledger, "capex_accelerators", here, pod.server_musd[p] * pods, terms)
        post_purchase(ledger, "capex_racks", here, pod.rack_musd * pods, Terms(chip.life_years))
        if pod.fee_musd[p]:
            ledger.post("licence_fees", here, pod.fee_musd[p] * pods)
        ledger.post("delivered_accelerators", here, pod.size.accelerators * pods)


def _post_use(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    for (s, a, c, p), pods in block.pods.items():
        size = given.types[s, a, c].size
        here = Place(p, s, a)
        ledger.post("installed_accelerators", here, size.accelerators * pods)
        ledger.post("racks", here, size.racks * pods)
        ledger.post("it_mw", Place(p, s, c), size.kw / 1000 * pods)
        ledger.post("pod_m2", here, size.white_m2 * pods)
    for (s, a, c, w, p), pods in block.assigned.items():
        pod = given.types[s, a, c]
        here = Place(p, s, a)
        ledger.post("effective_pflops", Place(p, s, f"{a}/{w}"), pod.effective_pflops[w, p] * pods)
        ledger.post("peak_pflops", here, pod.peak_pflops[w] * pods)
        ledger.post("load_mw", Place(p, s, f"{c}/{w}"), pod.size.kw / 1000 * pods)
        swing = given.step_fraction[s, a, w]
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
            if group.maintenance_musd:
                ledger.post("maintenance", here, group.maintenance_musd * kept)
            if group.salvage_musd:
                ledger.post("salvage", here, -group.salvage_musd * block.retire[g, p])
