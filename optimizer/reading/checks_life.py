"""Whether what may be bought lives through the phases, and whether what an outage asks for is there.

Warnings, not errors: `optimizer explain` names the way out, and a design may do without the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.inputs.schema import Instance, Site
from optimizer.reading.messages import InputFinding
from optimizer.reading.references import is_listed
from optimizer.reading.toml_positions import KeyPath
from optimizer.setting.calendar import LIFE_TOLERANCE_YEARS
from optimizer.setting.service_life import service_years

_SHOWN = 4


def accelerators_outlive_phases(instance: Instance) -> Iterator[InputFinding]:
    """In every phase some accelerator lives from its first day to its last."""
    lists = instance.procurement
    lives = {
        name: service_years(instance, name)
        for name in instance.accelerators
        if is_listed(name, lists.include, lists.exclude)
    }
    for phase_id in instance.phases:
        kept = any(_pods_last(instance, site, phase_id) for site in instance.sites.values())
        if lives and not kept and not _lasting(instance, phase_id, lives):
            yield _too_long(instance, phase_id, "no accelerator", ("accelerators",), lives)


def _pods_last(instance: Instance, site: Site, phase_id: str) -> bool:
    """Whether existing pods of a site live through a phase."""
    phase = instance.phases[phase_id]
    for row in site.existing_pods:
        chip = instance.accelerators.get(row.accelerator)
        age = (phase.start - row.commissioned).days / DAYS_PER_YEAR + phase.years
        if chip is not None and age <= service_years(instance, row.accelerator) + LIFE_TOLERANCE_YEARS:
            return True
    return False


def existing_pods_serve(instance: Instance) -> Iterator[InputFinding]:
    """Existing pods live into the first phase, and their racks are ones that can be run: else they are left out."""
    first = next(iter(instance.phases.values()))
    for site_id, site in instance.sites.items():
        for number, row in enumerate(site.existing_pods):
            chip, path = instance.accelerators.get(row.accelerator), ("sites", site_id, "existing_pods", number)
            if chip is None or row.cooling not in instance.coolings:
                continue
            age = (first.start - row.commissioned).days / DAYS_PER_YEAR + first.years
            most_years = service_years(instance, row.accelerator)
            if age > most_years + LIFE_TOLERANCE_YEARS:
                ended = row.commissioned + timedelta(days=round(most_years * DAYS_PER_YEAR))
                message = (
                    f"the {row.pods} existing pods of {row.accelerator} at {site_id} reach the end of their life of "
                    f"{most_years:g} years on {ended}, before the first phase ends: they are left out"
                )
                hint = f"a later commissioned, or a longer accelerators.{row.accelerator}.life_years, keeps them"
                uses = (("phases",), ("accelerators", row.accelerator, "life_years"))
                yield InputFinding("W0625", (*path, "commissioned"), message, hint, uses)
            misfit = _misfit(instance, row.accelerator, row.cooling)
            if misfit:
                message = f"existing pods of {row.accelerator} at {site_id} can do no work and are left out: {misfit}"
                hint = f"correct coolings.{row.cooling}, accelerators.{row.accelerator} or the row itself"
                yield InputFinding("W0626", path, message, hint)


def _misfit(instance: Instance, accelerator: str, cooling: str) -> str:
    """Why a pod of this kind cannot be run; empty if it can."""
    chip, technology = instance.accelerators[accelerator], instance.coolings[cooling]
    if cooling not in chip.coolings:
        return f"{accelerator} is not made for {cooling} (its coolings: {', '.join(chip.coolings)})"
    kw = chip.rack_scale.densest_rack_kw if chip.rack_scale else chip.server_kw
    if kw > technology.rack_kw_max:
        what = "its densest rack" if chip.rack_scale else "a server"
        return f"{what} draws {kw:g} kW, a rack of {cooling} carries {technology.rack_kw_max:g} (rack_kw_max)"
    if not chip.rack_scale and chip.server_units > technology.rack_units:
        return f"a server has {chip.server_units} units, a rack of {cooling} {technology.rack_units} (rack_units)"
    return ""


def cooling_outlives_phases(instance: Instance) -> Iterator[InputFinding]:
    """In every phase some cooling of each site lives long enough, and so does what takes its residual heat."""
    for site_id, site in instance.sites.items():
        names = dict.fromkeys((*site.coolings, *site.existing_cooling_modules))
        chains = {name: _chain(instance, name) for name in names if name in instance.coolings}
        lives = {x: instance.coolings[x].life_years for chain in chains.values() for x in chain}
        for phase_id in instance.phases:
            lasting = {*_lasting(instance, phase_id, lives), *site.existing_cooling_modules}
            if chains and not any(lasting.issuperset(chain) for chain in chains.values()):
                short = {x: life for x, life in lives.items() if x not in lasting}
                what = f"no cooling of {site_id}, residual heat included,"
                yield _too_long(instance, phase_id, what, ("coolings",), short)


def _chain(instance: Instance, name: str) -> tuple[str, ...]:
    """A cooling and the technology that takes its residual heat, if it leaves any."""
    cooling = instance.coolings[name]
    leaves = cooling.residual is not None and cooling.capture_fraction < 1
    return (name, str(cooling.residual)) if leaves and cooling.residual in instance.coolings else (name,)


def plant_outlives_phases(instance: Instance) -> Iterator[InputFinding]:
    """UPS, battery and generators that a site names live through each phase in which they are asked for."""
    for site_id, site in instance.sites.items():
        every = tuple(instance.phases)
        named = [("battery", "batteries", site.battery, every)] if site.battery is not None else []
        if not site.existing_ups_mw:
            named.append(("UPS", "upses", site.ups, every))
        if site.backup is not None and not site.backup.existing_units:
            named.append(("generator", "generators", site.backup.generator, _backed_phases(instance, site)))
        for noun, table, name, phases in named:
            row = getattr(instance, table).get(name)
            lives = {} if row is None else {name: float(row.life_years)}
            for phase_id in phases:
                if lives and not _lasting(instance, phase_id, lives):
                    yield _too_long(instance, phase_id, f"not the {noun} of {site_id}", (table, name), lives)


def fitout_outlives_phases(instance: Instance) -> Iterator[InputFinding]:
    """New fit-out lives through each phase, or some of the space is fitted out already."""
    for site_id, site in instance.sites.items():
        lives = {"fitout_life_years": site.building.fitout_life_years}
        for phase_id in () if site.building.existing_white_m2 else instance.phases:
            if not _lasting(instance, phase_id, lives):
                yield _too_long(instance, phase_id, f"no fit-out of {site_id}", ("sites", site_id, "building"), lives)


def _backed_phases(instance: Instance, site: Site) -> tuple[str, ...]:
    """Phases in which a site's critical load must be covered."""
    names = tuple(instance.phases)
    if site.backup is None or site.backup.from_phase not in names:
        return ()
    return names[names.index(site.backup.from_phase) :]


