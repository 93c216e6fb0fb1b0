"""The sheets that are long tables: ledger, quantities, procurement, hourly summary."""

from __future__ import annotations

from optimizer.inputs.design import Timing
from optimizer.inputs.halls import room_of
from optimizer.report.workbook.end_values import ACCOUNT, of_ledger
from optimizer.report.workbook.layout import LEDGER_ROW, TABLE_ROW, Content
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page

_WEIGHT_COLUMN = {"start": "G", "yearly": "H", "end": "I"}
LEDGER_HEADER = ("Account", "No.", "Phase", "Site", "Label", "Timing", "Amount, MUSD", "Weight", "Present value, MUSD")
QUANTITY_HEADER = ("Account", "Unit", "Timing", "No.", "Phase", "Site", "Label", "Amount")
PROCUREMENT_HEADER = (
    "What",
    "Item",
    "Name",
    "Vendor",
    "Tier",
    "Cooling",
    "Site",
    "Phase",
    "Order by",
    "Delivery",
    "Quantity",
    "Unit",
    "Unit price, USD",
    "Total, USD",
    "Account",
    "Licence",
    "Clause",
    "Licence fee share",
    "Licence probability",
    "Flags",
)
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
    """Every line of money with its weight and present value as formulas."""
    page.set_up((22, 6, 18, 18, 26, 10, 18, 12, 20), LEDGER_ROW - 1)
    page.put(0, 0, "Ledger: every line of money, million US dollars (per year if yearly)", "title")
    page.put(
        1,
        0,
        "Weights come from the Cash flow sheet. Negative amounts are proceeds, or what is left (End values).",
        "note",
    )
    rows = []
    for at, entry in enumerate(content.money):
        r = LEDGER_ROW + at + 1
        weight = content.calendar.weight(Timing(entry.timing), entry.phase)
        rows.append(
            (
                entry.account,
                content.number_of(entry.phase),
                entry.phase,
                entry.site or "(all)",
                entry.label,
                entry.timing,
                of_ledger(content, r - 1, entry.amount) if entry.account == ACCOUNT else entry.amount,
                Formula(f"={content.phase_cell(_WEIGHT_COLUMN[entry.timing], entry.phase)}", weight),
                Formula(f"=G{r}*H{r}", weight * entry.amount),
            )
        )
    styles = ("plain", "count", "plain", "plain", "plain", "plain", "money", "weight", "money")
    end = page.table(LEDGER_ROW - 1, LEDGER_HEADER, rows, styles)
    page.put(2, 7, "Sum", "total")
    total = Formula(f"=SUM({content.ledger('I')})", sum(content.worth(entry) for entry in content.money))
    page.put(2, 8, total, "total_money")
    page.sheet.autofilter(LEDGER_ROW - 1, 0, max(end - 1, LEDGER_ROW), len(LEDGER_HEADER) - 1)


def write_quantities(page: Page, content: Content) -> None:
    """Every line that is not money: levels in the phase, or amounts a year."""
    page.set_up((24, 10, 10, 6, 18, 18, 30, 18), LEDGER_ROW - 1)
    page.put(0, 0, "Quantities: levels during a phase (none) and amounts a year (yearly)", "title")
    rows = [
        (e.account, e.unit, e.timing, content.number_of(e.phase), e.phase, e.site or "(all)", e.label, e.amount)
        for e in content.quantities
    ]
    styles = ("plain", "plain", "plain", "count", "plain", "plain", "plain", "number")
    end = page.table(LEDGER_ROW - 1, QUANTITY_HEADER, rows, styles)
    page.sheet.autofilter(LEDGER_ROW - 1, 0, max(end - 1, LEDGER_ROW), len(QUANTITY_HEADER) - 1)


def write_procurement(page: Page, content: Content) -> None:
    """What to order by when; totals are formulas."""
    page.set_up((20, 18, 30, 16, 6, 16, 16, 16, 12, 12, 14, 14, 18, 20, 20, 12, 40, 10, 10, 40), TABLE_ROW - 1)
    page.put(0, 0, "Procurement calendar: the latest days to order that keep the plan", "title")
    page.put(1, 0, "What is there already is not ordered. Totals by account are those of the ledger.", "note")
    rows: list[tuple[Value, ...]] = []
    for at, line in enumerate(content.orders):
        r, licence = TABLE_ROW + at + 1, line.licence
        rows.append(
            (
                *(
                    line.what,
                    line.item,
                    line.name,
                    line.vendor or None,
                    line.tier,
                    room_of(line.cooling, line.hall or None) or None,
                ),
                *(line.site or "(all)", line.phase, line.order_by, line.delivery, line.quantity, line.unit),
                line.unit_price_usd,
                Formula(f"=K{r}*M{r}", line.total_usd),
                line.account,
                *(
                    (licence.status, licence.clause, licence.fee_fraction, licence.probability)
                    if licence
                    else [None] * 4
                ),
                ", ".join(flag.label for flag in line.flags) or None,
            )
        )
    styles = (
        *["plain"] * 8,
        "date",
        "date",
        "number",
        "plain",
        "usd",
        "usd",
        "plain",
        "plain",
        "plain",
        *["percent"] * 2,
        "plain",
    )
    end = page.table(TABLE_ROW - 1, PROCUREMENT_HEADER, rows, styles)
    page.put(2, 12, "Sum", "total")
    total = sum(line.total_usd for line in content.orders)
    page.put(2, 13, Formula(f"=SUM(N{TABLE_ROW + 1}:N{max(end, TABLE_ROW + 1)})", total), "usd")
    page.sheet.autofilter(TABLE_ROW - 1, 0, max(end - 1, TABLE_ROW), len(PROCUREMENT_HEADER) - 1)


def write_hourly(page: Page, content: Content) -> None:
    """The year by month: energy, peak, PUE and load factor of every site in every phase."""
    page.set_up((18, 6, 18, 8, 8, 16, 16, 16, 12, 12, 18), TABLE_ROW - 1)
    page.put(0, 0, "Hourly summary: the 8,760 hours of the reference year by month", "title")
    page.put(1, 0, "All hours are in hourly.parquet, or: optimizer export RUN --what hourly --format csv", "note")
    rows: list[tuple[Value, ...]] = []
    for at, row in enumerate(content.months):
        r = TABLE_ROW + at + 1
        pue = row.import_mwh / row.it_mwh if row.it_mwh else "n/a"
        factor = row.import_mwh / (row.peak_import_mw * row.hours) if row.peak_import_mw else "n/a"
        rows.append(
            (
                *(row.site, content.number_of(row.phase), row.phase, row.month, row.hours),
                *(row.import_mwh, row.it_mwh, row.peak_import_mw),
                Formula(f'=IF(G{r}=0,"n/a",F{r}/G{r})', pue),
                Formula(f'=IF(H{r}=0,"n/a",F{r}/(H{r}*E{r}))', factor),
                row.pue_peak or "n/a",
            )
        )
    styles = ("plain", "count", "plain", "count", "count", *["number"] * 3, "weight", "percent", "weight")
    page.table(TABLE_ROW - 1, HOURLY_HEADER, rows, styles)
