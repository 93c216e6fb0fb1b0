"""Whether what is asked for can be had at all: lives as long as the phases, a battery where one must carry the load."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.assets.compute.admission import matches
from optimizer.inputs.schema import Instance
from optimizer.reading.messages import Finding
from optimizer.setting.calendar import LIFE_TOLERANCE_YEARS, years_between

SPLIT = "split the phase, or give a longer life_years"


def accelerators_outlive_a_phase(instance: Instance) -> Iterator[Finding]:
    """A phase longer than the life of every accelerator that may be bought: nothing bought works in it."""
    lists = instance.procurement
    lives = [
        chip.life_years
        for name, chip in instance.accelerators.items()
        if matches(name, lists.include) and not matches(name, lists.exclude)
    ]
    for p, phase in instance.phases.items():
        if lives and max(lives) + LIFE_TOLERANCE_YEARS < phase.years and not _pods_there(instance, p):
            message = (
                f"years: {p} lasts {phase.years:g} years, and no accelerator that may be bought lives as long "
                f"(the longest life is {max(lives):g}): nothing that is bought is in service in it"
            )
            yield Finding("W0646", ("phases", p, "years"), message, SPLIT, (("accelerators",),))


def _pods_there(instance: Instance, phase: str) -> bool:
    """Whether existing pods live through a phase."""
    asked = instance.phases[phase]
    for site in instance.sites.values():
        for row in site.existing_pods:
            chip = instance.accelerators.get(row.accelerator)
            age = years_between(row.commissioned, asked.start) + asked.years
            if chip is not None and age <= chip.life_years + LIFE_TOLERANCE_YEARS:
                return True
    return False


def plant_outlives_a_phase(instance: Instance) -> Iterator[Finding]:
    """Plant that lives less than a phase lasts is never in service in it."""
    for table, name, what in dict.fromkeys(_plant(instance)):
        row = getattr(instance, table).get(name)
        if row is None:
            continue
        longer = [p for p, phase in instance.phases.items() if row.life_years + LIFE_TOLERANCE_YEARS < phase.years]
        if longer:
            message = (
                f"life_years of {name} is {row.life_years:g}, less than {', '.join(longer)} "
                f"{'lasts' if len(longer) == 1 else 'last'}: what is bought of it is not in service there{what}"
            )
            yield Finding("W0646", (table, name, "life_years"), message, SPLIT, (("phases",),))


def _plant(instance: Instance) -> Iterator[tuple[str, str, str]]:
    """Table, row and remark of everything sites build, what is there for ever left out."""
    for site in instance.sites.values():
        direct = [name for name in site.coolings if name in instance.coolings]
        for name in direct:
            residual = instance.coolings[name].residual
            if residual is not None and residual not in site.existing_cooling_modules:
                yield "coolings", residual, f", and it takes the residual heat of {name}"
        taken = {instance.coolings[name].residual for name in direct}
        yield from (("coolings", n, "") for n in direct if n not in {*site.existing_cooling_modules, *taken})
        if not site.existing_ups_mw:
            yield "upses", site.ups, ""
        if site.battery is not None:
            yield "batteries", site.battery, ""
        if site.backup is not None and not site.backup.existing_units:
            yield "generators", site.backup.generator, ""


def ride_through_has_a_battery(instance: Instance) -> Iterator[Finding]:
    """The critical load is carried by a battery until generators do."""
    for s, site in instance.sites.items():
        if site.backup is not None and site.backup.ride_through_minutes and site.battery is None:
            minutes = site.backup.ride_through_minutes
            message = (
                f"ride_through_minutes of {s} is {minutes:g}, and there is no battery that carries the critical load"
            )
            path = ("sites", s, "backup", "ride_through_minutes")
            hint = f'name one in sites.{s}, such as battery = "lfp_outdoor", or leave ride_through_minutes out'
            yield Finding("E0425", path, message, hint, (("sites", s, "battery"),))


REACH_CHECKS = (accelerators_outlive_a_phase, plant_outlives_a_phase, ride_through_has_a_battery)
"""Checks of this page."""
