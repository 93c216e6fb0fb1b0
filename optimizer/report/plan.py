"""The design as rows of cells: what is ordered by phase, the plant, and peak beside effective throughput."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from optimizer.analysis.effective_throughput import effective_by_place
from optimizer.analysis.legal_flags import raised_flags, row_flags
from optimizer.analysis.money import money_of
from optimizer.analysis.orders import procurement
from optimizer.assets.compute.fabrics import fabric_id, fabrics_are_chosen
from optimizer.assets.compute.throughput import best_precision
from optimizer.audit.findings import Finding
from optimizer.inputs.design import RetirementRow
from optimizer.inputs.naming import month_name, site_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import counted, number, percent, whole
from optimizer.pipeline import Result
from optimizer.report.document import Table
from optimizer.setting.halls import halls_are_chosen

Row = tuple[str, ...]
DISTINGUISHED = ("coolings", "transformers", "batteries", "generators", "")
"""Tables of plant whose purchases are told in words of their own; all others by quantity and unit."""


def order_header(result: Result) -> tuple[Row, frozenset[int]]:
    """Columns of `order_rows` and which of them are numbers; fabrics and halls have one where a site chooses."""
    instance = result.problem.instance
    asked = {"Fabric": fabrics_are_chosen(instance), "Hall": halls_are_chosen(instance)}
    chosen = (name for name, shown in asked.items() if shown)
    header = ("Phase", "Site", "", "Accelerator", "Cooling", *chosen, "Pods", "Racks", "Accelerators", "Order by")
    flags = ("Flags",) if raised_flags(result.problem, result.decisions) else ()
    return (*header, *flags), frozenset(range(len(header) - 4, len(header) - 1))


def order_rows(result: Result) -> list[Row]:
    """Deliveries and retirements by phase.

    Columns: phase, site, buy or retire, accelerator, cooling, (fabric, hall,) pods, racks, accelerators, last day to
    order or, of what was bought and is retired, when it came (, legal flags where there are any).
    """
    problem, decisions = result.problem, result.decisions
    chosen_fabrics, chosen_halls = fabrics_are_chosen(problem.instance), halls_are_chosen(problem.instance)
    flagged = bool(raised_flags(problem, decisions))
    order_by = {
        (line.site, line.item, line.cooling, line.hall, line.phase): line.order_by.isoformat()
        for line in procurement(problem, decisions)
        if line.what == "accelerator pods"
    }
    rows: list[Row] = []
    for phase in problem.calendar.phases:
        for verb, chosen in (("buy", decisions.deliveries), ("retire", decisions.retirements)):
            for row in chosen:
                if row.phase != phase:
                    continue
                pod = problem.compute.types.get(row.type_key)
                # Existing pods of which not even one server fits a rack: how many they hold is not known.
                held = (row.pods * pod.size.racks, row.pods * pod.size.accelerators) if pod else None
                counts = (whole(row.pods), *(map(whole, held) if held else ("n/a", "n/a")))
                at = (row.site, row.accelerator, row.cooling, row.hall or "", phase)
                day = order_by.get(at, "") if verb == "buy" else ""
                if isinstance(row, RetirementRow) and row.bought:
                    day = f"of {month_name(problem.calendar.starts[row.bought])}"
                fabric = fabric_id(problem.instance, row.site, row.accelerator, row.fabric) or "its own"
                racks = (row.cooling, fabric) if chosen_fabrics else (row.cooling,)
                racks = (*racks, row.hall or "none") if chosen_halls else racks
                labels = ", ".join(flag.label for flag in row_flags(problem, row)) if verb == "buy" else ""
                flags = (labels,) if flagged else ()
                rows.append((phase, row.site, verb, row.accelerator, *racks, *counts, day, *flags))
    return rows


def plant_rows(result: Result) -> list[Row]:
    """Plant bought by phase and site. Columns: phase, site, what."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    decisions, days = result.decisions, _order_days(result)
    for module in decisions.cooling:
        works = " with works" if module.opened else ""
        day = _by(days, module.phase, module.site, f"cooling {module.cooling}")
        parts[module.phase, module.site].append(
            f"{module.cooling} cooling {counted(module.units, 'module')}{works}{day}"
        )
    for at, text in _substations(result):
        parts[at].append(text + _by(days, *at, "substation"))
    for bought in result.problem.purchases(decisions):
        offer = bought.offer
        if offer.bought and offer.table not in DISTINGUISHED:
            day = _by(days, bought.phase, bought.site, offer.what)
            parts[bought.phase, bought.site].append(f"{offer.what} {number(bought.quantity, 3)} {offer.unit}{day}")
    for row in decisions.batteries:
        day = _by(days, row.phase, row.site, "battery")
        parts[row.phase, row.site].append(f"battery {number(row.mw, 3)} MW / {number(row.mwh, 3)} MWh{day}")
    for sets in decisions.generators:
        day = _by(days, sets.phase, sets.site, "generators")
        parts[sets.phase, sets.site].append(counted(sets.units, "generator set") + day)
    for space in decisions.fitout:
        parts[space.phase, space.site].append(
            f"fit-out {number(space.white_m2, 3)} m2 white, {number(space.plant_m2, 3)} m2 plant"
        )
    order = {phase: at for at, phase in enumerate(result.problem.calendar.phases)}
    keys = sorted(parts, key=lambda key: (order[key[0]], key[1]))
    return [(phase, site, "; ".join(parts[phase, site])) for phase, site in keys]


