"""Large instances for the benchmark: many sites by many phases, and many scenarios. Pure: nothing is solved here."""

from __future__ import annotations

import copy
import random
import tomllib
from datetime import date
from typing import Any

from docs.bench.cases import FLAGSHIP, ROOT

LICENCE_RISK = ROOT / "instances" / "hong_kong_licence_risk.toml"
CITIES = ("hong_kong", "singapore", "johor", "tokyo", "seoul", "osaka", "sydney", "mumbai", "dubai", "london")
"""Where the sites stand, in this order; from the eleventh on they begin again."""
TARGETS_PFLOPS = (1300.0, 3000.0)
"""Of the flagship, in its first phase and later: what is asked for each site."""
DEMAND_STEP_PFLOPS, DEMAND_MOST_PFLOPS = 500.0, 4500.0
SITE_MW = 24.0


def campus(sites: int, phases: int, chips: tuple[str, ...] = ()) -> dict[str, Any]:
    """The flagship's question for sites in several cities: targets, demands and quotas hold for all of them together.

    Each site is what `optimizer init` writes for its city, with as much power as the flagship's. `chips` shortens the
    choice of accelerators.
    """
    from optimizer.app.starts import start_of

    with FLAGSHIP.open("rb") as stream:
        data = tomllib.load(stream)
    del data["scenarios"], data["sites"]
    data |= {"name": f"campus_{sites}_{phases}", "sites": {}, "facilities": {}}
    for n in range(sites):
        city = CITIES[n % len(CITIES)]
        start = tomllib.loads(start_of(city, city))
        data["exchange_rates"] |= start.get("exchange_rates", {})
        site = start["sites"]["main"]
        site |= {"name": f"Site {n}", "grid_mw": SITE_MW, "coolings": ["air", "rear_door", "direct_to_chip"]}
        del site["grid_stages"]
        site["backup"]["from_phase"] = "p1"
        data["sites"][f"s{n}_{city}"] = site
        # Eleven months to the first delivery, as for the flagship, leave no more for what is built.
        city_plant = start["facilities"][site["facility"]]
        hall = {"mv_ring": {"lead_time_weeks": 40}, "fitout_weeks": 0, "commissioning_weeks": 3}
        data["facilities"][site["facility"]] = city_plant | hall
    data["phases"] = {
        f"p{n}": {
            "start": date(2027 + n, 11, 1),
            "years": 1.0,
            "target_pflops": sites * TARGETS_PFLOPS[min(n, 1)],
            "demand_pflops": sites
            * min(TARGETS_PFLOPS[min(n, 1)] + DEMAND_STEP_PFLOPS * max(0, n - 1), DEMAND_MOST_PFLOPS),
        }
        for n in range(phases)
    }
    for quota in data["procurement"]["quotas"].values():
        quota["max_accelerators"] *= sites
    # Prices that differ by place: one value holds for the plan, as the program asks.
    data["accelerators"] = {"h200_sxm": {"price_usd": 27_000}}
    data["batteries"] = {"lfp_outdoor": {"usd_per_mwh": 140_000}}
    if chips:
        del data["procurement"]["exclude"]
        data["procurement"]["include"] = list(chips)
    data["solve"] = {"objective": "lcoc", "gap": 1e-3, "time_limit_s": 600.0}
    return data


def futures(count: int, seed: int = 1, phases: int = 5) -> dict[str, Any]:
    """The question of licences at risk under so many futures, of equal probability.

    Each is one of the five of the instance, in turn, with its own prices, tariff and demand drawn around it.
    """
    with FLAGSHIP.open("rb") as base, LICENCE_RISK.open("rb") as stream:
        data = _laid_over(tomllib.load(base), tomllib.load(stream))
    del data["scenarios"], data["extends"]
    kinds = list(data["uncertainty"]["scenarios"].values())
    draw = random.Random(seed)
    scenarios = {}
    for n in range(count):
        future = copy.deepcopy(kinds[n % len(kinds)])
        domestic = future.get("accelerator_price_factors", {}).get("ascend_*", 1.0)
        future["accelerator_price_factors"] = {
            "ascend_*": round(domestic * draw.uniform(0.9, 1.1), 4),
            "h200_sxm": round(draw.uniform(0.9, 1.1), 4),
        }
        future["tariff_factor"] = round(future.get("tariff_factor", 1.0) * draw.uniform(0.9, 1.1), 4)
        future["demand_factor"] = round(future.get("demand_factor", 1.0) * draw.uniform(0.95, 1.0), 4)
        future["probability"] = 1.0 / count
        scenarios[f"f{n:04d}"] = future
    data["uncertainty"]["scenarios"] = scenarios
    data["phases"] = dict(list(data["phases"].items())[:phases])
    site = data["sites"]["cyberport"]
    site["grid_stages"] = [stage for stage in site["grid_stages"] if stage["from_phase"] in data["phases"]]
    data["name"] = f"futures_{count}"
    data["solve"] = {"gap": 1e-2, "time_limit_s": 600.0}
    return data


def _laid_over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What `extends` makes of two files."""
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _laid_over(base[key], value) if both else value
    return merged
