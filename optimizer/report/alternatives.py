"""Alternatives in words, as rows and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.inputs.naming import objective_name
from optimizer.model.objectives import GOALS
from optimizer.number_format import counted, number, percent
from optimizer.pipeline import Result
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.report.html.cells import Column, exact, listed
from optimizer.study.alternatives import Alternative, Alternatives, Ending
from optimizer.study.comparison_figures import MERITS, Merit, better_at, figures, purchases
from optimizer.study.no_good_cuts import SHIFT_FRACTION

FORMAT_VERSION = 1
_IN_WORDS = {"throughput": f"{percent(SHIFT_FRACTION, 2)} of the throughput"}


@dataclass(frozen=True, kw_only=True)
class AlternativeRow:
    """One design of the table; rank 0 is the best."""

    rank: int
    objective: float
    """In the unit of the objective."""
    worse_by: float
    """Fraction of the best value."""
    proven: bool
    differs: tuple[str, ...]
    """What it has of what it was to differ in."""
    buys: str
    better_at: tuple[str, ...]
    figures: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Alternatives as they are shown and stored."""

    instance: str
    instance_sha256: str
    objective: str
    within: float
    differ: tuple[str, ...]
    replace: bool
    ending: str
    next_worse_by: float | None
    rows: tuple[AlternativeRow, ...]
    gap: float = 0.0
    """Of the search: designs no further apart than this cannot be told apart."""
    format_version: int = FORMAT_VERSION


def choices(similar: Alternatives, instance_sha256: str = "") -> Choices:
    """The best design and its alternatives, each with what it is better at than the best."""
    best, wanted = similar.best, similar.wanted
    assert best.design is not None
    first = AlternativeRow(
        rank=0,
        objective=best.solve_facts.value,
        worse_by=0.0,
        proven=True,
        differs=(),
        buys=buys(best),
        better_at=(),
        figures=figures(best),
    )
    others = (_alternative(rank, one, first.figures) for rank, one in enumerate(similar.alternatives, 1))
    return Choices(
        instance=best.problem.instance.name,
        instance_sha256=instance_sha256 or best.design.instance_sha256,
        objective=best.solve_facts.objective,
        within=wanted.within,
        differ=tuple(kind.value for kind in wanted.difference.kinds),
        replace=wanted.difference.replace,
        ending=similar.ending.value,
        next_worse_by=similar.next_worse_by,
        rows=(first, *others),
        gap=best.solve_facts.gap_asked,
    )


def _alternative(rank: int, one: Alternative, base: Mapping[str, float]) -> AlternativeRow:
    mine = figures(one.result)
    return AlternativeRow(
        rank=rank,
        objective=one.result.solve_facts.value,
        worse_by=one.worse_by,
        proven=one.proven,
        differs=tuple(sorted(name for _, name in one.signature)),
        buys=buys(one.result),
        better_at=tuple(gain_text(merit, mine, base) for merit in better_at(mine, base)),
        figures=mine,
    )


def gain_text(merit: Merit, mine: Mapping[str, float], base: Mapping[str, float]) -> str:
    """How much better a design is at something: `power -12 %`, `licences needed 0 instead of 2`."""
    one, other = mine[merit.id], base[merit.id]
    if merit.unit == "accelerators":
        return f"{merit.name} {one:.0f} instead of {other:.0f}"
    if merit.unit == "fraction":
        return f"{merit.name} {percent(one, 2)} instead of {percent(other, 2)}"
    return f"{merit.name} {percent((one - other) / other, 2)}"


def buys(result: Result) -> str:
    """What a design buys, in one line; the site is named where there are several."""
    several = len(result.problem.instance.sites) > 1
    bought = sorted(purchases(result).items(), key=lambda pair: -pair[1])
    parts = [
        f"{count:,} {accelerator} ({cooling}{f', {site}' if several else ''})"
        for (site, accelerator, cooling), count in bought
    ]
    return "; ".join(parts) or "nothing"


def ending_text(table: Choices) -> str:
    """What is proven of the designs that are not listed."""
    within, count = percent(table.within, 3), len(table.rows) - 1
    how = " or ".join(_IN_WORDS.get(kind, kind) for kind in table.differ)
    if table.ending == Ending.BEYOND:
        beyond = f": the next one costs at least {percent(table.next_worse_by, 3)} more" if table.next_worse_by else ""
        others = "no other" if not count else "no further"
        return f"Proven: {others} design that differs in {how} lies within {within}{beyond}."
    if table.ending == Ending.NOTHING_ELSE:
        return f"Proven: no {'further ' if count else 'other '}design differs in {how}, at any cost."
    if table.ending == Ending.UNDECIDED:
        return "Undecided: a limit or an interrupt ended the search; more alternatives may exist."
    return f"{counted(count, 'alternative')} as asked for; others may follow within {within}."


def alternatives_table(table: Choices, money: Currency = DOLLARS) -> Table:
    """Rank, value, difference, what it buys, what it is better at."""
    unit = GOALS[table.objective].unit if table.objective in GOALS else ""
    columns: tuple[Column[AlternativeRow], ...] = (
        Column("Rank", lambda row: str(row.rank) if row.rank else "best"),
        Column(
            f"{objective_name(table.objective).capitalize()}, {money.unit(unit)}",
            lambda row: exact(row.objective, lambda value: number(money.value(value, unit), 5)),
            right=True,
        ),
        Column("Worse by", lambda row: _apart(row, table.gap) if row.rank else "", right=True),
        Column("Buys", lambda row: row.buys),
        Column(
            "Better than the best design at",
            lambda row: "; ".join(row.better_at) or ("nothing listed" if row.rank else ""),
        ),
    )
    note = f"{ending_text(table)} Each is the best design that differs from those above it, verified by the audit."
    return listed("Near-optimal alternatives", columns, table.rows, note)


def _apart(row: AlternativeRow, gap: float) -> str:
    """How much worse an alternative is; one within the gap is not told apart from the best."""
    doubt = "" if row.proven else " (not proven next)"
    same = " (indistinguishable: within the gap)" if row.worse_by <= gap else ""
    return f"{difference(row.worse_by)}{doubt}{same}"


def difference(worse_by: float) -> str:
    """A relative difference with its sign and two decimals."""
    return f"{100 * worse_by:+.2f} %"


def alternatives_blocks(table: Choices, money: Currency = DOLLARS) -> list[Block]:
    """For the terminal: what each is better at in a table of its own."""
    whole = alternatives_table(table, money)
    gains = replace(whole.part((0, 4)), rows=whole.part((0, 4)).rows[1:])
    blocks: list[Block] = [Heading(whole.caption), whole.part(range(4))]
    return [*blocks, *([gains] if gains.rows else []), Paragraph(whole.note)]


_CSV: dict[str, Callable[[AlternativeRow], Any]] = {
    "rank": lambda row: row.rank,
    "worse_by_fraction": lambda row: row.worse_by,
    "proven": lambda row: row.proven,
    "differs_in": lambda row: "; ".join(row.differs),
    "buys": lambda row: row.buys,
    "better_at": lambda row: "; ".join(row.better_at),
}
_FIGURES = ("lcoc_usd_per_eflop", *(merit.id for merit in MERITS))
COLUMNS = (*_CSV, *_FIGURES)


def choice_table(table: Choices) -> list[tuple[Any, ...]]:
    """Rows of alternatives.csv, under COLUMNS."""
    return [(*(cell(row) for cell in _CSV.values()), *(row.figures[key] for key in _FIGURES)) for row in table.rows]
