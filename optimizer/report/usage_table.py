"""How tight the requirements of a design are, as a table: the tightest ones for a terminal, all of them for a page."""

from __future__ import annotations

from optimizer.analysis.usage import Use, tightest
from optimizer.inputs.naming import site_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import counted, number, percent
from optimizer.report.document import Table
from optimizer.report.html.cells import Column, PageCell, listed

USES_SHOWN = 6
ALWAYS_SHOWN = ("grid import", "firm substation capacity", "white space", "plant space")
Line = tuple[Use, tuple[str, ...]]
"""A requirement, and the phases in which it is as tight."""


def use_table(instance: Instance, uses: tuple[Use, ...]) -> Table:
    """The tightest requirements; power and space always."""
    chosen = [
        (use, phases)
        for at, (use, phases) in enumerate(tightest(uses))
        if (at < USES_SHOWN and use.used) or use.requirement in ALWAYS_SHOWN
    ]
    return listed("", _columns(instance, ("at least ", "at most "), " BINDS"), chosen)


def limit_grid(instance: Instance, uses: tuple[Use, ...]) -> Table:
    """Every requirement that is used, tightest first, with its key."""
    limits = tightest(uses)
    used = [(use, phases) for use, phases in limits if use.used]
    unused = len(limits) - len(used)
    note = f"{counted(unused, 'other limit')} not touched at all (nothing is bought under them)." if unused else ""
    return listed("How tight every requirement is", _columns(instance, ("≥ ", "≤ ")), used, note)


def _columns(instance: Instance, bounds: tuple[str, str], binds: str = "") -> tuple[Column[Line], ...]:
    """`bounds` are said before a limit from below and from above, `binds` after one that binds (a page marks it)."""
    floor, cap = bounds
    return (
        Column("Requirement", lambda line: PageCell(line[0].requirement + line[0].remark, tip=line[0].path)),
        Column("Used", lambda line: number(line[0].shown), right=True),
        Column("Limit", lambda line: (floor if line[0].is_floor else cap) + number(line[0].limit), right=True),
        Column("Unit", lambda line: line[0].unit),
        Column("Tightness", lambda line: _tightness(line[0], binds), right=True),
        Column("Where", lambda line: ", ".join(filter(None, _where(instance, *line)))),
    )


def _tightness(use: Use, binds: str) -> PageCell:
    return PageCell(percent(use.fraction) + (binds if use.binds else ""), mark="binds" if use.binds else "")


def _where(instance: Instance, use: Use, phases: tuple[str, ...]) -> tuple[str, ...]:
    return (site_name(instance, use.where[0]), *(phases or use.where[1:]))
