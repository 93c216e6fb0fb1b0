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
from tests.crosscheck.rows import Rows, all_rows, ramp_mwh_per_mw2, tangent

KEPT = 1e-9
"""How far below its parabola the energy of a ramp may end, as a share of it."""


@dataclass(frozen=True)
class Completed:
    """The least ratio, in US dollars per EFLOP, and the continuous decisions that have it."""

    ratio: float
    values: dict[Column, float]


class Completion:
    """Completes designs of one facility. Tangents of the ramp energy are kept from one design to the next."""

    def __init__(self, facility: Facility) -> None:
        self.facility = facility
        self.rows: Rows = all_rows(facility)
        self.cost = np.array([effect.cost for effect in facility.effects.values()])
        self.eflop = np.zeros(len(facility.columns))
        for p in facility.phases:
            self.eflop[facility.columns["delivered", p]] = facility.eflop[p]
            for m in range(12):
                self.cost[facility.columns["peak", p, m]] = facility.demand_musd[p]
        self._add_caps()

    def complete(self, whole: Whole) -> Completed | None:
        """The least ratio with these whole numbers; None if there is no design."""
        while True:
            found = self._relaxed(whole)
            short = self._short_of_ramp(found) if found is not None else {}
            if not short:
                return found
            for p, reserve_mw in short.items():
                tangent(self.rows, self.facility, p, reserve_mw)

    def _short_of_ramp(self, found: Completed) -> dict[int, float]:
        """Phases whose ramp energy lies below its parabola, with the power reserved there."""
        scale = ramp_mwh_per_mw2(self.facility)
        reserves = {p: found.values.get(("reserve", p), 0.0) for p in self.facility.phases if scale is not None}
        return {
            p: mw
            for p, mw in reserves.items()
            if scale is not None and found.values.get(("ramp", p), 0.0) < scale * mw**2 * (1 - KEPT)
        }

    def _relaxed(self, whole: Whole) -> Completed | None:
        """With the tangents so far."""
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
