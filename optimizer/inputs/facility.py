"""What an instance may say about the facility around the plant: distribution, controls, fit-out, works, their time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from optimizer.inputs.quantity import Fraction, Name, NonNegative, Positive, Spec, Usd, Weeks, Years

ITEMS = ("shell", "mv_ring", "lv_distribution", "controls", "hall_fitout", "commissioning", "connection")
"""Items of a facility, in the order in which they are told; each is a field of `Facility` and an account `capex_*`."""


class FacilityItem(Spec):
    """Something a facility is made of, bought by the MW of IT power or once for the site."""

    usd_per_mw: NonNegative = 0.0
    """Per MW of installed IT power it serves."""
    usd_fixed: Usd = 0.0
    """Once, with the first substation of the site."""
    life_years: Years
    maintenance_fraction: Fraction = 0.0
    lead_time_weeks: Weeks = 0.0


class Facility(Spec):
    """A facility as it is paid for; an item that is not stated costs nothing."""

    name: Name
    shell: FacilityItem | None = None
    """Shell, core and site, where the building is not rented."""
    mv_ring: FacilityItem | None = None
    """Medium-voltage switchgear and ring."""
    lv_distribution: FacilityItem | None = None
    """Low-voltage switchboards, busway, PDU."""
    controls: FacilityItem | None = None
    """Building and power management, fire, security."""
    hall_fitout: FacilityItem | None = None
    """Containment, trays and floor of the data hall."""
    commissioning: FacilityItem | None = None
    """Commissioning, levels 1 to 5, with load banks."""
    connection: FacilityItem | None = None
    """The utility's charge for the connection."""
    design_fraction: Annotated[Fraction, Field(le=0.5)] = 0.0
    """Design, project management and permits, as a share of plant, fit-out and items."""
    contingency_fraction: Annotated[Fraction, Field(le=0.5)] = 0.0
    """On top of all of it."""
    life_years: Years
    """Of design and contingency."""
    house_load_fraction: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Lighting, controls, water plant: constant, as a share of the rated IT power at work."""
    fitout_weeks: Weeks = 0.0
    """From plant on site to the beginning of commissioning."""
    commissioning_weeks: Weeks = 0.0
    """Before the first day of service; racks are there when it begins."""

    published_low_usd_per_w: Positive | None = None
    """What facilities of the place are published at, per W of IT power; told beside what the plan pays."""
    published_high_usd_per_w: Positive | None = None

    def items(self) -> dict[str, FacilityItem]:
        """What is stated of the items."""
        amounts = {name: getattr(self, name) for name in ITEMS}
        return {name: item for name, item in amounts.items() if item is not None}
