"""The sheet of end values: what is left of each purchase, by formula from its price, its age and its resale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from optimizer.inputs.quantity import MUSD, Resale
from optimizer.ledger.ledger import Terms, what_is_left
from optimizer.ledger.purchases import Purchase
from optimizer.report.workbook.layout import ALL, TABLE_ROW, Content, cell, span
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page

ACCOUNT = "residual_value"
NOTHING = 1e-12
"""MUSD below which a difference is a rounding error."""
HEADER = (
    "Asset", "Item", "Site", "No.", "Phase", "Price paid, MUSD", "Bought, years", "Age at the end", "Life, years",
    "Share left", "Left at the end, MUSD", "Worth by", "Asset id", "Site id",
)  # fmt: skip
FIRST_POINT = len(HEADER)
"""Column of the first age of a resale."""


class Key(NamedTuple):
    """Where a line of the ledger belongs."""

    site: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Left:
    """One row: a purchase, or what the ledger has beside purchases."""

    key: Key
    item: str
    musd: float
    """Left at the end."""
    phase: str = ""
    paid_musd: float = 0.0
    terms: Terms = field(default_factory=lambda: Terms(life_years=1.0))


def rows_of(content: Content) -> tuple[Left, ...]:
    """A row for each purchase that is worth something at the end, and for what the ledger has beside them."""
    rows = [row for bought in content.result.problem.purchases(content.decisions) if (row := _row(content, bought))]
    sums: dict[Key, float] = defaultdict(float)
    for row in rows:
        sums[row.key] += row.musd
    for entry in content.money:
        if entry.account == ACCOUNT:
            sums[Key(entry.site or ALL, entry.label)] += entry.amount
    beside = [
        Left(key=key, item="existing pods, or retired early", musd=-rest)
        for key, rest in sums.items()
        if abs(rest) > NOTHING
    ]
    return (*rows, *beside)


def _row(content: Content, bought: Purchase) -> Left | None:
    terms, offer = bought.offer.terms, bought.offer
    paid = bought.quantity * offer.unit_price_usd * MUSD
    if terms is None or not paid:
        return None
    account, _, share = what_is_left(content.calendar, bought.phase, terms)
    if account != ACCOUNT or not share:
        return None
    key = Key(bought.site or ALL, _label(content, bought))
    return Left(key=key, item=offer.what, musd=paid * share, phase=bought.phase, paid_musd=paid, terms=terms)


def _label(content: Content, bought: Purchase) -> str:
    """What the ledger calls it: pods by their accelerator, plant by its row or by its only label at the site."""
    if bought.delivery is not None:
        return bought.delivery.accelerator
    lines = (e for e in content.money if e.account == bought.offer.account and (e.site or "") == bought.site)
    labels = {entry.label for entry in lines}
    return bought.offer.item if bought.offer.item in labels or len(labels) != 1 else labels.pop()


def write_end_values(page: Page, content: Content) -> None:
    """Every purchase with its price, its age and what of it is left; the ledger's end values add these rows up."""
    rows = rows_of(content)
    points = most_points(rows)
    header = (*HEADER, *(f"{what} {at + 1}" for at in range(points) for what in ("Age", "Share")))
    page.set_up((24, 28, 18, 6, 18, 18, 12, 12, 12, 12, 20, 14, 14, 14, *[8] * 2 * points), TABLE_ROW - 1)
    page.put(0, 0, "End values: what is left of each purchase at the end of the horizon", "title")
    page.put(
        1,
        0,
        "By the resale of its age, or by a straight line over its life, times the level of the Inputs sheet.",
        "note",
    )
    lines = [_line(content, row, TABLE_ROW + at) for at, row in enumerate(rows)]
    numbers = ["weight"] * 2 * points
    styles = (*["plain"] * 3, "count", "plain", "money", *["weight"] * 4, "money", "plain", "note", "note", *numbers)
    page.table(TABLE_ROW - 1, header, lines, styles)
    page.put(2, 9, "Sum", "total")
    page.put(2, 10, Formula(f"=SUM({column('K', rows)})", sum(row.musd for row in rows)), "total_money")


def most_points(rows: Sequence[Left]) -> int:
    """Points of the longest resale: each takes two columns."""
    return max((len(row.terms.resale) for row in rows), default=0)


def column(letter: str, rows: Sequence[Left]) -> str:
    """A column of the rows."""
    return span("End values", letter, TABLE_ROW, len(rows))


def _line(content: Content, row: Left, at: int) -> tuple[Value, ...]:
    site = row.key.site if row.key.site == ALL else content.site(row.key.site)
    about, ids = (content.say(row.key.label), row.item, site), (row.key.label, row.key.site)
    if not row.phase:
        return (*about, *[None] * 6, row.musd, Formula(f"=J{at + 1}*resale_level", row.musd), "given", *ids)
    calendar, r = content.calendar, at + 1
    born = calendar.t0[row.phase]
    share = row.musd / row.paid_musd
    text = _by_resale(row.terms.resale, r) if row.terms.resale else f"=MAX(0,1-H{r}/I{r})"
    return (
        *about,
        content.number_of(row.phase),
        content.phase(row.phase),
        row.paid_musd,
        Formula(f"={content.phase_cell('E', row.phase)}", born),
        Formula(f"={content.phase_cell('F', calendar.last)}-G{r}", calendar.horizon - born),
        row.terms.life_years,
        Formula(text, share),
        Formula(f"=F{r}*J{r}*resale_level", row.musd),
        "resale" if row.terms.resale else "straight line",
        *ids,
        *(number for point in row.terms.resale for number in (point.years, point.fraction)),
    )


def _by_resale(points: Resale, r: int) -> str:
    """Linear between the points of the row, the first share before them, the last after them."""
    from xlsxwriter.utility import xl_col_to_name

    ages = [f"{xl_col_to_name(FIRST_POINT + 2 * at)}{r}" for at in range(len(points))]
    shares = [f"{xl_col_to_name(FIRST_POINT + 2 * at + 1)}{r}" for at in range(len(points))]
    text = shares[-1]
    for (young, old), (more, less) in reversed(list(zip(pairwise(ages), pairwise(shares), strict=True))):
        text = f"IF(H{r}<={old},{more}+(H{r}-{young})/({old}-{young})*({less}-{more}),{text})"
    return f"=IF(H{r}<={ages[0]},{shares[0]},{text})"


def of_ledger(content: Content, row: int, value: float) -> Formula:
    """A line of end values in the ledger: the rows of its asset at its site."""
    rows, r = rows_of(content), row + 1
    text = f"=-SUMIFS({column('K', rows)},{column('M', rows)},L{r},{column('N', rows)},K{r})"
    return Formula(text, value)


def total(content: Content) -> tuple[str, float]:
    """The sum of the sheet as a formula for another one, with its value."""
    return f"='End values'!{cell('K', 2)}", sum(row.musd for row in rows_of(content))
