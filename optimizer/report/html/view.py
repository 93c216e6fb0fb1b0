"""A result with a design, and the sums and names several parts of the page need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.analysis.money import money_of
from optimizer.analysis.orders import OrderLine, procurement
from optimizer.analysis.site_steps import SiteStep, site_steps
from optimizer.analysis.tasks import installed_pods
from optimizer.inputs.design import Decisions, Design, Reported
from optimizer.model.derive import Problem
from optimizer.model.figures import Figures
from optimizer.pipeline import Result
from optimizer.setting.hours import Series


@dataclass(frozen=True)
class PodsHere:
    """Pods of one type at a site."""

    site: str
    accelerator: str
    cooling: str
    fabric: str | None
    """Where fabrics are chosen."""
    hall: str | None
    """Where halls are chosen."""
    pods: int
    racks: int
    rack_kw: float


class View:
    """A verified result, read for the page. Sums are computed once."""

    def __init__(self, result: Result) -> None:
        assert result.design is not None
        self.result = result
        self.problem: Problem = result.problem
        self.design: Design = result.design
        self.decisions: Decisions = result.decisions
        self.reported: Reported = result.reported
        self.figures = Figures(result.problem, result.decisions, result.reported.ledger)
        self.phases = result.problem.calendar.phases
        self.money = money_of(result.problem.instance)
        self.last = result.problem.calendar.last
        self._by_phase: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
        for entry in result.reported.ledger:
            part = self._by_phase.setdefault((entry.account, entry.phase), {})
            key = (entry.site or "", entry.label)
            part[key] = part.get(key, 0.0) + entry.amount
        self._hours: dict[str, tuple[Series, Series]] = {}

    def lines(self, account: str, phase: str) -> dict[tuple[str, str], float]:
        """Amounts of an account in a phase by (site, label)."""
        return self._by_phase.get((account, phase), {})

    def total(self, account: str, phase: str) -> float:
        """Sum of an account in a phase."""
        return sum(self.lines(account, phase).values())

    def chip(self, accelerator: str) -> str:
        """Name of an accelerator."""
        return self.problem.instance.accelerators[accelerator].name

    def site(self, site: str) -> str:
        """Name of a site; empty for none."""
        return self.problem.instance.sites[site].name if site else ""

    def hours(self, phase: str) -> tuple[Series, Series]:
        """Hourly import and IT power of full work in MW over all sites, each of shape (8760,)."""
        if phase not in self._hours:
            meter, power = np.zeros(8760), np.zeros(8760)
            for site, year in self.problem.years.items():
                hours = self.figures.hours(site, phase)
                meter += year.kept.spread(hours.drawn_mw)
                power += year.kept.spread(hours.full_it_mw)
            self._hours[phase] = (meter, power)
        return self._hours[phase]

    def grid_mw(self, phase: str) -> float:
        """What the utility makes available at all sites."""
        return sum(year.grid_mw[phase] for year in self.problem.years.values())

    @cached_property
    def steps(self) -> tuple[SiteStep, ...]:
        """Fit-out, commissioning and acceptance, in order of time."""
        return site_steps(self.problem, self.orders)

    @cached_property
    def orders(self) -> tuple[OrderLine, ...]:
        """The procurement calendar, by order date."""
        return procurement(self.problem, self.decisions)

    @cached_property
    def pods(self) -> tuple[PodsHere, ...]:
        """Pods installed in the last phase, densest racks first."""
        installed = installed_pods(self.problem, self.decisions, self.last)
        rows = [self._here(key, pods) for key, pods in installed.items()]
        return tuple(sorted(rows, key=lambda here: (here.site, -here.rack_kw, here.accelerator)))

    def _here(self, key: tuple[str, str, str], pods: int) -> PodsHere:
        pod = self.problem.compute.types[key]
        size = pod.size
        about = (pod.site, pod.accelerator, pod.cooling, pod.fabric, pod.hall)
        return PodsHere(*about, pods, pods * size.racks, size.kw / size.racks)
