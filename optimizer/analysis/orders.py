"""The procurement calendar: what to order, by when, for how much. Pure.

One line per thing that has a price of its own, so that the lines of an account add up to the ledger's. What is already
there is not ordered and does not appear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from optimizer.analysis.end_use import site_readings
from optimizer.analysis.legal_flags import row_flags
from optimizer.assets.compute.admission import lead_weeks
from optimizer.assets.compute.fabrics import fabric_id
from optimizer.regimes.flags import SUPERCOMPUTER, Flag
from optimizer.setting.calendar import order_date
from optimizer.setting.payment import payment_days

if TYPE_CHECKING:
    from optimizer.inputs.design import Decisions, PodRow
    from optimizer.model.derive import Problem

MILLION = 1e6


@dataclass(frozen=True)
class Licence:
    """What the export rules ask of a delivery, and the paragraph that says so."""

    status: str
    clause: str
    fee_fraction: float
    """Share of the accelerators' price."""
    probability: float
    """Chance that the delivery is allowed."""


@dataclass(frozen=True)
class OrderLine:
    """One line of the calendar. `unit` says what `quantity` counts; the total is quantity times unit price."""

    what: str
    item: str
    """Id in the instance."""
    name: str
    site: str
    """Empty for what belongs to no single site."""
    phase: str
    order_by: date
    """Latest day of the order: delivery less the lead time, the licence's extra weeks included."""
    delivery: date
    quantity: float
    unit: str
    unit_price_usd: float
    account: str
    """Account of the ledger that holds the payment."""
    vendor: str = ""
    tier: int | None = None
    cooling: str = ""
    """Racks the accelerators are bought for."""
    fabric: str = ""
    """Fabric between their servers, where fabrics are chosen."""
    licence: Licence | None = None
    payments: tuple[tuple[date, float], ...] = ()
    """Day and share of the total, in order of time; empty: all on delivery."""
    fallback: str = ""
    """What may be delivered in its place if the licence is refused; empty if no licence is needed or nothing may."""
    flags: tuple[Flag, ...] = ()
    """Legal risks of what is ordered, in the order of docs/export_rules.md, section 7."""

    @property
    def lead_time_weeks(self) -> float:
        """From the latest order to the delivery, the licence's extra weeks included."""
        return (self.delivery - self.order_by).days / 7

    @property
    def paid(self) -> tuple[tuple[date, float], ...]:
        """Day and amount in USD of every payment."""
        return tuple((day, share * self.total_usd) for day, share in self.payments or ((self.delivery, 1.0),))

    @property
    def total_usd(self) -> float:
        """Price of the line."""
        return self.quantity * self.unit_price_usd


def procurement(problem: Problem, decisions: Decisions) -> tuple[OrderLine, ...]:
    """Every order of a design, by order date. Totals by account, phase and site are those of the ledger."""
    machines = tuple(r.site for r in site_readings(problem, decisions) if r.verdict != "not_reached")
    lines = [
        *_pods(problem, decisions, machines),
        *_cooling(problem, decisions),
        *_substations(problem, decisions),
        *_power(problem, decisions),
        *_space(problem, decisions),
        *_porting(problem, decisions),
    ]
    place = {phase: number for number, phase in enumerate(problem.calendar.phases)}
    return tuple(sorted(lines, key=lambda line: (line.order_by, place[line.phase], line.site)))


def _line(
    problem: Problem, where: tuple[str, str], thing: tuple[str, str, str], order: tuple[float, str, float]
) -> OrderLine:
    """A line of (site, phase); thing is (what, item, name), order is (quantity, unit, unit price in USD)."""
    day = problem.calendar.starts[where[1]]
    (what, item, name), (site, phase), (quantity, unit, price) = thing, where, order
    return OrderLine(what, item, name, site, phase, day, day, quantity, unit, price, ACCOUNT_OF[what])


def _late(line: OrderLine, lead_time_weeks: float) -> OrderLine:
    """The line with the order date its lead time asks for."""
    return replace(line, order_by=order_date(line.delivery, lead_time_weeks))


