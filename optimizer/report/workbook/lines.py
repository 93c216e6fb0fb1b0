"""The sheets that are long tables: ledger, quantities, procurement, hourly summary."""

from __future__ import annotations

import math

from optimizer.analysis.orders import OrderLine
from optimizer.inputs.design import Entry, Timing
from optimizer.inputs.naming import account_name, unit_name
from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.report.workbook.end_values import ACCOUNT, of_ledger
from optimizer.report.workbook.inputs import factor_cell
from optimizer.report.workbook.layout import ALL, LEDGER_ROW, TABLE_ROW, Content
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page
from optimizer.study.price_parts import Line

PREPAYMENT = "prepayment"
_WEIGHT_COLUMN = {"start": "G", "yearly": "H", "end": "I"}
LEDGER_HEADER = (
    "Account", "No.", "Phase", "Site", "Item", "Timing", "Amount, MUSD", "Weight", "Present value, MUSD", "Account id",
    "Site id", "Item id",
)  # fmt: skip
QUANTITY_HEADER = ("Account", "Unit", "Timing", "No.", "Phase", "Site", "Item", "Amount", "Account id", "Item id")
PROCUREMENT_HEADER = (
    "What", "Name", "Site", "Phase", "Order by", "Delivery", "Lead time, weeks", "Quantity", "Unit", "Unit price, USD",
    "Total, USD", "Licence", "Payments", "Flags", "Vendor", "Tier", "Cooling", "Licence fee share",
    "Licence probability", "Account id", "Item id",
)  # fmt: skip
FOLDED = (1, 2, 11, 12, 13)
"""Columns there whose text is folded."""
LINE_HEIGHT = 15
"""In points."""
PRINTED = 14
"""Columns of the procurement calendar that are printed: one A4 page wide."""
HOURLY_HEADER = (
    "Site",
    "No.",
    "Phase",
    "Month",
    "Hours",
    "Import, MWh",
    "IT, MWh",
    "Peak import, MW",
    "Mean PUE",
    "Load factor",
    "Largest hourly PUE",
)


def write_ledger(page: Page, content: Content) -> None:
    """Every line of money with its weight and present value as formulas; below them what changed prices add."""
    page.set_up((30, 6, 14, 24, 34, 10, 18, 12, 20, 22, 14, 26), LEDGER_ROW - 1)
    note = (
        "Weights come from the Cash flow sheet. Negative amounts are proceeds, or what is left (End values). Below: "
        "what changes on the Inputs sheet add."
    )
    page.head("Ledger: every line of money, million US dollars (per year if yearly)", note)
    rows = [_ledger_line(content, LEDGER_ROW + at, entry) for at, entry in enumerate(content.money)]
    below = LEDGER_ROW + len(rows)
    rows += [_change_line(content, below + at, *change) for at, change in enumerate(content.changes)]
    styles = ("plain", "count", *["plain"] * 4, "money", "weight", "money", *["note"] * 3)
    end = page.table(LEDGER_ROW - 1, LEDGER_HEADER, rows, styles)
    page.put(2, 7, "Sum", "total")
    total = Formula(f"=SUM({content.ledger('I')})", sum(content.worth(entry) for entry in content.money))
    page.put(2, 8, total, "total_money")
    page.sheet.autofilter(LEDGER_ROW - 1, 0, max(end - 1, LEDGER_ROW), len(LEDGER_HEADER) - 1)


def _ledger_line(content: Content, row: int, entry: Entry) -> tuple[Value, ...]:
    amount: Value = entry.amount
    if entry.account == ACCOUNT:
        amount = of_ledger(content, row, entry.amount)
    elif entry.account == PREPAYMENT:
        amount = _prepaid(content, entry)
    about = (account_name(entry.account), content.number_of(entry.phase), content.phase(entry.phase))
    item = ", ".join(map(content.say, entry.label.split("/")))
    ids = (entry.account, entry.site or ALL, entry.label)
    worth = _worth(content, row, (entry.timing, entry.phase), entry.amount)
    return (*about, content.site(entry.site), item, entry.timing, amount, *worth, *ids)


