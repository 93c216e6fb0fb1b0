"""What key figures are made of: sums over the ledger lines of a design, and its hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.inputs.design import Decisions, Entry, Timing
from optimizer.inputs.policies import KIND_WEIGHT
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_YEAR, MILLION
from optimizer.ledger.accounts import BY_ID
from optimizer.model.derive import Problem
from optimizer.operations.replay import Capacity, Dispatched, Held, bill_musd, lines, replay
from optimizer.setting.occupancy import delivered_pflops

NOTHING = 1e-6
"""Less than this, in MW, MWh, m2 or PFLOPS, is what arithmetic leaves of zero."""


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
        """Compute that is delivered: of the throughput in use what is wanted, while it is at work."""
        in_use: dict[str, float] = {}
        for entry in self.entries:
            if entry.account == "effective_pflops" and entry.phase == phase:
                workload = entry.label.rpartition("/")[2]
                in_use[workload] = in_use.get(workload, 0.0) + entry.amount
        return delivered_pflops(self.problem.instance, phase, in_use)

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
        year = self.problem.years[site]
        at_work = {name: self.total("source_mw", phase, site, name) for name in year.sources if dispatched}
        return replay(year, phase, Capacity(self.load_mw(site, phase), standing, at_work), next(rows, None))

    def bill_musd(self, site: str, phase: str, dispatched: bool = True) -> float:
        """What dispatch can change of a site's yearly costs, generator tests not included."""
        contracts = {(row.site, row.phase): row.mw for row in self.decisions.contracts}
        hours, load = self.hours(site, phase, dispatched), self.load_mw(site, phase)
        year = self.problem.years[site]
        available_mw = year.grid_mw[phase] * self.total("active_sites", phase, site)
        held = Held(contract_mw=contracts.get((site, phase), 0.0), available_mw=available_mw)
        return bill_musd(lines(year, phase, hours, load, held))

    def dispatching(self) -> list[str]:
        """Sites that dispatch."""
        return [site for site, year in self.problem.years.items() if year.flexible is not None]

    def load_mw(self, site: str, phase: str) -> dict[tuple[str, str], float]:
        """Rated IT power at work by (cooling, workload)."""
        loads = self.problem.years[site].loads
        return {(c, w): self.total("load_mw", phase, site, f"{c}/{w}") for c, w in loads}


def objective_value(f: Figures, objective: str) -> float:
    """The objective of a design as it is read back, in the objective's own unit.

    What the search says of its design may be worse: a bill it knows only as closely as the gap needs, a stack adopted
    for nothing.
    """
    calendar, phases = f.problem.calendar, f.problem.instance.phases
    by_objective: dict[str, Callable[[], float]] = {
        "lcoc": lambda: lcoc(f),
        "total_cost": f.npv_cost_musd,
        "capex": lambda: sum(entry.amount for entry in f.entries if BY_ID[entry.account].is_capital),
        "energy": lambda: sum(phases[p].years * f.total("import_mwh", p) for p in calendar.phases),
        "carbon": lambda: sum(phases[p].years * f.total("carbon_t", p) for p in calendar.phases),
        "floor_area": lambda: max(f.total("white_m2", p) + f.total("plant_m2", p) for p in calendar.phases),
        "simplicity": lambda: simplicity(f.decisions),
        "max_throughput": lambda: sum(
            phases[p].years * f.delivered_pflops(p) * EFLOP_PER_PFLOPS_YEAR for p in calendar.phases
        ),
    }
    return by_objective[objective]()


def simplicity(decisions: Decisions) -> float:
    """1,000 for every accelerator bought, and 1 for every lot: a type of pods in a phase."""
    bought = [row for row in decisions.deliveries if row.pods]
    return KIND_WEIGHT * len({row.accelerator for row in bought}) + len(bought)


def ratio(above: float, below: float) -> float:
    """A quotient; 0 if there is nothing below, or so little of it that it is a rounding error."""
    return above / below if abs(below) >= NOTHING else 0.0


def lcoc(f: Figures) -> float:
    """Levelised cost of compute in USD per EFLOP."""
    return ratio(f.npv_cost_musd() * MILLION, f.npv_eflop())


@dataclass(frozen=True)
class Kpi:
    """A key figure: stable id, unit, what it means, and how it is computed."""

    id: str
    unit: str
    meaning: str
    of: Callable[[Figures], float]
