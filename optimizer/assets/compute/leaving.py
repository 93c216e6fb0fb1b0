"""Pods that were bought and leave service: retired early, or at the end of their time. Part of the compute slice.

`retire_bought[k, q, p]` of the block are pods delivered in q and retired at the start of p; without refresh there are
none. What leaves with them (racks here, fabric and storage in the network slice) is taken back posting by posting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyomo.core import Block

from optimizer.assets.compute.pods import ComputeCoefficients, PodType
from optimizer.ledger.ledger import Ledger, Place, add_up
from optimizer.ledger.purchases import retire
from optimizer.setting.calendar import Calendar

Key = tuple[str, str, str, str, str]
"""Site, accelerator, racks, phase of delivery, phase of retirement."""


def retirable(given: ComputeCoefficients, calendar: Calendar) -> Iterator[Key]:
    """Phases after a delivery in which it would be in service."""
    for k, pod in given.types.items() if given.refresh else ():
        for q in pod.deliverable:
            for p in calendar.serving_from(q, pod.service_years)[1:]:
                yield (*k, q, p)


def left(block: Block, calendar: Calendar, pod: PodType, bought: str, phase: str) -> Any:
    """Pods of a delivery that have not been retired up to a phase, as an expression."""
    gone = ((*pod.key, bought, r) for r in calendar.up_to(phase))
    retired = [block.retire_bought[key] for key in gone if key in block.retire_bought]
    delivered = block.deliver[(*pod.key, bought)]
    return delivered - add_up(retired) if retired else delivered


def leaving(block: Block, given: ComputeCoefficients) -> dict[Key, Any]:
    """Accelerators retired early, for what else leaves with them."""
    return {key: given.types[key[:3]].size.accelerators * pods for key, pods in block.retire_bought.items()}


def post(block: Block, given: ComputeCoefficients, ledger: Ledger) -> None:
    """Post what retirement takes back and fetches, and the removal of all that leaves within the horizon."""
    for (s, a, c, q, p), pods in block.retire_bought.items():
        pod, here = given.types[s, a, c], Place(p, s, a)
        for part in pod.parts[q]:
            retire(ledger, here, q, part.offer, part.quantity * pods)
        if pod.removal_musd:
            ledger.post("salvage", here, pod.removal_musd * pods)
    calendar = ledger.calendar
    for s, a, c, q in block.deliver:
        pod = given.types[s, a, c]
        served = calendar.serving_from(q, pod.service_years)
        after = calendar.from_phase_on(q)[len(served) :]
        if pod.removal_musd and served and after:
            ledger.post("salvage", Place(after[0], s, a), pod.removal_musd * left(block, calendar, pod, q, served[-1]))