def _lasting(instance: Instance, phase_id: str, lives: Mapping[str, float]) -> list[str]:
    """What lives through a phase if it is bought for its first day."""
    years = instance.phases[phase_id].years
    return [name for name, life in lives.items() if years <= life + LIFE_TOLERANCE_YEARS]


def _too_long(instance: Instance, phase_id: str, what: str, table: KeyPath, lives: Mapping[str, float]) -> InputFinding:
    years = instance.phases[phase_id].years
    listed = sorted(lives, key=lambda name: -lives[name])
    named = ", ".join(f"{name} {lives[name]:g}" for name in listed[:_SHOWN])
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    message = f"years: {phase_id} lasts {years:g} years, and {what} lives so long (life in years: {named}{more})"
    longest = max(lives.values())
    hint = f"split {phase_id} into phases of at most {longest:g} year{'' if longest == 1 else 's'}, or correct the life"
    return InputFinding("W0615", ("phases", phase_id, "years"), message, hint, (table,))


def ride_through_has_a_battery(instance: Instance) -> Iterator[InputFinding]:
    """Minutes until generators run are carried by a battery, and by nothing else."""
    for site_id, site in instance.sites.items():
        if site.backup is None or not site.backup.ride_through_minutes or site.battery is not None:
            continue
        path = ("sites", site_id, "backup", "ride_through_minutes")
        message = (
            f"ride_through_minutes of {site_id} is {site.backup.ride_through_minutes:g}, and no battery may be built "
            f"there: nothing can be installed from {site.backup.from_phase} on"
        )
        hint = f'name a battery, such as sites.{site_id}.battery = "lfp_outdoor", or set ride_through_minutes = 0'
        yield InputFinding("W0616", path, message, hint, (("sites", site_id, "battery"),))


