"""Every decision of a design as one long table: what, where, when, how much."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.inputs.design import Decisions
from optimizer.model.derive import Problem
from optimizer.runs.safe_csv import Cell

DECISION_COLUMNS = ("what", "phase", "site", "item", "cooling", "fabric", "workload", "quantity", "unit")


def decision_rows(problem: Problem, decisions: Decisions) -> list[tuple[Cell, ...]]:
    """Rows of DECISION_COLUMNS, by phase in order of time, then in the order of the design."""
    order = {phase: number for number, phase in enumerate(problem.calendar.phases)}
    rows = [*_pods(problem, decisions), *_plant(decisions), *_space(problem, decisions)]
    return sorted(rows, key=lambda row: order.get(str(row[1]), 0))


def _pods(problem: Problem, decisions: Decisions) -> Iterator[tuple[Cell, ...]]:
    for what, rows in (("delivered", decisions.deliveries), ("retired", decisions.retirements)):
        for row in rows:
            size = problem.compute.types[row.type_key].size
            here = (row.phase, row.site, row.accelerator, row.cooling, row.fabric, None)
            yield (f"pods {what}", *here, row.pods, "pod")
            yield (f"racks {what}", *here, row.pods * size.racks, "rack")
            yield (f"accelerators {what}", *here, row.pods * size.accelerators, "accelerator")
    for work in decisions.assignments:
        at_work = (work.phase, work.site, work.accelerator, work.cooling, work.fabric, work.workload)
        yield ("pods at work", *at_work, work.pods, "pod")
    for cluster in decisions.clusters:
        at = (cluster.phase, cluster.site, cluster.accelerator, cluster.cooling, cluster.fabric, cluster.workload)
        yield ("cluster of a training run", *at, cluster.pods, "pod")


def _plant(decisions: Decisions) -> Iterator[tuple[Cell, ...]]:
    for module in decisions.cooling:
        here = (module.phase, module.site, module.cooling, module.cooling, None, None)
        if module.opened:
            yield ("cooling opened", *here, 1, "technology")
        if module.units:
            yield ("cooling modules bought", *here, module.units, "module")
    for station in decisions.substations:
        at = (station.phase, station.site, station.transformer, None, None, None)
        yield ("substation in place", *at, station.units, "transformer")
    for ups in decisions.ups:
        yield ("UPS bought", ups.phase, ups.site, "ups", None, None, None, ups.mw, "MW")
    for battery in decisions.batteries:
        at = (battery.phase, battery.site, "battery", None, None, None)
        yield ("battery power bought", *at, battery.mw, "MW")
        yield ("battery energy bought", *at, battery.mwh, "MWh")
    for reserve in decisions.step_reserves:
        at = (reserve.phase, reserve.site, "battery", None, None, None)
        yield ("battery kept for load steps", *at, reserve.mw, "MW")
    for sets in decisions.generators:
        yield ("generators bought", sets.phase, sets.site, "generator", None, None, None, sets.units, "set")


def _space(problem: Problem, decisions: Decisions) -> Iterator[tuple[Cell, ...]]:
    for space in decisions.fitout:
        for kind, m2 in (("white", space.white_m2), ("plant", space.plant_m2)):
            if m2:
                yield (f"{kind} space fitted out", space.phase, space.site, kind, None, None, None, m2, "m2")
    for stack in decisions.stacks:
        yield ("software stack adopted", problem.calendar.first, None, stack, None, None, None, 1, "stack")
    for stack in decisions.programmes:
        yield ("porting programme run", problem.calendar.first, None, stack, None, None, None, 1, "programme")
