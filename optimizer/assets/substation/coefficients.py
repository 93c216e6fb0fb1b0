"""Substation options in numbers: firm capacity, tolerated load step, losses, cost and space. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.schema import Instance
from optimizer.inputs.substation import Grid, Transformer
from optimizer.ledger.purchases import LUMP_SUM, Offer, asset_offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import plant_weeks


@dataclass(frozen=True, kw_only=True)
class Option:
    """A number of transformers of one type."""

    transformer: str
    units: int
    firm_mw: float
    """Import it carries with the spare units out of service, at the site's power factor."""
    step_limit_mw: float
    """Load step that keeps the voltage within the utility's limit, spare units out of service."""
    no_load_mw: float
    plant_m2: float


@dataclass(frozen=True, kw_only=True)
class SiteSubstation:
    """What a site may have. `existing` is the option there before the first phase."""

    options: dict[str, Option]
    existing: str | None
    types: dict[str, Transformer]
    offers: dict[str, tuple[Offer, Offer]]
    """Of each type: transformers, and the works of its first ones."""
    buyable: dict[str, tuple[str, ...]]
    """Phases in which units of a type can enter service."""
    auxiliary_mw: float
    measured: bool
    """Whether a measured PUE holds all overheads: then nothing here draws power."""


@dataclass(frozen=True)
class SubstationCoefficients:
    """Substations by site."""

    sites: dict[str, SiteSubstation]


def step_limit_mva(grid: Grid, transformer: Transformer, in_service: int) -> float:
    """Largest load step in MVA: the voltage limit times the fault level behind the transformers in service."""
    if in_service <= 0:
        return 0.0
    per_mva = 1 / grid.short_circuit_mva + transformer.reactance_pu / (in_service * transformer.unit_mva)
    return grid.voltage_step_max_fraction / per_mva


def make_option(grid: Grid, name: str, transformer: Transformer, units: int) -> Option:
    """One option of a site."""
    in_service = max(0, units - grid.spare_units)
    return Option(
        transformer=name,
        units=units,
        firm_mw=grid.power_factor * in_service * transformer.unit_mva,
        step_limit_mw=grid.power_factor * step_limit_mva(grid, transformer, in_service),
        no_load_mw=units * transformer.no_load_loss_kw / 1000,
        plant_m2=transformer.m2_fixed + units * transformer.m2_per_unit,
    )


def derive(instance: Instance, calendar: Calendar) -> SubstationCoefficients:
    """The enumerated options of every site."""
    sites = {}
    for s, site in instance.sites.items():
        grid = site.grid
        there = grid.existing
        names = list(grid.transformers) + ([there.transformer] if there else [])
        types = {name: instance.transformers[name] for name in dict.fromkeys(names)}
        options = {}
        for name in grid.transformers:
            most = min(types[name].max_units, grid.spare_bays or types[name].max_units)
            least = there.units + 1 if there and there.transformer == name else 0
            for units in range(max(grid.spare_units + 1, least), most + 1):
                options[f"{name}x{units}"] = make_option(grid, name, types[name], units)
        existing = None
        if there:
            existing = f"{there.transformer}x{there.units}"
            options[existing] = make_option(grid, there.transformer, types[there.transformer], there.units)
        offers = {name: _offers(name, kind, plant_weeks(instance, s)) for name, kind in types.items()}
        buyable = {name: calendar.buyable(units.weeks_ahead) for name, (units, _) in offers.items()}
        sites[s] = SiteSubstation(
            options=options,
            existing=existing,
            types=types,
            offers=offers,
            buyable=buyable,
            auxiliary_mw=0.0 if site.measured_pue else site.auxiliary_mw,
            measured=site.measured_pue is not None,
        )
    return SubstationCoefficients(sites)


def _offers(item: str, kind: Transformer, on_site_weeks: float) -> tuple[Offer, Offer]:
    units = asset_offer(kind, item, kind.usd_per_unit, on_site_weeks)
    return units, replace(units, what="substation works", unit=LUMP_SUM, unit_price_usd=kind.usd_fixed)
