"""How long pods stay, and how far beyond their life: `docs/model.md`, section 2, refresh. Pure."""

from __future__ import annotations

from optimizer.inputs.schema import Instance


def service_years(instance: Instance, accelerator: str) -> float:
    """Most years that pods of an accelerator are in service: its life or, with refresh, as long as they may be kept."""
    chip = instance.accelerators[accelerator]
    if not instance.procurement.refresh or chip.life_max_years is None:
        return chip.life_years
    return max(chip.life_years, chip.life_max_years)


def is_kept_longer(instance: Instance, accelerator: str) -> bool:
    """Whether its pods may be kept beyond its life: then they age."""
    return service_years(instance, accelerator) > instance.accelerators[accelerator].life_years


def years_beyond(life_years: float, youngest_years: float, oldest_years: float) -> float:
    """Mean over a stretch of ages of the years beyond a life; 0 for what is younger throughout."""

    def area(age_years: float) -> float:
        return max(0.0, age_years - life_years) ** 2 / 2

    return (area(oldest_years) - area(youngest_years)) / (oldest_years - youngest_years)
