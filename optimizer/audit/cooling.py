"""Cooling: hourly power and water per unit of heat, and the plant. docs/model.md section 6."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.handover import plant_weeks
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.weather import WeatherYear
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.schema import Instance

ZERO_C_IN_KELVIN = 273.15


@dataclass(frozen=True)
class Draw:
    """Of one technology at one site, by hour, for heat put into its racks."""

    kw_per_kw: Hours
    """Electrical power per unit of heat."""
    litres_per_kwh: Hours
    """Water per kWh of heat."""


def loop_draw(technology: Cooling, year: WeatherYear) -> Draw:
    """What the technology's own loop draws for the heat it takes."""
    warmth = year.wet_c + technology.approach_k - technology.supply_c
    chiller_share = np.clip(warmth / (technology.return_c - technology.supply_c), 0.0, 1.0)
    evaporator_c = technology.supply_c - technology.evaporator_approach_k
    condenser_c = year.wet_c + technology.condenser_approach_k
    lift = np.maximum(condenser_c - evaporator_c, technology.min_lift_k)
    cop = technology.carnot_fraction * (evaporator_c + ZERO_C_IN_KELVIN) / lift
    compressor = chiller_share / cop
    with_heat = technology.fan_pump_fraction * (1.0 - technology.fan_pump_standing_fraction)
    return Draw(with_heat + compressor, technology.water_l_per_kwh * (1.0 + compressor))


def rack_draw(instance: Instance, cooling: str, year: WeatherYear) -> Draw:
    """What a technology and the one that takes the rest draw for the heat of its racks."""
    technology = instance.coolings[cooling]
    own, share = loop_draw(technology, year), technology.capture_fraction
    if technology.residual is None:
        return Draw(share * own.kw_per_kw, share * own.litres_per_kwh)
    rest = loop_draw(instance.coolings[technology.residual], year)
    return Draw(
        share * own.kw_per_kw + (1.0 - share) * rest.kw_per_kw,
        share * own.litres_per_kwh + (1.0 - share) * rest.litres_per_kwh,
    )


def captured_share(instance: Instance, cooling: str, plant: str) -> float:
    """Share of the heat of a technology's racks that a plant carries."""
    technology = instance.coolings[cooling]
    share = technology.capture_fraction if plant == cooling else 0.0
    if technology.residual == plant:
        share += 1.0 - technology.capture_fraction
    return share


@dataclass
class Plant:
    """Modules in service and opened technologies, by site, phase and technology. Absent keys are zero."""

    modules: dict[tuple[str, int, str], int] = field(default_factory=lambda: defaultdict(int))
    opened: set[tuple[str, int, str]] = field(default_factory=set)

    def modules_at(self, site: str, p: int) -> dict[str, int]:
        """Modules in service at a site in a phase."""
        return {x: units for (s, q, x), units in self.modules.items() if (s, q) == (site, p)}


def read_plant(case: AuditCase, recorder: Recorder) -> Plant:
    """Count the modules, and check how they were bought."""
    plant = Plant()
    last = len(case.periods.phases)
    for site_id, site in case.instance.sites.items():
        for x, units in site.existing_cooling_modules.items():
            for p in range(last if units else 0):
                plant.modules[site_id, p, x] += units
                plant.opened.add((site_id, p, x))
    for row in sorted(case.decisions.cooling, key=lambda row: case.periods.index(row.phase)):
        q, x = case.periods.index(row.phase), row.cooling
        technology, where = case.instance.coolings[x], joined(row.site, row.phase, x)
        if row.opened:
            fresh = (row.site, q, x) not in plant.opened
            recorder.holds("cooling.opened_once", where, fresh, "the technology is open already")
            plant.opened.update((row.site, p, x) for p in range(q, last))
        for p in range(q, last):
            if case.periods.in_service(q, p, technology.life_years):
                plant.modules[row.site, p, x] += row.units
        if row.opened or row.units:
            offered = case.instance.sites[row.site].coolings
            known = [case.instance.coolings[c] for c in offered if c in case.instance.coolings]
            allowed = x in offered or any(other.residual == x for other in known)
            recorder.holds("cooling.allowed", where, allowed, "the technology may not be opened here")
            in_time = case.periods.order_in_time(q, technology.lead_time_weeks + plant_weeks(case, row.site))
            recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")
    return plant


def fans_mw(case: AuditCase, plant: Plant, at: tuple[str, int], active: bool) -> float:
    """What fans and pumps of the modules at work draw at any load; `active`: the site has a substation."""
    site, p = at
    total = 0.0
    for x, modules in plant.modules_at(site, p).items():
        technology = case.instance.coolings[x]
        there = case.instance.sites[site].existing_cooling_modules.get(x, 0)
        # Spare are first of all those that were there from the start, which stand still where there is no substation.
        bought_spare = max(0, technology.spare_modules - there) if (site, p, x) in plant.opened else 0
        at_work = modules - there - bought_spare
        if active:
            at_work += max(0, there - technology.spare_modules)
        at_full_load = technology.fan_pump_fraction * technology.module_mw
        total += technology.fan_pump_standing_fraction * at_full_load * at_work
    return total


def check_plant(case: AuditCase, fleet: Fleet, plant: Plant, recorder: Recorder) -> None:
    """Duty, gate and number of technologies, for every site and phase."""
    for site_id, site in case.instance.sites.items():
        for p, phase in enumerate(case.periods.phases):
            heat_mw: dict[str, float] = defaultdict(float)
            for kind, pods in fleet.installed_at(site_id, p).items():
                heat_mw[kind.cooling] += pods * case.pod(site_id, kind).kw / 1000.0
            open_here = {x for (s, q, x) in plant.opened if (s, q) == (site_id, p)}
            for x, technology in case.instance.coolings.items():
                where, is_open = joined(site_id, phase, x), x in open_here
                modules = plant.modules.get((site_id, p, x), 0)
                gate = technology.max_modules if is_open else 0
                recorder.at_most("cooling.gate", where, modules, gate, "modules in service")
                heat_taken = sum(captured_share(case.instance, c, x) * heat for c, heat in heat_mw.items())
                capacity = technology.module_mw * (modules - (technology.spare_modules if is_open else 0))
                if heat_taken or modules or is_open:
                    recorder.at_most("cooling.duty", where, heat_taken, capacity, "MW of heat on the plant")
            if site.max_coolings is not None:
                where = joined(site_id, phase)
                recorder.at_most("cooling.technologies", where, len(open_here), site.max_coolings, "technologies open")
