"""White space and plant space: docs/model.md section 9."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.audit.case import AuditCase
from optimizer.audit.cooling import Plant
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.power import ups_mw
from optimizer.audit.storage import battery_of, generator_units, store_in_service
from optimizer.audit.substation import Substation


@dataclass(frozen=True)
class FloorSpace:
    """Square metres of a site in a phase."""

    white_m2: float
    plant_m2: float


def fitted_space(case: AuditCase, site: str, p: int) -> FloorSpace:
    """Space fitted out: what is there before the plan and what is bought and in its life."""
    building = case.instance.sites[site].building
    rows = [
        row
        for row in case.decisions.fitout
        if row.site == site and case.periods.in_service(case.periods.index(row.phase), p, building.fitout_life_years)
    ]
    return FloorSpace(
        building.existing_white_m2 + sum(row.white_m2 for row in rows),
        building.existing_plant_m2 + sum(row.plant_m2 for row in rows),
    )


def used_space(
    case: AuditCase, fleet: Fleet, plant: Plant, substation: Substation | None, at: tuple[str, int]
) -> FloorSpace:
    """Space that pods and plant take at a site in a phase."""
    site, p = at
    spec = case.instance.sites[site]
    pods_m2 = sum(pods * case.pod(site, kind).white_m2 for kind, pods in fleet.installed_at(site, p).items())
    plant_m2 = sum(units * case.instance.coolings[x].m2_per_module for x, units in plant.modules_at(site, p).items())
    if substation:
        transformer = case.instance.transformers[substation.transformer]
        plant_m2 += transformer.m2_fixed + substation.units * transformer.m2_per_unit
    plant_m2 += ups_mw(case, site, p) * case.instance.upses[spec.ups].m2_per_mw
    battery = battery_of(case, site)
    if battery:
        plant_m2 += store_in_service(case, site, p).mwh * battery.m2_per_mwh
    if spec.backup:
        plant_m2 += generator_units(case, site, p) * case.instance.generators[spec.backup.generator].m2_per_unit
    return FloorSpace((1.0 + spec.building.support_fraction) * pods_m2, plant_m2)


def check_floor(
    case: AuditCase,
    fleet: Fleet,
    plant: Plant,
    substations: dict[tuple[str, int], Substation | None],
    recorder: Recorder,
) -> None:
    """Used space is fitted out, fitted-out space is there."""
    for site, spec in case.instance.sites.items():
        for p, phase in enumerate(case.periods.phases):
            where, fitted = joined(site, phase), fitted_space(case, site, p)
            used = used_space(case, fleet, plant, substations[site, p], (site, p))
            recorder.at_least("floor.white", where, fitted.white_m2, used.white_m2, "m2 of white space fitted out")
            recorder.at_least("floor.plant", where, fitted.plant_m2, used.plant_m2, "m2 of plant space fitted out")
            there = spec.building
            recorder.at_most(
                "floor.white_space", where, fitted.white_m2, there.white_space_m2, "m2 of white space fitted out"
            )
            recorder.at_most(
                "floor.plant_space", where, fitted.plant_m2, there.plant_m2, "m2 of plant space fitted out"
            )
