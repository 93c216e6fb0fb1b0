"""The tiny site with engines and photovoltaics beside the grid, all worked out on paper.

Ten pods draw 0.48 MW of IT power in every hour, and the site 1.2 times that and 0.024 MW: 0.6 MW, 14.4 MWh a day.

* Three engines of 0.25 MW, one of them spare: 0.5 MW at work. They give 0.3 MW, and 0.1 MW at noon (the hour from 12):
  7 MWh a day, 2,555 a year of the 6,000 * 0.5 = 3,000 MWh that are permitted.
* Five photovoltaic units of 0.1 MW at a performance ratio of 0.8. Radiation is 500 W/m2 in the hours from 8 to 15 and
  1,500 at noon, so they give 0.4 of 0.5 MW, 0.2 MW, in seven hours and all of the 0.5 MW at noon: 1.9 MWh a day.

Import is 0.3 MW in sixteen hours, 0.1 MW in seven and nothing at noon: 5.5 MWh a day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from audit_tiny import Change, Plain
from numpy.typing import NDArray

from optimizer.inputs.hourly import pack_hours, unpack_hours

Hours = NDArray[np.float64]
NOON = 12
SUNNY = tuple(hour for hour in range(8, 16) if hour != NOON)
RADIATION = tuple(1500.0 if hour == NOON else 500.0 if hour in SUNNY else 0.0 for hour in range(24))
ENGINE_MW = np.array([0.1 if hour == NOON else 0.3 for hour in range(24)])
SUN_MW = np.array([0.5 if hour == NOON else 0.2 if hour in SUNNY else 0.0 for hour in range(24)])

ENGINE: Plain = {
    "kind": "engine",
    "name": "Engine",
    "unit_mw": 0.25,
    "usd_per_unit": 200_000.0,
    "m2_per_unit": 20.0,
    "max_units": 3,
    "life_years": 20.0,
    "maintenance_fraction": 0.05,
    "lead_time_weeks": 40.0,
    "heat_rate_gj_per_mwh": 9.0,
    "running_usd_per_mwh": 2.0,
    "carbon_kg_per_mwh": 600.0,
}
SUN: Plain = {
    "kind": "pv",
    "name": "Roof",
    "unit_mw": 0.1,
    "usd_per_unit": 50_000.0,
    "m2_per_unit": 500.0,
    "max_units": 10,
    "life_years": 10.0,
    "maintenance_fraction": 0.01,
    "lead_time_weeks": 10.0,
    "performance_ratio": 0.8,
}


def sources(instance: Plain, design: Plain) -> None:
    """What stands at the site; nothing is fed yet."""
    instance["generation"] = {"engine": dict(ENGINE), "sun": dict(SUN)}
    instance["sites"]["here"] |= {
        "generation": (
            {"source": "engine", "fuel_usd_per_gj": 4.0, "spare_units": 1, "full_load_hours_per_year": 6000.0},
            {"source": "sun"},
        ),
        "generation_m2": 2560.0,
    }
    for month in instance["climates"]["constant"]["months"]:
        month["ghi_w_per_m2"] = RADIATION
    here = {"site": "here", "phase": "p1"}
    design["decisions"]["generation"] = (
        here | {"source": "engine", "units": 3},
        here | {"source": "sun", "units": 5},
    )


def feeding(engine: Hours = ENGINE_MW, sun: Hours = SUN_MW, days: int = 365, **more: Any) -> Change:
    """A row of dispatch that feeds the same on every day."""

    def change(instance: Plain, design: Plain) -> None:
        fed = tuple(
            {"source": source, "fed_mw": pack_hours(np.tile(mw, days))}
            for source, mw in (("engine", engine), ("sun", sun))
        )
        design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1", "fed": fed, **more},)

    return change


GENERATED = (sources, feeding())


def fed(source: str, by_hour: dict[int, float]) -> Change:
    """Put values into some hours of what a source gives."""

    def change(instance: Plain, design: Plain) -> None:
        rows = design["decisions"]["dispatch"][0]["fed"]
        part = next(row for row in rows if row["source"] == source)
        series = unpack_hours(part["fed_mw"], instance.get("solve", {}).get("hours", 8760))
        for hour, mw in by_hour.items():
            series[hour] = mw
        part["fed_mw"] = pack_hours(series)

    return change


def built(which: str, **values: Any) -> Change:
    """Change what is bought of a source."""

    def change(instance: Plain, design: Plain) -> None:
        for row in design["decisions"]["generation"]:
            if row["source"] == which:
                row.update(values)

    return change


def stated(which: str, **values: Any) -> Change:
    """Change what the site says of a source."""

    def change(instance: Plain, design: Plain) -> None:
        rows = instance["sites"]["here"]["generation"]
        instance["sites"]["here"]["generation"] = tuple(row | values if row["source"] == which else row for row in rows)

    return change
