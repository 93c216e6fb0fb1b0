"""Derive: from a frozen instance to the numbers of every slice. Pure; no Pyomo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.assets.battery import coefficients as battery
from optimizer.assets.building import coefficients as building
from optimizer.assets.compute import coefficients as compute
from optimizer.assets.compute.admission import Rulings
from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.assets.cooling import coefficients as cooling
from optimizer.assets.generators import coefficients as generators
from optimizer.assets.network import coefficients as network
from optimizer.assets.substation import coefficients as substation
from optimizer.assets.ups import coefficients as ups
from optimizer.inputs.schema import Instance
from optimizer.operations import coefficients as operations
from optimizer.operations.feed import Feed, feed_of
from optimizer.policies.rulings import rulings_of
from optimizer.reading.weather import site_weather
from optimizer.setting.calendar import Calendar, calendar_of

MUSD = 1e-6


@dataclass(frozen=True)
class Problem:
    """An instance with everything derived from it."""

    instance: Instance
    calendar: Calendar
    rulings: Rulings
    compute: ComputeCoefficients
    cooling: cooling.CoolingCoefficients
    substation: substation.SubstationCoefficients
    ups: ups.UpsCoefficients
    battery: battery.BatteryCoefficients
    generators: generators.GeneratorCoefficients
    network: network.NetworkCoefficients
    building: building.BuildingCoefficients
    years: dict[str, operations.SiteYear]
    feeds: dict[str, Feed]
    porting_musd: dict[str, float]


def derive(instance: Instance, folder: Path) -> Problem:
    """All coefficients of an instance; relative paths of series are read from `folder`."""
    calendar = calendar_of(instance)
    rulings = rulings_of(instance, calendar)
    pods = compute.derive(instance, calendar, rulings)
    stores, backups = battery.derive(instance, calendar), generators.derive(instance, calendar)
    years = operations.derive(instance, calendar, {s: site_weather(instance, s, folder) for s in instance.sites})
    return Problem(
        instance=instance,
        calendar=calendar,
        rulings=rulings,
        compute=pods,
        cooling=cooling.derive(instance, calendar),
        substation=substation.derive(instance, calendar),
        ups=ups.derive(instance, calendar),
        battery=stores,
        generators=backups,
        network=network.derive(instance, {key: pod.wiring.usd_per_accelerator for key, pod in pods.types.items()}),
        building=building.derive(instance),
        years=years,
        feeds={s: feed_of(year, stores.sites.get(s), backups.sites.get(s)) for s, year in years.items()},
        porting_musd={name: stack.porting_usd * MUSD for name, stack in instance.stacks.items()},
    )
