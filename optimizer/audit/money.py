"""The ledger, recomputed from the decisions: docs/model.md section 11."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from optimizer.audit.bill import yearly_bill
from optimizer.audit.case import AuditCase, type_of
from optimizer.audit.facility import ACCOUNTS as ITEM_ACCOUNTS
from optimizer.audit.facility import facility_purchases
from optimizer.audit.generation import kind_of, units_in_service
from optimizer.audit.payments import prepayment_musd
from optimizer.audit.purchases import AuditedPurchase, chip_price_usd, purchases
from optimizer.audit.resale import resale_fraction
from optimizer.audit.staff import engineers_needed, working_accelerators
from optimizer.audit.state import State, Where
from optimizer.audit.throughput import delivered_pflops
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_YEAR, USD_PER_MUSD

MONEY: dict[str, str] = {
    "capex_accelerators": "start",
    "licence_fees": "start",
    "capex_fabric": "start",
    "capex_storage": "start",
    "capex_racks": "start",
    "capex_cooling": "start",
    "capex_substation": "start",
    "capex_ups": "start",
    "capex_battery": "start",
    "capex_generators": "start",
    "capex_generation": "start",
    "capex_fitout": "start",
    **dict.fromkeys((*ITEM_ACCOUNTS.values(), "capex_design", "capex_contingency"), "start"),
    "capex_porting": "start",
    "prepayment": "start",
    "salvage": "start",
    "energy": "yearly",
    "demand": "yearly",
    "water": "yearly",
    "carbon": "yearly",
    "fuel": "yearly",
    "degradation": "yearly",
    "export_revenue": "yearly",
    "demand_response": "yearly",
    "maintenance": "yearly",
    "insurance": "yearly",
    "rent": "yearly",
    "staff": "yearly",
    "residual_value": "end",
}
"""Accounts in million US dollars, and when they are paid."""
LEVELS: dict[str, str] = {
    "effective_pflops": "none",
    "peak_pflops": "none",
    "installed_accelerators": "none",
    "working_accelerators": "none",
    "racks": "none",
    "white_m2": "none",
    "plant_m2": "none",
    "it_mw": "none",
    "generation_mw": "none",
    "generated_mwh": "yearly",
    "import_mwh": "yearly",
    "exported_mwh": "yearly",
    "demand_response_mw": "none",
    "peak_import_mw": "none",
    "water_m3": "yearly",
    "carbon_t": "yearly",
    "engineers": "none",
}
"""Accounts that are not money, and whether they count per year."""
ACCOUNTS = MONEY | LEVELS


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One account of one site in one phase, over all labels."""

    account: str
    timing: str
    phase: str
    site: str | None
    label: str
    amount: float


class Books:
    """Sums amounts by account, phase and site."""

    def __init__(self) -> None:
        self.amounts: dict[tuple[str, int, str | None], float] = defaultdict(float)
        self.by_month: dict[tuple[str, int, str | None], tuple[float, ...]] = {}
        """Amounts that do not add up over a year, such as peaks: their sum is compared, their months are shown."""

    def post(self, account: str, p: int, site: str | None, amount: float) -> None:
        """Add an amount; MUSD for money, the account's own unit otherwise."""
        self.amounts[account, p, site] += amount

    def total(self, account: str, p: int) -> float:
        """An account in a phase, all sites."""
        return sum(amount for (name, q, _), amount in self.amounts.items() if (name, q) == (account, p))

    def lines(self, case: AuditCase) -> tuple[AuditLine, ...]:
        """All lines that are not zero; one per month of what does not add up over a year."""
        rows = []
        for key, amount in self.amounts.items():
            account, p, site = key
            months = self.by_month.get(key)
            parts = [("", amount)] if months is None else [(f"month {m:02d}", mw) for m, mw in enumerate(months, 1)]
            phase = case.periods.phases[p]
            rows += [
                AuditLine(account=account, timing=ACCOUNTS[account], phase=phase, site=site, label=label, amount=part)
                for label, part in parts
                if part
            ]
        return tuple(rows)


