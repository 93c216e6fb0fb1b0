"""The cash flow sheet: rates, weights of each phase, payments by phase, and net present value and LCOC as formulas.

The formulas are those of docs/model.md, sections 1 and 2. Change a yellow cell and everything below follows; the
amounts of the ledger stay, because they are what the design buys and uses.
"""

from __future__ import annotations

from optimizer.inputs.design import Timing
from optimizer.inputs.naming import account_name
from optimizer.inputs.quantity import DAYS_PER_YEAR, EFLOP_PER_PFLOPS_YEAR
from optimizer.ledger.accounts import BY_ID
from optimizer.report.workbook.fiscal import write_fiscal_years
from optimizer.report.workbook.inputs import input_cell
from optimizer.report.workbook.layout import INPUT_ROW, PHASE_ROW, RATE_ROWS, RESULT_ROWS, Content, cell
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page
from optimizer.setting.demand import demand_pflops
from optimizer.setting.occupancy import levels

WIDTHS = (24, 32, 16, 24, 18, 16, 16, 16, 16, 16, 16, 16, 16, 18)
HEADER_HEIGHT = 30
"""Of the headers that take two lines, in points."""
PHASE_HEADER = (
    "No.",
    "Phase",
    "First day",
    "Years",
    "t0, years from base date",
    "t1, years from base date",
    "Weight of a start payment",
    "Weight of a yearly payment",
    "Weight of an end payment",
    "Demand, PFLOPS",
    "Effective, PFLOPS",
    "Delivered, PFLOPS",
    "EFLOP a year",
    "NPV, EFLOP",
)
FLOW_HEADER = (
    "No.",
    "Phase",
    "Start payments, MUSD",
    "Yearly payments, MUSD a year",
    "End payments, MUSD",
    "NPV start, MUSD",
    "NPV yearly, MUSD",
    "NPV end, MUSD",
    "NPV of the phase, MUSD",
)
_SERIES_BELOW = 0.001
"""Below this exponent the annuity is a series: the difference of exponentials would lose digits."""


def write_cash_flow(page: Page, content: Content) -> None:
    """Write the sheet."""
    page.set_up(WIDTHS, 0)
    page.head(
        "Cash flow, net present value and levelised cost, recomputed by formulas",
        "Rates and prices are changed on the Inputs sheet; what is bought and used stays.",
    )
    _rates(page, content)
    _results(page, content)
    _phases(page, content)
    _flows(page, content)
    _accounts(page, content)
    write_fiscal_years(page, content)


def name_cells(content: Content) -> dict[str, str]:
    """Names in the workbook and the cells they stand for."""
    rates = {name: f"='Cash flow'!{cell('B', row)}" for name, row in RATE_ROWS.items()}
    return rates | {name: f"='Cash flow'!{cell('E', row)}" for name, row in RESULT_ROWS.items()}


def _rates(page: Page, content: Content) -> None:
    finance, calendar = content.result.problem.instance.finance, content.calendar
    page.line(3, ("Rate", "Value"), ("head", "head"))
    rows = (
        ("discount_rate", Formula(f"={input_cell(INPUT_ROW)}", finance.discount_rate), "percent"),
        ("base_date", calendar.base, "date"),
        ("log_rate", Formula("=LN(1+discount_rate)", calendar.log_rate), "weight"),
        ("days_per_year", DAYS_PER_YEAR, "general"),
        ("eflop_per_pflops_year", EFLOP_PER_PFLOPS_YEAR, "general"),
    )
    for name, value, style in rows:
        page.line(RATE_ROWS[name], (name, value), ("bold", style))


