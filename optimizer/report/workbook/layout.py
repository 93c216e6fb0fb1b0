"""Where things stand in the workbook, so that formulas on one sheet can name cells of another."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from optimizer.analysis.hours import MonthRow, month_rows, site_hours
from optimizer.analysis.orders import OrderLine, procurement
from optimizer.inputs.design import Decisions, Entry, Reported, Timing
from optimizer.inputs.naming import phase_name, site_name
from optimizer.ledger.accounts import ACCOUNTS, BY_ID
from optimizer.model.figures import Figures
from optimizer.pipeline import Result
from optimizer.report.names import Renamer, reader_names
from optimizer.setting.calendar import Calendar
from optimizer.study.price_parts import Line, PriceInput, price_inputs

SHEETS = (
    "Design",
    "Board",
    "Inputs",
    "Procurement",
    "Ledger",
    "Cash flow",
    "End values",
    "Assumptions",
    "Hourly summary",
    "Work",
    "Quantities",
    "Checks",
)
"""Names are our own and short: no name of an instance is ever the name of a sheet."""

RATE_ROWS = {"discount_rate": 4, "base_date": 5, "log_rate": 6, "days_per_year": 7, "eflop_per_pflops_year": 8}
"""Rows of the rates on the cash flow sheet, from 0; the value is in column B, and each has its name in the workbook."""
RESULT_ROWS = {"npv_musd": 4, "npv_eflop": 5, "lcoc": 6}
"""Rows of the results there; the value is in column E."""
PHASE_ROW = 12
"""First row of the table of phases there."""
LEDGER_ROW = 4
"""First line of the ledger, and of the quantities."""
INPUT_ROW = 4
"""First row of the sheet of inputs: the discount rate; then what is left at the end, then prices."""
PRICE_ROW = INPUT_ROW + 2
"""First price there."""
TABLE_ROW = 4
"""First row of the tables on the procurement and hourly sheets."""
WORK_ROW = 4
"""First step from peak to effective on the sheet about work."""


ALL = "(all)"
"""Stands for no single site."""


def cell(column: str, row: int) -> str:
    """The absolute address of a cell; rows count from 0."""
    return f"${column}${row + 1}"


def span(sheet: str, column: str, first: int, count: int) -> str:
    """The absolute address of a part of a column, at least one cell long; rows count from 0."""
    return f"'{sheet}'!{cell(column, first)}:{cell(column, first + max(count, 1) - 1)}"


@dataclass(frozen=True)
class Content:
    """A verified design with everything the sheets show, in the order in which they show it."""

    result: Result
    decisions: Decisions
    reported: Reported
    folder: Path
    """Where series of the instance lie."""

    @cached_property
    def say(self) -> Renamer:
        """Names for ids."""
        return reader_names([self.result.problem.instance])

    def phase(self, phase: str) -> str:
        """When a phase begins."""
        return phase_name(self.result.problem.instance, phase)

    def site(self, site: str | None) -> str:
        """Name of a site."""
        return site_name(self.result.problem.instance, site) or ALL

    @cached_property
    def prices(self) -> tuple[PriceInput, ...]:
        """Prices that may be changed on the sheet of inputs; none if a series of the instance is not there any more."""
        with suppress(OSError, ValueError):
            return price_inputs(self.result, self.folder)
        return ()

    @cached_property
    def changes(self) -> tuple[tuple[int, Line, float], ...]:
        """Lines of the ledger that change with a price: its number, the line and what of it follows that price."""
        order = {account.id: at for at, account in enumerate(ACCOUNTS)}
        rows = [(at, line, part) for at, price in enumerate(self.prices) for line, part in price.parts.items()]
        return tuple(sorted(rows, key=lambda row: (row[0], order[row[1][0]], self.number_of(row[1][2]), row[1][3])))

    @cached_property
    def calendar(self) -> Calendar:
        return self.result.problem.calendar

    @cached_property
    def figures(self) -> Figures:
        return Figures(self.result.problem, self.decisions, self.reported.ledger)

    @cached_property
    def money(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.reported.ledger if BY_ID[entry.account].is_money)

    @cached_property
    def quantities(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.reported.ledger if not BY_ID[entry.account].is_money)

    @cached_property
    def orders(self) -> tuple[OrderLine, ...]:
        return procurement(self.result.problem, self.decisions)

    @cached_property
    def months(self) -> tuple[MonthRow, ...]:
        return tuple(row for hours in site_hours(self.result) for row in month_rows(hours))

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """Accounts of money in use, in the order of the accounts."""
        used = {entry.account for entry in self.money} | {line[0] for _, line, _ in self.changes}
        return tuple(account.id for account in ACCOUNTS if account.id in used)

    def number_of(self, phase: str) -> int:
        """Number of a phase, from 1: what formulas select by, because ids may look like numbers or conditions."""
        return self.calendar.phases.index(phase) + 1

    def worth(self, entry: Entry) -> float:
        """Present value of a line of money, in MUSD."""
        return entry.amount * self.calendar.weight(Timing(entry.timing), entry.phase)

    @cached_property
    def by_timing(self) -> dict[tuple[str, str], float]:
        """Money by phase and timing, not discounted."""
        sums: dict[tuple[str, str], float] = defaultdict(float)
        for entry in self.money:
            sums[entry.phase, entry.timing] += entry.amount
        return sums

    def ledger(self, column: str) -> str:
        """A column of the ledger's lines."""
        return span("Ledger", column, LEDGER_ROW, len(self.money) + len(self.changes))

    def quantity(self, column: str) -> str:
        """A column of the lines of the quantities."""
        return span("Quantities", column, LEDGER_ROW, len(self.quantities))

    def phases(self, column: str) -> str:
        """A column of the table of phases."""
        return span("Cash flow", column, PHASE_ROW, len(self.calendar.phases))

    def phase_cell(self, column: str, phase: str) -> str:
        """A cell of the table of phases."""
        return f"'Cash flow'!{cell(column, PHASE_ROW + self.calendar.phases.index(phase))}"

    @property
    def flow_row(self) -> int:
        """First row of the table of cash flow by phase."""
        return PHASE_ROW + len(self.calendar.phases) + 4

    @property
    def account_row(self) -> int:
        """First row of the table of cost by account."""
        return self.flow_row + len(self.calendar.phases) + 4

    @property
    def fiscal_row(self) -> int:
        """First row of the table of payments by fiscal year."""
        return self.account_row + max(len(self.accounts), 1) + 4


def content_of(result: Result, folder: Path) -> Content:
    """The content of a result with a verified design."""
    return Content(result, result.decisions, result.reported, folder)
