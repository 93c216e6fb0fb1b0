"""The instance that `optimizer init` writes: what is usual at a place, out of the catalogue's cities."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from optimizer.errors import UsageError

_ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = _ROOT / "reading" / "templates" / "template.toml"
DEFAULT_CITY = "hong_kong"
_WALLS_SHARE = 1 / 3
"""Walls, ceiling and doors of white space against all of its fit-out: the rest is bought with the facility."""
_PLANT_SHARE = 0.5
"""Fit-out of plant space against all of that of white space."""


@cache
def cities() -> dict[str, dict[str, Any]]:
    """The cities an instance may start from, as they stand in the catalogue."""
    return tomllib.loads((_ROOT / "catalogue" / "cities.toml").read_text(encoding="utf-8"))


def start_of(city: str, name: str) -> str:
    """The text of a commented instance at a city. Raises UsageError for a city that has no tariff or climate here."""
    row = cities().get(city)
    if row is None:
        raise _unknown(city)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(_values(row, name), city_id=city)


def _values(row: dict[str, Any], name: str) -> dict[str, str]:
    currency = row["currency"]
    return {
        "name": name,
        "title": f"A site in {row['name']}",
        "city": row["name"],
        "exchange": "" if currency == "USD" else _exchange(currency, row["per_usd"]),
        "place": row["place"],
        "weather": _weather(row),
        "tariff": row["tariff"],
        "transformers": ", ".join(f'"{item}"' for item in row["transformers"]),
        "short_circuit_mva": f"{row['short_circuit_mva']:g}",
        "carbon_kg_per_kwh": f"{row['carbon_kg_per_kwh']:g}",
        "carbon_price_usd_per_t": f"{row['carbon_price_usd_per_t']:g}",
        "water_usd_per_m3": f"{row['water_usd_per_m3']:g}",
        "fitout_usd_per_m2": f"{_WALLS_SHARE * row['fitout_usd_per_m2']:.0f}",
        "plant_fitout_usd_per_m2": f"{_PLANT_SHARE * row['fitout_usd_per_m2']:g}",
        "rent_usd_per_m2_year": f"{row['rent_usd_per_m2_year']:g}",
        "usd_per_engineer_year": f"{row['usd_per_engineer_year']:_}",
        "note": row["note"],
        "quota": _QUOTA.format(row["leading_edge_max"]) if row["leading_edge_max"] else "",
    }


def _weather(row: dict[str, Any]) -> str:
    warming = f", warming_k = {row['warming_k']:g}" if row["warming_k"] else ""
    return f'{{ kind = "normals", place = "{row["climate"]}"{warming} }}'


def _exchange(currency: str, per_usd: float) -> str:
    return (
        f"\n[exchange_rates.{currency}]                   # the tariff's currency; an estimate, look it up\n"
        f"per_usd = {per_usd:g}\nquoted = 2026-11-22\n"
    )


_QUOTA = """
# At most this many licensed leading-edge accelerators; remove the table for no quota.
[procurement.quotas.leading_edge]
match = {{ tier = 1 }}                   # tier, vendor, accelerator, origin, status; together
max_accelerators = {}
"""


def _unknown(city: str) -> UsageError:
    known = cities()
    inside = sorted(name for name, row in known.items() if row["place"] == city)
    near = inside or get_close_matches(city, known, n=1)
    meant = f"did you mean {' or '.join(near)}? Or start" if near else "start"
    return UsageError(
        f"{city} has no tariff and climate in the catalogue; there are: {', '.join(known)}",
        f"{meant} from the city most like it and state your own: [tariffs.ID] with its prices, and weather = "
        '{ kind = "epw", path = "your.epw" } or [climates.ID] (docs/extending.md, sections 3 and 4)',
    )
