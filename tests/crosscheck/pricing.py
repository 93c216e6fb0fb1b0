"""What single decisions cost and use, asked of the audit: the audit of one decision less the audit of none.

Every cost but the demand charge is a sum over decisions, so a design's cost is the sum of its decisions' effects. The
enumeration of designs (designs.py) therefore knows no price, trend, life, fee or tariff itself; the audit does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.audit.audit import AuditReport, audit
from optimizer.audit.case import AuditCase
from optimizer.audit.money import MONEY
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import Periods, read_periods
from optimizer.inputs.design import Decisions, Design
from optimizer.inputs.schema import Instance

Numbers = npt.NDArray[np.float64]

YEARLY_CAPS = ("energy_mwh_per_year", "carbon_t_per_year", "water_m3_per_year", "floor_area_m2", "accelerators")
_USES = {
    "energy_mwh_per_year": ("import_mwh",),
    "carbon_t_per_year": ("carbon_t",),
    "water_m3_per_year": ("water_m3",),
    "floor_area_m2": ("white_m2", "plant_m2"),
    "accelerators": ("installed_accelerators",),
}
_FORBIDS = (
    "availability.",
    "export.denied",
    "export.licence_avoided",
    "procurement.lists",
    "procurement.roadmap",
    "pods.",
    "fabric.",
    "assignment.supported",
    "cooling.allowed",
    "substation.",
    "battery.allowed",
    "generators.allowed",
    "retirement.",
)
"""Findings that forbid a decision whatever else is decided; all others depend on the rest of the design."""


def design_of(instance: Instance, decisions: Decisions) -> Design:
    """A design that reports nothing, as a vendor's bid would be."""
    return Design(instance=instance.name, instance_sha256="", planning_date=instance.planning_date, decisions=decisions)


@dataclass(frozen=True)
class Effect:
    """What a decision adds. `cost` is MUSD of net present value without demand charges.

    uses    capital (MUSD), then energy (MWh/year), carbon (t/year), water (m3/year) and area (m2) of each phase
    allowed False if the audit forbids the decision by itself
    """

    cost: float
    uses: Numbers
    allowed: bool = True

    def __add__(self, other: Effect) -> Effect:
        return Effect(self.cost + other.cost, self.uses + other.uses, self.allowed and other.allowed)

    def times(self, number: float) -> Effect:
        """The effect of as many."""
        return Effect(number * self.cost, number * self.uses, self.allowed)


class Pricing:
    """Effects of decisions on one instance, measured once each."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.periods: Periods = read_periods(instance)
        self.case = AuditCase(instance, Decisions(), self.periods, Rulings(instance))
        self._known: dict[str, Effect] = {}
        self._nothing = self.audit(Decisions())
        self._forbidden_anyway = {(f.check, f.where) for f in self._nothing.findings}
        self.base = self._measure(self._nothing)

    def audit(self, decisions: Decisions) -> AuditReport:
        """The audit of these decisions."""
        return audit(self.instance, design_of(self.instance, decisions))

    def effect(self, **rows: Any) -> Effect:
        """What the rows add to a design; rows as keyword arguments of Decisions."""
        key = repr(rows)
        if key not in self._known:
            report = self.audit(Decisions(**rows))
            whole = self._measure(report)
            new = [f for f in report.findings if (f.check, f.where) not in self._forbidden_anyway]
            allowed = not any(found.check.startswith(_FORBIDS) for found in new)
            self._known[key] = Effect(whole.cost - self.base.cost, whole.uses - self.base.uses, allowed)
        return self._known[key]

    def demand_musd_per_mw(self, phase: str, **rows: Any) -> float:
        """Net present value of one MW of monthly peak in one month of every year of a phase, read off some load."""
        lines = [line for line in self.audit(Decisions(**rows)).ledger if line.phase == phase]
        paid = sum(line.amount for line in lines if line.account == "demand")
        peaks = sum(line.amount for line in lines if line.account == "peak_import_mw")
        return paid / peaks * self.periods.weight("yearly", self.periods.index(phase)) if peaks else 0.0

    def _measure(self, report: AuditReport) -> Effect:
        money = [line for line in report.ledger if line.account in MONEY and line.account != "demand"]
        cost = sum(line.amount * self.periods.weight(line.timing, self.periods.index(line.phase)) for line in money)
        uses = [sum(line.amount for line in money if line.account.startswith("capex_"))]
        for phase in self.periods.phases:
            here = [line for line in report.ledger if line.phase == phase]
            for cap in YEARLY_CAPS:
                uses.append(sum(line.amount for line in here if line.account in _USES[cap]))
        return Effect(float(cost), np.array(uses, dtype=np.float64))
