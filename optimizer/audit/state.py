"""The design as it stands in every phase: what the ledger and the figures are read from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.audit.called import asks_for_weather, called_hours
from optimizer.audit.case import AuditCase
from optimizer.audit.cooling import Draw, Plant, fans_mw, rack_draw, read_plant
from optimizer.audit.findings import Recorder
from optimizer.audit.fleet import Fleet, read_fleet
from optimizer.audit.floor import FloorSpace, fitted_space
from optimizer.audit.generation import kind_of, most_mw
from optimizer.audit.hours import Mask
from optimizer.audit.operation import Beside, Operation, operate
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.schedule import Schedule, read_schedules
from optimizer.audit.substation import Substation, read_substations
from optimizer.audit.throughput import Throughput, read_throughput
from optimizer.audit.weather import WeatherYear, site_year

Where = tuple[str, int]
"""Site, phase by position."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything recomputed from the decisions."""

    fleet: Fleet
    plant: Plant
    substations: dict[Where, Substation | None]
    schedules: dict[Where, Schedule]
    """Only of sites that dispatch, where the design says how."""
    operations: dict[Where, Operation]
    undispatched: dict[Where, Operation]
    """The same years with nothing dispatched."""
    throughput: tuple[Throughput, ...]
    fitted: dict[Where, FloorSpace]
    most_mw: dict[Where, dict[str, Hours]]
    """What generation beside the grid can give in every hour kept, by source."""
    called_back: dict[str, Mask]
    """Hours kept in which a flexible connection gives its firm part alone, by site."""
    called_on: dict[str, Mask]
    """Hours kept in which a programme calls for what can be dropped, by site."""


def read_state(case: AuditCase, base_folder: Path | None, recorder: Recorder) -> State:
    """Recompute the state; errors of the rows themselves go to the recorder."""
    fleet, plant, substations = read_fleet(case, recorder), read_plant(case, recorder), read_substations(case)
    schedules = read_schedules(case, recorder)
    operations: dict[Where, Operation] = {}
    undispatched: dict[Where, Operation] = {}
    fitted: dict[Where, FloorSpace] = {}
    most: dict[Where, dict[str, Hours]] = {}
    called_back: dict[str, Mask] = {}
    called_on: dict[str, Mask] = {}
    for site in case.instance.sites:
        draws = _draws(case, (fleet, schedules), site, base_folder)
        spec = case.instance.sites[site]
        weather = site_year(case.instance, site, base_folder) if _asks_for_weather(case, site) else None
        if spec.flexible_connection is not None:
            called_back[site] = called_hours(case, site, spec.flexible_connection, weather)
        if spec.demand_response is not None:
            called_on[site] = called_hours(case, site, spec.demand_response, weather)
        for p in range(len(case.periods.phases)):
            sources = most_mw(case, site, p, weather)
            most[site, p] = sources
            substation = substations[site, p]
            fans = fans_mw(case, plant, (site, p), active=substation is not None)
            facility = Beside(substation, draws, fans_mw=fans)
            undispatched[site, p] = operations[site, p] = operate(case, fleet, site, p, facility)
            if (site, p) in schedules or sources:
                dispatched = replace(facility, schedule=schedules.get((site, p)), sources=sources)
                operations[site, p] = operate(case, fleet, site, p, dispatched)
            fitted[site, p] = fitted_space(case, site, p)
    throughput = read_throughput(case, fleet)
    return State(
        fleet=fleet,
        plant=plant,
        substations=substations,
        schedules=schedules,
        operations=operations,
        undispatched=undispatched,
        throughput=throughput,
        fitted=fitted,
        most_mw=most,
        called_back=called_back,
        called_on=called_on,
    )


def _asks_for_weather(case: AuditCase, site: str) -> bool:
    """Whether the sun or the temperature of a site decides anything but how its pods are cooled."""
    spec = case.instance.sites[site]
    sun = any(not kind_of(case, row.source).takes_fuel for row in spec.generation)
    return sun or asks_for_weather(spec.flexible_connection) or asks_for_weather(spec.demand_response)


def _draws(
    case: AuditCase, work: tuple[Fleet, dict[Where, Schedule]], site: str, base_folder: Path | None
) -> dict[str, Draw]:
    """Draws over the hours kept of the technologies whose racks work at a site; without any, no weather is read."""
    fleet, schedules = work
    at_work = {kind.cooling for (s, _, kind, _), pods in fleet.assigned.items() if s == site and pods}
    at_work |= {job.cooling for (s, _), schedule in schedules.items() if s == site for job in schedule.moved_mw}
    if not at_work:
        return {}
    whole, kept = site_year(case.instance, site, base_folder), case.kept.index
    year = WeatherYear(whole.dry_c[kept], whole.wet_c[kept])
    return {cooling: rack_draw(case.instance, cooling, year) for cooling in sorted(at_work)}