def _results(page: Page, content: Content) -> None:
    reported = content.reported
    amounts, weights = content.ledger("G"), content.ledger("H")
    rows = (
        ("npv_musd", "NPV of all costs, MUSD", f"=SUMPRODUCT({amounts},{weights})", reported.npv_cost_musd, "money"),
        (
            "npv_eflop",
            "NPV of EFLOP delivered",
            f"=SUMPRODUCT({content.phases('L')},{content.phases('H')})*eflop_per_pflops_year",
            reported.npv_eflop,
            "number",
        ),
        ("lcoc", "LCOC, USD/EFLOP", "=IF(npv_eflop=0,0,npv_musd*1000000/npv_eflop)", _lcoc(content), "money"),
    )
    page.put(3, 3, "Result", "head")
    page.put(3, 4, "Value", "head")
    for name, label, text, value, style in rows:
        page.put(RESULT_ROWS[name], 3, label, "bold")
        page.put(RESULT_ROWS[name], 4, Formula(text, value), style)


def _lcoc(content: Content) -> float:
    return content.reported.lcoc_usd_per_eflop


def _phases(page: Page, content: Content) -> None:
    """The time axis: t0, t1, weights and what is delivered, by phase."""
    calendar, last = content.calendar, PHASE_ROW + len(content.calendar.phases) - 1
    page.put(PHASE_ROW - 2, 0, "Phases", "bold")
    page.line(PHASE_ROW - 1, PHASE_HEADER, ["head"] * len(PHASE_HEADER))
    page.sheet.set_row(PHASE_ROW - 1, HEADER_HEIGHT)
    styles = ("count", "plain", "date", "general", *["weight"] * 5, *["number"] * 5)
    for at, phase in enumerate(calendar.phases):
        row, r = PHASE_ROW + at, PHASE_ROW + at + 1
        given = content.result.problem.instance.phases[phase]
        demand = demand_pflops(content.result.problem.instance, phase)
        effective = content.figures.total("effective_pflops", phase)
        delivered = content.figures.delivered_pflops(phase)
        yearly = delivered * EFLOP_PER_PFLOPS_YEAR
        cells = (
            at + 1,
            content.phase(phase),
            calendar.starts[phase],
            given.years,
            Formula(f"=(C{r}-base_date)/days_per_year", calendar.t0[phase]),
            Formula(f"=E{r}+D{r}", calendar.t1[phase]),
            Formula(f"=EXP(-(log_rate*E{r}))", calendar.weight(Timing.START, phase)),
            Formula(_annuity(r), calendar.annuity(phase)),
            Formula(f"=EXP(-(log_rate*{cell('F', last)}))", calendar.weight(Timing.END, phase)),
            demand,
            Formula(_effective(content, r), effective),
            Formula(_delivered(content, r, phase), delivered),
            Formula(f"=L{r}*eflop_per_pflops_year", yearly),
            Formula(f"=M{r}*H{r}", yearly * calendar.annuity(phase)),
        )
        page.line(row, cells, styles)
    total = Formula(f"=SUM(N{PHASE_ROW + 1}:N{last + 1})", content.reported.npv_eflop)
    page.put(last + 1, 12, "Sum", "total")
    page.put(last + 1, 13, total, "total_number")


def _annuity(r: int) -> str:
    """Weight of one unit a year through a phase: (exp(-r' t0) - exp(-r' t1)) / r', and years if r' is 0."""
    x = f"(log_rate*D{r})"
    series = f"(1-{x}/2+{x}*{x}/6-{x}*{x}*{x}/24+{x}*{x}*{x}*{x}/120)"
    return f"=G{r}*D{r}*IF(ABS{x}<{_SERIES_BELOW},{series},(1-EXP(-{x}))/{x})"


def _effective(content: Content, r: int) -> str:
    amounts, accounts, phases = content.quantity("H"), content.quantity("I"), content.quantity("D")
    return f'=SUMIFS({amounts},{accounts},"effective_pflops",{phases},A{r})'


