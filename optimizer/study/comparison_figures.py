"""What a buyer compares designs by, beside the cost they were sought for, and which design is better at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.inputs.design import Decisions
from optimizer.model.derive import Problem
from optimizer.model.kpis import ALL_KPIS
from optimizer.pipeline import Result

NOTICED = 0.005
"""A difference below half a per cent is not called better."""


@dataclass(frozen=True)
class Merit:
    """A figure designs are compared by."""

    id: str
    name: str
    unit: str
    more_is_better: bool = False


MERITS = (
    Merit("capex_musd", "capital", "MUSD"),
    Merit("opex_musd_per_year", "yearly costs", "MUSD/year"),
    Merit("peak_import_mw", "power", "MW"),
    Merit("energy_mwh_per_year", "energy", "MWh/year"),
    Merit("white_space_m2", "white space", "m2"),
    Merit("plant_m2", "plant space", "m2"),
    Merit("carbon_t_per_year", "carbon", "t/year"),
    Merit("water_m3_per_year", "water", "m3/year"),
    Merit("domestic_share", "domestic share", "fraction", more_is_better=True),
    Merit("licences", "licences needed", "accelerators"),
    Merit("licence_risk", "legal risk", "fraction"),
)
LICENCES, LICENCE_RISK = "licences", "licence_risk"


def figures(result: Result) -> dict[str, float]:
    """Every figure of a verified design: the key figures, kinds of accelerator under licence, and the legal risk.

    Raises ValueError without a design.
    """
    if result.design is None or result.design.reported is None:
        raise ValueError("only a design has figures")
    reported = result.design.reported.kpis
    kpis = {kpi.id: reported[kpi.id] for kpi in ALL_KPIS if kpi.id in reported}
    return kpis | _licences(result.problem, result.design.decisions)


def _licences(problem: Problem, decisions: Decisions) -> dict[str, float]:
    """`licence_risk` is the chance that the least certain licence the design rests on is refused."""
    rulings = {
        (row.accelerator, row.phase): ruling
        for row in decisions.deliveries
        if (ruling := problem.rulings.get((row.site, row.accelerator, row.phase))) and ruling.status.value == "licence"
    }
    least = min((ruling.probability for ruling in rulings.values()), default=1.0)
    return {LICENCES: float(len({chip for chip, _ in rulings})), LICENCE_RISK: 1.0 - least}


def better_at(one: Mapping[str, float], other: Mapping[str, float]) -> tuple[Merit, ...]:
    """What `one` is noticeably better at than `other`."""
    return tuple(merit for merit in MERITS if _is_better(merit, one[merit.id], other[merit.id]))


def _is_better(merit: Merit, one: float, other: float) -> bool:
    gain = one - other if merit.more_is_better else other - one
    return gain > NOTICED * max(abs(one), abs(other), 1e-9)


def purchases(result: Result) -> dict[tuple[str, str, str], int]:
    """Accelerators bought over the horizon by pod type: (site, accelerator, racks)."""
    counts: dict[tuple[str, str, str], int] = {}
    if result.design is None:
        return counts
    for row in result.design.decisions.deliveries:
        key = row.type_key
        counts[key] = counts.get(key, 0) + row.pods * result.problem.compute.types[key].size.accelerators
    return counts