def _worth(content: Content, row: int, when: tuple[str, str], amount: float) -> tuple[Value, Value]:
    timing, phase = when
    weight = content.calendar.weight(Timing(timing), phase)
    return (
        Formula(f"={content.phase_cell(_WEIGHT_COLUMN[timing], phase)}", weight),
        Formula(f"=G{row + 1}*H{row + 1}", weight * amount),
    )


def _prepaid(content: Content, entry: Entry) -> Value:
    """What paying on other days than that of delivery adds, at the discount rate of the Inputs sheet."""
    for line in content.orders:
        if (line.item, line.phase, line.site) == (entry.label, entry.phase, entry.site) and line.payments:
            days = [((day - line.delivery).days, share) for day, share in line.payments]
            rate = content.calendar.log_rate
            adds = sum(share * math.exp(-rate * after / DAYS_PER_YEAR) for after, share in days) - 1.0
            text = "+".join(f"{share!r}*EXP(-(log_rate*{after}/days_per_year))" for after, share in days)
            if adds:
                return Formula(f"={entry.amount / adds!r}*({text}-1)", entry.amount)
    return entry.amount


def _change_line(content: Content, row: int, number: int, line: Line, part: float) -> tuple[Value, ...]:
    """What a price that was changed adds to a line: nothing until it is."""
    account, timing, phase, site = line
    level = ""
    if account == ACCOUNT:
        level = "*resale_level"
    elif account == PREPAYMENT:
        level = _prepaid_ratio(content, content.prices[number].path, phase, site)
    text = f"={part!r}*({factor_cell(number)}-1){level}"
    price = content.prices[number]
    about = (account_name(account), content.number_of(phase), content.phase(phase), content.site(site))
    worth = _worth(content, row, (timing, phase), 0.0)
    change = (f"change of: {price.name}", timing, Formula(text, 0.0))
    return (*about, *change, *worth, account, site or ALL, price.path)


def _prepaid_ratio(content: Content, path: str, phase: str, site: str) -> str:
    """By how much more paying early costs than at the design's own rate, from the accelerator's line in the ledger."""
    for at, entry in enumerate(content.money):
        if (entry.account, entry.phase, entry.site) == (PREPAYMENT, phase, site) and f".{entry.label}." in path:
            return f"*$G${LEDGER_ROW + at + 1}/{entry.amount!r}"
    return ""


def write_quantities(page: Page, content: Content) -> None:
    """Every line that is not money: levels in the phase, or amounts a year."""
    page.set_up((30, 10, 10, 6, 14, 24, 36, 18, 26, 30), LEDGER_ROW - 1)
    page.head("Quantities: levels during a phase (none) and amounts a year (yearly)")
    rows = [
        (
            *(account_name(e.account), unit_name(e.unit) or None, e.timing, content.number_of(e.phase)),
            *(content.phase(e.phase), content.site(e.site), ", ".join(map(content.say, e.label.split("/")))),
            *(e.amount, e.account, e.label),
        )
        for e in content.quantities
    ]
    styles = ("plain", "plain", "plain", "count", "plain", "plain", "plain", "number", "note", "note")
    end = page.table(LEDGER_ROW - 1, QUANTITY_HEADER, rows, styles)
    page.sheet.autofilter(LEDGER_ROW - 1, 0, max(end - 1, LEDGER_ROW), len(QUANTITY_HEADER) - 1)


