"""The design as rows of cells: what is ordered by phase, the plant, and peak beside effective throughput."""

from __future__ import annotations

from collections import defaultdict

from optimizer.assets.compute.throughput import best_precision
from optimizer.design import Decisions
from optimizer.pipeline import Result
from optimizer.report.figures import counted, number, percent, whole
from optimizer.report.work import effective_by_place
from optimizer.run.procurement import procurement

Row = tuple[str, ...]


def decisions_of(result: Result) -> Decisions:
    """The decisions of a result that has a design."""
    assert result.design is not None
    return result.design.decisions


def order_rows(result: Result) -> list[Row]:
    """Deliveries and retirements by phase.

    Columns: phase, site, buy or retire, accelerator, cooling, pods, racks, accelerators, last day to order.
    """
    problem, decisions = result.problem, decisions_of(result)
    order_by = {
        (line.site, line.item, line.cooling, line.phase): line.order_by.isoformat()
        for line in procurement(problem, decisions)
        if line.what == "accelerator pods"
    }
    rows: list[Row] = []
    for phase in problem.calendar.phases:
        for verb, chosen in (("buy", decisions.deliveries), ("retire", decisions.retirements)):
            for row in chosen:
                if row.phase != phase:
                    continue
                size = problem.compute.types[row.site, row.accelerator, row.cooling].size
                counts = (whole(row.pods), whole(row.pods * size.racks), whole(row.pods * size.accelerators))
                day = order_by.get((row.site, row.accelerator, row.cooling, phase), "") if verb == "buy" else ""
                rows.append((phase, row.site, verb, row.accelerator, row.cooling, *counts, day))
    return rows


def plant_rows(result: Result) -> list[Row]:
    """Plant bought by phase and site. Columns: phase, site, what."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    decisions = decisions_of(result)
    for module in decisions.cooling:
        opened = " (opened)" if module.opened else ""
        parts[module.phase, module.site].append(f"{module.cooling} {counted(module.units, 'module')}{opened}")
    for at, text in _substations(result):
        parts[at].append(text)
    for ups in decisions.ups:
        parts[ups.phase, ups.site].append(f"UPS {number(ups.mw, 3)} MW")
    for row in decisions.batteries:
        parts[row.phase, row.site].append(f"battery {number(row.mw, 3)} MW / {number(row.mwh, 3)} MWh")
    for sets in decisions.generators:
        parts[sets.phase, sets.site].append(counted(sets.units, "generator set"))
    for space in decisions.fitout:
        parts[space.phase, space.site].append(
            f"fit-out {number(space.white_m2, 3)} m2 white, {number(space.plant_m2, 3)} m2 plant"
        )
    order = {phase: at for at, phase in enumerate(result.problem.calendar.phases)}
    keys = sorted(parts, key=lambda key: (order[key[0]], key[1]))
    return [(phase, site, "; ".join(parts[phase, site])) for phase, site in keys]


def _substations(result: Result) -> list[tuple[tuple[str, str], str]]:
    """The substation where it changes, with its firm capacity."""
    problem = result.problem
    in_place = {(row.site, row.phase): row for row in decisions_of(result).substations}
    found = []
    for s, site in problem.substation.sites.items():
        before = site.existing
        for p in problem.calendar.phases:
            row = in_place.get((s, p))
            option = f"{row.transformer}x{row.units}" if row else None
            if row and option and option != before:
                text = f"substation {row.units} x {row.transformer}, firm {number(site.options[option].firm_mw, 3)} MW"
                found.append(((p, s), text))
            before = option or before
    return found


def chip_rows(result: Result) -> list[Row]:
    """Work in the last phase, peak beside effective.

    Columns: accelerator, workload, precision used, peak PFLOPS (dense), effective PFLOPS, effective over peak.
    """
    problem, last = result.problem, result.problem.calendar.last
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in decisions_of(result).assignments:
        if row.phase == last:
            pod = problem.compute.types[row.site, row.accelerator, row.cooling]
            total = sums[row.accelerator, row.workload]
            total[0] += row.pods * pod.peak_pflops[row.workload]
    for (_, _, chip, load), pflops in effective_by_place(problem, decisions_of(result), last).items():
        sums[chip, load][1] += pflops
    rows: list[Row] = []
    for (chip, load), (peak, effective) in sorted(sums.items(), key=lambda pair: -pair[1][1]):
        best = best_precision(problem.instance.accelerators[chip], problem.instance.workloads[load])
        share = percent(effective / peak) if peak else "n/a"
        rows.append((chip, load, best[0] if best else "n/a", number(peak), number(effective), share))
    return rows
