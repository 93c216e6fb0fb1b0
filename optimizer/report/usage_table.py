"""The tightest requirements of a design as a table."""

from __future__ import annotations

from optimizer.analysis.usage import Use, tightest
from optimizer.inputs.naming import site_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import number, percent
from optimizer.report.document import Table

USES_SHOWN = 6
ALWAYS_SHOWN = ("grid import", "firm substation capacity", "white space", "plant space")


def use_table(instance: Instance, uses: tuple[Use, ...]) -> Table:
    """The tightest requirements; power and space always."""
    chosen = [
        (use, phases)
        for at, (use, phases) in enumerate(tightest(uses))
        if (at < USES_SHOWN and use.used) or use.requirement in ALWAYS_SHOWN
    ]
    rows = tuple(
        (
            percent(use.fraction) + (" BINDS" if use.binds else ""),
            use.requirement + use.remark,
            number(use.shown),
            ("at least " if use.is_floor else "at most ") + number(use.limit),
            use.unit,
            ", ".join(part for part in (site_name(instance, use.where[0]), *(phases or use.where[1:])) if part),
        )
        for use, phases in chosen
    )
    return Table(("Tightness", "Requirement", "Used", "Limit", "Unit", "Where"), rows, frozenset({2, 3}))