def write_procurement(page: Page, content: Content) -> None:
    """What to order by when; totals are formulas. What a buyer needs is printed, one A4 page wide."""
    widths = (16, 30, 16, 11, 11, 11, 8, 10, 12, 13, 15, 22, 24, 20, 16, 6, 20, 10, 10, 22, 26)
    page.set_up(widths, TABLE_ROW - 1)
    page.head(
        "Procurement calendar: the latest days to order that keep the plan",
        "What is there already is not ordered. Totals by account are those of the ledger.",
    )
    rows = [_order_line(content, TABLE_ROW + at + 1, line) for at, line in enumerate(content.orders)]
    styles = (
        "plain", "wrap", "wrap", "plain", "date", "date", "count", "number", "plain", "usd", "usd",
        "wrap", "wrap", "wrap", "plain", "plain", "plain", "percent", "percent", "note", "note",
    )  # fmt: skip
    end = page.table(TABLE_ROW - 1, PROCUREMENT_HEADER, rows, styles)
    page.sheet.set_row(TABLE_ROW - 1, 2 * LINE_HEIGHT)
    for at, cells in enumerate(rows, TABLE_ROW):
        # Rows are as high as their longest folded cell: not every spreadsheet does that by itself.
        lines = (-(-len(str(cell)) // widths[column]) for column, cell in enumerate(cells) if column in FOLDED and cell)
        page.sheet.set_row(at, LINE_HEIGHT * max(lines, default=1))
    page.put(2, 9, "Sum", "total")
    total = sum(line.total_usd for line in content.orders)
    page.put(2, 10, Formula(f"=SUM(K{TABLE_ROW + 1}:K{max(end, TABLE_ROW + 1)})", total), "usd")
    page.sheet.autofilter(TABLE_ROW - 1, 0, max(end - 1, TABLE_ROW), len(PROCUREMENT_HEADER) - 1)
    page.sheet.print_area(0, 0, max(end - 1, TABLE_ROW), PRINTED - 1)


def _order_line(content: Content, r: int, line: OrderLine) -> tuple[Value, ...]:
    licence = line.licence
    paid = "; ".join(f"{share:.0%} {day.isoformat()}" for day, share in line.payments) or "on delivery"
    permit = f"{licence.status}: {licence.clause}".rstrip(": ") if licence else None
    return (
        *(line.what, line.name, content.site(line.site), content.phase(line.phase), line.order_by, line.delivery),
        *(round(line.lead_time_weeks), line.quantity, line.unit, line.unit_price_usd),
        Formula(f"=H{r}*J{r}", line.total_usd),
        *(permit, paid, ", ".join(flag.label for flag in line.flags) or None),
        *(line.vendor or None, line.tier, ", ".join(map(content.say, filter(None, (line.cooling, line.hall)))) or None),
        *((licence.fee_fraction, licence.probability) if licence else (None, None)),
        *(line.account, line.item),
    )


def write_hourly(page: Page, content: Content) -> None:
    """The year by month: energy, peak, PUE and load factor of every site in every phase."""
    page.set_up((18, 6, 18, 8, 8, 16, 16, 16, 12, 12, 18), TABLE_ROW - 1)
    page.head(
        "Hourly summary: the 8,760 hours of the reference year by month",
        "All hours are in hourly.parquet, or: optimizer export RUN --what hourly --format csv",
    )
    rows: list[tuple[Value, ...]] = []
    for at, row in enumerate(content.months):
        r = TABLE_ROW + at + 1
        pue = row.import_mwh / row.it_mwh if row.it_mwh else "n/a"
        factor = row.import_mwh / (row.peak_import_mw * row.hours) if row.peak_import_mw else "n/a"
        rows.append(
            (
                *(content.site(row.site), content.number_of(row.phase), content.phase(row.phase), row.month, row.hours),
                *(row.import_mwh, row.it_mwh, row.peak_import_mw),
                Formula(f'=IF(G{r}=0,"n/a",F{r}/G{r})', pue),
                Formula(f'=IF(H{r}=0,"n/a",F{r}/(H{r}*E{r}))', factor),
                row.pue_peak or "n/a",
            )
        )
    styles = ("plain", "count", "plain", "count", "count", *["number"] * 3, "weight", "percent", "weight")
    page.table(TABLE_ROW - 1, HOURLY_HEADER, rows, styles)
