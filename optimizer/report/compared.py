"""A comparison as a reader meets it: every row named, amounts in one currency, a short head for every side.

The terminal, the page and the workbook of a comparison all show these rows; ids and input keys stay behind as details.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.analysis.comparison import ANY_SITE, Amount, Comparison, Row
from optimizer.analysis.data_quality import data_quality
from optimizer.analysis.money import DOLLARS, Currency, is_money, money_of
from optimizer.analysis.sides import Side
from optimizer.inputs.naming import account_name, key_name, kpi_name, short_chip_name, unit_name
from optimizer.report.first_screen import FirstScreen, first_screen
from optimizer.report.names import Renamer, reader_names
from optimizer.report.studies import load
from optimizer.report.tiles import UNKNOWN

WIDEST_HEAD = 14
"""Characters of a name that still fit over a column of numbers."""


@dataclass(frozen=True, kw_only=True)
class NamedComparison:
    """What is shown of a comparison. `rows` are those of the comparison, named and in `money`."""

    comparison: Comparison
    rows: Comparison
    heads: tuple[str, ...]
    """Over the columns: names of the sides, or letters where those are too long."""
    titles: tuple[str, ...]
    """What each side is called in full: its title, and its run where titles do not tell sides apart."""
    screens: tuple[FirstScreen, ...]
    money: Currency

    @property
    def sides(self) -> tuple[Side, ...]:
        return self.comparison.sides

    @property
    def totals(self) -> tuple[float, ...]:
        """Levelised costs in `money`."""
        return tuple(self.money.of(side.reported.lcoc_usd_per_eflop) for side in self.sides)

    @property
    def answers(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Questions of the first screen: each with a figure and its line for every side."""
        tiles = [{tile.name: tile for tile in screen.tiles} for screen in self.screens]
        rows = []
        for name in dict.fromkeys(name for side in tiles for name in side):
            cells = [side.get(name) for side in tiles]
            if any(cell is not None and cell.value != UNKNOWN for cell in cells):
                rows.append((name, tuple((f"{c.value} {c.unit}".strip(), c.note) if c else ("-", "") for c in cells)))
        return tuple(rows)


def shown(comparison: Comparison) -> NamedComparison:
    """The comparison for a reader."""
    sides = comparison.sides
    instances = [side.instance for side in sides]
    currencies = {money_of(instance) for instance in instances}
    money = next(iter(currencies)) if len(currencies) == 1 else DOLLARS
    say = reader_names(instances)
    rows = replace(
        comparison,
        figures=_named(comparison.figures, lambda row: kpi_name(row.what), money),
        costs=_named(comparison.costs, lambda row: account_name(row.what), money),
        lines=_named(comparison.lines, lambda row: _line(row.what, say), money),
        decisions=_named(comparison.decisions, lambda row: say(row.what), money),
        chips=tuple(_chip(row, sides, say) for row in comparison.chips),
        assumptions=tuple(_assumption(row, sides[0], say) for row in comparison.assumptions),
    )
    screens = tuple(_screen(side) for side in sides)
    names = [side.name for side in sides]
    heads = names if max(map(len, names)) <= WIDEST_HEAD else [chr(ord("A") + at) for at in range(len(names))]
    titles = _titles(sides)
    return NamedComparison(
        comparison=comparison, rows=rows, heads=tuple(heads), titles=titles, screens=screens, money=money
    )


def _screen(side: Side) -> FirstScreen:
    """The first screen of a side, with the simple plans that are kept beside its run."""
    plans = None
    if side.folder is not None and side.result.design is not None:
        plans = load(side.folder, side.result.design.instance_sha256)[0].baselines
    return first_screen(side.result, plans, data_quality(side.result, side.origins))


def _titles(sides: tuple[Side, ...]) -> tuple[str, ...]:
    """Titles that tell the sides apart: by the scenario of the same instance, or by the names of their folders."""
    titles = [side.instance.title or side.instance.name for side in sides]
    scenarios = [(title, side.scenario) for title, side in zip(titles, sides, strict=True)]
    told_apart = len(set(scenarios)) == len(scenarios) and not any(side.is_bid for side in sides)
    return tuple(
        title
        if titles.count(title) == 1
        else f"{title}: {(side.scenario or 'no scenario') if told_apart else side.name}"
        for title, side in zip(titles, sides, strict=True)
    )


def _named(rows: tuple[Row, ...], name: Callable[[Row], str], money: Currency) -> tuple[Row, ...]:
    """Rows with names for ids, and money in the currency; the detail keeps the id."""
    return tuple(
        Row(
            name(row),
            unit_name(money.unit(row.unit)),
            tuple(money.value(v, row.unit) if isinstance(v, float) and is_money(row.unit) else v for v in row.values),
            row.what,
        )
        for row in rows
    )


def _line(what: str, say: Renamer) -> str:
    """A line of the ledger: account, phase, site and what it is about."""
    account, *parts = what.split(" / ")
    about = (", ".join(say(word) for word in part.split("/")) for part in parts)
    return " / ".join((account_name(account), *about))


def _chip(row: Row, sides: tuple[Side, ...], say: Renamer) -> Row:
    owner = next(side.instance for side in sides if row.what in side.instance.accelerators)
    values = tuple(say(value) if isinstance(value, str) else value for value in row.values)
    return Row(short_chip_name(owner, row.what), "", values, row.what)


def _assumption(row: Row, first: Side, say: Renamer) -> Row:
    named = key_name(first.instance, row.what.replace(f"sites.{ANY_SITE}", "sites.*"))
    if ANY_SITE in row.what:
        named = named.replace("Every site", "The site", 1)
    is_year = row.what.endswith("year")
    return Row(named, "", tuple(_value(value, is_year, say) for value in row.values), row.what)


def _value(value: Amount, is_year: bool, say: Renamer) -> Amount:
    if isinstance(value, str):
        return say(value)
    return f"{value:.0f}" if is_year and value is not None and 1900 <= value < 2200 else value
