"""What a site can dispatch: a battery, work that can wait, generators and generation beside the grid. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload

Load = tuple[str, str]
"""(room, workload); room: cooling and, where halls are chosen, hall."""


@dataclass(frozen=True)
class BatteryWork:
    """A battery that may trade: share kept each way, and wear per MWh discharged."""

    efficiency: float
    degradation_usd_per_mwh: float


@dataclass(frozen=True)
class GeneratorWork:
    """Generators that may run beside the grid."""

    hours: float
    """Full-load hours per year."""
    fuel_usd_per_mwh: float
    carbon_t_per_mwh: float


@dataclass(frozen=True)
class Moving:
    """Work that can wait: share of each hour's energy, and IT power per rated MW at most."""

    fraction: float
    most_per_mw: float


@dataclass(frozen=True)
class Flexible:
    """All a site can dispatch; with a grid by the hour there may be none of the four."""

    battery: BatteryWork | None
    generator: GeneratorWork | None
    moving: dict[Load, Moving]
    sources: tuple[str, ...] = ()
    """Kinds of generation beside the grid."""
    engines: tuple[str, ...] = ()
    """Those that take fuel."""

    def fraction(self, load: Load) -> float:
        """Share of a load's energy that may move."""
        return self.moving[load].fraction if load in self.moving else 0.0


def movable(instance: Instance, workload: str) -> Moving | None:
    """What of a workload can wait; None if nothing may (runs and services never wait), or no room is left."""
    data = instance.workloads[workload]
    if not isinstance(data, Workload) or data.deferrable_fraction == 0:
        return None
    if min(data.daily_profile) == max(data.daily_profile):
        return None
    return Moving(data.deferrable_fraction, data.load_fraction * max(data.daily_profile))


def flexible(instance: Instance, name: str, loads: tuple[Load, ...]) -> Flexible | None:
    """What a site can dispatch; None if nothing: then its year needs no linear programme."""
    site = instance.sites[name]
    battery = generator = None
    if site.battery is not None and site.battery_dispatch:
        kind = instance.batteries[site.battery]
        battery = BatteryWork(sqrt(kind.round_trip_fraction), kind.degradation_usd_per_mwh)
    if site.backup is not None and site.backup.peak_shaving_hours_per_year > 0:
        row = instance.generators[site.backup.generator]
        hours = site.backup.peak_shaving_hours_per_year
        generator = GeneratorWork(hours, row.fuel_usd_per_mwh, row.carbon_kg_per_mwh / 1000)
    shifts = {(c, w): movable(instance, w) for c, w in loads}
    moving = {load: work for load, work in shifts.items() if work is not None}
    sources = tuple(row.source for row in site.generation)
    engines = tuple(name for name in sources if instance.generation[name].takes_fuel)
    by_the_hour = bool(site.grid_series or site.flexible_connection or site.demand_response)
    if not (battery or generator or moving or sources or by_the_hour):
        return None
    return Flexible(battery, generator, moving, sources, engines)


def dispatches(instance: Instance, site: str) -> bool:
    """Whether the year of a site is a linear programme."""
    return flexible(instance, site, tuple(("", w) for w in instance.workloads)) is not None
