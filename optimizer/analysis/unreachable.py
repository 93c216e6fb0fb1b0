"""Why no accelerator that can be bought delivers anything in a phase: each with the cause that keeps it away. Pure.

An accelerator has one cause, or several that would all have to go. Causes are those of the contract: lists, rulings,
fabric, precision, cooling, floor, launch, lead time, life, and plant that is not there in time or does not live.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optimizer.analysis.exclusions import Cause, left_out_by_lists
from optimizer.assets.compute.admission import Exclusion, is_barred, law_kind, lead_weeks
from optimizer.assets.compute.pods import PodType
from optimizer.model.derive import Problem
from optimizer.setting.halls import may_work_in
from optimizer.setting.handover import rack_weeks
from optimizer.setting.service_life import service_years


def causes(problem: Problem, phase: str, workload: str | None) -> tuple[Cause, ...]:
    """Why nothing that is bought works (on a workload, if one is named) in a phase; most accelerators first."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for name in problem.instance.accelerators:
        for key in _of_chip(problem, name, phase, workload):
            groups.setdefault(key, {})[name] = None
    for name in left_out_by_lists(problem.instance):
        groups.setdefault(LISTED, {})[name] = None
    ordered = sorted(groups.items(), key=lambda pair: (pair[0] == LISTED, -len(pair[1]), pair[0]))
    return tuple(Cause(kind, detail, tuple(names)) for (kind, detail), names in ordered if names)


Key = tuple[str, str]
LISTED: Key = ("procurement list", "")
BY_PLAN: Key = ("left out by this plan", "")
"""Types of pod that a rule of a baseline takes off the offer have no exclusion in the instance."""


def _of_chip(problem: Problem, name: str, phase: str, workload: str | None) -> list[Key]:
    """The causes of the site and phase of delivery where the fewest stand in the way; of like ones, the last phase."""
    tries = list(_tries(problem, name, phase, workload))
    shortest = min((len(keys) for keys in tries), default=0)
    last = {tuple(kind for kind, _ in keys): keys for keys in tries if len(keys) == shortest}
    return list(dict.fromkeys(key for keys in last.values() for key in keys))


def _tries(problem: Problem, name: str, phase: str, workload: str | None) -> Iterator[list[Key]]:
    for site in problem.instance.sites:
        types = [pod for pod in problem.compute.types.values() if (pod.site, pod.accelerator) == (site, name)]
        offered = [pod for pod in types if pod.deliverable]
        fixed = [] if offered else _whole(problem, site, name)
        if LISTED in fixed:
            continue
        if types and not offered and not fixed:
            fixed = [BY_PLAN]
        for bought in problem.calendar.up_to(phase):
            timely = _timely(problem, (site, name), bought, phase)
            duty = _duty(problem, offered, phase, workload) if offered else []
            yield list(dict.fromkeys((*fixed, *timely, *duty)))


def _whole(problem: Problem, site: str, name: str) -> list[Key]:
    """What keeps an accelerator from a site in every phase: time and law are judged phase by phase."""
    exclusions = [row for row in problem.compute.exclusions if (row.site, row.accelerator) == (site, name)]
    return list(dict.fromkeys((row.kind, row.clause) for row in exclusions if not _by_phase(row)))


def _by_phase(row: Exclusion) -> bool:
    return row.kind in ("export rule", "data missing for a ruling", "launch", "end of sale", "lead time", "life")


def _timely(problem: Problem, where: tuple[str, str], bought: str, phase: str) -> list[Key]:
    """What keeps a delivery at the start of a phase from working in another."""
    instance, calendar = problem.instance, problem.calendar
    chip, ruling = instance.accelerators[where[1]], problem.rulings.get((*where, bought))
    keys: list[Key] = []
    if ruling is not None and is_barred(instance, ruling):
        keys.append((law_kind(ruling), ruling.clause))
    if calendar.starts[bought] < chip.launch:
        keys.append(("launch", f"after {calendar.starts[bought]}"))
    if chip.last_delivery is not None and calendar.starts[bought] > chip.last_delivery:
        keys.append(("end of sale", f"before {calendar.starts[bought]}"))
    if not calendar.can_buy(bought, lead_weeks(chip, ruling) + rack_weeks(instance, where[0])):
        keys.append(("lead time", f"delivery after {calendar.starts[bought]}"))
    if not calendar.serves(bought, phase, service_years(instance, where[1])):
        years = calendar.t1[phase] - calendar.t0[bought]
        what = f"{phase} lasts" if bought == phase else f"from {bought} to the end of {phase} it is"
        keys.append(("life", f"{what} {in_years(years)}"))
    return keys


def _duty(problem: Problem, types: list[PodType], phase: str, workload: str | None) -> list[Key]:
    """What keeps pods that are there in time from working: the phase's plant, and the work itself."""
    wanted = problem.instance.workloads if workload is None else (workload,)
    able = [pod for pod in types if any((w, phase) in pod.duties.possible for w in wanted)]
    if not able:
        return _too_plain(problem, types, wanted) or [("work", "none that it can do")]
    lacking = [missing_plant(problem, pod, phase) for pod in able]
    return [] if "" in lacking else [("plant", text) for text in dict.fromkeys(lacking)]


def _too_plain(problem: Problem, types: list[PodType], wanted: Iterable[str]) -> list[Key]:
    """The halls on offer whose availability is below what every piece of work asks for."""
    instance = problem.instance
    halls = dict.fromkeys(pod.hall for pod in types if pod.hall)
    loads = [instance.workloads[w] for w in wanted]
    if not halls or any(may_work_in(instance, load, hall) for load in loads for hall in halls):
        return []
    asked = f"{min(load.availability_min or 0.0 for load in loads):g} is asked for"
    rows = [instance.halls[hall] for hall in halls]
    return [("hall", f"{row.name} has an availability of {row.availability:g}, {asked}") for row in rows]


def missing_plant(problem: Problem, pod: PodType, phase: str) -> str:
    """The cooling or UPS a pod needs that cannot be in service in a phase, and why; empty if all can."""
    for (site, name), plant in problem.cooling.plants.items():
        if site != pod.site or pod.cooling not in plant.heat_from or plant.existing_modules:
            continue
        reason = _unserved(problem, phase, plant.technology.life_years, plant.buyable)
        if reason:
            beside = "" if name == pod.cooling else f", which takes the residual heat of {pod.cooling},"
            return f"cooling {name}{beside} {reason}"
    ups = problem.ups.sites[pod.site]
    if not ups.per_it_mw[pod.hall or ""] or ups.existing_mw:
        return ""
    reason = _unserved(problem, phase, ups.technology.life_years, ups.buyable)
    return f"the UPS of {pod.site} {reason}" if reason else ""


def _unserved(problem: Problem, phase: str, life_years: float, buyable: tuple[str, ...]) -> str:
    calendar = problem.calendar
    serving = calendar.serving(phase, life_years)
    if set(serving) & set(buyable):
        return ""
    if phase not in serving:
        return f"lives {in_years(life_years)}, and {phase} lasts {in_years(calendar.t1[phase] - calendar.t0[phase])}"
    return f"cannot be delivered before {calendar.starts[phase]}"


def in_years(years: float) -> str:
    """A length of time in words."""
    return f"{years:.4g} year" if f"{years:.4g}" == "1" else f"{years:.4g} years"
