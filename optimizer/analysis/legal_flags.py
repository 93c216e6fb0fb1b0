"""The legal flags of a design: what a lawyer has to know of what is bought, and of the machine as a whole. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.end_use import SiteReading, end_use_law, flagged_sites
from optimizer.inputs.design import Decisions, PodRow
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.policies.rulings import rulings_of
from optimizer.regimes.conditions import restricted_sites
from optimizer.regimes.flags import BY_ID, FLAGS, SUPERCOMPUTER, Flag
from optimizer.regimes.ruling import RulingStatus
from optimizer.setting.calendar import calendar_of


@dataclass(frozen=True, kw_only=True)
class RaisedFlag:
    """A flag, and what of the design raises it."""

    flag: Flag
    accelerators: tuple[str, ...]
    """Ids; none of a flag that a whole machine raises."""
    count: int
    """Accelerators bought."""
    sites: tuple[str, ...]
    detail: str = ""
    """The numbers of a flag that a whole machine raises."""


def row_flags(problem: Problem, row: PodRow) -> tuple[Flag, ...]:
    """Flags of what one row delivers, in the order of the page."""
    ruling = problem.compute.types[row.type_key].rulings.get(row.phase)
    return tuple(BY_ID[flag] for flag in ruling.flags if flag in BY_ID) if ruling else ()


def raised_flags(problem: Problem, decisions: Decisions) -> tuple[RaisedFlag, ...]:
    """Every flag of a design, the machine's own first."""
    pods_by_flag: dict[str, list[PodRow]] = {}
    for row in decisions.deliveries:
        for flag in row_flags(problem, row):
            pods_by_flag.setdefault(flag.id, []).append(row)
    machine = [_machine(reading) for reading in flagged_sites(problem, decisions)]
    ordered = [flag for flag in FLAGS if flag.id in pods_by_flag]
    return (*machine, *(_raised(problem, flag, pods_by_flag[flag.id]) for flag in ordered))


def possible_flags(instance: Instance) -> tuple[Flag, ...]:
    """Flags that an offer to this instance may raise: those of every accelerator that may be delivered at some site in
    some phase, and the machine's own where a site lies in a place it concerns. Whatever a design buys."""
    calendar = calendar_of(instance)
    allowed = [r for r in rulings_of(instance, calendar).values() if r.status is not RulingStatus.DENIED]
    raised = {flag for ruling in allowed for flag in ruling.flags}
    certified = restricted_sites(instance) and any(end_use_law(instance, day) for day in calendar.starts.values())
    return (*((SUPERCOMPUTER,) if certified else ()), *(flag for flag in FLAGS if flag.id in raised))


def _raised(problem: Problem, flag: Flag, rows: list[PodRow]) -> RaisedFlag:
    types = problem.compute.types
    return RaisedFlag(
        flag=flag,
        accelerators=tuple(dict.fromkeys(row.accelerator for row in rows)),
        count=sum(row.pods * types[row.type_key].size.accelerators for row in rows),
        sites=tuple(dict.fromkeys(row.site for row in rows)),
    )


def _machine(reading: SiteReading) -> RaisedFlag:
    return RaisedFlag(flag=SUPERCOMPUTER, accelerators=(), count=0, sites=(reading.site,), detail=reading.sentence)
