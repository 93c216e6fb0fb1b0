"""Which accelerators may be bought at a site, with the reason for each that may not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from optimizer.assets.compute.duties import can_run
from optimizer.assets.compute.spec import Accelerator
from optimizer.assets.compute.throughput import may_stay_at, peak_tflops
from optimizer.instance.schema import Instance
from optimizer.policies.spec import Match
from optimizer.regimes.ruling import Ruling, Status
from optimizer.setting.calendar import Calendar

Rulings = Mapping[tuple[str, str], Ruling]
"""By (site, accelerator)."""


@dataclass(frozen=True)
class Exclusion:
    """Why something is not offered to the model."""

    site: str
    accelerator: str
    cooling: str | None
    kind: str
    """export rule, procurement list, precision, cooling, floor loading, delivery date."""
    reason: str
    clause: str = ""
    effective: str = ""
    source: str = ""


@dataclass(frozen=True)
class Admission:
    """Cooling technologies and phases in which an accelerator may be bought."""

    coolings: tuple[str, ...]
    phases: tuple[str, ...]
    exclusions: tuple[Exclusion, ...]


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether an id matches one of the patterns (`*` stands for anything)."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def about_chip(instance: Instance, match: Match, name: str) -> bool:
    """Whether a rule is about an accelerator, rulings left aside."""
    chip = instance.accelerators[name]
    wanted = (
        (match.tier, chip.tier),
        (match.vendor, chip.vendor),
        (match.accelerator, name),
        (match.origin, chip.origin),
    )
    return all(want is None or want == have for want, have in wanted)


def admission(instance: Instance, calendar: Calendar, rulings: Rulings, where: tuple[str, str]) -> Admission:
    """Where and when (site, accelerator) may be bought. Whole-chip reasons come first and end the matter."""
    site, name = where
    ruling = rulings.get(where)
    whole = _whole_chip(instance, where, ruling)
    if whole:
        return Admission((), (), (whole,))
    phases, late = _phases(instance, calendar, where, ruling)
    if not phases:
        return Admission((), (), (Exclusion(site, name, None, "delivery date", late),))
    fitting, exclusions = [], []
    for cooling in instance.sites[site].coolings:
        obstacle = _cooling_obstacle(instance, name, cooling)
        if obstacle:
            exclusions.append(Exclusion(site, name, cooling, "cooling", obstacle))
        else:
            fitting.append(cooling)
    return Admission(tuple(fitting), phases, tuple(exclusions))


def _whole_chip(instance: Instance, where: tuple[str, str], ruling: Ruling | None) -> Exclusion | None:
    site, name = where
    chip = instance.accelerators[name]
    lists = instance.procurement
    if not matches(name, lists.include) or matches(name, lists.exclude):
        return Exclusion(site, name, None, "procurement list", "left out by procurement.include or procurement.exclude")
    if ruling is not None:
        avoided = ruling.status is Status.LICENCE and instance.export.licences == "avoid"
        if ruling.status is Status.DENIED or avoided:
            reason = ruling.reason + (" Licences are not planned with (export.licences)." if avoided else "")
            day = ruling.effective.isoformat()
            return Exclusion(site, name, None, "export rule", reason, ruling.clause, day, ruling.source)
    if not any(can_run(instance, site, chip, load) for load in instance.workloads.values()):
        return Exclusion(site, name, None, "precision", _useless(instance, site, chip))
    return None


def _useless(instance: Instance, site: str, chip: Accelerator) -> str:
    """Why no workload can run on a chip at a site."""
    able = [load for load in instance.workloads.values() if peak_tflops(chip, load)]
    if not able:
        return "supports no admissible precision or class of any workload"
    if not any(may_stay_at(instance, load, site) for load in able):
        return "residency keeps every workload it supports away from this site"
    return "jobs of the workloads it supports span servers, and the site's fabric does not"


def _phases(
    instance: Instance, calendar: Calendar, where: tuple[str, str], ruling: Ruling | None
) -> tuple[tuple[str, ...], str]:
    chip = instance.accelerators[where[1]]
    lead = chip.lead_time_weeks + (ruling.extra_lead_weeks if ruling else 0.0)
    phases = tuple(p for p in calendar.buyable(lead) if calendar.starts[p] >= chip.launch)
    late = f"launch {chip.launch}, lead time {lead:g} weeks: after the start of the last phase"
    return phases, late


def _cooling_obstacle(instance: Instance, name: str, cooling: str) -> str:
    chip, technology = instance.accelerators[name], instance.coolings[cooling]
    if cooling not in chip.coolings:
        return f"not sold for {cooling}"
    scale = chip.rack_scale
    kw = scale.densest_rack_kw if scale else chip.server_kw
    if kw > technology.rack_kw_max:
        what = "densest rack" if scale else "one server"
        return f"{what} draws {kw:g} kW, above the {technology.rack_kw_max:g} kW of a {cooling} rack"
    if not scale and chip.server_units > technology.rack_units:
        return f"one server of {chip.server_units} U is higher than a {cooling} rack"
    return ""
