"""The substation of each site through the phases: docs/model.md section 7."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.handover import plant_weeks
from optimizer.audit.periods import LIFE_SLACK_YEARS


@dataclass(frozen=True)
class Substation:
    """What stands at a site."""

    transformer: str
    units: int


@dataclass(frozen=True)
class Move:
    """A change from one phase to the next."""

    site: str
    p: int
    before: Substation | None
    after: Substation | None

    @property
    def is_new_type(self) -> bool:
        """Built from nothing, or in place of another type."""
        return self.after is not None and (self.before is None or self.before.transformer != self.after.transformer)


def existing_substation(case: AuditCase, site: str) -> Substation | None:
    """What is there before the first phase."""
    existing = case.instance.sites[site].grid.existing
    return Substation(existing.transformer, existing.units) if existing else None


def read_substations(case: AuditCase) -> dict[tuple[str, int], Substation | None]:
    """The substation in place, for every site and phase."""
    rows = {
        (row.site, case.periods.index(row.phase)): Substation(row.transformer, row.units)
        for row in case.decisions.substations
    }
    return {(site, p): rows.get((site, p)) for site in case.instance.sites for p in range(len(case.periods.phases))}


def moves(case: AuditCase, substations: dict[tuple[str, int], Substation | None]) -> Iterator[Move]:
    """Every change, in order of time at each site."""
    for site in case.instance.sites:
        before = existing_substation(case, site)
        for p in range(len(case.periods.phases)):
            after = substations[site, p]
            if after != before:
                yield Move(site, p, before, after)
            before = after


def move_price_usd(case: AuditCase, move: Move) -> float:
    """What a change costs; nothing is paid back for what shrinks or goes."""
    if move.after is None:
        return 0.0
    transformer = case.instance.transformers[move.after.transformer]
    if move.is_new_type:
        return transformer.usd_fixed + move.after.units * transformer.usd_per_unit
    grown = move.after.units - (move.before.units if move.before else 0)
    return max(0, grown) * transformer.usd_per_unit


def check_substations(
    case: AuditCase, substations: dict[tuple[str, int], Substation | None], recorder: Recorder
) -> None:
    """Every change is one that is allowed, ordered in time, and lasts."""
    for move in moves(case, substations):
        where = joined(move.site, case.periods.phases[move.p])
        recorder.holds("substation.stays", where, move.after is not None, "once built, a substation stays")
        if move.after is not None:
            _check_move(case, move, move.after, recorder)


def _check_move(case: AuditCase, move: Move, after: Substation, recorder: Recorder) -> None:
    where = joined(move.site, case.periods.phases[move.p], after.transformer)
    grid, transformer = case.instance.sites[move.site].grid, case.instance.transformers[after.transformer]
    if move.before is not None and move.is_new_type:
        untouched = move.before == existing_substation(case, move.site)
        recorder.holds(
            "substation.replaced", where, untouched, "only the untouched existing substation may be replaced"
        )
    if move.before is not None and not move.is_new_type:
        recorder.at_least("substation.shrinks", where, after.units, move.before.units, "units")
    recorder.holds("substation.type", where, after.transformer in grid.transformers, "this type may not be built here")
    largest = min(transformer.max_units, grid.spare_bays or transformer.max_units)
    recorder.at_most("substation.units_max", where, after.units, largest, "units")
    recorder.at_least("substation.units_min", where, after.units, grid.spare_units + 1, "units")
    in_time = case.periods.order_in_time(move.p, transformer.lead_time_weeks + plant_weeks(case, move.site))
    recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")
    needed_years = case.periods.horizon - case.periods.t0[move.p]
    lasting = transformer.life_years + LIFE_SLACK_YEARS
    recorder.at_least("substation.life", where, lasting, needed_years, "years of life, to the end of the horizon")
