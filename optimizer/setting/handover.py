"""Weeks between a delivery and the first day of service: fit-out and commissioning of a facility."""

from __future__ import annotations

from optimizer.inputs.facility import Facility
from optimizer.inputs.schema import Instance


def facility_of(instance: Instance, site: str) -> Facility | None:
    """The facility of a site, if one is stated."""
    name = instance.sites[site].facility
    return None if name is None else instance.facilities[name]


def plant_weeks(instance: Instance, site: str) -> float:
    """From plant on site to the first day of service; 0 without a facility."""
    facility = facility_of(instance, site)
    return facility.fitout_weeks + facility.commissioning_weeks if facility else 0.0


def rack_weeks(instance: Instance, site: str) -> float:
    """From racks on site to the first day of service; 0 without a facility."""
    facility = facility_of(instance, site)
    return facility.commissioning_weeks if facility else 0.0
