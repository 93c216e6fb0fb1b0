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
from optimizer.assets.compute.fabrics import fabric_id
from optimizer.assets.compute.pods import ComputeCoefficients, PodType
from optimizer.assets.cooling.coefficients import CoolingCoefficients
from optimizer.assets.facility import asset as facility
from optimizer.assets.generators.coefficients import GeneratorCoefficients
from optimizer.assets.network import coefficients as network
from optimizer.assets.substation.coefficients import SiteSubstation, SubstationCoefficients
from optimizer.assets.ups.coefficients import UpsCoefficients
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Purchase
from optimizer.model import pod_bounds
from optimizer.model.plant import PLANT
from optimizer.operations import coefficients as operations
from optimizer.operations.feed import Feed, feed_of
from optimizer.policies import porting_offers
from optimizer.policies.porting_offers import PortingOffers
from optimizer.policies.rulings import rulings_of
from optimizer.reading.grid_files import site_grid
from optimizer.reading.weather import site_weather
from optimizer.setting.calendar import Calendar, calendar_of


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An instance with everything derived from it."""

    instance: Instance
    folder: Path
    """Where the paths of its series start."""
    calendar: Calendar
    rulings: Rulings
    compute: ComputeCoefficients
    plant: dict[str, Any]
    """Coefficients of the assets of `model.plant`, by id; those that other rooms ask for by name have a property."""
    network: network.NetworkCoefficients
    years: dict[str, operations.SiteYear]
    feeds: dict[str, Feed]
    fed_mw: dict[tuple[str, str], float]
    """Most load of an hour by site and phase: what grid and largest substation let in, and what works beside them."""
    porting: PortingOffers

    @property
    def cooling(self) -> CoolingCoefficients:
        """Plants by site and technology."""
        coefficients: CoolingCoefficients = self.plant["cooling"]
        return coefficients

    @property
    def substation(self) -> SubstationCoefficients:
        """Substations by site."""
        coefficients: SubstationCoefficients = self.plant["substation"]
        return coefficients

    @property
    def ups(self) -> UpsCoefficients:
        """UPS by site."""
        coefficients: UpsCoefficients = self.plant["ups"]
        return coefficients

    @property
    def battery(self) -> BatteryCoefficients:
        """Batteries by site."""
        coefficients: BatteryCoefficients = self.plant["battery"]
        return coefficients

    @property
    def generators(self) -> GeneratorCoefficients:
        """Backup by site."""
        coefficients: GeneratorCoefficients = self.plant["generators"]
        return coefficients

    @property
    def building(self) -> BuildingCoefficients:
        """Buildings by site."""
        coefficients: BuildingCoefficients = self.plant["building"]
        return coefficients

    def purchases(self, decisions: Decisions) -> Iterator[Purchase]:
        """What a design buys: pods with their network, plant, porting; nothing of which there is none."""
        yield from compute.purchases(self.compute, decisions)
        yield from network.purchases(self.network, decisions)
        plant = []
        for name, asset in PLANT.items():
            bought = asset.purchases(self.plant[name], decisions, self.calendar.phases)
            plant += [purchase for purchase in bought if purchase.quantity]
        yield from plant
        yield from (share for share in facility.shares(self.plant["facility"], plant) if share.quantity)
        yield from porting_offers.purchases(self.porting, decisions, self.calendar.first)


def derive(instance: Instance, folder: Path) -> Problem:
    """All coefficients of an instance; relative paths of series are read from `folder`."""
    calendar = calendar_of(instance)
    rulings = rulings_of(instance, calendar)
    pods = compute.derive(instance, calendar, rulings)
    plant = {name: asset.derive(instance, calendar) for name, asset in PLANT.items()}
    stores, backups = plant["battery"].sites, plant["generators"].sites
    weather = {s: site_weather(instance, s, folder) for s in instance.sites}
    grid = {s: site_grid(instance, s, folder) for s in instance.sites}
    years = operations.derive(instance, calendar, weather, grid)
    sources = {s: [row for at, row in plant["generation"].sources.items() if at[0] == s] for s in instance.sites}
    feeds = {s: feed_of(year, stores.get(s), backups.get(s), sources[s]) for s, year in years.items()}
    fed_mw = {
        (s, p): _fed_mw(feed, plant["substation"].sites[s], p) for s, feed in feeds.items() for p in calendar.phases
    }
    most_mw = {s: max(fed_mw[s, p] for p in calendar.phases) for s in instance.sites}
    return Problem(
        instance=instance,
        folder=folder,
        calendar=calendar,
        rulings=rulings,
        compute=pod_bounds.bounded(pods, instance, calendar, years, most_mw),
        plant=plant,
        network=network.derive(instance, {key: _joined(instance, pod) for key, pod in pods.types.items()}),
        years=years,
        feeds=feeds,
        fed_mw=fed_mw,
        porting=porting_offers.derive(instance),
    )


def _fed_mw(feed: Feed, site: SiteSubstation, phase: str) -> float:
    firm_mw = max((option.firm_mw for option in site.options.values()), default=0.0)
    return feed.most_mw(phase, min(feed.grid_mw[phase], firm_mw))


def _joined(instance: Instance, pod: PodType) -> network.Joined:
    """What the network needs to know of a type of pod."""
    return network.Joined(
        accelerators=pod.size.accelerators,
        fabric=fabric_id(instance, pod.site, pod.accelerator, pod.fabric),
        fabric_usd=pod.wiring.usd_per_accelerator,
        lead_time_weeks={p: parts[0].offer.lead_time_weeks or 0.0 for p, parts in pod.parts.items()},
    )
