"""Weeks on site before the first day of service: docs/model.md sections 2 and 9a."""

from __future__ import annotations

from optimizer.audit.case import AuditCase


def commissioning_weeks(case: AuditCase, site: str) -> float:
    """Weeks for which racks stand at a site before service; 0 without a facility."""
    name = case.instance.sites[site].facility
    return 0.0 if name is None else case.instance.facilities[name].commissioning_weeks


def plant_weeks(case: AuditCase, site: str) -> float:
    """Weeks before service in which plant and items are on site: fit-out, then commissioning."""
    name = case.instance.sites[site].facility
    return commissioning_weeks(case, site) + (0.0 if name is None else case.instance.facilities[name].fitout_weeks)
