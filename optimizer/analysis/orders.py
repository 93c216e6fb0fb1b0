"""The procurement calendar: what to order, by when, for how much. Pure.

One line per thing that has a price of its own, so that the lines of an account add up to the ledger's. What is already
there is not ordered and does not appear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from optimizer.analysis.end_use import flagged_sites
from optimizer.analysis.legal_flags import row_flags
from optimizer.inputs.design import Decisions, PodRow
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.ledger.purchases import LUMP_SUM, Offer, Purchase
from optimizer.model.derive import Problem
from optimizer.regimes.flags import SUPERCOMPUTER, Flag
from optimizer.regimes.ruling import Ruling, RulingStatus
from optimizer.setting.calendar import order_date
from optimizer.setting.payment import payment_days, payment_terms


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
    hall: str = ""
    """Hall they stand in, where halls are chosen."""
    licence: Ruling | None = None
    """What the export rules say of the delivery of accelerators."""
    payments: tuple[tuple[date, float], ...] = ()
    """Day and share of the total, in order of time; empty: all on delivery. What waits on site is paid at service."""
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
    """Every order of a design. Totals by account, phase and site are those of the ledger.

    Sorted by order date, phase, site, account (in the order of `ledger/accounts.py`), item, pods it comes with, kind.
    """
    machines = tuple(reading.site for reading in flagged_sites(problem, decisions))
    place = {phase: number for number, phase in enumerate(problem.calendar.phases)}
    orders = [
        (bought, _flagged(problem, bought, machines))
        for bought in problem.purchases(decisions)
        if _is_order(bought.offer)
    ]
    orders.sort(key=lambda order: (order[1].order_by, place[order[1].phase], *_rank(order[0])))
    return tuple(line for _, line in orders)


ACCOUNT_PLACE = {account.id: number for number, account in enumerate(ACCOUNTS)}


def _rank(bought: Purchase) -> tuple[object, ...]:
    """Sequence of the orders of one day and phase."""
    pods = bought.delivery.type_key if bought.delivery else ()
    return bought.site, ACCOUNT_PLACE[bought.offer.account], bought.offer.item, pods, bought.offer.what


def _is_order(offer: Offer) -> bool:
    """A lump sum of no price is no order."""
    return bool(offer.unit_price_usd) or offer.unit != LUMP_SUM


def _flagged(problem: Problem, bought: Purchase, machines: tuple[str, ...]) -> OrderLine:
    """The order with its flags; at sites that are supercomputers by law the machine's stands beside the chip's."""
    line, row = _line(problem, bought), bought.delivery
    if row is None:
        return line
    machine = (SUPERCOMPUTER,) if row.site in machines else ()
    own = line.licence is not None or line.what == "accelerator pods"
    return replace(line, flags=(*machine, *(row_flags(problem, row) if own else ())))


def _line(problem: Problem, bought: Purchase) -> OrderLine:
    """The order of a purchase, on the terms its offer states."""
    offer, day = bought.offer, problem.calendar.starts[bought.phase]
    line = OrderLine(
        what=offer.what,
        item=offer.item,
        name=offer.name,
        site=bought.site,
        phase=bought.phase,
        order_by=order_date(day, offer.weeks_ahead),
        delivery=order_date(day, offer.on_site_weeks),
        quantity=bought.quantity,
        unit=offer.unit,
        unit_price_usd=offer.unit_price_usd,
        account=offer.account,
        payments=((day, 1.0),) if offer.on_site_weeks else (),
    )
    return line if bought.delivery is None else _delivered(problem, bought.delivery, offer, line)


def _delivered(problem: Problem, row: PodRow, offer: Offer, line: OrderLine) -> OrderLine:
    """The line with what concerns the pods it comes with; vendor, licence and payments where it is the pods' own."""
    line = replace(line, cooling=row.cooling, fabric=row.fabric or "", hall=row.hall or "")
    if offer.table != "accelerators":
        return line
    chip, ruling = problem.instance.accelerators[row.accelerator], _ruling(problem, row)
    line = replace(line, vendor=chip.vendor, tier=chip.tier)
    if ruling is not None:
        needed = ruling.status is RulingStatus.LICENCE
        line = replace(line, licence=ruling, fallback=fallback(problem, row) if needed else "")
    payment = payment_terms(problem.instance, row.accelerator)
    if offer.unit == "pod" and payment:
        line = replace(line, payments=payment_days(payment, line.delivery, offer.lead_time_weeks or 0.0))
    return line


def _ruling(problem: Problem, row: PodRow) -> Ruling | None:
    return problem.compute.types[row.type_key].rulings.get(row.phase)


def fallback(problem: Problem, row: PodRow) -> str:
    """The pod with the least purchase price per effective PFLOPS that needs no licence there and then."""
    offers: list[tuple[float, str]] = []
    for (site, name, racks), pod in problem.compute.types.items():
        ruling = pod.rulings.get(row.phase)
        pflops = max(pod.effective_pflops[w, row.phase] for w in problem.compute.workloads)
        free = ruling is None or ruling.status is RulingStatus.FREE
        if site == row.site and row.phase in pod.deliverable and free and pflops > 0:
            offers.append((pod.price_musd(row.phase, "capex_accelerators") / pflops, f"{name}/{racks}"))
    return min(offers)[1] if offers else ""
