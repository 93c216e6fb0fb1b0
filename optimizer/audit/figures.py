"""The figures that are reported, recomputed: docs/model.md section 12."""

from __future__ import annotations

import math

from optimizer.audit.affordability import price_figures
from optimizer.audit.bill import yearly_bill
from optimizer.audit.case import AuditCase
from optimizer.audit.facility import facility_figures
from optimizer.audit.floor import used_space
from optimizer.audit.money import MONEY, Books, npv_cost_musd, npv_eflop
from optimizer.audit.occupancy import idles
from optimizer.audit.power import firm_mva
from optimizer.audit.state import State, Where
from optimizer.audit.storage import battery_of, generator_units, store_in_service
from optimizer.audit.tasks import task_figures
from optimizer.audit.throughput import delivered_pflops
from optimizer.inputs.quantity import USD_PER_MUSD
from optimizer.inputs.work import TrainingRun

SMALLEST_DIVISOR = 1e-6
DISPATCH_FIGURES = (
    "battery_cycles_per_year",
    "moved_mwh_per_year",
    "shaved_peak_mw",
    "dispatch_savings_musd_per_year",
)
"""Zero where nothing is dispatched."""

LEAST_WORK = 1e-3
SECONDS_PER_YEAR = 31_536_000
REFERENCE_MODEL_OPERATIONS = 6.3e24


def ratio(numerator: float, denominator: float) -> float:
    """A quotient; 0 where there is nothing to divide by: less than a millionth of the unit."""
    return 0.0 if abs(denominator) < SMALLEST_DIVISOR else numerator / denominator


def levelised_cost(npv_cost: float, eflop: float) -> float:
    """USD per EFLOP from MUSD and EFLOP, to be held to a limit or a bound: money spent on nothing is beyond any."""
    if abs(eflop) >= SMALLEST_DIVISOR:
        return npv_cost * USD_PER_MUSD / eflop
    return math.inf if npv_cost > SMALLEST_DIVISOR else 0.0


def figures(case: AuditCase, state: State, books: Books) -> dict[str, float]:
    """All figures of section 12, by id."""
    last = len(case.periods.phases) - 1
    return (
        _money_figures(case, state, books, last)
        | _plant_figures(case, state, books, last)
        | _year_figures(case, state, books, last)
        | _dispatch_figures(case, state, last)
        | task_figures(case, state.fleet, last)
        | _model_figures(case, state, books, last)
        | facility_figures(case, state.fleet, books.amounts)
    )


def capex_musd(books: Books) -> float:
    """All capital payments, undiscounted."""
    return sum(amount for (account, _, _), amount in books.amounts.items() if account.startswith("capex_"))


def _money_figures(case: AuditCase, state: State, books: Books, last: int) -> dict[str, float]:
    cost, eflop = npv_cost_musd(case, books), npv_eflop(case, state)
    lcoc = ratio(cost * USD_PER_MUSD, eflop)
    yearly = [account for account, timing in MONEY.items() if timing == "yearly"]
    return price_figures(case, cost, lcoc) | {
        "lcoc_usd_per_eflop": lcoc,
        "npv_cost_musd": cost,
        "npv_eflop": eflop,
        "capex_musd": capex_musd(books),
        "opex_musd_per_year": sum(books.total(account, last) for account in yearly),
    }


def _model_figures(case: AuditCase, state: State, books: Books, last: int) -> dict[str, float]:
    """Model-to-compute ratio, where there are training runs."""
    if not any(isinstance(load, TrainingRun) for load in case.instance.workloads.values()):
        return {}
    operations = delivered_pflops(case, state.throughput, last) * 1e15 * SECONDS_PER_YEAR
    models = operations / REFERENCE_MODEL_OPERATIONS
    return {"models_per_year_per_eflops": ratio(models, books.total("peak_pflops", last)) * 1000.0}


def _plant_figures(case: AuditCase, state: State, books: Books, last: int) -> dict[str, float]:
    substations = [state.substations[site, last] for site in case.instance.sites]
    stores = [store_in_service(case, site, last) for site in case.instance.sites]
    return {
        "effective_pflops": books.total("effective_pflops", last),
        "peak_pflops": books.total("peak_pflops", last),
        "accelerators": books.total("installed_accelerators", last),
        "racks": books.total("racks", last),
        "it_mw": books.total("it_mw", last),
        "white_space_m2": books.total("white_m2", last),
        "plant_m2": books.total("plant_m2", last),
        "engineers": books.total("engineers", last),
        "cooling_modules": sum(units for (_, p, _), units in state.plant.modules.items() if p == last),
        "substation_units": sum(substation.units for substation in substations if substation),
        "battery_mw": sum(store.mw for store in stores),
        "battery_mwh": sum(store.mwh for store in stores),
        "generator_units": sum(generator_units(case, site, last) for site in case.instance.sites),
    }


