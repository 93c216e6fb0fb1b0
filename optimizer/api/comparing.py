"""Designs side by side, and where their costs differ."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.analysis.comparison import Comparison, Row
from optimizer.analysis.comparison import compare as side_by_side
from optimizer.analysis.sides import Side
from optimizer.api.solving import DesignResult
from optimizer.api.tables import frame
from optimizer.errors import UsageError
from optimizer.report.document import to_markdown, to_text
from optimizer.runs.atomic import write_whole

if TYPE_CHECKING:
    import pandas as pd

_ROWS_SHOWN = 12
_ASSUMPTIONS_SHOWN = 20


@dataclass(frozen=True)
class ComparisonResult:
    """Two designs or more; differences are to the first. Every table has one row per thing, indexed by its name."""

    comparison: Comparison = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The designs, in the order in which they were given."""
        return tuple(side.name for side in self.comparison.sides)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the files of the runs, in words."""
        return tuple(f"{side.name}: {doubt}" for side in self.comparison.sides for doubt in side.doubts)

    @property
    def figures(self) -> pd.DataFrame:
        """Key figures."""
        return self._frame(self.comparison.figures)

    @property
    def costs(self) -> pd.DataFrame:
        """USD per EFLOP by account; each design's column adds up to its levelised cost."""
        return self._frame(self.comparison.costs)

    @property
    def decisions(self) -> pd.DataFrame:
        """What is bought and built."""
        return self._frame(self.comparison.decisions)

    @property
    def accelerators(self) -> pd.DataFrame:
        """Accelerators that at least one design cannot buy, and why."""
        return self._frame(self.comparison.chips)

    @property
    def assumptions(self) -> pd.DataFrame:
        """Values of the instances that differ, by path."""
        return self._frame(self.comparison.assumptions)

    @property
    def text(self) -> str:
        """The page the command line prints."""
        return to_text(self._blocks())

    def save(self, path: str | Path) -> Path:
        """Write the page as HTML, Markdown or workbook, by the name's ending. Raises UsageError, InputOutputError."""
        from optimizer.report.compared import shown
        from optimizer.report.html.comparison_page import render_comparison
        from optimizer.report.workbook.comparison import comparison_workbook

        target = Path(path)
        if target.suffix == ".md":
            write_whole(target, to_markdown(self._blocks()))
        elif target.suffix in (".html", ".xlsx"):
            named = shown(self.comparison)
            write_whole(target, render_comparison(named) if target.suffix == ".html" else comparison_workbook(named))
        else:
            raise UsageError(f"{target.name} ends in none of .html, .md and .xlsx")
        return target

    def _blocks(self) -> list[Any]:
        from optimizer.report.compare_page import RowLimits, comparison_blocks
        from optimizer.report.compared import shown

        return comparison_blocks(shown(self.comparison), RowLimits(_ROWS_SHOWN, _ASSUMPTIONS_SHOWN))

    def _frame(self, rows: tuple[Row, ...]) -> pd.DataFrame:
        others = range(1, len(self.names))
        columns = ("what", "unit", *self.names, *(f"{self.names[at]} less {self.names[0]}" for at in others))
        cells = [(row.what, row.unit, *row.values, *(row.difference(at) for at in others)) for row in rows]
        made = frame(columns, cells).set_index("what")
        made.attrs["units"] = {row.what: row.unit for row in rows if row.unit}
        return made

    def __repr__(self) -> str:
        levels = (f"{side.name} {side.reported.lcoc_usd_per_eflop:.4g}" for side in self.comparison.sides)
        return f"<ComparisonResult {', '.join(levels)} USD/EFLOP>"

    def _repr_html_(self) -> str:
        shown: str = self.figures.to_html(float_format=lambda value: f"{value:.6g}")
        return shown


def compare(*designs: DesignResult | str | Path, **named: DesignResult | str | Path) -> ComparisonResult:
    """Set two designs or more side by side: results, folders of runs, and files of bids for the first run.

    By keyword a design gets the name it is shown under: `compare(today=base, tight=other)`. Raises UsageError for fewer
    than two or for something else, and what says why a folder or a result has no design.
    """
    given = {**{_label(one, at): one for at, one in enumerate(designs)}, **named}
    if len(designs) + len(named) < 2:
        raise UsageError("a comparison takes two designs at least", "op.compare(base, other)")
    for one in given.values():
        if not isinstance(one, DesignResult | str | os.PathLike):
            raise UsageError(f"a {type(one).__name__} cannot be compared", "results of op.solve, or folders of runs")
    return ComparisonResult(side_by_side(_sides(given)))


def _label(given: Any, at: int) -> str:
    about = given.label if isinstance(given, DesignResult) else Path(str(given)).name
    return f"{at + 1}: {about}" if about else f"{at + 1}"


def _sides(given: dict[str, Any]) -> tuple[Side, ...]:
    from optimizer.app.sides import open_sides

    paths = {name: Path(one) for name, one in given.items() if not isinstance(one, DesignResult)}
    opened = dict(zip(paths, open_sides(tuple(paths.values())) if paths else (), strict=True))
    sides = []
    for name, one in given.items():
        if isinstance(one, DesignResult):
            sides.append(Side(name=name, result=one.with_design))
        else:
            sides.append(replace(opened[name], name=name))
    return tuple(sides)
