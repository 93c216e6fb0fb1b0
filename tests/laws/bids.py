"""Bids around a design: its decisions, changed at random. Nothing of the model is used; the audit judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.audit.audit import AuditReport, audit
from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder
from optimizer.audit.fleet import read_fleet
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import read_periods
from optimizer.audit.power import load_step_mw, step_limit_mw
from optimizer.audit.storage import critical_mw, reserved_mwh
from optimizer.audit.substation import read_substations
from optimizer.inputs.design import Decisions, Design, MegawattRow
from optimizer.inputs.schema import Instance

Rng = np.random.Generator
SIZES = {"ups": ("mw",), "batteries": ("mw", "mwh"), "fitout": ("white_m2", "plant_m2"), "assignments": ("pods",)}
COUNTS = {"deliveries": "pods", "cooling": "units", "generators": "units", "substations": "units"}


def judged(instance: Instance, decisions: Decisions, folder: Path) -> AuditReport:
    """The audit of a bid: decisions alone."""
    design = Design(
        instance=instance.name, instance_sha256="", planning_date=instance.planning_date, decisions=decisions
    )
    return audit(instance, design, folder)


def bids(instance: Instance, design: Decisions, rng: Rng, count: int) -> Iterator[Decisions]:
    """So many bids, each one to three changes away from the design, with a battery that is as small as it may be."""
    for _ in range(count):
        bid = design
        for _ in range(int(rng.integers(1, 4))):
            change = CHANGES[int(rng.integers(len(CHANGES)))]
            bid = change(bid, rng)
        yield with_least_battery(instance, bid) if rng.random() < 0.7 else bid


def _replaced(bid: Decisions, table: str, number: int, **values: Any) -> Decisions:
    rows = list(getattr(bid, table))
    rows[number] = rows[number].model_copy(update=values)
    return bid.model_copy(update={table: tuple(rows)})


def resize(bid: Decisions, rng: Rng) -> Decisions:
    """A size a little smaller or larger."""
    table = str(rng.choice([name for name in SIZES if getattr(bid, name)] or ["ups"]))
    if not getattr(bid, table):
        return bid
    number, key = int(rng.integers(len(getattr(bid, table)))), str(rng.choice(SIZES[table]))
    now = getattr(getattr(bid, table)[number], key)
    return _replaced(bid, table, number, **{key: now * float(rng.choice([0.9, 0.99, 0.999, 1.001, 1.01, 1.1]))})


def recount(bid: Decisions, rng: Rng) -> Decisions:
    """One pod, module or unit fewer or more; the work of the pods keeps its share."""
    table = str(rng.choice([name for name in COUNTS if getattr(bid, name)] or ["cooling"]))
    if not getattr(bid, table):
        return bid
    number = int(rng.integers(len(getattr(bid, table))))
    row = getattr(bid, table)[number]
    now = getattr(row, COUNTS[table])
    then = max(1, now + int(rng.choice([-1, 1])))
    changed = _replaced(bid, table, number, **{COUNTS[table]: then})
    return _with_share(changed, row, then / now) if table == "deliveries" else changed


def exchange(bid: Decisions, rng: Rng) -> Decisions:
    """A pod of one kind for one or two of another."""
    if len(bid.deliveries) < 2:
        return bid
    fewer, more = rng.choice(len(bid.deliveries), 2, replace=False)
    for number, by in ((int(fewer), -1), (int(more), int(rng.integers(1, 3)))):
        row = bid.deliveries[number]
        then = max(1, row.pods + by)
        bid = _with_share(_replaced(bid, "deliveries", number, pods=then), row, then / row.pods)
    return bid


def smaller_everywhere(bid: Decisions, rng: Rng) -> Decisions:
    """All continuous sizes of a table scaled alike: what fewer pods need less of."""
    table = str(rng.choice([name for name in SIZES if name != "assignments"]))
    factor = float(rng.uniform(0.8, 1.0))
    for number, row in enumerate(getattr(bid, table)):
        bid = _replaced(bid, table, number, **{key: factor * getattr(row, key) for key in SIZES[table]})
    return bid


CHANGES: tuple[Callable[[Decisions, Rng], Decisions], ...] = (resize, recount, exchange, smaller_everywhere)


def _with_share(bid: Decisions, pod: Any, factor: float) -> Decisions:
    for number, row in enumerate(bid.assignments):
        if (row.site, row.accelerator, row.cooling) == (pod.site, pod.accelerator, pod.cooling):
            bid = _replaced(bid, "assignments", number, pods=row.pods * factor)
    return bid


def with_least_battery(instance: Instance, bid: Decisions) -> Decisions:
    """The reserves the steps need, and of a battery bought once the least power and energy that hold them."""
    periods = read_periods(instance)
    case = AuditCase(instance, bid, periods, Rulings(instance, periods.starts))
    fleet, substations = read_fleet(case, Recorder()), read_substations(case)
    reserves, needs = [], {}
    for site, spec in instance.sites.items():
        for p, phase in enumerate(periods.phases):
            step = load_step_mw(case, fleet, site, p) - step_limit_mw(case, site, substations[site, p])
            critical = critical_mw(case, fleet, site, p)
            rides = critical if spec.backup and spec.backup.ride_through_minutes else 0.0
            needs[site, p] = (max(step, rides, 0.0), reserved_mwh(case, site, max(step, 0.0), critical))
            if step > 0:
                reserves.append(MegawattRow(site=site, phase=phase, mw=step))
    rows = []
    for row in bid.batteries:
        name = instance.sites[row.site].battery
        if name is None or sum(other.site == row.site for other in bid.batteries) > 1:
            rows.append(row)
            continue
        kind, bought = instance.batteries[name], periods.index(row.phase)
        served = [needs[s, p] for s, p in needs if s == row.site and periods.in_service(bought, p, kind.life_years)]
        mw = max((power for power, _ in served), default=0.0)
        mwh = max((energy for _, energy in served), default=0.0) / kind.usable_fraction
        rows.append(row.model_copy(update={"mw": mw, "mwh": max(mwh, mw / kind.c_rate_max_per_hour)}))
    return bid.model_copy(update={"batteries": tuple(rows), "step_reserves": tuple(reserves)})