def keep_books(case: AuditCase, state: State) -> Books:
    """Post everything the design causes."""
    books = Books()
    bought = purchases(case, state.substations)
    for purchase in (*bought, *facility_purchases(case, state.substations, bought)):
        _post_purchase(case, purchase, books)
    _post_fees_and_porting(case, state, books)
    for site in case.instance.sites:
        for p in range(len(case.periods.phases)):
            _post_existing(case, state, (site, p), books)
            _post_counts(case, state, (site, p), books)
            _post_year(case, state, (site, p), books)
    for row in state.throughput:
        books.post("effective_pflops", row.p, row.site, row.effective_pflops)
        books.post("peak_pflops", row.p, row.site, row.peak_pflops)
    return books


def _post_purchase(case: AuditCase, purchase: AuditedPurchase, books: Books) -> None:
    """The price, the residual value, and maintenance and insurance while it is in service."""
    last = len(case.periods.phases) - 1
    books.post(purchase.account, purchase.p, purchase.site, purchase.musd)
    _post_worth(case, purchase, books)
    for p in range(purchase.p, last + 1):
        if purchase.serves(case, p):
            upkeep = purchase.maintenance_fraction * purchase.musd * _out_of_warranty(case, purchase, p)
            books.post("maintenance", p, purchase.site, upkeep + _ageing(case, purchase, p))
            books.post("insurance", p, purchase.site, case.instance.finance.insurance_fraction * purchase.musd)


def _post_worth(case: AuditCase, purchase: AuditedPurchase, books: Books) -> None:
    """What is left of a purchase: at the end of the horizon or, sold by age, when it leaves before."""
    last, bought_at = len(case.periods.phases) - 1, case.periods.t0[purchase.p]
    if not purchase.resale and purchase.retired is not None:
        return
    if not purchase.resale:
        residual = purchase.musd * case.periods.residual_fraction(purchase.p, purchase.life_years)
        books.post("residual_value", last, purchase.site, -residual)
        return
    left = [p for p in range(purchase.p, last + 1) if not purchase.serves(case, p)]
    later = [p for p in left if p > purchase.p]
    if last not in left:
        worth = purchase.musd * resale_fraction(purchase.resale, case.periods.horizon - bought_at)
        books.post("residual_value", last, purchase.site, -worth)
    elif later:
        fetched = purchase.musd * resale_fraction(purchase.resale, case.periods.t0[later[0]] - bought_at)
        books.post("salvage", later[0], purchase.site, -fetched)


def _ageing(case: AuditCase, purchase: AuditedPurchase, p: int) -> float:
    """Maintenance that the years beyond its life add, where it may be kept beyond it."""
    if purchase.service_years is None or purchase.service_years <= purchase.life_years:
        return 0.0
    beyond = case.periods.beyond_years(case.periods.t0[purchase.p], p, purchase.life_years)
    return purchase.ageing_per_year * beyond * purchase.musd


def _out_of_warranty(case: AuditCase, purchase: AuditedPurchase, p: int) -> float:
    """Share of a phase for which maintenance of a purchase is paid."""
    since = case.periods.t0[purchase.p] + purchase.warranty_years
    length = case.periods.t1[p] - case.periods.t0[p]
    return min(1.0, max(0.0, (case.periods.t1[p] - since) / length))


def _post_fees_and_porting(case: AuditCase, state: State, books: Books) -> None:
    for row in case.decisions.deliveries:
        p = case.periods.index(row.phase)
        count = row.pods * case.pod(row.site, type_of(row)).accelerators
        fee = case.ruling(row.site, row.accelerator, p).fee_fraction * count * chip_price_usd(case, row.accelerator, p)
        books.post("licence_fees", p, row.site, fee / USD_PER_MUSD)
        books.post("prepayment", p, row.site, prepayment_musd(case, row, p))
    for stack in case.decisions.stacks:
        books.post("capex_porting", 0, None, case.instance.stacks[stack].porting_usd / USD_PER_MUSD)
    for stack in case.programmes:
        books.post("capex_porting", 0, None, (case.instance.stacks[stack].programme_usd or 0.0) / USD_PER_MUSD)
    for (site, p), usd in state.fleet.salvage_usd.items():
        books.post("salvage", p, site, -usd / USD_PER_MUSD)
    for site, usd in state.fleet.worth_at_end_usd.items():
        books.post("residual_value", len(case.periods.phases) - 1, site, -usd / USD_PER_MUSD)


