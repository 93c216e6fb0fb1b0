"""Key figures: sums over the ledger, each with its unit and definition in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from optimizer.assets.compute.throughput import peak_tflops, phase_fraction
from optimizer.assets.compute.training import sustained_pflops
from optimizer.derive import Problem
from optimizer.design import Decisions, Entry, Timing
from optimizer.instance.schema import Instance
from optimizer.ledger.accounts import BY_ID
from optimizer.operations.flexible import dispatches
from optimizer.operations.replay import Dispatched, bill_musd, lines, replay
from optimizer.policies.spec import Affordability
from optimizer.quantity import EFLOP_PER_PFLOPS_YEAR
from optimizer.setting.asked import demand_pflops, is_active, need_pflops, runs, servings
from optimizer.setting.spec import Workload

MILLION = 1e6
EFLOP_PER_PFLOPS_HOUR = 3.6


@dataclass(frozen=True)
class Figures:
    """Ledger lines of a design, with the sums key figures are made of."""

    problem: Problem
    decisions: Decisions
    entries: tuple[Entry, ...]

    def total(self, account: str, phase: str | None = None, site: str | None = None, label: str | None = None) -> float:
        """Sum of an account's lines that match."""
        return sum(
            entry.amount
            for entry in self.entries
            if entry.account == account
            and (phase is None or entry.phase == phase)
            and (site is None or entry.site == site)
            and (label is None or entry.label == label)
        )

    def last(self, account: str) -> float:
        """Sum over all sites in the last phase."""
        return self.total(account, self.problem.calendar.last)

    def delivered_pflops(self, phase: str) -> float:
        """Effective throughput in use that is wanted."""
        return min(demand_pflops(self.problem.instance, phase), self.total("effective_pflops", phase))

    def npv_cost_musd(self) -> float:
        return sum(
            entry.amount * self.problem.calendar.weight(Timing(entry.timing), entry.phase)
            for entry in self.entries
            if BY_ID[entry.account].is_money
        )

    def npv_eflop(self) -> float:
        calendar = self.problem.calendar
        return sum(self.delivered_pflops(p) * EFLOP_PER_PFLOPS_YEAR * calendar.annuity(p) for p in calendar.phases)

    def peak_by_site(self, phase: str) -> dict[str, float]:
        """Highest hourly import of each site, in MW."""
        peaks: dict[str, float] = dict.fromkeys(self.problem.instance.sites, 0.0)
        for entry in self.entries:
            if entry.account == "peak_import_mw" and entry.phase == phase and entry.site:
                peaks[entry.site] = max(peaks[entry.site], entry.amount)
        return peaks

    def hours(self, site: str, phase: str, dispatched: bool = True) -> Dispatched:
        """The hours of a site in a phase, or what they would be if nothing were dispatched."""
        rows = (row for row in self.decisions.dispatch if dispatched and (row.site, row.phase) == (site, phase))
        standing = self.total("standing_mw", phase, site)
        return replay(self.problem.years[site], self.load_mw(site, phase), standing, next(rows, None))

    def bill_musd(self, site: str, phase: str, dispatched: bool = True) -> float:
        """What dispatch can change of a site's yearly costs, generator tests not included."""
        contracts = {(row.site, row.phase): row.mw for row in self.decisions.contracts}
        hours, load = self.hours(site, phase, dispatched), self.load_mw(site, phase)
        found = lines(self.problem.years[site], phase, hours, load, contracts.get((site, phase), 0.0))
        return bill_musd(found)

    def dispatching(self) -> list[str]:
        """Sites that dispatch."""
        return [site for site, year in self.problem.years.items() if year.flexible is not None]

    def load_mw(self, site: str, phase: str) -> dict[tuple[str, str], float]:
        """Rated IT power at work by (cooling, workload)."""
        loads = self.problem.years[site].loads
        return {(c, w): self.total("load_mw", phase, site, f"{c}/{w}") for c, w in loads}


def _ratio(above: float, below: float) -> float:
    return above / below if below else 0.0


def _capex(f: Figures) -> float:
    return sum(entry.amount for entry in f.entries if BY_ID[entry.account].is_capital)


