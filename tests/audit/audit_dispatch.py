"""The tiny site with a battery that trades, work that moves and generators beside the grid, all worked out on paper.

Two hours of the evening (18 and 19) work at full load, the others at half: 0.48 and 0.24 MW of IT power. Import is
1.2 times IT power and 0.024 MW: 0.6 and 0.312 MW. Every day

* charges 0.05 MW in each of the hours 0 to 7 and discharges 0.162 MW in 18 and 19: 8 * 0.05 * 0.9 = 2 * 0.162 / 0.9,
* moves 0.05 MW out of each of the two evening hours and 0.0125 MW into each of the eight,

so that import is 1.2 * 0.2525 + 0.024 + 0.05 = 0.377 MW at night and 1.2 * 0.43 + 0.024 - 0.162 = 0.378 MW in the
evening. On the first 30 days generators carry 0.12 MW in hour 20, of the 0.312 MW that are drawn there.

Free power of the battery is 0.34 - 0.024 = 0.316 MW; free energy 0.525 * 0.88 - (0.02 + 0.002) = 0.44 MWh, of which
0.05 to 0.41 are used. Generators may carry one set of two, 0.24 MW, for 20 full hours: 4.8 MWh, of which 3.6 are used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from audit_tiny import Change, Plain
from numpy.typing import NDArray

from optimizer.inputs.hourly import pack_hours, unpack_hours

Hours = NDArray[np.float64]
PROFILE = (0.5,) * 18 + (1.0,) * 2 + (0.5,) * 4
SERIES = ("charge_mw", "discharge_mw", "generator_mw", "moved_mw")


def day(by_hour: dict[int, float]) -> Hours:
    """24 values, zero but for the hours given."""
    values = np.zeros(24)
    for hour, value in by_hour.items():
        values[hour] = value
    return values


NIGHT = range(8)
CHARGE = day(dict.fromkeys(NIGHT, 0.05))
DISCHARGE = day({18: 0.162, 19: 0.162})
MOVED = day(dict.fromkeys(NIGHT, 0.0125) | {18: -0.05, 19: -0.05})
GENERATOR = day({20: 0.12})


def site(instance: Plain, design: Plain) -> None:
    """The instance and the plant of the page's docstring; no schedule yet."""
    here = instance["sites"]["here"]
    here["battery_dispatch"] = True
    here["backup"]["peak_shaving_hours_per_year"] = 20.0
    instance["workloads"]["train"] |= {"daily_profile": PROFILE, "deferrable_fraction": 0.25}
    instance["batteries"]["bess"] |= {
        "round_trip_fraction": 0.81,
        "degradation_usd_per_mwh": 30.0,
        "m2_per_mwh": 19.0,
    }
    instance["tariffs"]["flat"]["energy"] = (
        {"label": "night", "price_per_kwh": 0.05, "to_hour": 8},
        {"label": "day", "price_per_kwh": 0.15, "from_hour": 8},
    )
    design["decisions"]["batteries"][0].update(mw=0.34, mwh=0.525)


def schedule(days: int = 365, generator_days: int = 30) -> Change:
    """The schedule of the page's docstring."""

    def change(instance: Plain, design: Plain) -> None:
        runs = np.arange(days) < generator_days
        moved = {"cooling": "air", "workload": "train", "moved_mw": pack_hours(np.tile(MOVED, days))}
        design["decisions"]["dispatch"] = (
            {
                "site": "here",
                "phase": "p1",
                "charge_mw": pack_hours(np.tile(CHARGE, days)),
                "discharge_mw": pack_hours(np.tile(DISCHARGE, days)),
                "soc_start_mwh": 0.05,
                "generator_mw": pack_hours((runs[:, None] * GENERATOR).ravel()),
                "moved": (moved,),
            },
        )

    return change


DISPATCHED = (site, schedule())


def row(**changes: Any) -> Change:
    """Change the row of dispatch."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"]["dispatch"][0].update(changes)

    return change


def moved(**changes: Any) -> Change:
    """Change the row of moved work."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"]["dispatch"][0]["moved"][0].update(changes)

    return change


def hours(name: str, values: dict[int, float]) -> Change:
    """Put values into some hours of one of the four series."""

    def change(instance: Plain, design: Plain) -> None:
        entry = design["decisions"]["dispatch"][0]
        if name == "moved_mw":
            entry = entry["moved"][0]
        series = unpack_hours(entry[name], 8760)
        for hour, value in values.items():
            series[hour] = value
        entry[name] = pack_hours(series)

    return change