def _delivered(content: Content, r: int, phase: str) -> str:
    """What is wanted of the throughput in use, the most occupied workloads first: docs/model.md, section 4a."""
    instance = content.result.problem.instance
    steps = levels(instance, phase)
    if len(steps) == 1:
        return f"=MIN(J{r},K{r})" if steps[0].weight == 1 else f"={steps[0].weight!r}*MIN(J{r},K{r})"
    amounts, accounts, phases, labels = (content.quantity(column) for column in "HIDJ")
    sums = (
        "+".join(
            f'SUMIFS({amounts},{accounts},"effective_pflops",{phases},A{r},{labels},"*/{w}")' for w in step.workloads
        )
        for step in steps
    )
    return "=" + "+".join(f"{step.weight!r}*MIN(J{r},{done})" for step, done in zip(steps, sums, strict=True))


def _flows(page: Page, content: Content) -> None:
    """Payments by phase, and their present values."""
    calendar, first = content.calendar, content.flow_row
    page.put(first - 2, 0, "Cash flow by phase", "bold")
    page.line(first - 1, FLOW_HEADER, ["head"] * len(FLOW_HEADER))
    page.sheet.set_row(first - 1, HEADER_HEIGHT)
    timings = ("start", "yearly", "end")
    sums = [0.0, 0.0, 0.0, 0.0]
    for at, phase in enumerate(calendar.phases):
        r, weights_at = first + at + 1, PHASE_ROW + at + 1
        paid = [content.by_timing.get((phase, timing), 0.0) for timing in timings]
        worth = [amount * calendar.weight(Timing(when), phase) for amount, when in zip(paid, timings, strict=True)]
        worth.append(sum(worth))
        sums = [total + part for total, part in zip(sums, worth, strict=True)]
        texts = [f"={a}{r}*{w}{weights_at}" for a, w in zip("CDE", "GHI", strict=True)] + [f"=SUM(F{r}:H{r})"]
        cells: tuple[Value, ...] = (
            at + 1,
            content.phase(phase),
            *(Formula(_paid(content, r, timing), amount) for timing, amount in zip(timings, paid, strict=True)),
            *(Formula(text, value) for text, value in zip(texts, worth, strict=True)),
        )
        page.line(first + at, cells, ("count", "plain", *["money"] * 7))
    last = first + len(calendar.phases) - 1
    page.put(last + 1, 1, "Sum", "total")
    for column, letter, total in zip((5, 6, 7, 8), "FGHI", sums, strict=True):
        page.put(last + 1, column, Formula(f"=SUM({letter}{first + 1}:{letter}{last + 1})", total), "total_money")


def _paid(content: Content, r: int, timing: str) -> str:
    return f'=SUMIFS({content.ledger("G")},{content.ledger("B")},A{r},{content.ledger("F")},"{timing}")'


def _accounts(page: Page, content: Content) -> None:
    """Present value and share of the levelised cost by account."""
    first = content.account_row
    page.put(first - 2, 0, "What the levelised cost is made of", "bold")
    header = ("Account", "Meaning", "NPV, MUSD", "USD/EFLOP", "Share", "Id")
    page.line(first - 1, header, ["head"] * len(header))
    whole, eflop = content.reported.npv_cost_musd, content.reported.npv_eflop
    for at, account in enumerate(content.accounts):
        r = first + at + 1
        npv = sum(content.worth(entry) for entry in content.money if entry.account == account)
        cells = (
            account_name(account),
            BY_ID[account].meaning,
            Formula(f"=SUMIFS({content.ledger('I')},{content.ledger('J')},F{r})", npv),
            Formula(f"=IF(npv_eflop=0,0,C{r}*1000000/npv_eflop)", npv * 1e6 / eflop if eflop else 0.0),
            Formula(f"=IF(npv_musd=0,0,C{r}/npv_musd)", npv / whole if whole else 0.0),
            account,
        )
        page.line(first + at, cells, ("plain", "plain", "money", "money", "percent", "note"))
    last = first + max(len(content.accounts), 1) - 1
    page.put(last + 1, 0, "Sum", "total")
    page.put(last + 1, 2, Formula(f"=SUM(C{first + 1}:C{last + 1})", whole), "total_money")
    page.put(last + 1, 3, Formula(f"=SUM(D{first + 1}:D{last + 1})", _lcoc(content)), "total_money")
