"""Designs that break a rule of generation beside the grid: rows of the table in test_broken_rules.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.inputs.hourly import pack_hours, unpack_hours
from tests.mutants.corrupted import Change, Mutant, Plain, put, report

SITE = "sites.paper"


def generated(check: str, *changes: Change, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant(check, changes, beside, kind="generating")


def stated(**values: Any) -> Change:
    """Overwrite what the site says of its engines."""

    def change(instance: Plain, design: Plain) -> None:
        engine, sun = instance["sites"]["paper"]["generation"]
        instance["sites"]["paper"]["generation"] = ({**engine, **values}, sun)

    return change


def fed(source: str, by_hour: dict[int, float]) -> Change:
    """Add to some hours of what a source gives."""

    def change(instance: Plain, design: Plain) -> None:
        (row,) = design["decisions"]["dispatch"]
        part = next(part for part in row["fed"] if part["source"] == source)
        values = np.array(unpack_hours(part["fed_mw"], instance["solve"]["hours"]))
        for hour, mw in by_hour.items():
            values[hour] += mw
        part["fed_mw"] = pack_hours(values)

    return change


GENERATION_MUTANTS: dict[str, Mutant] = {
    "generation.most": generated("generation.max_units", put("generation.engine.max_units", 2)),
    "generation.room": generated("generation.room", put(f"{SITE}.generation_m2", 50.0)),
    # At noon photovoltaics give what they can: a kilowatt more is not there.
    "hours.yielded": generated(
        "dispatch.fed", fed("engine", {0: 0.05}), beside=("dispatch.import", "dispatch.fed_hours")
    ),
    "hours.permitted": generated("dispatch.fed_hours", stated(full_load_hours_per_year=1000.0)),
    "hours.still": generated("power.grid", put(f"{SITE}.grid_mw", 0.05)),
    "hours.base": Mutant(
        "ledger.peak_import_mw", (report("peak_import_mw", 0.99, "month 07", "only"),), (), "generating", report=True
    ),
}