def _opex(f: Figures) -> float:
    last = f.problem.calendar.last
    return sum(
        entry.amount
        for entry in f.entries
        if entry.timing == "yearly" and entry.phase == last and BY_ID[entry.account].is_money
    )


def _lcoc(f: Figures) -> float:
    return _ratio(f.npv_cost_musd() * MILLION, f.npv_eflop())


def _peak(f: Figures) -> float:
    return sum(f.peak_by_site(f.problem.calendar.last).values())


def _firm_use(f: Figures) -> float:
    last = f.problem.calendar.last
    peaks = f.peak_by_site(last)
    return max((_ratio(peak, f.total("firm_mw", last, s)) for s, peak in peaks.items()), default=0.0)


def _pue_peak(f: Figures) -> float:
    last = f.problem.calendar.last
    highest = 0.0
    for site in f.problem.years:
        hours = f.hours(site, last)
        it = hours.it_mw
        if it.max() > 0:
            highest = max(highest, float((hours.import_mw[it > 0] / it[it > 0]).max()))
    return highest


def _cycles(f: Figures) -> float:
    last, sites, used = f.problem.calendar.last, f.problem.instance.sites, 0.0
    for site in f.dispatching():
        used += f.problem.years[site].kept.weight * float(f.hours(site, last).discharge_mw.sum())
    batteries = {s: f.problem.instance.batteries[data.battery] for s, data in sites.items() if data.battery}
    return _ratio(used, sum(kind.usable_fraction * f.total("battery_mwh", last, s) for s, kind in batteries.items()))


def _moved(f: Figures) -> float:
    last = f.problem.calendar.last
    return sum(
        f.problem.years[site].kept.weight * float(series.clip(min=0).sum())
        for site in f.dispatching()
        for series in f.hours(site, last).moved_mw.values()
    )


def _shaved(f: Figures) -> float:
    found = [f.hours(site, f.problem.calendar.last) for site in f.dispatching()]
    return sum(float(hours.rigid_mw.max() - hours.import_mw.max()) for hours in found)


def _saved(f: Figures) -> float:
    last = f.problem.calendar.last
    return sum(f.bill_musd(site, last, dispatched=False) - f.bill_musd(site, last) for site in f.dispatching())


def _domestic(f: Figures) -> float:
    chips, last = f.problem.instance.accelerators, f.problem.calendar.last
    lines = [e for e in f.entries if e.account == "effective_pflops" and e.phase == last]
    domestic = sum(e.amount for e in lines if chips[e.label.split("/")[0]].origin == "CN")
    return _ratio(domestic, sum(e.amount for e in lines))


def run_days(f: Figures, workload: str, phase: str) -> float:
    """Days a training run takes on its cluster; 0 if it has none in this phase."""
    instance, run = f.problem.instance, runs(f.problem.instance)[workload]
    for row in f.decisions.clusters:
        if (row.workload, row.phase) == (workload, phase):
            chip = instance.accelerators[row.accelerator]
            pod = f.problem.compute.types[row.site, row.accelerator, row.cooling]
            ported = pod.stack in f.decisions.programmes
            maturity = phase_fraction(instance, f.problem.calendar, instance.stacks[pod.stack], phase, ported)
            pflops = sustained_pflops(chip, run, row.pods * pod.size.accelerators, maturity)
            return run.max_days * need_pflops(instance, run) / pflops
    return 0.0


def _active(f: Figures, workload: str) -> bool:
    load = f.problem.instance.workloads[workload]
    return not isinstance(load, Workload) and is_active(f.problem.instance, load, f.problem.calendar.last)


def _days_max(f: Figures) -> float:
    return max((run_days(f, r, f.problem.calendar.last) for r in runs(f.problem.instance)), default=0.0)


def _runs_per_year(f: Figures) -> float:
    return sum(run.runs_per_year for r, run in runs(f.problem.instance).items() if _active(f, r))


def _tokens(f: Figures) -> float:
    active = [load for v, load in servings(f.problem.instance).items() if _active(f, v)]
    return sum(load.input_tokens_b_per_day + load.output_tokens_b_per_day for load in active)


def _may_idle(instance: Instance) -> bool:
    return bool(runs(instance) or servings(instance)) or instance.staff.max_engineers is not None


def _idle(f: Figures) -> float:
    return f.last("installed_accelerators") - f.last("working_accelerators")


