"""The design as it stands in every phase: what the ledger and the figures are read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.audit.case import Case
from optimizer.audit.cooling import Draw, Plant, rack_draw, read_plant
from optimizer.audit.findings import Recorder
from optimizer.audit.fleet import Fleet, Throughput, read_fleet, read_throughput
from optimizer.audit.floor import Space, fitted_space
from optimizer.audit.power import Operation, operate
from optimizer.audit.substation import Substation, read_substations
from optimizer.audit.weather import site_year

Where = tuple[str, int]
"""Site, phase by position."""


@dataclass(frozen=True)
class State:
    """Everything recomputed from the decisions."""

    fleet: Fleet
    plant: Plant
    substations: dict[Where, Substation | None]
    operations: dict[Where, Operation]
    throughput: tuple[Throughput, ...]
    fitted: dict[Where, Space]


def read_state(case: Case, base_folder: Path | None, recorder: Recorder) -> State:
    """Recompute the state; errors of the rows themselves go to the recorder."""
    fleet, plant, substations = read_fleet(case, recorder), read_plant(case, recorder), read_substations(case)
    operations: dict[Where, Operation] = {}
    fitted: dict[Where, Space] = {}
    for site in case.instance.sites:
        draws = _draws(case, fleet, site, base_folder)
        for p in range(len(case.periods.phases)):
            operations[site, p] = operate(case, fleet, site, p, (substations[site, p], draws))
            fitted[site, p] = fitted_space(case, site, p)
    return State(fleet, plant, substations, operations, read_throughput(case, fleet), fitted)


def _draws(case: Case, fleet: Fleet, site: str, base_folder: Path | None) -> dict[str, Draw]:
    """Hourly draws of the technologies whose racks work at a site; the weather is read only if there are any."""
    at_work = {kind[1] for (s, _, kind, _), pods in fleet.assigned.items() if s == site and pods}
    if not at_work:
        return {}
    year = site_year(case.instance, site, base_folder)
    return {cooling: rack_draw(case.instance, cooling, year) for cooling in sorted(at_work)}