ACCOUNT_OF = {
    "accelerator pods": "capex_accelerators",
    "export licence": "licence_fees",
    "fabric": "capex_fabric",
    "storage": "capex_storage",
    "racks": "capex_racks",
    "cooling modules": "capex_cooling",
    "cooling works": "capex_cooling",
    "transformers": "capex_substation",
    "substation works": "capex_substation",
    "UPS": "capex_ups",
    "battery power": "capex_battery",
    "battery energy": "capex_battery",
    "battery works": "capex_battery",
    "generators": "capex_generators",
    "white space fit-out": "capex_fitout",
    "plant space fit-out": "capex_fitout",
    "software porting": "capex_porting",
    "porting programme": "capex_porting",
}
"""The account each kind of line is paid from."""


def _pods(problem: Problem, decisions: Decisions, machines: tuple[str, ...]) -> Iterator[OrderLine]:
    """Deliveries; at sites that are supercomputers by law the flag of the machine stands beside those of the chip."""
    for row in decisions.deliveries:
        machine = (SUPERCOMPUTER,) if row.site in machines else ()
        for line in _delivery(problem, row):
            own = line.licence is not None or line.what == "accelerator pods"
            yield replace(line, flags=(*machine, *(row_flags(problem, row) if own else ())))


def _delivery(problem: Problem, row: PodRow) -> Iterator[OrderLine]:
    """Pods, their licence, fabric, storage and racks: all ordered when the pods are."""
    pod = problem.compute.types[row.type_key]
    chip = problem.instance.accelerators[row.accelerator]
    rack = problem.instance.coolings[row.cooling]
    ruling, network = pod.rulings.get(row.phase), problem.network
    licence = Licence(ruling.status.value, ruling.clause, ruling.fee_fraction, ruling.probability) if ruling else None
    lead = lead_weeks(chip, ruling)
    here, count = (row.site, row.phase), pod.size.accelerators * row.pods
    chips = (row.accelerator, chip.name)
    pods_usd = pod.server_musd[row.phase] * MILLION
    fee_usd = pod.fee_musd[row.phase] * MILLION / pod.size.accelerators
    racks_usd = pod.rack_musd * MILLION / pod.size.racks
    fabric_usd = network.fabric_musd[row.type_key] * MILLION
    fabric = fabric_id(problem.instance, row.site, row.accelerator, row.fabric)
    lines = [
        _line(problem, here, ("accelerator pods", *chips), (row.pods, "pod", pods_usd)),
        _line(problem, here, ("racks", row.cooling, rack.name), (pod.size.racks * row.pods, "rack", racks_usd)),
    ]
    if fee_usd:
        lines.append(_line(problem, here, ("export licence", *chips), (count, "accelerator", fee_usd)))
    if fabric_usd:
        thing = ("fabric", fabric, problem.instance.fabrics[fabric].name)
        lines.append(_line(problem, here, thing, (count, "accelerator", fabric_usd)))
    if network.storage_musd:
        order = (count, "accelerator", network.storage_musd * MILLION)
        lines.append(_line(problem, here, ("storage", "storage", "Storage"), order))
    for line in lines:
        ours = line.what in ("accelerator pods", "export licence")
        about = (chip.vendor, chip.tier, licence) if ours else ("", None, None)
        full = replace(line, vendor=about[0], tier=about[1], licence=about[2], cooling=row.cooling)
        full = replace(full, fabric=row.fabric or "")
        if licence and licence.status == "licence" and ours:
            full = replace(full, fallback=fallback(problem, row))
        if line.what == "accelerator pods" and problem.instance.procurement.payment:
            days = payment_days(problem.instance.procurement.payment, line.delivery, lead)
            full = replace(full, payments=days)
        yield _late(full, lead)


def fallback(problem: Problem, row: PodRow) -> str:
    """The pod with the least purchase price per effective PFLOPS that needs no licence there and then."""
    offers: list[tuple[float, str]] = []
    for (site, name, racks), pod in problem.compute.types.items():
        ruling = pod.rulings.get(row.phase)
        pflops = max(pod.effective_pflops[w, row.phase] for w in problem.compute.workloads)
        free = ruling is None or ruling.status.value == "free"
        if site == row.site and row.phase in pod.deliverable and free and pflops > 0:
            offers.append((pod.server_musd[row.phase] / pflops, f"{name}/{racks}"))
    return min(offers)[1] if offers else ""


