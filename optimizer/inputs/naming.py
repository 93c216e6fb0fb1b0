"""Names for a reader: rows, phases, places and input keys of an instance. Ids are kept for JSON, tooltips, commands."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from optimizer.inputs.labels import ACCOUNTS, FIELDS, KPIS, OBJECTIVES, TABLES, UNIT_SUFFIXES, UNITS

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance

_UPPER = {"ups", "pue", "gb", "mw", "it", "us", "hbm", "gpu", "npu", "ev", "uae", "usa", "uk", "lfp", "hk"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ANY = "*"


def readable(id_: str) -> str:
    """An id as words: `direct_to_chip` -> direct to chip. For ids that nobody gave a name."""
    return " ".join(word.upper() if word in _UPPER else word for word in id_.replace("-", " ").split("_") if word)


def place_name(place: str) -> str:
    """A place: `hong_kong` -> Hong Kong."""
    return " ".join(word.upper() if word in _UPPER else word.capitalize() for word in place.split("_"))


def account_name(account: str) -> str:
    """An account of the ledger."""
    return ACCOUNTS.get(account) or readable(account.removeprefix("capex_"))


def in_sentence(name: str) -> str:
    """A name within a sentence: small at the front, but for abbreviations such as UPS."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def kpi_name(figure: str) -> str:
    """A key figure."""
    return KPIS.get(figure) or readable(figure)


def objective_name(objective: str) -> str:
    """What is optimised."""
    return OBJECTIVES.get(objective) or readable(objective)


def unit_name(unit: str) -> str:
    """A unit as it is printed; empty for a bare number."""
    return UNITS.get(unit, unit)


def row_name(instance: Instance, table: str, row: str) -> str:
    """Name of a row of the instance's tables: an accelerator, a site, a cooling technology ..."""
    if table == "phases":
        return phase_name(instance, row)
    rows = getattr(instance, table, None)
    entry = rows.get(row) if isinstance(rows, dict) else None
    return str(getattr(entry, "name", "") or readable(row))


def chip_name(instance: Instance, accelerator: str) -> str:
    """Name of an accelerator."""
    return row_name(instance, "accelerators", accelerator)


def short_chip_name(instance: Instance, accelerator: str) -> str:
    """Its name without what stands in brackets, where that is still a name of its own."""
    names = {row: chip.name.partition(" (")[0] for row, chip in instance.accelerators.items()}
    mine = names.get(accelerator, "")
    return mine if list(names.values()).count(mine) == 1 else chip_name(instance, accelerator)


def site_name(instance: Instance, site: str | None) -> str:
    """Name of a site; empty for none."""
    return row_name(instance, "sites", site) if site else ""


def phase_name(instance: Instance, phase: str) -> str:
    """When a phase begins, as a reader says it: 2028, Nov 2028, or the day where months do not tell phases apart."""
    if phase not in instance.phases:
        return readable(phase)
    starts = [row.start for row in instance.phases.values()]
    mine = instance.phases[phase].start
    if all((day.month, day.day) == (1, 1) for day in starts) and len({day.year for day in starts}) == len(starts):
        return str(mine.year)
    if len({(day.year, day.month) for day in starts}) == len(starts):
        return month_name(mine)
    return day_name(mine)


def month_name(day: date) -> str:
    """A month: Nov 2028."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def day_name(day: date) -> str:
    """A day: 1 Nov 2028."""
    return f"{day.day} {month_name(day)}"


@lru_cache(maxsize=4096)
def field_name(key: str) -> tuple[str, str]:
    """A field of the instance in words, and its unit: `lead_time_weeks` -> (lead time, weeks)."""
    suffix = next((end for end in UNIT_SUFFIXES if key.endswith(end) and len(key) > len(end)), "")
    unit = UNIT_SUFFIXES.get(suffix, "")
    return FIELDS.get(key) or readable(key.removesuffix(suffix)), "" if unit == "fraction" else unit


def key_name(instance: Instance | None, path: str) -> str:
    """An input key in parts: `accelerators.h20_sxm.price_usd` -> H20 SXM: price, USD."""
    parts = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    row, rest = _row(instance, parts)
    labels = []
    unit = ""
    for part in rest:
        if part.isdigit():
            word = f"no. {int(part) + 1}"
        elif instance is not None and part in instance.phases:
            word = phase_name(instance, part)
        else:
            word, unit = field_name(part)
        labels.append(word)
    described = ", ".join(labels) + (f", {unit}" if unit else "")
    text = f"{row}: {described}" if row and described else row or described
    return text[:1].upper() + text[1:]


def _row(instance: Instance | None, parts: list[str]) -> tuple[str, list[str]]:
    """The row a key belongs to, and the parts of the key within it."""
    table = parts[0]
    if table not in TABLES or len(parts) == 1:
        return "", parts
    if parts[1] == ANY:
        return f"every {TABLES[table]}", parts[2:]
    rows = getattr(instance, table, None) if instance is not None else None
    if isinstance(rows, dict):
        return row_name(instance, table, parts[1]) if instance else readable(parts[1]), parts[2:]
    if instance is None and len(parts) > 2:
        return f"{TABLES[table]} {readable(parts[1])}", parts[2:]
    return TABLES[table].capitalize(), parts[1:]
