"""Derive: from a frozen instance to the numbers of every slice. Pure; no Pyomo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.assets.battery.coefficients import BatteryCoefficients
from optimizer.assets.building.coefficients import BuildingCoefficients
from optimizer.assets.compute import coefficients as compute
from optimizer.assets.compute.admission import Rulings
from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.assets.cooling.coefficients import CoolingCoefficients
from optimizer.assets.generators.coefficients import GeneratorCoefficients
from optimizer.assets.network import coefficients as network
from optimizer.assets.substation.coefficients import SubstationCoefficients
from optimizer.assets.ups.coefficients import UpsCoefficients
from optimizer.inputs.design import Decisions
from optimizer.inputs.quantity import MUSD
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Purchase
from optimizer.model.plant import PLANT
from optimizer.operations import coefficients as operations
from optimizer.operations.feed import Feed, feed_of
from optimizer.policies.rulings import rulings_of
from optimizer.reading.weather import site_weather
from optimizer.setting.calendar import Calendar, calendar_of


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An instance with everything derived from it."""

    instance: Instance
    calendar: Calendar
    rulings: Rulings
    compute: ComputeCoefficients
    plant: dict[str, Any]
    """Coefficients of the assets of `model.plant`, by id; those that other rooms ask for by name have a property."""
    network: network.NetworkCoefficients
    years: dict[str, operations.SiteYear]
    feeds: dict[str, Feed]
    porting_musd: dict[str, float]

    @property
    def cooling(self) -> CoolingCoefficients:
        """Plants by site and technology."""
        found: CoolingCoefficients = self.plant["cooling"]
        return found

    @property
    def substation(self) -> SubstationCoefficients:
        """Substations by site."""
        found: SubstationCoefficients = self.plant["substation"]
        return found

    @property
    def ups(self) -> UpsCoefficients:
        """UPS by site."""
        found: UpsCoefficients = self.plant["ups"]
        return found

    @property
    def battery(self) -> BatteryCoefficients:
        """Batteries by site."""
        found: BatteryCoefficients = self.plant["battery"]
        return found

    @property
    def generators(self) -> GeneratorCoefficients:
        """Backup by site."""
        found: GeneratorCoefficients = self.plant["generators"]
        return found

    @property
    def building(self) -> BuildingCoefficients:
        """Buildings by site."""
        found: BuildingCoefficients = self.plant["building"]
        return found

    def purchases(self, decisions: Decisions) -> Iterator[Purchase]:
        """What a design buys of the plant, asset by asset; nothing of which there is none."""
        for name, asset in PLANT.items():
            found = asset.purchases(self.plant[name], decisions, self.calendar.phases)
            yield from (purchase for purchase in found if purchase.quantity)


def derive(instance: Instance, folder: Path) -> Problem:
    """All coefficients of an instance; relative paths of series are read from `folder`."""
    calendar = calendar_of(instance)
    rulings = rulings_of(instance, calendar)
    pods = compute.derive(instance, calendar, rulings)
    plant = {name: asset.derive(instance, calendar) for name, asset in PLANT.items()}
    stores, backups = plant["battery"].sites, plant["generators"].sites
    years = operations.derive(instance, calendar, {s: site_weather(instance, s, folder) for s in instance.sites})
    return Problem(
        instance=instance,
        calendar=calendar,
        rulings=rulings,
        compute=pods,
        plant=plant,
        network=network.derive(instance, {key: pod.wiring.usd_per_accelerator for key, pod in pods.types.items()}),
        years=years,
        feeds={s: feed_of(year, stores.get(s), backups.get(s)) for s, year in years.items()},
        porting_musd={name: stack.porting_usd * MUSD for name, stack in instance.stacks.items()},
    )
