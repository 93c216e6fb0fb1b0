"""Amounts in the reader's own currency beside those in US dollars, by formula from a rate that may be changed.

What is reckoned stays in US dollars, as in every file; what people read is told in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.analysis.money import DOLLARS, Currency, is_money, money_of
from optimizer.inputs.design import Timing
from optimizer.model.kpis import ALL_KPIS
from optimizer.report.workbook.end_values import FIRST_POINT, most_points, rows_of
from optimizer.report.workbook.fiscal import fiscal_totals
from optimizer.report.workbook.layout import LEDGER_ROW, TABLE_ROW, Content, cell
from optimizer.report.workbook.lines import LEDGER_HEADER
from optimizer.report.workbook.page import Formula, Page

RATE_ROW = 5
"""Of the rate on the sheet of inputs, below the results; the value is in column H."""
RATE = "per_usd"
"""Its name in the workbook."""
KPI_ROW = 7
"""First figure of the first sheet."""
FLOW_COLUMN, ACCOUNT_COLUMN, FISCAL_COLUMN, TOTAL_COLUMN = 9, 6, 7, 21
"""First column in the reader's currency: of the flows by phase, the accounts, the fiscal years, the orders."""
SUM_ROW = 2
"""Of the sums above the ledger and above the end values."""
WIDE = 20


@dataclass(frozen=True, kw_only=True)
class OwnColumn:
    """A column that is so many times the rate as stand in a column of dollars, row by row."""

    head_row: int
    column: int
    head: str
    dollars: str
    """Letter of the column of dollars."""
    usd: Sequence[float | None]
    """What stands there; None: nothing."""
    style: str = "money"


def own_names(content: Content) -> dict[str, str]:
    """Names that the formulas need; none where amounts are read in US dollars."""
    return {RATE: f"='Inputs'!{cell('H', RATE_ROW)}"} if own_money(content) else {}


def write_own_money(pages: Mapping[str, Page], content: Content) -> None:
    """Write the rate, and columns in the reader's currency beside the tables; nothing where it is US dollars."""
    money = own_money(content)
    if money is None:
        return
    _rate(pages["Inputs"], content, money)
    _figures(pages["Design"], content, money)
    _cash(pages["Cash flow"], content, money)
    orders = OwnColumn(
        head_row=TABLE_ROW - 1,
        column=TOTAL_COLUMN,
        head=f"Total, {money.code}",
        dollars="K",
        usd=[line.total_usd for line in content.orders],
        style="usd",
    )
    _column(pages["Procurement"], orders, money)
    _ledger(pages["Ledger"], content, money)
    _end_values(pages["End values"], content, money)


def own_money(content: Content) -> Currency | None:
    """The currency that the workbook tells amounts in beside US dollars, if it is another."""
    money = money_of(content.result.problem.instance)
    return None if money == DOLLARS else money


def _column(page: Page, own: OwnColumn, money: Currency) -> None:
    page.put(own.head_row, own.column, own.head, "head")
    for r, usd in enumerate(own.usd, own.head_row + 1):
        if usd is not None:
            _put(page, (r, own.column), own.dollars, money.of(usd), own.style)
    page.sheet.set_column(own.column, own.column, WIDE)


def _put(page: Page, at: tuple[int, int], dollars: str, value: float, style: str) -> None:
    """One cell that is the rate times another of its row."""
    page.put(*at, Formula(f"={dollars}{at[0] + 1}*{RATE}", value), style)


def _rate(page: Page, content: Content, money: Currency) -> None:
    """The rate, which may be changed, and both results by it."""
    reported = content.reported
    page.put(RATE_ROW, 6, f"{money.code} per US dollar", "bold")
    page.put(RATE_ROW, 7, money.per_usd, "input_number")
    page.put(RATE_ROW, 8, money.per_usd, "general")
    results = (
        (f"NPV of all costs, M{money.code}", "npv_musd", reported.npv_cost_musd),
        (f"LCOC, {money.code}/EFLOP", "lcoc", reported.lcoc_usd_per_eflop),
    )
    for at, (label, name, usd) in enumerate(results, RATE_ROW + 1):
        page.put(at, 6, label, "bold")
        page.put(at, 7, Formula(f"={name}*{RATE}", money.of(usd)), "money")
        page.put(at, 8, money.of(usd), "money")


