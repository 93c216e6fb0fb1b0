"""Payments by fiscal year, April to March, beside those by phase: undiscounted, by formula from the phases.

What is paid at the start of a phase falls into the year of that day, what is paid through it is spread by days, and
what is left falls into the year of the last day.
"""

from __future__ import annotations

from datetime import date, timedelta

from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.report.workbook.layout import PHASE_ROW, Content
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page

FIRST_MONTH = 4
"""April: where Hong Kong, Singapore, Japan and India begin their fiscal years."""
HEADER = (
    "Fiscal year", "First day", "Next first day", "Start payments, MUSD", "Payments through the year, MUSD",
    "End payments, MUSD", "In all, MUSD",
)  # fmt: skip
LAST_MOMENT_DAYS = 0.001
"""By which the horizon's end lies before its last midnight: an end on 1 April belongs to the year that ends."""


def write_fiscal_years(page: Page, content: Content) -> None:
    """Write the table below that of accounts."""
    first, years = content.fiscal_row, _years(content)
    page.put(first - 2, 0, "Cash flow by fiscal year (April to March), not discounted", "bold")
    page.line(first - 1, HEADER, ["head"] * len(HEADER))
    for at, year in enumerate(years):
        r = first + at + 1
        amounts = _amounts(content, year)
        texts = _texts(content, r)
        flows = [Formula(text, amount) for text, amount in zip(texts, amounts, strict=True)]
        total = Formula(f"=SUM(D{r}:F{r})", sum(amounts))
        name = f"{year}/{(year + 1) % 100:02d}"
        cells: tuple[Value, ...] = (name, date(year, FIRST_MONTH, 1), date(year + 1, FIRST_MONTH, 1), *flows, total)
        page.line(first + at, cells, ("plain", "date", "date", *["money"] * 4))
    last = first + len(years)
    page.put(last, 2, "Sum", "total")
    sums = [sum(_amounts(content, year)[kind] for year in years) for kind in range(3)]
    for column, amount in zip("DEFG", (*sums, sum(sums)), strict=True):
        text = f"=SUM({column}{first + 1}:{column}{last})"
        page.put(last, ord(column) - ord("A"), Formula(text, amount), "total_money")


def fiscal_totals(content: Content) -> list[float]:
    """What is paid in each fiscal year in all, in MUSD, in the order of the table."""
    return [sum(_amounts(content, year)) for year in _years(content)]


def _year_of(day: date) -> int:
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def _years(content: Content) -> range:
    starts, phases = content.calendar.starts, content.result.problem.instance.phases
    ends = (starts[name] + timedelta(days=DAYS_PER_YEAR * phases[name].years - 1) for name in starts)
    return range(_year_of(min(starts.values())), _year_of(max(ends)) + 1)


def _amounts(content: Content, year: int) -> list[float]:
    """What the formulas give: paid at starts, through the year, and at the end of the horizon."""
    low, high = (date(y, FIRST_MONTH, 1).toordinal() for y in (year, year + 1))
    sums = [0.0, 0.0, 0.0]
    for phase in content.calendar.phases:
        start = content.calendar.starts[phase].toordinal()
        length = content.result.problem.instance.phases[phase].years
        end = start + length * DAYS_PER_YEAR
        paid = [content.by_timing.get((phase, timing), 0.0) for timing in ("start", "yearly", "end")]
        sums[0] += paid[0] if low <= start < high else 0.0
        sums[1] += paid[1] * max(0.0, min(high, end) - max(low, start)) / DAYS_PER_YEAR
        sums[2] += paid[2] if low <= _horizon_end(content) - LAST_MOMENT_DAYS < high else 0.0
    return sums


def _horizon_end(content: Content) -> float:
    last = content.calendar.last
    years = content.result.problem.instance.phases[last].years
    return content.calendar.starts[last].toordinal() + years * DAYS_PER_YEAR


def _texts(content: Content, r: int) -> tuple[str, str, str]:
    """The formulas of one year: row r has its first day in B and the next one's in C."""
    starts, through, ends = [], [], []
    final = PHASE_ROW + len(content.calendar.phases)
    end = f"$C${final}+$D${final}*days_per_year-{LAST_MOMENT_DAYS}"
    for at in range(len(content.calendar.phases)):
        day, length, flow = f"$C${PHASE_ROW + at + 1}", f"$D${PHASE_ROW + at + 1}", content.flow_row + at + 1
        starts.append(f"({day}>=B{r})*({day}<C{r})*$C${flow}")
        span = f"MIN(C{r},{day}+{length}*days_per_year)-MAX(B{r},{day})"
        through.append(f"MAX(0,{span})*$D${flow}/days_per_year")
        ends.append(f"({end}>=B{r})*({end}<C{r})*$E${flow}")
    return ("=" + "+".join(starts), "=" + "+".join(through), "=" + "+".join(ends))