def _cooling(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    for row in decisions.cooling:
        plant = problem.cooling.plants[row.site, row.cooling].technology
        here, named = (row.site, row.phase), (row.cooling, plant.name)
        if row.units:
            order = (row.units, "module", plant.usd_per_module)
            yield _late(_line(problem, here, ("cooling modules", *named), order), plant.lead_time_weeks)
        if row.opened and plant.usd_open:
            line = _line(problem, here, ("cooling works", *named), (1, "lump sum", plant.usd_open))
            yield _late(line, plant.lead_time_weeks)


def _substations(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    """Growth of a substation from phase to phase; another type than before is paid in full."""
    rows = {(row.site, row.phase): row for row in decisions.substations}
    for site, data in problem.instance.sites.items():
        there = data.grid.existing
        before = (there.transformer, there.units) if there else ("", 0)
        for phase in problem.calendar.phases:
            row = rows.get((site, phase))
            if row is None:
                continue
            kind = problem.substation.sites[site].types[row.transformer]
            new_type = row.transformer != before[0]
            bought = row.units - (0 if new_type else before[1])
            before = (row.transformer, row.units)
            here, named = (site, phase), (row.transformer, kind.name)
            if bought:
                order = (bought, "transformer", kind.usd_per_unit)
                yield _late(_line(problem, here, ("transformers", *named), order), kind.lead_time_weeks)
            if new_type and kind.usd_fixed:
                line = _line(problem, here, ("substation works", *named), (1, "lump sum", kind.usd_fixed))
                yield _late(line, kind.lead_time_weeks)


def _power(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    """UPS, battery and generators."""
    sites = problem.instance.sites
    for ups in decisions.ups:
        kind = problem.ups.sites[ups.site].technology
        thing = ("UPS", sites[ups.site].ups, kind.name)
        yield _late(_line(problem, (ups.site, ups.phase), thing, (ups.mw, "MW", kind.usd_per_mw)), kind.lead_time_weeks)
    for row in decisions.batteries:
        battery = problem.battery.sites[row.site].kind
        named = (sites[row.site].battery or "", battery.name)
        parts = (
            ("battery power", row.mw, "MW", battery.usd_per_mw),
            ("battery energy", row.mwh, "MWh", battery.usd_per_mwh),
            ("battery works", 1.0 if row.opened and battery.usd_fixed else 0.0, "lump sum", battery.usd_fixed),
        )
        for what, quantity, unit, price in parts:
            if quantity:
                line = _line(problem, (row.site, row.phase), (what, *named), (quantity, unit, price))
                yield _late(line, battery.lead_time_weeks)
    for sets in decisions.generators:
        site = problem.generators.sites[sets.site]
        thing = ("generators", site.backup.generator, site.kind.name)
        line = _line(problem, (sets.site, sets.phase), thing, (sets.units, "set", site.kind.usd_per_unit))
        yield _late(line, site.kind.lead_time_weeks)


def _space(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    """Fit-out; the model gives it no lead time."""
    for row in decisions.fitout:
        building = problem.building.sites[row.site]
        parts = (
            ("white space fit-out", row.white_m2, building.fitout_usd_per_m2),
            ("plant space fit-out", row.plant_m2, building.plant_fitout_usd_per_m2),
        )
        for what, m2, price in parts:
            if m2:
                yield _line(problem, (row.site, row.phase), (what, "building", "Fit-out"), (m2, "m2", price))


def _porting(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    for stack in decisions.stacks:
        price = problem.porting_musd[stack] * MILLION
        if price:
            thing = ("software porting", stack, problem.instance.stacks[stack].name)
            yield _line(problem, ("", problem.calendar.first), thing, (1, "lump sum", price))
    for stack in decisions.programmes:
        price = problem.instance.stacks[stack].programme_usd or 0.0
        if price:
            thing = ("porting programme", stack, problem.instance.stacks[stack].name)
            yield _line(problem, ("", problem.calendar.first), thing, (1, "lump sum", price))