def _order_days(result: Result) -> dict[tuple[str, str, str], str]:
    """Last day to order the plant of a phase and site, by kind."""
    kinds = dict.fromkeys(("transformers", "substation works"), "substation")
    kinds |= dict.fromkeys(("battery power", "battery energy", "battery works"), "battery")
    days: dict[tuple[str, str, str], str] = {}
    for line in procurement(result.problem, result.decisions):
        kind = f"cooling {line.item}" if line.what.startswith("cooling") else kinds.get(line.what, line.what)
        days.setdefault((line.phase, line.site, kind), line.order_by.isoformat())
    return days


def _by(days: dict[tuple[str, str, str], str], phase: str, site: str, kind: str) -> str:
    day = days.get((phase, site, kind))
    return f" (order by {day})" if day else ""


def idle_text(result: Result) -> str:
    """Why capacity of the last phase stands idle, if it is less than a pod: pods are whole. Empty otherwise."""
    problem, last = result.problem, result.problem.calendar.last
    idle: dict[str, float] = defaultdict(float)
    pflops = pods = 0.0
    for entry in result.reported.ledger:
        if entry.account == "installed_accelerators" and entry.phase == last:
            idle[entry.label] += entry.amount
    for row in result.decisions.assignments:
        if row.phase == last:
            idle[row.accelerator] -= row.pods * problem.compute.types[row.type_key].size.accelerators
    for (_, accelerator, _), pod in problem.compute.types.items():
        chips = idle.pop(accelerator, 0.0)
        if chips > 1e-6:
            best = max(value for (_, p), value in pod.effective_pflops.items() if p == last)
            pflops, pods = pflops + chips / pod.size.accelerators * best, pods + chips / pod.size.accelerators
    if not 0 < pods < 1:
        return ""
    return f"{number(pflops, 2)} PFLOPS stand idle in {last}: pods are bought whole, and no more is wanted of them"


def superseded(instance: Instance) -> list[str]:
    """Values of the instance that are stated and not used, because another one takes their place."""
    first = next(iter(instance.phases))
    return [
        f"sites.{s}.grid_mw ({number(site.grid_mw)} MW) is not in force in any phase: grid_stages begin with {first}"
        for s, site in instance.sites.items()
        if site.grid_stages and site.grid_stages[0].from_phase == first
    ]


def _substations(result: Result) -> list[tuple[tuple[str, str], str]]:
    """The substation where it changes, with its firm capacity."""
    problem = result.problem
    in_place = {(row.site, row.phase): row for row in result.decisions.substations}
    rows = []
    for s, site in problem.substation.sites.items():
        before = site.existing
        for p in problem.calendar.phases:
            row = in_place.get((s, p))
            option = f"{row.transformer}x{row.units}" if row else None
            if row and option and option != before:
                old = site.options[before] if before else None
                kept = old.units if old and old.transformer == row.transformer else 0
                bought = counted(row.units - kept, "more transformer" if kept else "transformer")
                place = f"then {row.units} x {row.transformer} in place"
                text = f"substation {bought}, {place}, firm {number(site.options[option].firm_mw, 3)} MW"
                rows.append(((p, s), text))
            before = option or before
    return rows


