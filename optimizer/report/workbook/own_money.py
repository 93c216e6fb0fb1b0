"""Amounts in the reader's own currency beside those in US dollars, by formula from a rate that may be changed.

The ledger and what follows from it stay in US dollars, as in every file; what people read is told in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.analysis.money import DOLLARS, Currency, is_money, money_of
from optimizer.inputs.design import Timing
from optimizer.model.kpis import ALL_KPIS
from optimizer.report.workbook.fiscal import fiscal_totals
from optimizer.report.workbook.layout import TABLE_ROW, Content, cell
from optimizer.report.workbook.page import Formula, Page

RATE_ROW = 5
"""Of the rate on the sheet of inputs, below the results; the value is in column H."""
RATE = "per_usd"
"""Its name in the workbook."""
KPI_ROW = 7
"""First figure of the first sheet."""
FLOW_COLUMN, ACCOUNT_COLUMN, FISCAL_COLUMN, TOTAL_COLUMN = 9, 6, 7, 21
"""First column in the reader's currency: of the flows by phase, the accounts, the fiscal years, the orders."""
WIDE = 20


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
    totals = [("K", line.total_usd) for line in content.orders]
    _column(pages["Procurement"], (TABLE_ROW - 1, TOTAL_COLUMN), f"Total, {money.code}", totals, (money, "usd"))


def own_money(content: Content) -> Currency | None:
    """The currency that the workbook tells amounts in beside US dollars, if it is another."""
    money = money_of(content.result.problem.instance)
    return None if money == DOLLARS else money


def _column(
    page: Page, at: tuple[int, int], header: str, amounts: Sequence[tuple[str, float]], how: tuple[Currency, str]
) -> None:
    """A header and, below it, so many times the rate as stand in a column of dollars in the same row."""
    (row, column), (money, style) = at, how
    page.put(row, column, header, "head")
    for r, (letter, usd) in enumerate(amounts, row + 1):
        page.put(r, column, Formula(f"={letter}{r + 1}*{RATE}", money.of(usd)), style)
    page.sheet.set_column(column, column, WIDE)


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
    for at, (head, letter, amounts) in enumerate(zip(heads, "CDEI", (*paid, worth), strict=True)):
        where = (content.flow_row - 1, FLOW_COLUMN + at)
        _column(page, where, f"{head}, M{code}", [(letter, usd) for usd in amounts], (money, "money"))
    npvs = [sum(content.worth(entry) for entry in content.money if entry.account == a) for a in content.accounts]
    eflop = content.reported.npv_eflop
    costs = [npv * 1e6 / eflop if eflop else 0.0 for npv in npvs]
    for at, (head, letter, each) in enumerate(((f"NPV, M{code}", "C", npvs), (f"{code}/EFLOP", "D", costs))):
        where = (content.account_row - 1, ACCOUNT_COLUMN + at)
        _column(page, where, head, [(letter, usd) for usd in each], (money, "money"))
    years = [("G", usd) for usd in fiscal_totals(content)]
    _column(page, (content.fiscal_row - 1, FISCAL_COLUMN), f"In all, M{code}", years, (money, "money"))