def _post_existing(case: AuditCase, state: State, where: Where, books: Books) -> None:
    """Maintenance of existing pods, on what they would cost at the planning date."""
    site, p = where
    for (s, q, kind), pods in state.fleet.existing.items():
        if (s, q) == where:
            chip, pod = case.instance.accelerators[kind.accelerator], case.pod(site, kind)
            usd = pod.accelerators * chip.price_usd + pod.servers * chip.server_rest_usd
            books.post("maintenance", p, site, chip.maintenance_fraction * pods * usd / USD_PER_MUSD)
            aged = chip.ageing.maintenance_fraction_per_year * state.fleet.beyond_years[s, q, kind]
            books.post("maintenance", p, site, aged * usd / USD_PER_MUSD)


def _post_counts(case: AuditCase, state: State, where: Where, books: Books) -> None:
    """Installed equipment, space and staff."""
    site, p = where
    accelerators = 0
    for kind, pods in state.fleet.installed_at(site, p).items():
        pod = case.pod(site, kind)
        accelerators += pods * pod.accelerators
        books.post("racks", p, site, pods * pod.racks)
        books.post("it_mw", p, site, pods * pod.kw / 1000.0)
    books.post("installed_accelerators", p, site, accelerators)
    books.post("working_accelerators", p, site, working_accelerators(case, state.fleet, site, p))
    fitted, building = state.fitted[where], case.instance.sites[site].building
    books.post("white_m2", p, site, fitted.white_m2)
    books.post("plant_m2", p, site, fitted.plant_m2)
    rent_usd = building.rent_usd_per_m2_year * (fitted.white_m2 + fitted.plant_m2)
    books.post("rent", p, site, rent_usd / USD_PER_MUSD)
    engineers = engineers_needed(case, state.fleet, site, p, state.substations[where])
    books.post("engineers", p, site, engineers)
    books.post("staff", p, site, engineers * case.instance.staff.usd_per_engineer_year / USD_PER_MUSD)


def _post_year(case: AuditCase, state: State, where: Where, books: Books) -> None:
    """Import, water, carbon and the bill of one year."""
    site, p = where
    operation = state.operations[where]
    bill = yearly_bill(case, site, p, operation)
    for account, musd in bill.musd.items():
        books.post(account, p, site, musd)
    in_service_mw = (
        kind_of(case, row.source).unit_mw * units_in_service(case, site, row.source, p)
        for row in case.instance.sites[site].generation
    )
    books.post("generation_mw", p, site, sum(in_service_mw))
    books.post("generated_mwh", p, site, sum(operation.fed_mwh.values()))
    books.post("import_mwh", p, site, operation.import_mwh)
    books.post("exported_mwh", p, site, operation.exported_mwh)
    books.post("demand_response_mw", p, site, operation.demand_response_mw)
    books.post("peak_import_mw", p, site, sum(operation.monthly_peaks_mw))
    books.by_month["peak_import_mw", p, site] = tuple(operation.monthly_peaks_mw)
    books.post("water_m3", p, site, operation.water_m3)
    books.post("carbon_t", p, site, bill.carbon_t)


def npv_cost_musd(case: AuditCase, books: Books) -> float:
    """Net present value of all money entries."""
    return sum(
        amount * case.periods.weight(MONEY[account], p)
        for (account, p, _), amount in books.amounts.items()
        if account in MONEY
    )


def npv_eflop(case: AuditCase, state: State) -> float:
    """Net present value of the effective EFLOP delivered."""
    return sum(
        delivered_pflops(case, state.throughput, p) * EFLOP_PER_PFLOPS_YEAR * case.periods.weight("yearly", p)
        for p in range(len(case.periods.phases))
    )
