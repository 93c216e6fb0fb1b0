"""Small changes to a frozen instance: a copy with one table altered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.inputs.schema import Instance

Changes = Mapping[str, Any]


def at_site(instance: Instance, site: str, changes: Changes) -> Instance:
    """Other values at a site."""
    changed = instance.sites[site].model_copy(update=dict(changes))
    return instance.model_copy(update={"sites": {**instance.sites, site: changed}})


def in_building(instance: Instance, site: str, changes: Changes) -> Instance:
    """Other values of a site's building."""
    return at_site(instance, site, {"building": instance.sites[site].building.model_copy(update=dict(changes))})


def in_phase(instance: Instance, phase: str, changes: Changes) -> Instance:
    """Other values of a phase."""
    changed = instance.phases[phase].model_copy(update=dict(changes))
    return instance.model_copy(update={"phases": {**instance.phases, phase: changed}})


def in_workload(instance: Instance, workload: str, phase: str, pflops: float) -> Instance:
    """Another floor of a workload in a phase."""
    load = instance.workloads[workload]
    changed = load.model_copy(update={"floor_pflops": {**load.floor_pflops, phase: pflops}})
    return instance.model_copy(update={"workloads": {**instance.workloads, workload: changed}})


def in_procurement(instance: Instance, changes: Changes) -> Instance:
    """Other limits on what is bought."""
    return instance.model_copy(update={"procurement": instance.procurement.model_copy(update=dict(changes))})


def in_limits(instance: Instance, changes: Changes) -> Instance:
    """Other caps on the whole plan."""
    return instance.model_copy(update={"limits": instance.limits.model_copy(update=dict(changes))})


def in_table(instance: Instance, table: str, row: str, changes: Changes) -> Instance:
    """Other values in a row of a table of the instance, such as `coolings`; a row that was dropped stays away."""
    rows = getattr(instance, table)
    if row not in rows:
        return instance
    return instance.model_copy(update={table: {**rows, row: rows[row].model_copy(update=dict(changes))}})