def values_fall_with_age(instance: Instance) -> Iterator[InputFinding]:
    """Ages of a resale rise from row to row, and the value never does."""
    for table in ("accelerators", *ASSET_TABLES):
        for name, row in getattr(instance, table).items():
            for number, (younger, older) in enumerate(pairwise(row.resale), 1):
                path = (table, name, "resale", number)
                if older.years <= younger.years:
                    message = f"resale of {name}: {older.years:g} years come after {younger.years:g}"
                    yield InputFinding("E0467", path, message, "ages rise from row to row")
                elif older.fraction > younger.fraction:
                    message = (
                        f"resale of {name} rises with age: {younger.fraction:g} at {younger.years:g} years, "
                        f"{older.fraction:g} at {older.years:g}"
                    )
                    yield InputFinding("E0467", path, message, f"fraction = {younger.fraction:g}, or less")


def pods_kept_longer_work(instance: Instance) -> Iterator[InputFinding]:
    """Pods are kept at least for their life, and not so long that none of them works."""
    for name, chip in instance.accelerators.items():
        path = ("accelerators", name, "life_max_years")
        if chip.life_max_years is None:
            continue
        beyond = chip.life_max_years - chip.life_years
        if beyond < 0:
            message = f"life_max_years of {name} is {chip.life_max_years:g}, below its life_years, {chip.life_years:g}"
            hint = f"life_max_years = {chip.life_years:g}, or more"
            yield InputFinding("E0469", path, message, hint, (("accelerators", name, "life_years"),))
        elif chip.ageing.failed_fraction_per_year * beyond >= 1:
            per_year = chip.ageing.failed_fraction_per_year
            message = f"{name}: with {per_year:g} more of the pods failed a year, none works before life_max_years"
            least = chip.life_years + 1 / per_year
            yield InputFinding("E0469", path, message, f"life_max_years below {least:g}", (("accelerators", name),))


def refresh_can_change_something(instance: Instance) -> Iterator[InputFinding]:
    """With one phase nothing bought can leave early; without refresh nothing is kept longer."""
    refresh = instance.procurement.refresh
    if refresh and len(instance.phases) == 1:
        message = "refresh can do nothing: with one phase, what is bought cannot leave before the end"
        hint = "cut the horizon into phases: pods are retired at the start of a later one"
        yield InputFinding("W0651", ("procurement", "refresh"), message, hint, (("phases",),))
    for name, chip in instance.accelerators.items():
        path = ("accelerators", name)
        if chip.life_max_years is not None and not refresh:
            message = f"life_max_years of {name} changes nothing: pods stay beyond their life only with refresh"
            uses = (("procurement",),)
            yield InputFinding("W0652", (*path, "life_max_years"), message, "procurement.refresh = true", uses)
        rises = chip.ageing.maintenance_fraction_per_year or chip.ageing.failed_fraction_per_year
        if rises and (chip.life_max_years is None or chip.life_max_years == chip.life_years):
            message = f"ageing of {name} changes nothing: it begins after life_years, and nothing is kept beyond it"
            hint = f"accelerators.{name}.life_max_years beyond {chip.life_years:g}"
            yield InputFinding("W0652", (*path, "ageing"), message, hint, ((*path, "life_max_years"),))


LIFE_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    accelerators_outlive_phases,
    existing_pods_serve,
    cooling_outlives_phases,
    plant_outlives_phases,
    fitout_outlives_phases,
    ride_through_has_a_battery,
    values_fall_with_age,
    pods_kept_longer_work,
    refresh_can_change_something,
)
"""Checks of this page."""
