"""The checks sheet: what the formulas give beside what the design reports or must keep, each TRUE or FALSE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.analysis.usage import Use, uses
from optimizer.ledger.accounts import BY_ID
from optimizer.report.workbook.end_values import ACCOUNT, total
from optimizer.report.workbook.layout import TABLE_ROW, Content, span
from optimizer.report.workbook.page import Formula, Page

CHECK_ROW = 4
CHECK_HEADER = ("Check", "Computed here", "", "Reported or limit", "Tolerance", "Holds")
LIMIT_TOLERANCE = 1e-6
"""Share of a limit (of 1 if that is larger) by which it may be exceeded; docs/model.md section 13."""
ROUNDING = 1e-9
"""Share by which two ways of adding the same lines may differ."""


@dataclass(frozen=True)
class FormulaCheck:
    """One comparison: a formula against a number."""

    what: str
    computed: Formula
    relation: str
    """`=`, `<=` or `>=`."""
    limit: float
    tolerance: float

    def truth(self, r: int) -> Formula:
        """The formula that says whether it holds, for row r (from 1)."""
        texts = {"=": f"=ABS(B{r}-D{r})<=E{r}", "<=": f"=B{r}<=D{r}+E{r}", ">=": f"=B{r}>=D{r}-E{r}"}
        value = float(self.computed.value)
        holds = {
            "=": abs(value - self.limit) <= self.tolerance,
            "<=": value <= self.limit + self.tolerance,
            ">=": value >= self.limit - self.tolerance,
        }
        return Formula(texts[self.relation], holds[self.relation])


def write_checks(page: Page, checks: tuple[FormulaCheck, ...]) -> None:
    """Write the sheet."""
    page.set_up((62, 24, 5, 24, 14, 10), CHECK_ROW - 1)
    page.head(
        "Checks: each is a formula over the other sheets",
        "After a change on the Inputs sheet, those of money are FALSE: the design reports its own.",
    )
    page.put(2, 4, "All hold", "bold")
    page.put(2, 5, all_hold(checks, ""), "truth")
    rows = []
    for at, check in enumerate(checks):
        truth = check.truth(CHECK_ROW + at + 1)
        rows.append((check.what, check.computed, check.relation, check.limit, check.tolerance, truth))
    page.table(CHECK_ROW - 1, CHECK_HEADER, rows, ("plain", "money", "plain", "money", "general", "truth"))


def all_hold(checks: tuple[FormulaCheck, ...], sheet: str = "Checks!") -> Formula:
    """Whether every check holds, as a formula for a cell of any sheet."""
    holds = all(check.truth(1).value for check in checks)
    return Formula(f"=AND({sheet}$F${CHECK_ROW + 1}:$F${CHECK_ROW + len(checks)})", holds)


def checks_of(content: Content) -> tuple[FormulaCheck, ...]:
    """All checks of a design."""
    return (*_money(content), *_quantities(content), *_months(content), *_limits(content))


def _same(what: str, computed: tuple[str, float], reported: float) -> FormulaCheck:
    return FormulaCheck(what, Formula(*computed), "=", reported, ROUNDING * max(1.0, abs(reported)))


def _money(content: Content) -> Iterator[FormulaCheck]:
    reported, kpis = content.reported, content.reported.kpis
    npv_usd = reported.npv_cost_musd * 1e6
    # A cent; beyond ten billion dollars a double-precision sum may be off by more.
    cent = max(0.01, 1e-12 * abs(npv_usd))
    yield FormulaCheck(
        "NPV of the ledger's lines, USD, within a cent", Formula("=npv_musd*1000000", npv_usd), "=", npv_usd, cent
    )
    worth = sum(content.worth(entry) for entry in content.money)
    yield _same("Sum of the present values, MUSD", (f"=SUM({content.ledger('I')})", worth), reported.npv_cost_musd)
    yield _same("NPV of EFLOP delivered", ("=npv_eflop", reported.npv_eflop), reported.npv_eflop)
    yield _same("LCOC, USD/EFLOP", ("=lcoc", reported.lcoc_usd_per_eflop), reported.lcoc_usd_per_eflop)
    first, last = content.account_row, content.account_row + max(len(content.accounts), 1) - 1
    text = f"=SUM({span('Cash flow', 'D', first, last - first + 1)})"
    yield _same("LCOC as the sum of its accounts", (text, reported.lcoc_usd_per_eflop), reported.lcoc_usd_per_eflop)
    first = content.flow_row
    text = f"=SUM({span('Cash flow', 'I', first, len(content.calendar.phases))})"
    yield _same("NPV as the sum of the phases, MUSD", (text, reported.npv_cost_musd), reported.npv_cost_musd)
    capex = sum(e.amount for e in content.money if BY_ID[e.account].is_capital)
    accounts, amounts = content.ledger("J"), content.ledger("G")
    text = f'=SUMPRODUCT((LEFT({accounts},6)="capex_")*{amounts})'
    yield _same("Capital, MUSD", (text, capex), kpis["capex_musd"])
    left = sum(e.amount for e in content.money if e.account == ACCOUNT)
    text, worth = total(content)
    yield _same("End values by price, age and resale are those of the ledger, MUSD", (text, worth), -left)
    fees = sum(e.amount for e in content.money if e.account == "licence_fees")
    ordered = sum(line.total_usd for line in content.orders) / 1e6
    text = f"=SUM({span('Procurement', 'K', TABLE_ROW, len(content.orders))})/1000000"
    yield _same("Procurement total is capital and licence fees, MUSD", (text, ordered), capex + fees)


def _quantities(content: Content) -> Iterator[FormulaCheck]:
    """Key figures of the last phase as sums of lines."""
    figures = (
        ("racks", "racks", "Racks installed, last phase"),
        ("accelerators", "installed_accelerators", "Accelerators installed, last phase"),
        ("it_mw", "it_mw", "IT power installed, MW, last phase"),
        ("effective_pflops", "effective_pflops", "Effective PFLOPS, last phase"),
        ("peak_pflops", "peak_pflops", "Peak PFLOPS, last phase"),
        ("energy_mwh_per_year", "import_mwh", "Energy, MWh a year, last phase"),
        ("water_m3_per_year", "water_m3", "Water, m3 a year, last phase"),
        ("carbon_t_per_year", "carbon_t", "Carbon, t a year, last phase"),
        ("white_space_m2", "white_m2", "White space fitted out, m2, last phase"),
        ("battery_mwh", "battery_mwh", "Battery, MWh, last phase"),
        ("substation_units", "substation_units", "Transformers, last phase"),
    )
    last = content.calendar.last
    amounts, accounts, numbers = content.quantity("H"), content.quantity("I"), content.quantity("D")
    for kpi, account, what in figures:
        text = f'=SUMIFS({amounts},{accounts},"{account}",{numbers},{content.number_of(last)})'
        yield _same(what, (text, content.figures.total(account, last)), content.reported.kpis[kpi])


def _months(content: Content) -> Iterator[FormulaCheck]:
    """The hours, added up by month, give the ledger's energy."""
    count = len(content.months)
    energy, numbers = span("Hourly summary", "F", TABLE_ROW, count), span("Hourly summary", "B", TABLE_ROW, count)
    for phase in content.calendar.phases:
        hours = sum(row.import_mwh for row in content.months if row.phase == phase)
        text = f"=SUMIFS({energy},{numbers},{content.number_of(phase)})"
        yield _same(
            f"Energy of all hours is that of the ledger, MWh, {content.phase(phase)}",
            (text, hours),
            content.figures.total("import_mwh", phase),
        )


def _limits(content: Content) -> Iterator[FormulaCheck]:
    """Targets, and import against grid and substation."""
    assert content.result.design is not None
    place = list(content.result.problem.years)
    rows = uses(content.result.problem, content.result.design)
    for use in sorted(rows, key=lambda use: (use.requirement, use.where)):
        site, phase = use.where
        if use.requirement == "throughput target":
            text = f"={content.phase_cell('K', phase)}"
            yield _limit(f"Effective PFLOPS reach the target, {content.phase(phase)}", (text, use.used), use)
        elif use.requirement in ("grid import", "firm substation capacity") and site:
            first = TABLE_ROW + 12 * (place.index(site) + len(place) * (content.number_of(phase) - 1))
            text = f"=MAX({span('Hourly summary', 'H', first, 12)})"
            yield _limit(
                f"Peak import within {use.requirement}, MW, {content.site(site)}, {content.phase(phase)}",
                (text, use.used),
                use,
            )


def _limit(what: str, computed: tuple[str, float], use: Use) -> FormulaCheck:
    tolerance = LIMIT_TOLERANCE * max(1.0, abs(use.limit))
    return FormulaCheck(what, Formula(*computed), ">=" if use.is_floor else "<=", use.limit, tolerance)
