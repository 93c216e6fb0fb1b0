"""What pods kept beyond their life cost and fail: `docs/model.md`, section 2, refresh. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.schema import Instance
from optimizer.setting.calendar import Calendar
from optimizer.setting.service_life import is_kept_longer, years_beyond


@dataclass(frozen=True, kw_only=True)
class Aged:
    """Pods of one age in a phase."""

    maintenance_fraction: float
    """Of the purchase price and per year, on top of the maintenance within the life."""
    failed: float
    """Share that does no work."""


def ageing(instance: Instance, calendar: Calendar, accelerator: str, phase: str, born_years: float) -> Aged:
    """Ageing in a phase of what entered service so many years after the base date; none within its life."""
    chip = instance.accelerators[accelerator]
    if not is_kept_longer(instance, accelerator):
        return Aged(maintenance_fraction=0.0, failed=0.0)
    beyond = years_beyond(chip.life_years, calendar.t0[phase] - born_years, calendar.t1[phase] - born_years)
    return Aged(
        maintenance_fraction=chip.ageing.maintenance_fraction_per_year * beyond,
        failed=min(1.0, chip.ageing.failed_fraction_per_year * beyond),
    )
