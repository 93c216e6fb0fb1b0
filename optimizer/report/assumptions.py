"""Where the values in use come from: catalogue by grade, the planner's files, defaults; and the catalogue's sources."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.reading.catalogue import PACKAGED

if TYPE_CHECKING:
    from optimizer.reading.layers import Origin
    from optimizer.reading.read import Reading

GRADES = {"A": "official or confirmed", "B": "one good source", "C": "estimates"}


@cache
def catalogue_sources() -> dict[str, dict[str, Any]]:
    """The sources that the catalogue lists, by id: title, url, day on which it was read."""
    path = PACKAGED / "sources.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def origin_counts(origins: Mapping[str, Origin]) -> dict[str, int]:
    """Values by origin: `catalogue A`, `catalogue B`, `catalogue C`, `file`, `parent`, `scenario`, `set`, `default`."""
    counts: Counter[str] = Counter()
    for path, origin in origins.items():
        # Climate tables are thousands of numbers of one source; they would drown everything else.
        if not path.startswith("climates."):
            counts[f"{origin.kind} {origin.grade or ''}".rstrip()] += 1
    return dict(sorted(counts.items()))


def own_count(counts: Mapping[str, int]) -> int:
    """How many the planner gave."""
    return sum(count for kind, count in counts.items() if kind.split()[0] in ("file", "parent", "scenario", "set"))


def graded(counts: Mapping[str, int]) -> list[str]:
    """How many values of the catalogue are of which grade, in words."""
    told = [
        f"{counts[f'catalogue {g}']:,} of grade {g} ({meaning})"
        for g, meaning in GRADES.items()
        if f"catalogue {g}" in counts
    ]
    return told + ([f"{counts['catalogue']:,} ungraded"] if "catalogue" in counts else [])


def assumptions(reading: Reading) -> str:
    """One sentence for the summary."""
    counts = origin_counts(reading.origins)
    parts = [f"{own_count(counts):,} given by the planner", f"{counts.get('default', 0):,} defaults"]
    if told := graded(counts):
        parts.append(f"from the catalogue {', '.join(told)}")
    return f"values in use: {'; '.join(parts)} (optimizer show lists each with its source)"
