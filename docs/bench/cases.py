"""The instances of the benchmark, built in code from instances/minimal.toml. Pure: nothing is solved here."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FLAGSHIP = ROOT / "instances" / "hong_kong_cyberport.toml"
MINIMAL = ROOT / "instances" / "minimal.toml"
PLACES = ("hong_kong", "singapore")
PEAK_AND_OFF_PEAK = [
    {"label": "night", "price_per_kwh": 0.05, "to_hour": 8},
    {"label": "day", "price_per_kwh": 0.20, "from_hour": 8, "to_hour": 20},
    {"label": "evening", "price_per_kwh": 0.08, "from_hour": 20},
]
CELL: dict[str, Any] = {
    "name": "Cell",
    "usd_fixed": 1000,
    "usd_per_mw": 50_000,
    "usd_per_mwh": 100_000,
    "c_rate_max_per_hour": 1.0,
    "usable_fraction": 0.9,
    "round_trip_fraction": 0.9,
    "m2_per_mwh": 10.0,
    "max_mwh": 8.0,
    "max_mw": 4.0,
    "life_years": 10.0,
    "maintenance_fraction": 0.02,
    "lead_time_weeks": 20.0,
}
SUN: dict[str, Any] = {
    "kind": "pv",
    "name": "Sun",
    "unit_mw": 1.0,
    "usd_per_unit": 0,
    "m2_per_unit": 0,
    "max_units": 40,
    "life_years": 25.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
}
EXISTING_PODS = 900
SLICES = 72


@dataclass(frozen=True)
class Facility:
    """Size of the dispatching facility; one phase is one year of so many hours."""

    phases: int = 5
    sites: int = 1
    types: int = 2
    hours: int = 8760
    own_prices: bool = False
    """Wear of the battery and a trend of the tariff give every year prices, and so a year's programme, of its own."""

    @property
    def name(self) -> str:
        """File name."""
        return f"facility_{self.phases}_{self.sites}_{self.types}_{self.hours}" + ("_own" if self.own_prices else "")

    @property
    def words(self) -> str:
        """The case as the table names it."""
        sites = f"{self.sites} site{'s' if self.sites > 1 else ''}"
        phases = f"{self.phases} phase{'s' if self.phases > 1 else ''}"
        own = ", own prices each year" if self.own_prices else ""
        return f"{phases} x {self.hours:,} h, {sites}, {self.types} pod types{own}"


def _minimal(name: str) -> dict[str, Any]:
    with MINIMAL.open("rb") as stream:
        data = tomllib.load(stream)
    del data["climates"]
    data["name"] = name
    return data