def chip_rows(result: Result) -> list[Row]:
    """Work in the last phase, peak beside effective.

    Columns: accelerator, workload, precision used, peak PFLOPS (dense), effective PFLOPS, effective over peak.
    """
    problem, last = result.problem, result.problem.calendar.last
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in result.decisions.assignments:
        if row.phase == last:
            pod = problem.compute.types[row.type_key]
            total = sums[row.accelerator, row.workload]
            total[0] += row.pods * pod.peak_pflops[row.workload]
    for (_, _, chip, load), pflops in effective_by_place(problem, result.decisions, last).items():
        sums[chip, load][1] += pflops
    rows: list[Row] = []
    for (chip, load), (peak, effective) in sorted(sums.items(), key=lambda pair: -pair[1][1]):
        best = best_precision(problem.instance.accelerators[chip], problem.instance.workloads[load])
        share = percent(effective / peak) if peak else "n/a"
        rows.append((chip, load, best[0].upper() if best else "n/a", number(peak), number(effective), share))
    return rows


def design_tables(result: Result, chip: Callable[[str], str]) -> tuple[Table, Table, Table]:
    """Orders, plant, and peak beside effective of the last phase, with names of sites; `chip` names accelerators."""
    instance = result.problem.instance
    header, numbers = order_header(result)
    orders = tuple((row[0], site_name(instance, row[1]), row[2], chip(row[3]), *row[4:]) for row in order_rows(result))
    plant = tuple((phase, site_name(instance, site), what) for phase, site, what in plant_rows(result))
    peaks = tuple((chip(row[0]), *row[1:]) for row in chip_rows(result))
    heads = ("Accelerator", "Workload", "Precision", "Peak PFLOPS (dense)", "Effective PFLOPS", "Effective/peak")
    return (
        Table(header, orders, numbers),
        Table(("Phase", "Site", "What is built"), plant),
        Table(heads, peaks, frozenset({3, 4, 5})),
    )


def finding_table(findings: Sequence[Finding]) -> Table:
    """What an audit found wrong with a design."""
    rows = [(f.check, f.where, number(f.value, 7), number(f.limit, 7), f.message) for f in findings]
    return Table(("Check", "Where", "Value", "Limit", "What"), tuple(rows), frozenset({2, 3}))


def _pue_note(instance: Instance, worst: float) -> str:
    """The worst hour, and at which sites the figure was given and not worked out."""
    measured = [name for name, site in instance.sites.items() if site.measured_pue is not None]
    stated = f"; MEASURED, as stated, at {', '.join(measured)}: its plant was not worked out" if measured else ""
    return f"over the year; {number(worst)} in the worst hour{stated}"


def _facility_row(instance: Instance, usd_per_w: float | None) -> tuple[tuple[str, str, str], ...]:
    """What is paid around the IT equipment, beside what facilities of the place are published at."""
    if usd_per_w is None:
        return ()
    notes, money = [], money_of(instance)
    for name in dict.fromkeys(site.facility for site in instance.sites.values() if site.facility):
        facility = instance.facilities[name]
        low, high = facility.published_low_usd_per_w, facility.published_high_usd_per_w
        if low is not None and high is not None:
            band = f"{number(money.of(low))} to {number(money.of(high))}"
            notes.append(f"{facility.name} is published at {band} with its shell")
        if facility.shell is None or not (facility.shell.usd_per_mw or facility.shell.usd_fixed):
            notes.append("the shell is not bought here")
    text = "; ".join(("plant, fit-out, works, design and contingency per W of IT power", *notes))
    return (("Facility", money.figure(usd_per_w, "USD/W"), text),)


def plant_figures(result: Result) -> Table:
    """Power and space of the last phase."""
    k = result.reported.kpis
    per_mw = k["effective_pflops_per_mw"]
    per_import = f"{number(per_mw)} PFLOPS/MW" if per_mw else "nothing imported"
    per_rack = f", {number(k['effective_pflops'] / k['racks'])} PFLOPS/rack" if k["racks"] else ""
    rows = (
        (
            "Power",
            f"{number(k['peak_import_mw'])} MW",
            f"peak import; {number(k['it_mw'])} MW IT rated; {per_import}",
        ),
        ("PUE", number(k["pue_annual"]), _pue_note(result.problem.instance, k["pue_peak"]))
        if k["pue_annual"]
        else ("PUE", "none", "no IT equipment draws power"),
        *_facility_row(result.problem.instance, k.get("facility_usd_per_w_it")),
        (
            "Space",
            f"{number(k['white_space_m2'])} m2",
            f"white, and {number(k['plant_m2'])} m2 plant; {whole(k['racks'])} racks; "
            f"{number(k['effective_pflops_per_m2'])} PFLOPS/m2{per_rack}",
        ),
    )
    return Table(("", "", ""), rows)