def _affordability(f: Figures) -> Affordability:
    return f.problem.instance.affordability or Affordability()


def _list_price(f: Figures) -> float:
    return _lcoc(f) / _affordability(f).sold_fraction


def _user_price(f: Figures) -> float:
    return (1 - _affordability(f).subsidy_fraction) * _list_price(f)


def _subsidy(f: Figures) -> float:
    return _affordability(f).subsidy_fraction * f.npv_cost_musd()


def _cloud_price(f: Figures) -> float:
    cloud, instance = _affordability(f).cloud, f.problem.instance
    if cloud is None:
        return 0.0
    chip, load = instance.accelerators[cloud.accelerator], instance.workloads[cloud.workload]
    effective = peak_tflops(chip, load) / 1000 * chip.utilisation.get(load.workload_class, 0.0)
    return _ratio(cloud.usd_per_hour, EFLOP_PER_PFLOPS_HOUR * effective)


@dataclass(frozen=True)
class Kpi:
    """A key figure: stable id, unit, what it means, and how it is computed."""

    id: str
    unit: str
    meaning: str
    of: Callable[[Figures], float]


KPIS = (
    Kpi("lcoc_usd_per_eflop", "USD/EFLOP", "levelised cost of compute", _lcoc),
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
        lambda f: _ratio(f.last("effective_pflops"), _peak(f)),
    ),
    Kpi(
        "effective_pflops_per_m2",
        "PFLOPS/m2",
        "effective throughput per m2 of white space",
        lambda f: _ratio(f.last("effective_pflops"), f.last("white_m2")),
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
        "import over energy of the pods at work, last phase",
        lambda f: _ratio(f.last("import_mwh"), f.last("it_mwh")),
    ),
    Kpi("pue_peak", "1", "largest hourly import over IT power, last phase", _pue_peak),
    Kpi(
        "wue_l_per_kwh",
        "l/kWh",
        "water over energy of the pods at work, last phase",
        lambda f: _ratio(f.last("water_m3"), f.last("it_mwh")),
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


WORK_KPIS = (
    (lambda i: bool(runs(i)), Kpi("training_days_max", "days", "longest training run, last phase", _days_max)),
    (
        lambda i: bool(runs(i)),
        Kpi("training_runs_per_year", "1/year", "training runs started a year, last phase", _runs_per_year),
    ),
    (
        lambda i: bool(servings(i)),
        Kpi("tokens_b_per_day", "1e9/day", "tokens read and written by all services, last phase", _tokens),
    ),
    (_may_idle, Kpi("idle_accelerators", "1", "accelerators installed but not at work, last phase", _idle)),
    (
        lambda i: i.affordability is not None,
        Kpi("list_price_usd_per_eflop", "USD/EFLOP", "price that recovers all costs from what is sold", _list_price),
    ),
    (
        lambda i: i.affordability is not None,
        Kpi("user_price_usd_per_eflop", "USD/EFLOP", "what users pay after the subsidy", _user_price),
    ),
    (
        lambda i: i.affordability is not None,
        Kpi("subsidy_musd", "MUSD", "present value of the subsidy", _subsidy),
    ),
    (
        lambda i: i.affordability is not None and i.affordability.cloud is not None,
        Kpi("cloud_price_usd_per_eflop", "USD/EFLOP", "price of effective compute elsewhere", _cloud_price),
    ),
)
"""Key figures that mean something only to some instances, each with the question whether it does."""


ALL_KPIS = (*KPIS, *DISPATCH_KPIS, *(kpi for _, kpi in WORK_KPIS))


def kpis_of(instance: Instance) -> tuple[Kpi, ...]:
    """The key figures of an instance, in the order in which they are reported."""
    dispatched = DISPATCH_KPIS if any(dispatches(instance, site) for site in instance.sites) else ()
    return (*KPIS, *dispatched, *(kpi for means_something, kpi in WORK_KPIS if means_something(instance)))


def measure(problem: Problem, decisions: Decisions, entries: Iterable[Entry]) -> dict[str, float]:
    """All key figures of a design, by id."""
    figures = Figures(problem, decisions, tuple(entries))
    return {kpi.id: float(kpi.of(figures)) for kpi in kpis_of(problem.instance)}