def facility(size: Facility) -> dict[str, Any]:
    """Prices by hour, a demand charge, a battery that may be bought and trade, and work of which part waits."""
    data = _minimal(size.name)
    site = data["sites"].pop("paper")
    site |= {"grid_mw": 2.0, "battery": "cell", "battery_dispatch": True, "carbon_kg_per_kwh": 0.5}
    site["building"] |= {"white_space_m2": 2000, "plant_m2": 1000, "fitout_usd_per_m2": 1000}
    for place in PLACES[: size.sites]:
        weather = {"kind": "normals", "place": place}
        data["sites"][f"at_{place}"] = copy.deepcopy(site) | {"place": place, "weather": weather}
    data["phases"] = {
        f"y{n}": {"start": date(2027 + n, 1, 1), "years": 1.0, "target_pflops": size.sites * (200.0 + 20.0 * n)}
        for n in range(size.phases)
    }
    data["finance"]["discount_rate"] = 0.05
    data["workloads"]["training"] |= {"deferrable_fraction": 0.3, "daily_profile": [1.0] * 12 + [0.5] * 12}
    data["tariffs"]["flat"] |= {"energy": PEAK_AND_OFF_PEAK, "demand_per_kva_month": 10.0}
    data["transformers"]["ideal"] |= {"max_units": 8, "usd_per_unit": 20_000}
    data["coolings"]["warm_water"] |= {"supply_c": 24.0, "return_c": 34.0, "usd_per_module": 30_000}
    data["batteries"] = {"cell": CELL | ({"degradation_usd_per_mwh": 2.0} if size.own_prices else {})}
    if size.own_prices:
        data["tariffs"]["flat"]["real_trend_fraction"] = 0.02
    _chips(data, size.types)
    for chip in data["accelerators"].values():
        chip["supply_per_year"] = 8 * -(-80 * size.sites // size.types)
    data["solve"] = {"hours": size.hours, "gap": 1e-3, "time_limit_s": 600.0}
    return data


def _chips(data: dict[str, Any], count: int) -> None:
    """So many kinds of pod, of which none is better in price, power and throughput at once."""
    quick = data["accelerators"]["quick"]
    data["accelerators"] = {}
    for n in range(count):
        share = n / max(1, count - 1)
        data["accelerators"][f"chip_{n}"] = quick | {
            "name": f"Chip {n}",
            "utilisation": {"training": round(0.5 - 0.25 * share, 4)},
            "server_kw": round(10.0 - 6.0 * share**0.8, 4),
            "price_usd": round(20_000 - 10_500 * share),
            "life_years": 5.0,
        }
    data["procurement"]["include"] = list(data["accelerators"])


def energy_only(hours: int = 8760, sun: bool = False) -> dict[str, Any]:
    """Pods that are there do a given work; nothing costs but energy by the hour, and a free battery may trade.

    With `sun`, photovoltaics that cost nothing give more at noon than load and battery take: the rest is curtailed.
    """
    data = _minimal("energy_only" + ("_sun" if sun else ""))
    site = data["sites"]["paper"]
    site |= {"grid_mw": 20.0, "battery": "cell", "battery_dispatch": True}
    site["place"], site["weather"] = "hong_kong", {"kind": "normals", "place": "hong_kong"}
    there = {"accelerator": "quick", "cooling": "warm_water", "pods": EXISTING_PODS, "commissioned": date(2026, 1, 1)}
    site["existing_pods"] = [there]
    site["building"] |= {"white_space_m2": 10_000, "plant_m2": 10_000}
    data["phases"]["only"]["target_pflops"] = 4.0 * EXISTING_PODS
    data["accelerators"]["quick"]["life_years"] = 5.0
    data["procurement"]["include"] = ["quick"]
    data["workloads"]["training"]["daily_profile"] = [0.7] * 8 + [1.0] * 12 + [0.8] * 4
    data["tariffs"]["flat"]["energy"] = PEAK_AND_OFF_PEAK
    data["transformers"]["ideal"]["unit_mva"] = 20.0
    data["coolings"]["warm_water"] |= {"supply_c": 24.0, "return_c": 34.0, "module_mw": 1.0}
    free = {"usd_fixed": 0, "usd_per_mw": 0, "usd_per_mwh": 0, "maintenance_fraction": 0.0, "usable_fraction": 1.0}
    data["batteries"] = {"cell": CELL | free | {"max_mw": 2.0, "max_mwh": 8.0}}
    if sun:
        data["generation"], site["generation"] = {"sun": SUN}, [{"source": "sun"}]
    data["solve"] = {"objective": "total_cost", "gap": 1e-9, "hours": hours}
    return data


def mix(types: int) -> dict[str, Any]:
    """A choice of chips and nothing else: prices, energy at one price, a supply of each kind and a limit of power."""
    data = _minimal("mix")
    with MINIMAL.open("rb") as stream:
        data["climates"] = tomllib.load(stream)["climates"]
    _chips(data, types)
    for n, chip in enumerate(data["accelerators"].values()):
        chip |= {"life_years": 1.0, "supply_per_year": 8 * (480 + 136 * n) + 4}
    site = data["sites"]["paper"]
    site["grid_mw"] = 22.8
    site["building"] |= {"white_space_m2": 50_000, "plant_m2": 50_000}
    data["phases"]["only"]["target_pflops"] = 9877.0
    data["transformers"]["ideal"]["unit_mva"] = 50.0
    data["coolings"]["warm_water"]["module_mw"] = 1.0
    data["solve"] = {"objective": "total_cost", "gap": 1e-6}
    return data


def write(folder: Path, data: dict[str, Any]) -> Path:
    """The instance as TOML; returns its path."""
    import tomli_w

    path = folder / f"{data['name']}.toml"
    path.write_text(tomli_w.dumps(data), encoding="utf-8")
    return path
