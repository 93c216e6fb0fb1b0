"""The horizon: phases as stretches of time, what is in service when, and what money is worth when.

Times are years from the base date (days / 365.25). Discounting is continuous at r' = ln(1 + r).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from optimizer.inputs.design import Timing
from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.inputs.schema import Instance

LIFE_TOLERANCE_YEARS = 0.05


def years_between(earlier: date, later: date) -> float:
    """Length of time from one date to another in years; negative if they are the other way round."""
    return (later - earlier).days / DAYS_PER_YEAR


def order_date(delivery: date, lead_time_weeks: float) -> date:
    """Latest day to order what takes `lead_time_weeks` and is delivered on `delivery` (whole days, half up)."""
    return delivery - timedelta(days=math.floor(7 * lead_time_weeks + 0.5))


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Phases in order with their start dates and their place on the time axis, in years from the base date."""

    planning: date
    base: date
    phases: tuple[str, ...]
    starts: dict[str, date]
    t0: dict[str, float]
    t1: dict[str, float]
    log_rate: float

    @property
    def first(self) -> str:
        return self.phases[0]

    @property
    def last(self) -> str:
        return self.phases[-1]

    @property
    def horizon(self) -> float:
        """End of the last phase, years from the base date."""
        return self.t1[self.last]

    def from_phase_on(self, phase: str) -> tuple[str, ...]:
        """The phases from `phase` to the end."""
        return self.phases[self.phases.index(phase) :]

    def up_to(self, phase: str) -> tuple[str, ...]:
        """The phases from the first to `phase`, both included."""
        return self.phases[: self.phases.index(phase) + 1]

    def under_way(self, day: date) -> str:
        """The last phase that has begun on a day; the first if none has."""
        return next((p for p in reversed(self.phases) if self.starts[p] <= day), self.first)

    def annuity(self, phase: str) -> float:
        """Present value of one unit per year through the phase, in years."""
        length = self.t1[phase] - self.t0[phase]
        if self.log_rate == 0:
            return length
        return -math.exp(-self.log_rate * self.t0[phase]) * math.expm1(-self.log_rate * length) / self.log_rate

    def weight(self, timing: Timing, phase: str) -> float:
        """Present value of one unit paid with this timing."""
        if timing is Timing.START:
            return math.exp(-self.log_rate * self.t0[phase])
        if timing is Timing.YEARLY:
            return self.annuity(phase)
        if timing is Timing.END:
            return math.exp(-self.log_rate * self.horizon)
        return 0.0

    def serves(self, bought: str, phase: str, life_years: float) -> bool:
        """Whether what entered service in phase `bought` still works through all of `phase`."""
        if self.t0[phase] < self.t0[bought]:
            return False
        return self.t1[phase] - self.t0[bought] <= life_years + LIFE_TOLERANCE_YEARS

    def serving(self, phase: str, life_years: float) -> tuple[str, ...]:
        """Phases whose purchases are in service in `phase`."""
        return tuple(q for q in self.phases if self.serves(q, phase, life_years))

    def serving_from(self, bought: str, life_years: float) -> tuple[str, ...]:
        """Phases in which what entered service in phase `bought` is in service."""
        return tuple(p for p in self.from_phase_on(bought) if self.serves(bought, p, life_years))

    def beyond_warranty(self, bought: str, phase: str, warranty_years: float) -> float:
        """Share of a phase in which what was bought for another is out of its warranty."""
        ends = min(self.t1[phase], max(self.t0[phase], self.t0[bought] + warranty_years))
        return (self.t1[phase] - ends) / (self.t1[phase] - self.t0[phase])

    def residual_fraction(self, bought: str, life_years: float) -> float:
        """Share of the purchase price left at the end of the horizon, straight line."""
        return max(0.0, 1 - (self.horizon - self.t0[bought]) / life_years)

    def can_buy(self, phase: str, lead_time_weeks: float) -> bool:
        """Whether an order placed on the planning date or later arrives by the start of the phase."""
        return order_date(self.starts[phase], lead_time_weeks) >= self.planning

    def buyable(self, lead_time_weeks: float) -> tuple[str, ...]:
        """Phases in which something with this lead time can enter service."""
        return tuple(p for p in self.phases if self.can_buy(p, lead_time_weeks))


def calendar_of(instance: Instance) -> Calendar:
    """The calendar of an instance."""
    base = instance.finance.base_date or instance.planning_date
    starts = {name: phase.start for name, phase in instance.phases.items()}
    t0 = {name: years_between(base, start) for name, start in starts.items()}
    t1 = {name: t0[name] + phase.years for name, phase in instance.phases.items()}
    rate = math.log1p(instance.finance.discount_rate)
    return Calendar(
        planning=instance.planning_date, base=base, phases=tuple(starts), starts=starts, t0=t0, t1=t1, log_rate=rate
    )
