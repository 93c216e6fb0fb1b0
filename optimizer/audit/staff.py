"""Engineers, and the accelerators they look after: docs/model.md sections 10 and 11."""

from __future__ import annotations

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder
from optimizer.audit.fleet import Fleet
from optimizer.audit.substation import Substation


def installed_accelerators(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Accelerators that stand at a site."""
    return sum(pods * case.pod(site, kind).accelerators for kind, pods in fleet.installed_at(site, p).items())


def working_accelerators(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Accelerators at work at a site, on workloads of every kind."""
    return sum(pods * case.pod(site, kind).accelerators for (kind, _), pods in fleet.assigned_at(site, p).items())


def engineers_needed(case: AuditCase, fleet: Fleet, site: str, p: int, substation: Substation | None) -> float:
    """For the site, and for what stands there; if engineers are scarce, for what works there."""
    staff = case.instance.staff
    looked_after = installed_accelerators if staff.max_engineers is None else working_accelerators
    of_fleet = staff.engineers_per_1000_accelerators * looked_after(case, fleet, site, p) / 1000.0
    return (staff.engineers_per_site if substation else 0.0) + of_fleet


def check_staff(
    case: AuditCase, fleet: Fleet, substations: dict[tuple[str, int], Substation | None], recorder: Recorder
) -> None:
    """No more engineers than can be had, all sites together."""
    most = case.instance.staff.max_engineers
    if most is None:
        return
    for p, phase in enumerate(case.periods.phases):
        needed = sum(engineers_needed(case, fleet, site, p, substations[site, p]) for site in case.instance.sites)
        recorder.at_most("staff.max_engineers", phase, needed, most, "engineers")
