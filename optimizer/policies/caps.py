"""Upper bounds on what quotas, licences and supply let through. Pure; optimistic, so what they forbid is impossible.

Every delivery (site, accelerator, phase) that could serve must lie under some cap; otherwise there is no bound. Of the
caps that together cover all deliveries of an accelerator, the sum of what they allow bounds them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from optimizer.assets.compute.admission import Rulings, is_barred, lead_weeks, licence_quotas, on_sale
from optimizer.inputs.schema import Instance
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import rack_weeks
from optimizer.setting.matching import may_be_bought, selects
from optimizer.setting.service_life import service_years
from optimizer.setting.supply import has_quarters, supplied_at_most

Deliveries = frozenset[tuple[str, str, str]]
"""(site, accelerator, phase)."""
MOST_CAPS, MOST_TOGETHER = 10, 6
"""How many caps on one accelerator are looked at, and how many of them together; fewer only loosen the bound."""


@dataclass(frozen=True)
class Cap:
    """At most so many accelerators in some deliveries."""

    label: str
    path: tuple[str, ...]
    most: float
    covers: Deliveries


def deliveries_for(
    instance: Instance, calendar: Calendar, rulings: Rulings | None, phase: str, chips: Iterable[str]
) -> Deliveries:
    """Every delivery that could serve in a phase. Without rulings none is taken for barred."""
    return frozenset(
        (s, a, q)
        for a in chips
        if may_be_bought(instance, a)
        for q in calendar.serving(phase, service_years(instance, a))
        for s in instance.sites
        if _may_arrive(instance, calendar, rulings, (s, a, q))
    )


def _may_arrive(instance: Instance, calendar: Calendar, rulings: Rulings | None, where: tuple[str, str, str]) -> bool:
    s, a, q = where
    chip, ruling = instance.accelerators[a], rulings.get(where) if rulings else None
    if ruling and is_barred(instance, ruling):
        return False
    weeks = lead_weeks(chip, ruling) + rack_weeks(instance, s)
    return calendar.can_buy(q, weeks) and on_sale(chip, calendar.starts[q])


def caps(instance: Instance, rulings: Rulings | None, phase: str, wanted: Deliveries) -> Iterator[Cap]:
    """Quotas, quotas of licences, and supply up to a phase, with the deliveries wanted that each bounds."""
    for name, quota in instance.procurement.quotas.items():
        if quota.match.status is None or rulings:
            about = frozenset(
                (s, a, q)
                for s, a, q in wanted
                if (quota.phases is None or q in quota.phases) and selects(instance, rulings, quota.match, (s, a, q))
            )
            label = f"quota {name} of {quota.max_accelerators:,} accelerators"
            yield Cap(label, ("procurement", "quotas", name), float(quota.max_accelerators), about)
    for name, licence in licence_quotas(instance, rulings or {}).items():
        about = frozenset(w for w in wanted if w[1] in licence.accelerators and (w[0], w[2]) in licence.places)
        yield Cap(f"the licence quota of {name}, {licence.most:,}", ("export",), float(licence.most), about)
    for a in dict.fromkeys(chip for _, chip, _ in wanted):
        most = supplied_at_most(instance, a, phase)
        if math.isfinite(most):
            key = "supply_by_quarter" if has_quarters(instance.accelerators[a]) else "supply_per_year"
            about = frozenset(w for w in wanted if w[1] == a)
            yield Cap(f"the supply of {a}, {most:,.0f}", ("accelerators", a, key), most, about)


def most_of_chip(supply_caps: Iterable[Cap], wanted: Deliveries) -> tuple[float, tuple[Cap, ...]]:
    """Most accelerators in deliveries of one kind, and the caps that say so; infinite if some delivery has no cap."""
    if not wanted:
        return 0.0, ()
    touching = sorted((cap for cap in supply_caps if cap.covers & wanted), key=lambda cap: cap.most)[:MOST_CAPS]
    best: tuple[float, tuple[Cap, ...]] = (math.inf, ())
    for size in range(1, min(len(touching), MOST_TOGETHER) + 1):
        for some in combinations(touching, size):
            total = sum(cap.most for cap in some)
            if total < best[0] and wanted <= frozenset().union(*(cap.covers for cap in some)):
                best = (total, some)
    return best


def most_pflops(
    supply_caps: tuple[Cap, ...], wanted: Deliveries, worth: Mapping[str, float]
) -> tuple[float, tuple[Cap, ...]]:
    """Most throughput of deliveries, `worth` being PFLOPS per accelerator, and the caps that say so."""
    chips = tuple(dict.fromkeys(a for _, a, _ in sorted(wanted) if worth[a] > 0))
    own = {a: frozenset(w for w in wanted if w[1] == a) for a in chips}
    alone = {a: most_of_chip(supply_caps, own[a]) for a in chips}

    def summed(some: Iterable[str]) -> tuple[float, tuple[Cap, ...]]:
        listed = tuple(some)
        return sum(worth[a] * alone[a][0] for a in listed), tuple(cap for a in listed for cap in alone[a][1])

    best = summed(chips)
    for cap in supply_caps:
        within = [a for a in chips if own[a] <= cap.covers]
        if len(within) > 1:
            rest, others = summed(a for a in chips if a not in within)
            total = cap.most * max(worth[a] for a in within) + rest
            best = min(best, (total, (cap, *others)), key=lambda pair: pair[0])
    return best[0], tuple(dict.fromkeys(best[1]))
