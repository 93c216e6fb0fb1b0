"""Floor space in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.building import Building
from optimizer.inputs.schema import Instance


@dataclass(frozen=True)
class BuildingCoefficients:
    """Buildings by site."""

    sites: dict[str, Building]


def derive(instance: Instance) -> BuildingCoefficients:
    """Space of every site."""
    return BuildingCoefficients({s: site.building for s, site in instance.sites.items()})
