"""What one buyer can obtain of an accelerator by a day, per year and by quarter: docs/model.md, section 10. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.setting.matching import matches


def has_quarters(chip: Accelerator) -> bool:
    """Whether the supply of an accelerator is limited by quarter."""
    return chip.supply_per_quarter is not None or bool(chip.supply_by_quarter)


def quarter_of(day: date) -> str:
    """The quarter of the calendar a day is in, such as 2027Q3."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def first_day(quarter: str) -> date:
    """First day of a quarter."""
    return date(int(quarter[:4]), 3 * int(quarter[5]) - 2, 1)


def end_of(quarter: str) -> date:
    """First day of the quarter that follows."""
    start = first_day(quarter)
    return date(start.year + (start.month + 2) // 12, (start.month + 2) % 12 + 1, 1)


def quarters_between(since: date, until: date) -> Iterator[str]:
    """Quarters with a day in since <= day < until, in order of time."""
    day = since
    while day < until:
        yield quarter_of(day)
        day = end_of(quarter_of(day))


def per_quarter(chip: Accelerator, quarter: str) -> int:
    """Accelerators of a quarter, factors of phases left out. Names of quarters sort by time."""
    table = chip.supply_by_quarter
    if quarter in table or chip.supply_per_quarter is not None:
        return table.get(quarter, chip.supply_per_quarter or 0)
    return table[max(earlier)] if (earlier := [name for name in table if name < quarter]) else 0


def supplied(instance: Instance, name: str, until: date) -> float:
    """Accelerators that the quarters have given by a day, of those made since planning and since the launch."""
    chip = instance.accelerators[name]
    since, total = max(instance.planning_date, chip.launch), 0.0
    for start, end, factor in _spells(instance, name):
        for quarter in quarters_between(max(since, start), min(until, end)):
            first, beyond = first_day(quarter), end_of(quarter)
            days = (min(until, end, beyond) - max(since, start, first)).days
            total += per_quarter(chip, quarter) * factor * days / (beyond - first).days
    return total


def _spells(instance: Instance, name: str) -> Iterator[tuple[date, date, float]]:
    """Stretches of time with the factor on what is made in them: up to the first phase, then phase by phase."""
    starts = [phase.start for phase in instance.phases.values()]
    yield date.min, starts[0], 1.0
    for phase, start, end in zip(instance.phases, starts, (*starts[1:], date.max), strict=True):
        yield start, end, supply_factor(instance, name, phase)


def supply_factor(instance: Instance, name: str, phase: str) -> float:
    """Factor on what is made of an accelerator on the days of a phase."""
    factors = instance.phases[phase].accelerator_supply_factors
    return math.prod(value for pattern, value in factors.items() if matches(name, (pattern,)))


def calendar_years(since: date, until: date) -> float:
    """Years between two days, each day a part of the calendar year it is in: 1 January to 1 January is 1 exactly."""
    total = 0.0
    for year in range(since.year, until.year + 1):
        first, beyond = date(year, 1, 1), date(year + 1, 1, 1)
        total += max(0, (min(until, beyond) - max(since, first)).days) / (beyond - first).days
    return total


def supplied_since_phase_before(instance: Instance, name: str, phase: str) -> float:
    """Accelerators that the supply per year gives for a phase: since the one before, but not before planning."""
    phases = tuple(instance.phases)
    at = phases.index(phase)
    since, factor = instance.planning_date, 1.0
    if at > 0:
        since = max(since, instance.phases[phases[at - 1]].start)
        factor = supply_factor(instance, name, phases[at - 1])
    years = calendar_years(since, instance.phases[phase].start)
    return (instance.accelerators[name].supply_per_year or 0) * years * factor


def supplied_at_most(instance: Instance, name: str, phase: str) -> float:
    """Most accelerators that can be delivered up to a phase, all deliveries together; infinite without any limit."""
    chip, most = instance.accelerators[name], math.inf
    if chip.supply_per_year is not None:
        phases = tuple(instance.phases)
        upto = phases[: phases.index(phase) + 1]
        most = sum(supplied_since_phase_before(instance, name, p) for p in upto)
    if has_quarters(chip):
        most = min(most, supplied(instance, name, instance.phases[phase].start))
    return most
