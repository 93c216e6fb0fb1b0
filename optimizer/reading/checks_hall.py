"""Whether halls fit together: what generators they count on, what availability is asked for, and who may use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.inputs.schema import Instance
from optimizer.inputs.work import AnyWorkload
from optimizer.reading.messages import InputFinding
from optimizer.setting.halls import halls_there, may_work_in


def existing_halls_are_chosen(instance: Instance) -> Iterator[InputFinding]:
    """Existing pods name a hall only where there are classes of hall."""
    for s, site in instance.sites.items():
        for number, row in enumerate(site.existing_pods):
            if row.hall is not None and site.halls is None:
                path = ("sites", s, "existing_pods", number, "hall")
                message = f"hall of existing pods: {s} states no halls"
                yield InputFinding("E0474", path, message, f'leave it out, or sites.{s}.halls = ["{row.hall}", ...]')


def generators_of_halls_may_be_built(instance: Instance) -> Iterator[InputFinding]:
    """A hall counts on generators only at a site with backup."""
    for s, site in instance.sites.items():
        backed = [h for h in _known(instance, s) if instance.halls[h].generator_fraction > 0]
        if backed and site.backup is None:
            message = f"halls of {s}: generators carry {', '.join(backed)}, and the site has no backup to buy them for"
            hint = f"state sites.{s}.backup, or list only halls with generator_fraction = 0"
            uses = tuple(("halls", h, "generator_fraction") for h in backed)
            yield InputFinding("E0475", ("sites", s, "halls"), message, hint, uses)


def availability_can_be_had(instance: Instance) -> Iterator[InputFinding]:
    """Some hall of a site where a workload may be has the availability it asks for."""
    for w, load in instance.workloads.items():
        asked = load.availability_min
        if asked is None:
            continue
        there = {s: _known(instance, s) for s in instance.sites if _may_be_at(instance, load, s)}
        found = {(s, h): instance.halls[h].availability for s, halls in there.items() for h in halls}
        if any(each >= asked for each in found.values()):
            continue
        path, uses = ("workloads", w, "availability_min"), tuple(("sites", s, "halls") for s in there)
        if not found:
            message = f"availability_min of {w}: {asked:g}, and no site where it may be states halls"
            hint = 'list halls at a site, such as sites.SITE.halls = ["n", "n_plus_1"]'
        else:
            (s, h), best = max(found.items(), key=lambda item: item[1])
            message = f"availability_min of {w}: {asked:g}; the best that can be had is {best:g}, of {h} at {s}"
            better = [row for row, hall in instance.halls.items() if hall.availability >= asked]
            named = f"list a better hall ({', '.join(better)})" if better else "list a better hall"
            hint = f"availability_min = {best:g}, or {named}"
        yield InputFinding("E0476", path, message, hint, uses)


def halls_are_of_use(instance: Instance) -> Iterator[InputFinding]:
    """Some workload may work in each hall that is listed."""
    for s in instance.sites:
        loads = [(w, load) for w, load in instance.workloads.items() if _may_be_at(instance, load, s)]
        useless = [h for h in _known(instance, s) if not any(may_work_in(instance, load, h) for _, load in loads)]
        if loads and useless:
            message = f"halls of {s}: nobody may use {', '.join(useless)}; all work there asks for more availability"
            uses = tuple(("workloads", w, "availability_min") for w, _ in loads)
            yield InputFinding("E0477", ("sites", s, "halls"), message, f"leave {', '.join(useless)} out", uses)


def backups_carry_a_hall(instance: Instance) -> Iterator[InputFinding]:
    """Generators at a site none of whose halls counts on them."""
    for s, site in instance.sites.items():
        halls = _known(instance, s)
        if site.backup is None or not halls or site.backup.peak_shaving_hours_per_year > 0:
            continue
        if not any(instance.halls[h].generator_fraction for h in halls):
            message = f"backup of {s} changes nothing: generators carry none of its halls ({', '.join(halls)})"
            uses = tuple(("halls", h, "generator_fraction") for h in halls)
            yield InputFinding("W0606", ("sites", s, "backup"), message, "leave it out, or list a hall with some", uses)


def _known(instance: Instance, site: str) -> list[str]:
    """Halls of a site, those of existing pods too."""
    return [h for h in halls_there(instance, site) if h is not None and h in instance.halls]


def _may_be_at(instance: Instance, load: AnyWorkload, site: str) -> bool:
    return load.residency is None or instance.sites[site].place in load.residency


HALL_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    existing_halls_are_chosen,
    generators_of_halls_may_be_built,
    availability_can_be_had,
    halls_are_of_use,
    backups_carry_a_hall,
)
