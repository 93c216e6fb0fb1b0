"""Key figures: sums over the ledger, each with its unit and definition in one table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from optimizer.assets.facility.coefficients import PLANT_ACCOUNTS, SHARES
from optimizer.inputs.design import Decisions, Entry
from optimizer.inputs.facility import ITEMS
from optimizer.inputs.schema import Instance
from optimizer.ledger.accounts import BY_ID
from optimizer.model.derive import Problem
from optimizer.model.figures import Figures, Kpi, lcoc, ratio
from optimizer.model.work_kpis import WORK_KPIS
from optimizer.operations.flexible import dispatches


def _capex(f: Figures) -> float:
    return sum(entry.amount for entry in f.entries if BY_ID[entry.account].is_capital)


def _opex(f: Figures) -> float:
    last = f.problem.calendar.last
    return sum(
        entry.amount
        for entry in f.entries
        if entry.timing == "yearly" and entry.phase == last and BY_ID[entry.account].is_money
    )


def _peak(f: Figures) -> float:
    return sum(f.peak_by_site(f.problem.calendar.last).values())


def _pods_m2(f: Figures) -> float:
    """White space that pods and their support take, whether more is fitted out or not."""
    sites, last = f.problem.instance.sites, f.problem.calendar.last
    return sum((1 + site.building.support_fraction) * f.total("pod_m2", last, s) for s, site in sites.items())


def _firm_use(f: Figures) -> float:
    last = f.problem.calendar.last
    peaks = f.peak_by_site(last)
    return max((ratio(peak, f.total("firm_mw", last, s)) for s, peak in peaks.items()), default=0.0)


def _pue_peak(f: Figures) -> float:
    pues = [f.hours(site, f.problem.calendar.last).pue for site in f.problem.years]
    return max((float(np.nan_to_num(pue).max()) for pue in pues), default=0.0)


def _cycles(f: Figures) -> float:
    last, sites, used = f.problem.calendar.last, f.problem.instance.sites, 0.0
    for site in f.dispatching():
        used += f.problem.years[site].kept.weight * float(f.hours(site, last).discharge_mw.sum())
    batteries = {s: f.problem.instance.batteries[data.battery] for s, data in sites.items() if data.battery}
    return ratio(used, sum(kind.usable_fraction * f.total("battery_mwh", last, s) for s, kind in batteries.items()))


def _moved(f: Figures) -> float:
    last = f.problem.calendar.last
    return sum(
        f.problem.years[site].kept.weight * float(series.clip(min=0).sum())
        for site in f.dispatching()
        for series in f.hours(site, last).moved_mw.values()
    )


def _shaved(f: Figures) -> float:
    years = [f.hours(site, f.problem.calendar.last) for site in f.dispatching()]
    return sum(float((hours.rigid_mw + hours.idle_mw).max() - hours.drawn_mw.max()) for hours in years)


def _saved(f: Figures) -> float:
    last = f.problem.calendar.last
    return sum(f.bill_musd(site, last, dispatched=False) - f.bill_musd(site, last) for site in f.dispatching())


def _domestic(f: Figures) -> float:
    chips, last = f.problem.instance.accelerators, f.problem.calendar.last
    lines = [e for e in f.entries if e.account == "effective_pflops" and e.phase == last]
    domestic = sum(e.amount for e in lines if chips[e.label.split("/")[0]].origin == "CN")
    return ratio(domestic, sum(e.amount for e in lines))


def _per_watt(f: Figures) -> float:
    """What sites with a facility pay for all but IT equipment, over the largest IT power it was bought for."""
    sites = {s: site for s, site in f.problem.instance.sites.items() if site.facility}
    accounts = {f"capex_{name}" for name in (*PLANT_ACCOUNTS, *ITEMS, *SHARES)}
    paid = sum(entry.amount for entry in f.entries if entry.account in accounts and entry.site in sites)
    served = max(
        sum(f.total("it_mw", p, s) - site.existing_facility_mw for s, site in sites.items())
        for p in f.problem.calendar.phases
    )
    return ratio(paid, served)


KPIS = (
    Kpi("lcoc_usd_per_eflop", "USD/EFLOP", "levelised cost of compute", lcoc),
    Kpi("npv_cost_musd", "MUSD", "net present value of all costs less residual values", Figures.npv_cost_musd),
    Kpi("npv_eflop", "EFLOP", "net present value of effective EFLOP delivered", Figures.npv_eflop),
    Kpi("capex_musd", "MUSD", "capital payments, undiscounted", _capex),
    Kpi("opex_musd_per_year", "MUSD/year", "yearly costs of the last phase", _opex),
    Kpi("effective_pflops", "PFLOPS", "effective throughput in use, last phase", lambda f: f.last("effective_pflops")),
    Kpi("peak_pflops", "PFLOPS", "dense peak of the pods in use, last phase", lambda f: f.last("peak_pflops")),
    Kpi(
        "effective_pflops_per_mw",
        "PFLOPS/MW",
        "effective throughput per MW of peak import",
        lambda f: ratio(f.last("effective_pflops"), _peak(f)),
    ),
    Kpi(
        "effective_pflops_per_m2",
        "PFLOPS/m2",
        "effective throughput per m2 of white space",
        lambda f: ratio(f.last("effective_pflops"), f.last("white_m2")),
    ),
    Kpi(
        "white_m2_per_effective_pflops",
        "m2/PFLOPS",
        "white space under pods, support included, per effective PFLOPS, last phase",
        lambda f: ratio(_pods_m2(f), f.last("effective_pflops")),
    ),
    Kpi(
        "racks_per_effective_pflops",
        "1/PFLOPS",
        "racks installed per effective PFLOPS, last phase",
        lambda f: ratio(f.last("racks"), f.last("effective_pflops")),
    ),
    Kpi("accelerators", "1", "accelerators installed, last phase", lambda f: f.last("installed_accelerators")),
    Kpi("racks", "1", "racks installed, last phase", lambda f: f.last("racks")),
    Kpi("it_mw", "MW", "rated IT power installed, last phase", lambda f: f.last("it_mw")),
    Kpi("white_space_m2", "m2", "white space fitted out, last phase", lambda f: f.last("white_m2")),
    Kpi("plant_m2", "m2", "plant space fitted out, last phase", lambda f: f.last("plant_m2")),
    Kpi("peak_import_mw", "MW", "highest hourly import, sites' own peaks added, last phase", _peak),
    Kpi("firm_capacity_utilisation", "fraction", "peak import over firm capacity, worst site, last phase", _firm_use),
    Kpi("energy_mwh_per_year", "MWh", "grid import, last phase", lambda f: f.last("import_mwh")),
    Kpi("water_m3_per_year", "m3", "water, last phase", lambda f: f.last("water_m3")),
    Kpi("carbon_t_per_year", "t", "carbon, last phase", lambda f: f.last("carbon_t")),
    Kpi(
        "pue_annual",
        "1",
        "import and generation, less what is sold, over energy of the pods at work, last phase",
        lambda f: ratio(f.last("import_mwh") + f.last("generated_mwh") - f.last("exported_mwh"), f.last("it_mwh")),
    ),
    Kpi("pue_peak", "1", "largest hourly load over IT power, storage apart, last phase", _pue_peak),
    Kpi(
        "wue_l_per_kwh",
        "l/kWh",
        "water over energy of the pods at work, last phase",
        lambda f: ratio(f.last("water_m3"), f.last("it_mwh")),
    ),
    Kpi("domestic_share", "fraction", "effective throughput of Chinese origin, last phase", _domestic),
    Kpi("engineers", "1", "engineers needed, last phase", lambda f: f.last("engineers")),
    Kpi("cooling_modules", "1", "cooling plant modules, last phase", lambda f: f.last("cooling_modules")),
    Kpi("substation_units", "1", "transformers, last phase", lambda f: f.last("substation_units")),
    Kpi("battery_mw", "MW", "battery power, last phase", lambda f: f.last("battery_mw")),
    Kpi("battery_mwh", "MWh", "battery energy, nameplate, last phase", lambda f: f.last("battery_mwh")),
    Kpi("generator_units", "1", "generator sets, last phase", lambda f: f.last("generator_units")),
)


DISPATCH_KPIS = (
    Kpi("battery_cycles_per_year", "1/year", "full discharges of the usable energy in dispatch, last phase", _cycles),
    Kpi("moved_mwh_per_year", "MWh", "IT energy moved to another hour of its day, last phase", _moved),
    Kpi("shaved_peak_mw", "MW", "highest load less highest import, sites' own peaks added, last phase", _shaved),
    Kpi(
        "dispatch_savings_musd_per_year", "MUSD/year", "bill of the same design without dispatch, less its own", _saved
    ),
)
"""Reported only if a site dispatches."""


FACILITY_KPIS = (
    Kpi(
        "facility_usd_per_w_it", "USD/W", "facility without IT equipment per W of IT power it was bought for", _per_watt
    ),
)
"""Reported only if a site states a facility."""

GENERATION_KPIS = (
    Kpi("generation_mw", "MW", "generation beside the grid, last phase", lambda f: f.last("generation_mw")),
    Kpi("generated_mwh_per_year", "MWh", "energy of it, last phase", lambda f: f.last("generated_mwh")),
)
"""Reported only if a site may build any."""

EXPORT_KPIS = (
    Kpi("exported_mwh_per_year", "MWh", "surplus sold to the grid, last phase", lambda f: f.last("exported_mwh")),
)
"""Reported only if a site states a price for it."""

RESPONSE_KPIS = (
    Kpi("demand_response_mw", "MW", "load that can be dropped, last phase", lambda f: f.last("demand_response_mw")),
)
"""Reported only if a site is paid for it."""

ALL_KPIS = (
    *KPIS,
    *DISPATCH_KPIS,
    *FACILITY_KPIS,
    *GENERATION_KPIS,
    *EXPORT_KPIS,
    *RESPONSE_KPIS,
    *(kpi for _, kpi in WORK_KPIS),
)


def kpis_of(instance: Instance) -> tuple[Kpi, ...]:
    """The key figures of an instance, in the order in which they are reported."""
    sites = instance.sites.values()
    dispatched = DISPATCH_KPIS if any(dispatches(instance, site) for site in instance.sites) else ()
    built = FACILITY_KPIS if any(site.facility for site in instance.sites.values()) else ()
    beside = GENERATION_KPIS if any(site.generation for site in instance.sites.values()) else ()
    return (
        *KPIS,
        *dispatched,
        *built,
        *beside,
        *(EXPORT_KPIS if any(site.export_price_per_kwh is not None for site in sites) else ()),
        *(RESPONSE_KPIS if any(site.demand_response for site in sites) else ()),
        *(kpi for means_something, kpi in WORK_KPIS if means_something(instance)),
    )


def measure(problem: Problem, decisions: Decisions, entries: Iterable[Entry]) -> dict[str, float]:
    """All key figures of a design, by id."""
    figures = Figures(problem, decisions, tuple(entries))
    return {kpi.id: float(kpi.of(figures)) for kpi in kpis_of(problem.instance)}
