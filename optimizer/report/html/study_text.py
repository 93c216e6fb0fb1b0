"""What the page of a study calls things: endings, sets of accelerators, key figures and their units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.inputs.naming import kpi_name
from optimizer.model.kpis import ALL_KPIS
from optimizer.report.study_text import input_shown
from optimizer.study.metrics import METRICS

ENDINGS = {
    "optimal": "proven best",
    "feasible": "verified, stopped by a limit",
    "infeasible": "proven to have no design",
    "no_solution": "no answer: nothing found in time",
    "invalid": "no answer: the values make no sense",
    "failed": "no answer: the solve failed",
    "rejected": "no answer: withheld by the audit",
    "unsound": "no answer: the proof is not sound",
    "unbounded": "no answer: unbounded",
}
UNITS = {kpi.id: "" if kpi.unit in ("1", "fraction") else kpi.unit for kpi in ALL_KPIS}
UNITS |= {metric.id: metric.unit for metric in METRICS.values()} | {"target_pflops": "PFLOPS"}
MOST_NAMED = 7
"""Accelerators of one choice that are named; table.csv names all."""
NAMES = {
    "target_pflops": "the target",
    "lcoc_usd_per_eflop": "the levelised cost",
    "npv_cost_musd": "the total cost",
    "capex_musd": "the capital",
    "peak_import_mw": "the peak import",
    "racks": "the number of racks",
    "floor_area_m2": "the floor area",
    "energy_mwh_per_year": "the energy per year",
    "carbon_t_per_year": "the carbon per year",
    "water_m3_per_year": "the water per year",
}


def ending(status: Any) -> str:
    """How a cell ended, in words."""
    return ENDINGS.get(str(status), str(status))


def unit_of(name: str) -> str:
    """The unit of a key figure or measure; empty for counts and fractions."""
    return UNITS.get(name, "")


def figure_name(name: str) -> str:
    """A key figure in a sentence."""
    return NAMES.get(name) or kpi_name(name)


def chips_text(chip_set: Any) -> str:
    """`a+b+c` as `a, b and c`; of more than a line holds the first ones and how many more."""
    if not chip_set:
        return "none"
    names = str(chip_set).split("+")
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[: MOST_NAMED - 1])} and {len(names) - MOST_NAMED + 1} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def choice_of(row: Mapping[str, Any]) -> str:
    """What a cell buys, or how it ended without a design."""
    return chips_text(row["chip_set"]) if row.get("chip_set") else ending(row.get("status"))


def value_shown(name: str, value: Any) -> str:
    """The value of an axis; empty means as in the instance."""
    return "as it is" if value is None else input_shown(name, value)
