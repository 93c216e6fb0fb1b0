"""Tables as pandas DataFrames; `attrs["units"]` has the unit of every column that has one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.inputs.units import unit_of_key

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.model.derive import Problem
    from optimizer.pipeline import Result

_NAMED = {"weight": "1", "pue": "1", "hour": "h from Monday 1 January 00:00", "gap": "1", "share": "1"}


def unit_of(column: str) -> str | None:
    """The unit a column's name ends in; None if it has none."""
    return _NAMED.get(column) or unit_of_key(column)


def frame(columns: Sequence[str], rows: Iterable[Sequence[Any]], units: dict[str, str] | None = None) -> pd.DataFrame:
    """Rows as a DataFrame; units are those named, and those of the columns' suffixes."""
    import pandas as pd

    made = pd.DataFrame(list(rows), columns=list(columns))
    column_units = {name: unit for name in columns if (unit := unit_of(name)) is not None}
    made.attrs["units"] = column_units | (units or {})
    return made


def order_frame(result: Result) -> pd.DataFrame:
    """What to order by which day: one row per order, by order date; dates as datetime64."""
    import pandas as pd

    from optimizer.analysis.orders import procurement
    from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows

    made = frame(PROCUREMENT_COLUMNS, procurement_rows(procurement(result.problem, result.decisions)))
    for column in ("order_by", "delivery"):
        made[column] = pd.to_datetime(made[column])
    made.attrs["units"]["quantity"] = "column unit"
    return made


def ledger_frame(result: Result) -> pd.DataFrame:
    """Every posting: account, unit, timing, phase, site, label, amount, weight, npv_musd.

    The sum of npv_musd is the present value of all costs less what is left at the end.
    """
    from optimizer.report.run_tables import LEDGER_COLUMNS, ledger_rows

    rows = ledger_rows(result.reported.ledger, result.problem.calendar)
    return frame(LEDGER_COLUMNS, rows, {"amount": "column unit"})


def hourly_frame(result: Result) -> pd.DataFrame:
    """Every hour kept of every site in every phase: import, IT power, PUE, and what is dispatched."""
    import numpy as np
    import pandas as pd

    from optimizer.analysis.hours import DISPATCH_COLUMNS, HOURLY_COLUMNS, site_hours

    parts = []
    for hours in site_hours(result):
        series = dict(zip(DISPATCH_COLUMNS, hours.columns(), strict=True))
        known = {
            "site": hours.site, "phase": hours.phase, "hour": np.asarray(hours.kept.hours),
            "month": np.asarray(hours.kept.month) + 1, "import_mw": hours.import_mw, "it_mw": hours.it_mw,
            "pue": hours.dispatched.pue,
        }  # fmt: skip
        parts.append(pd.DataFrame(known | series))
    made = pd.concat(parts, ignore_index=True)[list(HOURLY_COLUMNS)]
    made.attrs["units"] = {name: unit for name in HOURLY_COLUMNS if (unit := unit_of(name)) is not None}
    return made


def kpi_frame(kpis: dict[str, float]) -> pd.DataFrame:
    """Key figures by id: value, unit, meaning."""
    from optimizer.model.kpis import ALL_KPIS

    rows = [(kpi.id, kpis[kpi.id], kpi.unit, kpi.meaning) for kpi in ALL_KPIS if kpi.id in kpis]
    made = frame(("id", "value", "unit", "meaning"), rows).set_index("id")
    made.attrs["units"] = {row[0]: row[2] for row in rows}
    return made


def exclusion_frame(problem: Problem) -> pd.DataFrame:
    """What is not offered: site, accelerator, cooling, kind, reason, clause, effective, source."""
    columns = ("site", "accelerator", "cooling", "kind", "reason", "clause", "effective", "source")
    return frame(columns, [tuple(getattr(row, name) for name in columns) for row in problem.compute.exclusions])
