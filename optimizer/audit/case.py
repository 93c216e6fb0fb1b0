"""Everything the sections of the audit read: the instance, the time axis, the rows and the rulings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.audit.hours import Kept, keep
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import Periods
from optimizer.audit.pods import Pod, make_pod
from optimizer.audit.rulings import Ruling
from optimizer.design import Decisions
from optimizer.instance.schema import Instance

Type = tuple[str, str]
"""A pod type: accelerator, cooling."""


@dataclass(frozen=True)
class Case:
    """One audit's inputs, read-only."""

    instance: Instance
    decisions: Decisions
    periods: Periods
    rulings: Rulings

    @property
    def kept(self) -> Kept:
        """The hours that are looked at."""
        return keep(self.instance.solve.hours)

    def pod(self, kind: Type) -> Pod:
        """Figures of one pod of a type."""
        return make_pod(self.instance, self.instance.accelerators[kind[0]], self.instance.coolings[kind[1]])

    def ruling(self, site: str, accelerator: str, p: int = 0) -> Ruling:
        """The export ruling on a delivery in a phase."""
        return self.rulings.on(site, accelerator, p)

    def by_site_and_phase(self, value: Callable[[str, int], float]) -> dict[tuple[str, int], float]:
        """A figure for every site and phase."""
        return {(site, p): value(site, p) for site in self.instance.sites for p in range(len(self.periods.phases))}
