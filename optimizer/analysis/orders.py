"""The procurement calendar: what to order, by when, for how much. Pure.

One line per thing that has a price of its own, so that the lines of an account add up to the ledger's. What is already
there is not ordered and does not appear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from optimizer.assets.compute.admission import lead_weeks
from optimizer.assets.compute.fabrics import fabric_id
from optimizer.inputs.quantity import MILLION
from optimizer.ledger.purchases import LUMP_SUM
from optimizer.setting.calendar import order_date
from optimizer.setting.payment import payment_days

if TYPE_CHECKING:
    from optimizer.inputs.design import Decisions, PodRow
    from optimizer.model.derive import Problem


@dataclass(frozen=True)
class Licence:
    """What the export rules ask of a delivery, and the paragraph that says so."""

    status: str
    clause: str
    fee_fraction: float
    """Share of the accelerators' price."""
    probability: float
    """Chance that the delivery is allowed."""


@dataclass(frozen=True, kw_only=True)
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
    lines = [
        *_pods(problem, decisions),
        *_plant(problem, decisions),
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
    return OrderLine(
        what=what,
        item=item,
        name=name,
        site=site,
        phase=phase,
        order_by=day,
        delivery=day,
        quantity=quantity,
        unit=unit,
        unit_price_usd=price,
        account=ACCOUNT_OF[what],
    )


def _late(line: OrderLine, lead_time_weeks: float) -> OrderLine:
    """The line with the order date its lead time asks for."""
    return replace(line, order_by=order_date(line.delivery, lead_time_weeks))


ACCOUNT_OF = {
    "accelerator pods": "capex_accelerators",
    "export licence": "licence_fees",
    "fabric": "capex_fabric",
    "storage": "capex_storage",
    "racks": "capex_racks",
    "software porting": "capex_porting",
    "porting programme": "capex_porting",
}
"""The account each kind of line about pods and their software is paid from; offers of plant name theirs."""


def _pods(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    for row in decisions.deliveries:
        yield from _delivery(problem, row)


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


def _plant(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    """What is bought of the assets, at the prices and with the lead times their offers state."""
    for bought in problem.purchases(decisions):
        offer, day = bought.offer, problem.calendar.starts[bought.phase]
        if offer.unit_price_usd or offer.unit != LUMP_SUM:
            yield OrderLine(
                what=offer.what,
                item=offer.item,
                name=offer.name,
                site=bought.site,
                phase=bought.phase,
                order_by=day if offer.lead_time_weeks is None else order_date(day, offer.lead_time_weeks),
                delivery=day,
                quantity=bought.quantity,
                unit=offer.unit,
                unit_price_usd=offer.unit_price_usd,
                account=offer.account,
            )


def _porting(problem: Problem, decisions: Decisions) -> Iterator[OrderLine]:
    for stack in decisions.stacks:
        price = problem.porting_musd[stack] * MILLION
        if price:
            thing = ("software porting", stack, problem.instance.stacks[stack].name)
            yield _line(problem, ("", problem.calendar.first), thing, (1, LUMP_SUM, price))
    for stack in decisions.programmes:
        price = problem.instance.stacks[stack].programme_usd or 0.0
        if price:
            thing = ("porting programme", stack, problem.instance.stacks[stack].name)
            yield _line(problem, ("", problem.calendar.first), thing, (1, LUMP_SUM, price))
