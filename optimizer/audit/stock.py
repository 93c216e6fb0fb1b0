"""Supply by quarter, as a store that fills day by day and is emptied by deliveries: docs/model.md section 10."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.inputs.compute import Accelerator

ONE_DAY = timedelta(days=1)


def supply_factor(case: AuditCase, accelerator: str, p: int) -> float:
    """Factor of a phase on what is made of an accelerator on its days."""
    made = 1.0
    for pattern, factor in case.instance.phases[case.periods.phases[p]].accelerator_supply_factors.items():
        if fnmatchcase(accelerator, pattern):
            made *= factor
    return made


def check_stocks(case: AuditCase, delivered: Mapping[tuple[str, int, str], int], recorder: Recorder) -> None:
    """Walk through the days: what was made and not yet delivered must cover every delivery."""
    for name, chip in case.instance.accelerators.items():
        if chip.supply_per_quarter is None and not chip.supply_by_quarter:
            continue
        day, made, taken = max(case.periods.planning_date, chip.launch), 0.0, 0
        for p, phase in enumerate(case.periods.phases):
            factor = supply_factor(case, name, p - 1) if p else 1.0
            while day < case.periods.starts[p]:
                made += factor * _made_on(chip, day)
                day += ONE_DAY
            taken += sum(count for (_, q, accelerator), count in delivered.items() if (q, accelerator) == (p, name))
            recorder.at_most("rules.stock", joined(phase, name), taken, made, "accelerators delivered up to then")


def _made_on(chip: Accelerator, day: date) -> float:
    """Accelerators made on a day: those of its quarter over the quarter's days."""
    quarter, months_on = (day.month - 1) // 3, 3 * ((day.month - 1) // 3) + 3
    after = date(day.year + months_on // 12, months_on % 12 + 1, 1)
    return _of_quarter(chip, day.year, quarter + 1) / (after - date(day.year, 3 * quarter + 1, 1)).days


def _of_quarter(chip: Accelerator, year: int, quarter: int) -> int:
    """The row's own, or the flat number, or that of the last quarter named before."""
    own = chip.supply_by_quarter.get(f"{year}Q{quarter}")
    if own is not None:
        return own
    if chip.supply_per_quarter is not None:
        return chip.supply_per_quarter
    known = sorted(((int(name[:4]), int(name[-1])), count) for name, count in chip.supply_by_quarter.items())
    earlier = [count for at, count in known if at < (year, quarter)]
    return earlier[-1] if earlier else 0
