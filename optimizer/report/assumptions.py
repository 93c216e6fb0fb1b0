"""Where the values in use come from: catalogue by grade, the planner's files, defaults."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.reading.read import Reading

GRADES = {"A": "official or confirmed", "B": "one good source", "C": "estimates"}


def origin_counts(reading: Reading) -> dict[str, int]:
    """Values by origin: `catalogue A`, `catalogue B`, `catalogue C`, `file`, `parent`, `scenario`, `set`, `default`."""
    counts: Counter[str] = Counter()
    for path, origin in reading.origins.items():
        # Climate tables are thousands of numbers of one source; they would drown everything else.
        if not path.startswith("climates."):
            grade = f" {origin.grade}" if origin.grade else ""
            counts[f"{origin.kind}{grade}"] += 1
    return dict(sorted(counts.items()))


def assumptions(reading: Reading) -> str:
    """One sentence for the summary."""
    counts = origin_counts(reading)
    graded = [
        f"{counts[f'catalogue {g}']:,} of grade {g} ({meaning})"
        for g, meaning in GRADES.items()
        if f"catalogue {g}" in counts
    ]
    ungraded = counts.get("catalogue", 0)
    graded += [f"{ungraded:,} ungraded"] if ungraded else []
    own = sum(count for kind, count in counts.items() if kind.split()[0] in ("file", "parent", "scenario", "set"))
    parts = [f"{own:,} given by the planner", f"{counts.get('default', 0):,} defaults"]
    parts += [f"from the catalogue {', '.join(graded)}"] if graded else []
    return f"values in use: {'; '.join(parts)} (optimizer show lists each with its source)"
