"""Whether sites, cooling, substations and backup fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from optimizer.inputs.quantity import DAYS_PER_YEAR, HOURS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.substation import GridStages
from optimizer.reading.messages import InputFinding
from optimizer.reading.toml_positions import KeyPath
from optimizer.setting.calendar import LIFE_TOLERANCE_YEARS


def stages_rise(instance: Instance) -> Iterator[InputFinding]:
    """Grid stages name known phases, in their order, each once."""
    order = {phase_id: number for number, phase_id in enumerate(instance.phases)}
    rows: dict[KeyPath, GridStages] = {}
    for s, site in instance.sites.items():
        rows["sites", s, "grid_stages"] = site.grid_stages
        if site.flexible_connection is not None:
            rows["sites", s, "flexible_connection", "firm_stages"] = site.flexible_connection.firm_stages
    for table, stages in rows.items():
        for number, (before, after) in enumerate(pairwise(stages), 1):
            if order.get(after.from_phase, -1) <= order.get(before.from_phase, -1):
                path = (*table, number, "from_phase")
                message = f"from_phase: stage {after.from_phase} does not come after {before.from_phase}"
                yield InputFinding(
                    "E0404",
                    path,
                    message,
                    "write the stages in the order of the phases, each phase once",
                    (("phases",), (*table, number - 1)),
                )


def residuals_take_the_rest(instance: Instance) -> Iterator[InputFinding]:
    """A technology that does not capture all heat needs one that does."""
    for name, row in instance.coolings.items():
        path = ("coolings", name)
        other = None if row.residual is None else instance.coolings.get(row.residual)
        if row.capture_fraction < 1 and row.residual is None:
            message = (
                f"capture_fraction of {name} is {row.capture_fraction:g} and no residual takes the rest of the heat"
            )
            yield InputFinding(
                "E0405", (*path, "capture_fraction"), message, "name a technology with capture_fraction 1 as residual"
            )
        elif row.residual == name:
            yield InputFinding("E0405", (*path, "residual"), f"residual of {name} is {name} itself")
        elif row.capture_fraction < 1 and other is not None and other.capture_fraction < 1:
            message = f"residual {row.residual} of {name} captures only {other.capture_fraction:g} of the heat"
            uses = ((*path, "capture_fraction"), ("coolings", str(row.residual), "capture_fraction"))
            yield InputFinding("E0405", (*path, "residual"), message, "a residual must have capture_fraction 1", uses)


def loops_warm_up(instance: Instance) -> Iterator[InputFinding]:
    """Water returns warmer than it was supplied."""
    for name, row in instance.coolings.items():
        if row.supply_c >= row.return_c:
            path = ("coolings", name, "supply_c")
            message = f"supply_c of {name} is {row.supply_c:g}, not below return_c {row.return_c:g}"
            yield InputFinding("E0406", path, message, None, (("coolings", name, "return_c"),))


def transformers_outlive_the_horizon(instance: Instance) -> Iterator[InputFinding]:
    """The model keeps a substation once it is built, so its life has to cover the horizon."""
    phases = list(instance.phases.values())
    horizon = (phases[-1].start - phases[0].start).days / DAYS_PER_YEAR + phases[-1].years
    for name, row in instance.transformers.items():
        if row.life_years + LIFE_TOLERANCE_YEARS < horizon:
            path = ("transformers", name, "life_years")
            message = f"life_years of {name} is {row.life_years:g}, shorter than the horizon of {horizon:.4g} years"
            yield InputFinding(
                "E0409", path, message, "shorten the horizon or choose a type that lives longer", (("phases",),)
            )


def tests_within_permit(instance: Instance) -> Iterator[InputFinding]:
    """Generators are not tested for longer than they may run."""
    for name, row in instance.generators.items():
        if row.test_hours_per_year > row.run_hours_max:
            path = ("generators", name, "test_hours_per_year")
            hours = f"{row.test_hours_per_year:g}, beyond run_hours_max {row.run_hours_max:g}"
            message = f"test_hours_per_year of {name} is {hours}"
            yield InputFinding("E0410", path, message, None, (("generators", name, "run_hours_max"),))


def existing_fits_the_site(instance: Instance) -> Iterator[InputFinding]:
    """What is there already fits into the space of the site, and was there before the first phase."""
    first = next(iter(instance.phases.values())).start
    for site_id, site in instance.sites.items():
        building = site.building
        pairs = (
            ("existing_white_m2", building.existing_white_m2, "white_space_m2", building.white_space_m2),
            ("existing_plant_m2", building.existing_plant_m2, "plant_m2", building.plant_m2),
        )
        for key, existing, limit_key, limit in pairs:
            if existing > limit:
                path = ("sites", site_id, "building", key)
                yield InputFinding(
                    "E0417",
                    path,
                    f"{key} is {existing:g}, beyond {limit_key} {limit:g}",
                    None,
                    ((*path[:3], limit_key),),
                )
        yield from _more_than_there_may_be(instance, site_id)
        for number, pods in enumerate(site.existing_pods):
            if pods.commissioned > first:
                path_pods = ("sites", site_id, "existing_pods", number, "commissioned")
                message = f"commissioned: existing pods start on {pods.commissioned}, the first phase on {first}"
                yield InputFinding("E0417", path_pods, message, None, (("phases",),))


def _more_than_there_may_be(instance: Instance, site_id: str) -> Iterator[InputFinding]:
    """Existing plant beyond the largest number there may be: no design could hold it."""
    site = instance.sites[site_id]
    for name, units in site.existing_cooling_modules.items():
        kind = instance.coolings.get(name)
        if kind is not None and units > kind.max_modules:
            path = ("sites", site_id, "existing_cooling_modules", name)
            message = f"{name}: {units} existing modules, beyond max_modules {kind.max_modules}"
            hint = f"set coolings.{name}.max_modules to {units} or more"
            yield InputFinding("E0417", path, message, hint, (("coolings", name, "max_modules"),))
    backup = site.backup
    kind_of = instance.generators.get(backup.generator) if backup else None
    if backup is not None and kind_of is not None and backup.existing_units > kind_of.max_units:
        path_units = ("sites", site_id, "backup", "existing_units")
        message = f"existing_units is {backup.existing_units}, beyond max_units {kind_of.max_units}"
        hint = f"set generators.{backup.generator}.max_units to {backup.existing_units} or more"
        yield InputFinding("E0417", path_units, message, hint, (("generators", backup.generator, "max_units"),))


def fabric_tiers_rise(instance: Instance) -> Iterator[InputFinding]:
    """Tiers of a fabric are listed by rising size."""
    for name, row in instance.fabrics.items():
        for number, (before, after) in enumerate(pairwise(row.tiers), 1):
            if after.up_to_accelerators <= before.up_to_accelerators:
                path = ("fabrics", name, "tiers", number, "up_to_accelerators")
                message = f"up_to_accelerators of {name} must rise from tier to tier"
                yield InputFinding(
                    "E0414", path, message, "write the tiers by rising size, each size once", (path[:3],)
                )


def climate_quantiles_rise(instance: Instance) -> Iterator[InputFinding]:
    """Deciles are in order."""
    for name, row in instance.climates.items():
        for number, month in enumerate(row.months):
            for key in ("day_quantiles_k", "dry_quantiles_k"):
                if any(low > high for low, high in pairwise(getattr(month, key) or ())):
                    yield InputFinding(
                        "E0415",
                        ("climates", name, "months", number, key),
                        f"{key} of {name}, month {number + 1}, must not fall",
                        "write the deciles from the lowest to the highest",
                    )


def dispatch_has_something(instance: Instance) -> Iterator[InputFinding]:
    """A battery that dispatches is there, and generators run no longer than their permit allows."""
    for site_id, site in instance.sites.items():
        path = ("sites", site_id)
        if site.battery_dispatch and site.battery is None:
            message = f"battery_dispatch of {site_id} is true, and no battery may be built there"
            yield InputFinding(
                "E0424", (*path, "battery_dispatch"), message, "name a battery, or leave battery_dispatch out"
            )
        kind = None if site.backup is None else instance.generators.get(site.backup.generator)
        if site.backup is None or kind is None or not site.backup.peak_shaving_hours_per_year:
            continue
        left = kind.run_hours_max - kind.test_hours_per_year
        if site.backup.peak_shaving_hours_per_year > left:
            key = (*path, "backup", "peak_shaving_hours_per_year")
            message = (
                f"peak_shaving_hours_per_year of {site_id} is {site.backup.peak_shaving_hours_per_year:g}, "
                f"beyond the {left:g} hours that run_hours_max leaves after tests"
            )
            uses = (("generators", site.backup.generator, "run_hours_max"),)
            yield InputFinding("E0424", key, message, None, uses)


def hours_are_the_year(instance: Instance) -> Iterator[InputFinding]:
    """Fewer hours than a year are for teaching and tests."""
    if instance.solve.hours < HOURS_PER_YEAR:
        message = f"hours is {instance.solve.hours}: evenly spread days stand for the year; this is NOT the whole year"
        yield InputFinding("W0614", ("solve", "hours"), message, "leave it out for a result to rely on")


PLANT_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    stages_rise,
    residuals_take_the_rest,
    loops_warm_up,
    transformers_outlive_the_horizon,
    tests_within_permit,
    existing_fits_the_site,
    fabric_tiers_rise,
    climate_quantiles_rise,
    dispatch_has_something,
    hours_are_the_year,
)
