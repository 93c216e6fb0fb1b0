"""Data of the explorer: cells that were solved, laid out so that a page can look them up. Nothing is calculated there.

Columns instead of records keep it small: ten thousand cells take about half a megabyte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from optimizer.number_format import gap_percent
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import choice_of, ending, value_shown

METRICS = (
    # The page shows the first three as figures of the chosen cell; all can be charted.
    ("lcoc_usd_per_eflop", "Levelised cost"),
    ("peak_import_mw", "Peak import"),
    ("racks", "Racks"),
    ("npv_cost_musd", "Total cost, present value"),
    ("capex_musd", "Capital"),
    ("it_mw", "IT power"),
    ("white_space_m2", "White space"),
    ("effective_pflops", "Effective throughput"),
)
MOST_CELLS = 12_000
"""More cells would make the page heavier than a report may be."""
MOST_VALUES = 200
"""Values of an axis a list of choices still serves; of more, only a slider does."""
MOST_REASON = 300


@dataclass(frozen=True)
class Dial:
    """One control: a slider over ordered values, a list for texts."""

    id: str
    name: str
    labels: tuple[str, ...]
    start: int
    """Which value the page opens with."""

    @property
    def is_list(self) -> bool:
        """Whether the values are words without an order."""
        return len(self.labels) <= MOST_VALUES and any(not _ordered(word) for word in self.labels)


@dataclass(frozen=True)
class Explorer:
    """Controls and data. `data` is plain JSON."""

    dials: tuple[Dial, ...]
    metrics: tuple[tuple[str, str, str], ...]
    """Id, words, unit."""
    along: tuple[str, ...]
    """Axes a metric can be drawn along."""
    data: dict[str, Any]
    cells: int


def _ordered(word: str) -> bool:
    return word == "as it is" or word[:1] in "+-.0123456789"


def explorer(source: StudySource) -> Explorer | None:
    """The explorer of a sweep; None for other studies, and for one too large to carry."""
    cells, names = source.cells, source.inputs
    if source.command != "sweep" or not names or len(cells) > MOST_CELLS:
        return None
    shown = [tuple(value_shown(name, row[name]) for name in names) for row in cells]
    values = [list(dict.fromkeys(labels)) for labels in zip(*shown, strict=True)]
    is_grid = prod(map(len, values)) == len(cells) == len(set(shown)) and source.design_kind == "grid"
    best = min(range(len(cells)), key=lambda n: _cost(cells[n]))
    if is_grid:
        places = [{word: n for n, word in enumerate(labels)} for labels in values]
        indices = [[places[k][word] for k, word in enumerate(row)] for row in shown]
        dials = tuple(Dial(f"dial-{k}", name, tuple(values[k]), indices[best][k]) for k, name in enumerate(names))
        # Numbers of the cells by their place in the grid, the last axis fastest.
        at = np.argsort(np.ravel_multi_index(np.transpose(indices), [len(labels) for labels in values])).tolist()
    else:
        order = sorted(range(len(cells)), key=lambda n: (_cost(cells[n]), n))
        labels = tuple(f"{cells[n]['cell']}" for n in order)
        dials = (Dial("dial-0", "Cell, from the cheapest to the most expensive", labels, 0),)
        at = order
    metrics = tuple(
        (key, name, source.unit_of(key)) for key, name in METRICS if any(row.get(key) is not None for row in cells)
    )
    data = {
        "names": list(names),
        "grid": is_grid,
        "sizes": [len(dial.labels) for dial in dials],
        "words": [list(dial.labels) for dial in dials],
        "at": at,
        "inputs": _inputs(cells, names),
        "metrics": [[*metric, _is_count(metric[0])] for metric in metrics],
        **_columns(cells, [key for key, _, _ in metrics]),
    }
    return Explorer(dials, metrics, names, data, len(cells))


def _is_count(key: str) -> bool:
    """Whether a metric is shown without decimals."""
    return key == "racks"


def _cost(row: Row) -> float:
    lcoc = row.get("lcoc_usd_per_eflop")
    return float(lcoc) if lcoc is not None else float("inf")


def _inputs(cells: Sequence[Row], names: Sequence[str]) -> list[dict[str, Any]]:
    """Of every axis its distinct values: as words and as numbers (null for texts), and which one each cell has."""
    made = []
    for name in names:
        labels = [value_shown(name, row[name]) for row in cells]
        distinct = list(dict.fromkeys(labels))
        place = {word: n for n, word in enumerate(distinct)}
        first = {word: row[name] for word, row in zip(reversed(labels), reversed(cells), strict=True)}
        numbers = [first[word] for word in distinct]
        plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in numbers)
        made.append({"words": distinct, "numbers": numbers if plain else None, "of": [place[word] for word in labels]})
    return made


def _columns(cells: Sequence[Row], keys: Sequence[str]) -> dict[str, Any]:
    """Values and their words by metric, status, choice, chips and gap of every cell; words are stored once."""
    texts: dict[str, int] = {}

    def text(label: str) -> int:
        return texts.setdefault(label, len(texts))

    columns: dict[str, Any] = {
        "cell": [row["cell"] for row in cells],
        "values": [[_short(row.get(key)) for row in cells] for key in keys],
        "solved": [1 if row.get("verified") else 0 for row in cells],
        "ending": [text(ending(row.get("status"))) for row in cells],
        "choice": [text(choice_of(row) if row.get("chip_set") else "no design") for row in cells],
        "chips": [text(_chips(row)) for row in cells],
        "gap": [text("–" if row.get("gap") is None else gap_percent(row["gap"])) for row in cells],
        "reason": [text(str(row.get("reason") or "")[:MOST_REASON]) for row in cells],
    }
    return {**columns, "texts": list(texts)}


def _short(value: float | None) -> float | None:
    """Seven digits: no eye tells more on a chart, and the page stays small."""
    if value is None:
        return None
    rounded = float(f"{value:.7g}")
    return int(rounded) if rounded.is_integer() else rounded


def _chips(row: Row) -> str:
    """What is bought: counts of every accelerator, most first."""
    counts = {name.removeprefix("chips."): count for name, count in row.items() if name.startswith("chips.") and count}
    return ", ".join(f"{count:,.0f} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1]))
