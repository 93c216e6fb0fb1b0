"""Everything the sections of the audit read: the instance, the time axis, the rows and the rulings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from optimizer.audit.fabrics import UNNAMED, Interconnect, interconnect
from optimizer.audit.grid_year import AS_STATED, GridYear
from optimizer.audit.halls import NO_HALL, Room, room
from optimizer.audit.hours import AuditedHours, keep
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import Periods
from optimizer.audit.pods import Pod, make_pod, maturity
from optimizer.audit.rulings import AuditedRuling
from optimizer.inputs.design import Decisions, PodTypeRow
from optimizer.inputs.schema import Instance


class Type(NamedTuple):
    """A pod type."""

    accelerator: str
    cooling: str
    fabric: str = UNNAMED
    """As rows name it: empty at a site that does not choose, and for a system that brings its own."""
    hall: str = NO_HALL
    """As rows name it: empty at a site without halls."""


def type_of(row: PodTypeRow) -> Type:
    """The pod type a row is about."""
    return Type(row.accelerator, row.cooling, row.fabric or UNNAMED, row.hall or NO_HALL)


@dataclass(frozen=True)
class AuditCase:
    """One audit's inputs, read-only."""

    instance: Instance
    decisions: Decisions
    periods: Periods
    rulings: Rulings
    grid_years: dict[str, GridYear] = field(default_factory=dict)
    """Of the sites whose grid is told by the hour."""

    @property
    def kept(self) -> AuditedHours:
        """The hours that are looked at."""
        return keep(self.instance.solve.hours)

    def grid_year(self, site: str) -> GridYear:
        """What files tell of the grid of a site."""
        return self.grid_years.get(site, AS_STATED)

    @property
    def programmes(self) -> tuple[str, ...]:
        """Stacks whose porting programme is run, of those that have one."""
        stacks = self.instance.stacks
        return tuple(name for name in self.decisions.programmes if stacks[name].programme_usd is not None)

    def maturity(self, site: str, kind: Type, p: int) -> float:
        """Mean maturity of a type's stack over a phase, times the phase's factor and the time its hall has power."""
        name = self.instance.accelerators[kind.accelerator].stack
        stack, ramp_months = self.instance.stacks[name], self.instance.stacks[name].ramp_months
        if name in self.programmes and stack.programme_ramp_months is not None:
            ramp_months = stack.programme_ramp_months
        factor = self.instance.phases[self.periods.phases[p]].utilisation_factor
        return factor * maturity(stack, ramp_months, self.periods, p) * self.room(site, kind).powered_fraction

    def first_phase(self, from_phase: str | None) -> int:
        """Position of the phase from which something holds; not given: the first."""
        return 0 if from_phase is None else self.periods.index(from_phase)

    @cached_property
    def _pods(self) -> dict[tuple[str, Type], Pod]:
        """Figures of the pods that were asked for: they are, hundreds of times."""
        return {}

    def pod(self, site: str, kind: Type) -> Pod:
        """Figures of one pod of a type at a site."""
        if (site, kind) not in self._pods:
            chip, technology = self.instance.accelerators[kind.accelerator], self.instance.coolings[kind.cooling]
            on_fabric_kw = self.interconnect(site, kind).kw_per_accelerator
            self._pods[site, kind] = make_pod(chip, technology, on_fabric_kw, self.room(site, kind).space_factor)
        return self._pods[site, kind]

    def room(self, site: str, kind: Type) -> Room:
        """What the hall of a type's pods asks for and gives."""
        return room(self.instance, site, kind.hall)

    def interconnect(self, site: str, kind: Type) -> Interconnect:
        """What is between the servers of a type's pods at a site."""
        return interconnect(self.instance, site, kind.accelerator, kind.fabric)

    def ruling(self, site: str, accelerator: str, p: int = 0) -> AuditedRuling:
        """The export ruling on a delivery in a phase."""
        return self.rulings.on(site, accelerator, p)