def _year_figures(case: AuditCase, state: State, books: Books, last: int) -> dict[str, float]:
    sites = tuple(case.instance.sites)
    operations = {site: state.operations[site, last] for site in sites}
    it_mwh = sum(operation.it_mwh for operation in operations.values())
    effective, peak_mw = books.total("effective_pflops", last), sum(o.peak_mw for o in operations.values())
    domestic = sum(
        row.effective_pflops
        for row in state.throughput
        if row.p == last and case.instance.accelerators[row.accelerator].origin == "CN"
    )
    firm_mw = {
        site: case.instance.sites[site].grid.power_factor * firm_mva(case, site, state.substations[site, last])
        for site in sites
    }
    return (
        {
            "effective_pflops_per_mw": ratio(effective, peak_mw),
            "effective_pflops_per_m2": ratio(effective, books.total("white_m2", last)),
            "white_m2_per_effective_pflops": ratio(_white_under_pods(case, state, last), effective),
            "racks_per_effective_pflops": ratio(books.total("racks", last), effective),
            "peak_import_mw": peak_mw,
            "firm_capacity_utilisation": max(ratio(operations[site].peak_mw, firm_mw[site]) for site in sites),
            "energy_mwh_per_year": books.total("import_mwh", last),
            "water_m3_per_year": books.total("water_m3", last),
            "carbon_t_per_year": books.total("carbon_t", last),
            "pue_annual": ratio(
                books.total("import_mwh", last)
                + books.total("generated_mwh", last)
                - books.total("exported_mwh", last),
                it_mwh,
            ),
            "pue_peak": max((_peak_pue(state, (site, last)) for site in sites), default=0.0),
            "wue_l_per_kwh": ratio(books.total("water_m3", last), it_mwh),
            "domestic_share": ratio(domestic, effective),
        }
        | _delivered(case, state, last)
        | _generated(case, books, last)
        | _given(case, books, last)
    )


def _generated(case: AuditCase, books: Books, last: int) -> dict[str, float]:
    """What generation beside the grid there is and gives, where a site may build any."""
    if not any(site.generation for site in case.instance.sites.values()):
        return {}
    return {
        "generation_mw": books.total("generation_mw", last),
        "generated_mwh_per_year": books.total("generated_mwh", last),
    }


def _given(case: AuditCase, books: Books, last: int) -> dict[str, float]:
    """What goes into the grid, and what can be dropped for it, where a site states either."""
    figures, sites = {}, case.instance.sites.values()
    if any(site.export_price_per_kwh is not None for site in sites):
        figures["exported_mwh_per_year"] = books.total("exported_mwh", last)
    if any(site.demand_response is not None for site in sites):
        figures["demand_response_mw"] = books.total("demand_response_mw", last)
    return figures


def _delivered(case: AuditCase, state: State, last: int) -> dict[str, float]:
    """What is really done, where a class says how much of the year it works."""
    return {"delivered_pflops": delivered_pflops(case, state.throughput, last)} if idles(case) else {}


def _white_under_pods(case: AuditCase, state: State, p: int) -> float:
    """White space of all sites that pods take with their support, fitted out or not."""
    return sum(
        used_space(case, state.fleet, state.plant, state.substations[site, p], (site, p)).white_m2
        for site in case.instance.sites
    )


def _peak_pue(state: State, where: Where) -> float:
    """Largest hourly consumption over IT power: what is imported or generated, and neither stored nor sold.

    Both at full work. Hours with less than a thousandth of the year's highest IT power say nothing of the site: they
    are left out.
    """
    operation, schedule = state.operations[where], state.schedules.get(where)
    consumed = operation.import_mw - operation.exported_mw + operation.idle_mw
    it_mw = operation.it_mw + operation.idle_it_mw
    if schedule is not None:
        consumed = consumed - schedule.charge_mw + schedule.discharge_mw + schedule.beside_mw
    highest = float(it_mw.max(initial=0.0))
    working = (it_mw > 0.0) & (it_mw >= LEAST_WORK * (1.0 - 1e-9) * highest)
    return float((consumed[working] / it_mw[working]).max()) if working.any() else 0.0


def _dispatch_figures(case: AuditCase, state: State, last: int) -> dict[str, float]:
    """What dispatch did, and what it saved against the same design with nothing dispatched."""
    with_it = {site: state.operations[site, last] for site in case.instance.sites}
    without = {site: state.undispatched[site, last] for site in case.instance.sites}
    usable_mwh = 0.0
    for site in case.instance.sites:
        battery = battery_of(case, site)
        if battery is not None:
            usable_mwh += store_in_service(case, site, last).mwh * battery.usable_fraction
    dispatched = [site for site in case.instance.sites if (site, last) in state.schedules or state.most_mw[site, last]]
    saved = (
        yearly_bill(case, site, last, without[site]).total_musd
        - yearly_bill(case, site, last, with_it[site]).total_musd
        for site in dispatched
    )
    figures = (
        ratio(sum(operation.discharged_mwh for operation in with_it.values()), usable_mwh),
        sum(operation.moved_mwh for operation in with_it.values()),
        sum(without[site].peak_mw - with_it[site].peak_mw for site in dispatched),
        sum(saved),
    )
    return dict(zip(DISPATCH_FIGURES, (float(figure) for figure in figures), strict=True))
