"""Time and money over time: docs/model.md section 2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from optimizer.audit.findings import Recorder
from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.inputs.schema import Instance

LIFE_SLACK_YEARS = 0.05
PHASE_SLACK_DAYS = 5.0


def years_between(first: date, second: date) -> float:
    """Length of the time from one date to another, in years of 365.25 days."""
    return (second - first).days / DAYS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class Periods:
    """The phases on one axis of years that starts at the base date. Arrays are by phase, in order of time."""

    phases: tuple[str, ...]
    starts: tuple[date, ...]
    t0: tuple[float, ...]
    t1: tuple[float, ...]
    planning_date: date
    base_date: date
    discount_rate: float

    @property
    def horizon(self) -> float:
        """End of the last phase, in years from the base date."""
        return self.t1[-1]

    def index(self, phase: str) -> int:
        """Position of a phase."""
        return self.phases.index(phase)

    def years(self, p: int) -> float:
        """Length of a phase."""
        return self.t1[p] - self.t0[p]

    def in_service(self, bought: int, p: int, life_years: float) -> bool:
        """Whether what was bought in one phase is in service in another."""
        return p >= bought and self.t1[p] - self.t0[bought] <= life_years + LIFE_SLACK_YEARS

    def beyond_years(self, since_years: float, p: int, life_years: float) -> float:
        """Years of age beyond a life, on the mean of a phase, of what is in service since a moment of the axis."""
        over = [max(0.0, t - since_years - life_years) for t in (self.t0[p], self.t1[p])]
        if over[0] > 0.0:
            return (over[0] + over[1]) / 2.0
        return over[1] * over[1] / (2.0 * self.years(p))

    def exists(self, commissioned: date, p: int, life_years: float) -> bool:
        """Whether something commissioned on a date before the plan is in service in a phase."""
        return self.t1[p] - years_between(self.base_date, commissioned) <= life_years + LIFE_SLACK_YEARS

    def order_in_time(self, p: int, lead_time_weeks: float) -> bool:
        """Whether an order for a phase could still be placed at the planning date."""
        days = math.floor(7.0 * lead_time_weeks + 0.5)
        return self.starts[p] - timedelta(days=days) >= self.planning_date

    def years_from_planning(self, p: int) -> float:
        """From the planning date to the phase's start."""
        return years_between(self.planning_date, self.starts[p])

    def trend(self, rate: float, p: int) -> float:
        """Factor of a real price trend from the planning date to the phase's midpoint."""
        midpoint: float = (1.0 + rate) ** (self.years_from_planning(p) + self.years(p) / 2.0)
        return midpoint

    def weight(self, timing: str, p: int) -> float:
        """What one unit of a payment is worth at the base date; `none` is not a payment."""
        rate = math.log1p(self.discount_rate)
        if timing == "start":
            return math.exp(-rate * self.t0[p])
        if timing == "end":
            return math.exp(-rate * self.horizon)
        if timing == "yearly":
            if rate == 0.0:
                return self.years(p)
            return (math.exp(-rate * self.t0[p]) - math.exp(-rate * self.t1[p])) / rate
        return 0.0

    def residual_fraction(self, bought: int, life_years: float) -> float:
        """Share of the price that is left at the end of the horizon."""
        return max(0.0, 1.0 - (self.horizon - self.t0[bought]) / life_years)


def read_periods(instance: Instance) -> Periods:
    """The phases of an instance."""
    base = instance.finance.base_date or instance.planning_date
    starts = tuple(phase.start for phase in instance.phases.values())
    t0 = tuple(years_between(base, start) for start in starts)
    t1 = tuple(t + phase.years for t, phase in zip(t0, instance.phases.values(), strict=True))
    rate = instance.finance.discount_rate
    return Periods(
        phases=tuple(instance.phases),
        starts=starts,
        t0=t0,
        t1=t1,
        planning_date=instance.planning_date,
        base_date=base,
        discount_rate=rate,
    )


def check_periods(periods: Periods, recorder: Recorder) -> None:
    """Each phase starts when the one before ends."""
    for p in range(1, len(periods.phases)):
        gap_days = abs(periods.t0[p] - periods.t1[p - 1]) * DAYS_PER_YEAR
        recorder.at_most(
            "time.contiguous",
            periods.phases[p],
            gap_days,
            PHASE_SLACK_DAYS,
            "days between the phase and the one before",
        )
