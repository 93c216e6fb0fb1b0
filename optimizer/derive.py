"""Derive: from a frozen instance to the numbers of every slice. Pure; no Pyomo."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from optimizer.instance.schema import Instance
from optimizer.instance.weather import site_weather
from optimizer.operations import coefficients as operations
from optimizer.policies.export_rules import InForce, in_force, known_regimes
from optimizer.regimes.facts import MissingFact, chip_facts
from optimizer.regimes.places import place
from optimizer.regimes.ruling import DATA_MISSING, Ruling, Status, Trade
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
    porting_musd: dict[str, float]


def rulings_of(instance: Instance, calendar: Calendar) -> Rulings:
    """The export ruling on every accelerator at every site, by phase of delivery."""
    parent, known = place(instance.export.parent), known_regimes(instance)
    laws = {p: in_force(instance.export, known, calendar.starts[p]) for p in calendar.phases}
    return {
        (s, name, p): _ruling(instance, name, laws[p], Trade(place(site.place), parent, calendar.starts[p]))
        for s, site in instance.sites.items()
        for name in instance.accelerators
        for p in calendar.phases
    }


def _ruling(instance: Instance, name: str, law: InForce, trade: Trade) -> Ruling:
    """The ruling on one chip. One that needs a fact nobody stated leaves the chip out, and says which fact."""
    try:
        ruling = law.regime.rule(chip_facts(name, instance.accelerators[name]), trade)
    except MissingFact as missing:
        reason = f"{missing}; state accelerators.{name}.{missing.field} to have it ruled on"
        at = (law.regime.effective, law.regime.source, reason)
        ruling = Ruling(Status.DENIED, missing.clause, *at, probability=0.0, flags=(DATA_MISSING,))
    return replace(ruling, entry=law.entry)


def derive(instance: Instance, folder: Path) -> Problem:
    """All coefficients of an instance; relative paths of series are read from `folder`."""
    calendar = calendar_of(instance)
    rulings = rulings_of(instance, calendar)
    pods = compute.derive(instance, calendar, rulings)
    return Problem(
        instance=instance,
        calendar=calendar,
        rulings=rulings,
        compute=pods,
        cooling=cooling.derive(instance, calendar),
        substation=substation.derive(instance, calendar),
        ups=ups.derive(instance, calendar),
        battery=battery.derive(instance, calendar),
        generators=generators.derive(instance, calendar),
        network=network.derive(instance, {key: pod.wiring.usd_per_accelerator for key, pod in pods.types.items()}),
        building=building.derive(instance),
        years=operations.derive(instance, calendar, {s: site_weather(instance, s, folder) for s in instance.sites}),
        porting_musd={name: stack.porting_usd * MUSD for name, stack in instance.stacks.items()},
    )
