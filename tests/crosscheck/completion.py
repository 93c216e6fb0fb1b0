"""The continuous decisions of a small design whose whole numbers are given: a linear program for the least ratio.

Charnes and Cooper's substitution y = t x, D(y) = 1 turns the least N(x) / D(x) over a polyhedron into a linear program.
Its rows (rows.py) are written from docs/model.md, apart from the optimisation model; what they allow is audited after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from tests.crosscheck.facility import Column, Facility, Whole
from tests.crosscheck.pricing import YEARLY_CAPS, Numbers
from tests.crosscheck.rows import Rows, all_rows

FINE_STEPS = (5e-4, 1.05)
"""Ramp energy is followed from 0.5 kW on by tangents 5 % apart, raised by 0.06 % to lie above the parabola."""
DOCUMENTED_STEPS = (0.02, 1.05)
"""The straight lines the optimisation model says it uses: from 20 kW on, 5 % apart."""


@dataclass(frozen=True)
class Completed:
    """The least ratio, in US dollars per EFLOP, and the continuous decisions that have it."""

    ratio: float
    values: dict[Column, float]


class Completion:
    """Completes designs of one facility; `steps` says how finely the ramp energy is followed."""

    def __init__(self, facility: Facility, steps: tuple[float, float] = FINE_STEPS) -> None:
        self.facility = facility
        self.rows: Rows = all_rows(facility, steps)
        self.cost = np.array([effect.cost for effect in facility.effects.values()])
        self.eflop = np.zeros(len(facility.columns))
        for p in facility.phases:
            self.eflop[facility.columns["delivered", p]] = facility.eflop[p]
            for m in range(12):
                self.cost[facility.columns["peak", p, m]] = facility.demand_musd[p]
        self._add_caps()

    def complete(self, whole: Whole) -> Completed | None:
        """The least ratio with these whole numbers; None if there is no design."""
        columns = self.facility.columns
        matrix = np.column_stack([self.rows.matrix(), self.rows.constants(whole)])
        bounds = [(0.0, self._upper(column, whole)) for column in columns] + [(0.0, None)]
        cost, one = np.append(self.cost, whole.effect.cost), np.append(self.eflop, 0.0)
        answer = linprog(cost, matrix, np.zeros(len(matrix)), one[None, :], [1.0], bounds, method="highs")
        if answer.status != 0:
            assert answer.status == 2, answer.message
            return None
        t = answer.x[-1]
        values = {column: float(answer.x[at] / t) for column, at in columns.items() if answer.x[at] > 1e-11 * t}
        return Completed(float(answer.fun), values)

    def _upper(self, column: Column, whole: Whole) -> float | None:
        """0 for what may not be bought then; no bound else."""
        kind, p = column[0], column[1]
        if kind in ("mw", "mwh") and (whole.battery_from is None or p < whole.battery_from):
            return 0.0
        return None if self.facility.effects[column].allowed else 0.0

    def _add_caps(self) -> None:
        """The limits an instance states."""
        limits, columns = self.facility.instance.limits, self.facility.columns
        uses = np.array([effect.uses for effect in self.facility.effects.values()])
        names = [name for _ in self.facility.phases for name in YEARLY_CAPS]
        for at, cap in enumerate([limits.capex_musd, *(getattr(limits, name) for name in names)]):
            if cap is not None:
                self.rows.at_most(zip(columns, uses[:, at], strict=True), _use_above(at, cap))
        total, ratio = limits.total_cost_musd, limits.lcoc_usd_per_eflop
        if total is not None:
            self.rows.at_most(zip(columns, self.cost, strict=True), lambda whole: whole.effect.cost - total)
        if ratio is not None:
            above: Numbers = self.cost - ratio * self.eflop
            self.rows.at_most(zip(columns, above, strict=True), lambda whole: whole.effect.cost)


def _use_above(at: int, cap: float):  # type: ignore[no-untyped-def]
    return lambda whole: whole.effect.uses[at] - cap
