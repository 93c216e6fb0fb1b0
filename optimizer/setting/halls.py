"""Halls of a site: which there are, what each asks of the plant, and which work it may take. Pure.

A site without halls has one room of no class, `None`; its redundancy is that of the UPS's row.
"""

from __future__ import annotations

from optimizer.inputs.halls import Hall
from optimizer.inputs.schema import Instance
from optimizer.inputs.work import AnyWorkload


def halls_at(instance: Instance, site: str) -> tuple[str | None, ...]:
    """Classes of hall in which pods may be bought at a site."""
    return instance.sites[site].halls or (None,)


def halls_are_chosen(instance: Instance) -> bool:
    """Whether any site chooses among classes of hall."""
    return any(site.halls for site in instance.sites.values())


def halls_there(instance: Instance, site: str) -> tuple[str | None, ...]:
    """The same with those of pods that are there already."""
    stated = (existing_hall(instance, site, row.hall) for row in instance.sites[site].existing_pods)
    return tuple(dict.fromkeys((*halls_at(instance, site), *stated)))


def existing_hall(instance: Instance, site: str, stated: str | None) -> str | None:
    """Hall of pods that are there already: as stated, or the first of the site's list."""
    first = halls_at(instance, site)[0]
    return None if first is None else stated or first


def hall_of(instance: Instance, hall: str | None) -> Hall | None:
    """The class of a hall."""
    return None if hall is None else instance.halls[hall]


def availability(instance: Instance, hall: str | None) -> float:
    """Share of the time in which pods in a hall have power, as far as it is stated."""
    return 1.0 if hall is None else instance.halls[hall].availability


def may_work_in(instance: Instance, load: AnyWorkload, hall: str | None) -> bool:
    """Whether a hall has the availability that a workload asks for; of a room of no class none is known."""
    if load.availability_min is None:
        return True
    return hall is not None and instance.halls[hall].availability >= load.availability_min


def protected_fraction(instance: Instance, site: str, hall: str | None) -> float:
    """Share of the IT power in a hall that the UPS protects."""
    stated = None if hall is None else instance.halls[hall].protected_fraction
    return instance.upses[instance.sites[site].ups].protected_fraction if stated is None else stated


def ups_per_it_mw(instance: Instance, site: str, hall: str | None) -> float:
    """UPS capacity needed per MW of IT power in a hall, redundancy included."""
    beyond = instance.upses[instance.sites[site].ups].redundancy_fraction
    if hall is not None:
        beyond = instance.halls[hall].ups_redundancy_fraction
    return protected_fraction(instance, site, hall) * (1 + beyond)


def distribution_per_it_mw(instance: Instance, hall: str | None) -> float:
    """Low-voltage distribution needed per MW of IT power in a hall, redundancy included."""
    return 1.0 if hall is None else 1 + instance.halls[hall].distribution_redundancy_fraction


def backed_fraction(instance: Instance, hall: str | None) -> float:
    """Share of the critical load of a hall that standby generators carry."""
    return 1.0 if hall is None else instance.halls[hall].generator_fraction
