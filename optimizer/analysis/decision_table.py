"""Every decision of a design as one long table: what, where, when, how much."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.inputs.design import Decisions
from optimizer.model.derive import Problem
from optimizer.runs.safe_csv import Cell

DECISION_COLUMNS = ("what", "phase", "site", "item", "cooling", "fabric", "hall", "workload", "quantity", "unit")


def decision_rows(problem: Problem, decisions: Decisions) -> list[tuple[Cell, ...]]:
    """Rows of DECISION_COLUMNS, by phase in order of time, then in the order of the design."""
    order = {phase: number for number, phase in enumerate(problem.calendar.phases)}
    rows = [*_pods(problem, decisions), *_plant(problem, decisions), *_stacks(problem, decisions)]
    return sorted(rows, key=lambda row: order.get(str(row[1]), 0))


def _pods(problem: Problem, decisions: Decisions) -> Iterator[tuple[Cell, ...]]:
    for what, rows in (("delivered", decisions.deliveries), ("retired", decisions.retirements)):
        for row in rows:
            pod = problem.compute.types.get(row.type_key)
            here = (row.phase, row.site, row.accelerator, row.cooling, row.fabric, row.hall, None)
            yield (f"pods {what}", *here, row.pods, "pod")
            if pod is None:
                # Existing pods of an impossible type: no server fits the rack, so nobody knows how many they hold.
                continue
            size = pod.size
            yield (f"racks {what}", *here, row.pods * size.racks, "rack")
            yield (f"accelerators {what}", *here, row.pods * size.accelerators, "accelerator")
    for work in decisions.assignments:
        at_work = (work.phase, work.site, work.accelerator, work.cooling, work.fabric, work.hall, work.workload)
        yield ("pods at work", *at_work, work.pods, "pod")
    for cluster in decisions.clusters:
        at = (cluster.phase, cluster.site, cluster.accelerator, cluster.cooling, cluster.fabric, cluster.hall)
        yield ("cluster of a training run", *at, cluster.workload, cluster.pods, "pod")


def _plant(problem: Problem, decisions: Decisions) -> Iterator[tuple[Cell, ...]]:
    for module in decisions.cooling:
        if module.opened:
            here = (module.phase, module.site, module.cooling, module.cooling, None, None, None)
            yield ("cooling opened", *here, 1, "technology")
    for station in decisions.substations:
        at = (station.phase, station.site, station.transformer, None, None, None, None)
        yield ("substation in place", *at, station.units, "transformer")
    for reserve in decisions.step_reserves:
        at = (reserve.phase, reserve.site, "battery", None, None, None, None)
        yield ("battery kept for load steps", *at, reserve.mw, "MW")
    for bought in problem.purchases(decisions):
        offer = bought.offer
        if offer.bought:
            cooling = offer.item if offer.table == "coolings" else None
            item = offer.kind or offer.item
            bought_at = (bought.phase, bought.site, item, cooling, None, None, None)
            yield (offer.bought, *bought_at, bought.quantity, offer.unit)


def _stacks(problem: Problem, decisions: Decisions) -> Iterator[tuple[Cell, ...]]:
    for stack in decisions.stacks:
        yield ("software stack adopted", problem.calendar.first, None, stack, None, None, None, None, 1, "stack")
    for stack in decisions.programmes:
        yield ("porting programme run", problem.calendar.first, None, stack, None, None, None, None, 1, "programme")