def _figures(page: Page, content: Content, money: Currency) -> None:
    """Figures of the first sheet that are money."""
    page.put(KPI_ROW - 1, 5, f"In {money.code}", "head")
    shown = [kpi for kpi in ALL_KPIS if kpi.id in content.reported.kpis]
    for row, kpi in enumerate(shown, KPI_ROW):
        if is_money(kpi.unit):
            usd = content.reported.kpis[kpi.id]
            page.put(row, 5, Formula(f"=B{row + 1}*{RATE}", money.of(usd)), "number")


def _cash(page: Page, content: Content, money: Currency) -> None:
    """Payments by phase, by account and by fiscal year."""
    phases, code = content.calendar.phases, money.code
    timings = ("start", "yearly", "end")
    paid = [[content.by_timing.get((phase, timing), 0.0) for phase in phases] for timing in timings]
    worth = [
        sum(content.calendar.weight(Timing(each), phase) * paid[at][number] for at, each in enumerate(timings))
        for number, phase in enumerate(phases)
    ]
    heads = ("Start payments", "Yearly payments", "End payments", "NPV of the phase")
    flows = content.flow_row - 1
    columns = [
        OwnColumn(head_row=flows, column=FLOW_COLUMN + at, head=f"{head}, M{code}", dollars=letter, usd=usd)
        for at, (head, letter, usd) in enumerate(zip(heads, "CDEI", (*paid, worth), strict=True))
    ]
    npvs = [sum(content.worth(entry) for entry in content.money if entry.account == a) for a in content.accounts]
    eflop = content.reported.npv_eflop
    costs = [npv * 1e6 / eflop if eflop else 0.0 for npv in npvs]
    top = content.account_row - 1
    columns += [
        OwnColumn(head_row=top, column=ACCOUNT_COLUMN, head=f"NPV, M{code}", dollars="C", usd=npvs),
        OwnColumn(head_row=top, column=ACCOUNT_COLUMN + 1, head=f"{code}/EFLOP", dollars="D", usd=costs),
        OwnColumn(
            head_row=content.fiscal_row - 1,
            column=FISCAL_COLUMN,
            head=f"In all, M{code}",
            dollars="G",
            usd=fiscal_totals(content),
        ),
    ]
    for column in columns:
        _column(page, column, money)


def _ledger(page: Page, content: Content, money: Currency) -> None:
    """Amounts and present values of all lines; what changed prices add is nothing yet."""
    nothing = [0.0] * len(content.changes)
    amounts = [entry.amount for entry in content.money] + nothing
    worth = [content.worth(entry) for entry in content.money] + nothing
    heads, first = (f"Amount, M{money.code}", f"Present value, M{money.code}"), len(LEDGER_HEADER)
    top = LEDGER_ROW - 1
    _column(page, OwnColumn(head_row=top, column=first, head=heads[0], dollars="G", usd=amounts), money)
    _column(page, OwnColumn(head_row=top, column=first + 1, head=heads[1], dollars="I", usd=worth), money)
    _put(page, (SUM_ROW, first + 1), "I", money.of(sum(worth)), "total_money")


def _end_values(page: Page, content: Content, money: Currency) -> None:
    """What was paid and what of it is left, right of the points of the resale."""
    rows = rows_of(content)
    paid, left = [row.paid_musd if row.phase else None for row in rows], [row.musd for row in rows]
    heads, first = (
        (f"Price paid, M{money.code}", f"Left at the end, M{money.code}"),
        FIRST_POINT + 2 * most_points(rows),
    )
    top = TABLE_ROW - 1
    _column(page, OwnColumn(head_row=top, column=first, head=heads[0], dollars="F", usd=paid), money)
    _column(page, OwnColumn(head_row=top, column=first + 1, head=heads[1], dollars="K", usd=left), money)
    _put(page, (SUM_ROW, first + 1), "K", money.of(sum(left)), "total_money")
