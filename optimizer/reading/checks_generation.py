"""Whether what is said of generation beside the grid fits together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.inputs.schema import Instance, Site
from optimizer.inputs.setting import CsvWeather, NormalsWeather
from optimizer.reading.messages import InputFinding
from optimizer.setting.generation import no_radiation


def fuel_gives_power(instance: Instance) -> Iterator[InputFinding]:
    """What takes fuel says how much, and what follows the sun does not."""
    for name, kind in instance.generation.items():
        path = ("generation", name)
        if kind.takes_fuel and kind.heat_rate_gj_per_mwh is None:
            message = f"{name} takes fuel ({kind.kind}), and heat_rate_gj_per_mwh is not stated"
            yield InputFinding("E0429", path, message, "state the GJ of fuel for a MWh: 3.6 over the efficiency")
        if not kind.takes_fuel and kind.heat_rate_gj_per_mwh is not None:
            message = f"{name} follows the sun and has a heat_rate_gj_per_mwh"
            yield InputFinding("E0429", (*path, "heat_rate_gj_per_mwh"), message, "leave it out, or correct kind")


def fuel_has_a_price(instance: Instance) -> Iterator[InputFinding]:
    """What takes fuel has a price for it, and nothing else has one; a source is named once."""
    for s, site in instance.sites.items():
        for number, row in enumerate(site.generation):
            path, kind = ("sites", s, "generation", number), instance.generation.get(row.source)
            if row.source in [other.source for other in site.generation[:number]]:
                message = f"generation of {s} names {row.source} twice"
                yield InputFinding("E0322", (*path, "source"), message, "keep one of the two rows")
            if kind is None:
                continue
            if not kind.takes_fuel:
                if row.fuel_usd_per_gj is not None or row.full_load_hours_per_year is not None:
                    message = f"{row.source} at {s} follows the sun: it has neither a fuel nor hours to be limited"
                    hint = "leave fuel_usd_per_gj and full_load_hours_per_year out"
                    yield InputFinding("E0429", path, message, hint)
            elif row.fuel_usd_per_gj is None:
                message = f"{row.source} at {s} takes fuel, and fuel_usd_per_gj is not stated"
                yield InputFinding("E0427", path, message, "state the price delivered to the site, in USD per GJ")


def sun_is_measured(instance: Instance) -> Iterator[InputFinding]:
    """Photovoltaics need radiation in the site's weather; an EPW file is looked at when it is read."""
    for s, site in instance.sites.items():
        kinds = {row.source: instance.generation.get(row.source) for row in site.generation}
        sun = [source for source, kind in kinds.items() if kind is not None and not kind.takes_fuel]
        if sun and _dark(instance, site):
            yield InputFinding("E0428", ("sites", s, "weather"), *no_radiation(s, sun[0]))


def _dark(instance: Instance, site: Site) -> bool:
    if isinstance(site.weather, CsvWeather):
        return True
    if not isinstance(site.weather, NormalsWeather) or site.weather.place not in instance.climates:
        return False
    return any(month.ghi_w_per_m2 is None for month in instance.climates[site.weather.place].months)


def units_fit_the_site(instance: Instance) -> Iterator[InputFinding]:
    """A unit is no larger than what the site may ever draw, has room, and is not all in reserve."""
    for s, site in instance.sites.items():
        drawn_mw = max([site.grid_mw, *(stage.mw for stage in site.grid_stages)])
        for number, row in enumerate(site.generation):
            kind = instance.generation.get(row.source)
            if kind is None:
                continue
            path, uses = ("sites", s, "generation", number), (("generation", row.source, "unit_mw"),)
            if drawn_mw and kind.unit_mw > drawn_mw:
                message = f"one unit of {row.source} is {kind.unit_mw:g} MW, and {s} never has more than {drawn_mw:g}"
                yield InputFinding("E0429", path, message, "name a smaller kind, or correct grid_mw", uses)
            if row.spare_units >= kind.max_units:
                message = f"spare_units of {row.source} at {s} is {row.spare_units}, of at most {kind.max_units} units"
                yield InputFinding("E0429", (*path, "spare_units"), message, "no unit would be left to work")
            if site.generation_m2 is not None and kind.m2_per_unit > site.generation_m2:
                message = f"one unit of {row.source} takes {kind.m2_per_unit:g} m2, and {s} has {site.generation_m2:g}"
                yield InputFinding("E0429", path, message, "raise generation_m2, or leave the kind out")


GENERATION_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    fuel_gives_power,
    fuel_has_a_price,
    sun_is_measured,
    units_fit_the_site,
)
