"""What a year of dispatch pays beside the tariff. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.operations.coefficients import SiteYear
from optimizer.operations.flexible import Flexible

Hours = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Money:
    """The prices of a phase that are not the tariff's."""

    carbon_usd_per_mwh: float | Hours
    degradation_usd_per_mwh: float
    generator_usd_per_mwh: float
    water_usd_per_m3: float
    fuelled: bool = False
    """Whether generation beside the grid costs anything to run."""
    paid: bool = False
    """Whether somebody pays for load that is dropped."""

    @property
    def free(self) -> bool:
        """Whether only the tariff costs anything."""
        others = (self.degradation_usd_per_mwh, self.generator_usd_per_mwh, self.water_usd_per_m3)
        return not (np.any(self.carbon_usd_per_mwh) or any(others) or self.fuelled or self.paid)


def source_usd_per_mwh(year: SiteYear, name: str, phase: str) -> float:
    """Fuel, running cost and carbon of a MWh of a source."""
    source = year.sources[name]
    return source.usd_per_mwh[phase] + year.carbon_price_usd_per_t * source.carbon_t_per_mwh


def other_money(year: SiteYear, flexible: Flexible, phase: str) -> Money:
    """What is paid in a phase beside the tariff."""
    battery, generator = flexible.battery, flexible.generator
    carbon_usd = year.carbon_price_usd_per_t
    return Money(
        carbon_usd_per_mwh=carbon_usd * year.carbon_t_per_mwh,
        degradation_usd_per_mwh=battery.degradation_usd_per_mwh if battery else 0.0,
        generator_usd_per_mwh=(
            generator.fuel_usd_per_mwh + carbon_usd * generator.carbon_t_per_mwh if generator else 0.0
        ),
        water_usd_per_m3=year.water_usd_per_m3 if flexible.moving else 0.0,
        fuelled=any(source_usd_per_mwh(year, name, phase) for name in year.sources),
        paid=year.connection.response is not None,
    )
