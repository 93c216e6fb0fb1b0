"""The design as a Markdown document for the annex of a tender: the verdict's page and the full tables behind it."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.analysis.cost import cost_lines
from optimizer.analysis.data_quality import price_grade
from optimizer.analysis.money import Currency, money_of
from optimizer.analysis.orders import OrderLine, procurement
from optimizer.ledger.accounts import BY_ID
from optimizer.number_format import like, number, percent, whole
from optimizer.pipeline import Result
from optimizer.reading.layers import Origin
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table, to_markdown
from optimizer.report.summary import About, summary
from optimizer.version import __version__

Origins = Mapping[str, Origin]


def annex_markdown(result: Result, about: About | None = None, origins: Origins | None = None) -> str:
    """The document; with `origins`, the grade of every price. A design the audit does not confirm has no annexes, only
    the reasons."""
    blocks: list[Block] = summary(result, about)
    if result.verified:
        blocks += [*_orders(result, origins or {}), *_costs(result), *_identity(result)]
    return to_markdown(blocks)


ORDER_HEADER = (
    "Order by", "Delivery", "What", "Name", "Site", "Quantity", "Unit price, USD", "Total, USD", "Licence", "Flags",
)  # fmt: skip
GRADED = (
    "Grade: of the price; A official or confirmed, B one good source, C estimate, own: the planner's, ?: not graded."
)


def _orders(result: Result, origins: Origins) -> list[Block]:
    lines, instance = procurement(result.problem, result.decisions), result.problem.instance
    money = money_of(instance)
    rows = tuple(_order(line, money) for line in lines)
    header = tuple(name.replace("USD", money.code) for name in ORDER_HEADER)
    blocks: list[Block] = []
    if origins:
        header = (*header, "Grade")
        rows = tuple((*row, price_grade(instance, line, origins)) for row, line in zip(rows, lines, strict=True))
        blocks = [Paragraph(GRADED)]
    return [
        Heading("Annex A: procurement calendar"),
        Table(header, rows, frozenset({5, 6, 7})),
        *blocks,
        *_terms(lines),
    ]


def _terms(lines: tuple[OrderLine, ...]) -> list[Block]:
    """Lead times, payments, and what may take the place of what needs a licence."""
    rows = tuple(
        (
            line.name,
            line.site,
            line.phase,
            f"{line.lead_time_weeks:.1f}",
            "; ".join(f"{percent(usd / line.total_usd, 3)} on {day.isoformat()}" for day, usd in line.paid)
            if line.total_usd
            else "",
            line.fallback or ("none" if line.licence and line.licence.status == "licence" else ""),
        )
        for line in lines
    )
    header = ("Name", "Site", "Phase", "Lead time, weeks", "Paid", "If the licence is refused")
    return [Heading("Lead times, payments, licence fallback", 3), Table(header, rows, frozenset({3}))]


def _order(line: OrderLine, money: Currency) -> tuple[str, ...]:
    licence = line.licence
    fee = f", fee {percent(licence.fee_fraction, 2)}" if licence and licence.fee_fraction else ""
    rule = f"{licence.status}: {licence.clause}{fee}" if licence else ""
    many = whole(line.quantity) if float(line.quantity).is_integer() else number(line.quantity)
    return (
        line.order_by.isoformat(),
        line.delivery.isoformat(),
        line.what,
        line.name,
        line.site,
        f"{many} {line.unit}",
        number(money.of(line.unit_price_usd), 6),
        whole(money.of(line.total_usd)),
        rule,
        ", ".join(flag.label for flag in line.flags),
    )


def _costs(result: Result) -> list[Block]:
    lines = cost_lines(result)
    money = money_of(result.problem.instance)
    npv, lcoc = (money.of(sum(getattr(line, of) for line in lines)) for of in ("npv_musd", "usd_per_eflop"))
    rows = [
        (
            line.account,
            BY_ID[line.account].meaning,
            like(money.of(line.npv_musd), npv),
            like(money.of(line.usd_per_eflop), lcoc),
        )
        for line in lines
    ]
    rows.append(("total", "", like(npv, npv), like(lcoc, lcoc)))
    header = ("Account", "What it is", f"Net present value, {money.unit('MUSD')}", money.unit("USD/EFLOP"))
    return [Heading("Annex B: cost by account"), Table(header, tuple(rows), frozenset({2, 3}))]


def _identity(result: Result) -> list[Block]:
    assert result.design is not None
    assert result.audit is not None
    finance, design = result.problem.instance.finance, result.design
    items = (
        f"instance {design.instance}, SHA-256 {design.instance_sha256 or 'not stated'}",
        f"planned on {design.planning_date.isoformat()}; present values at {result.problem.calendar.base.isoformat()}, "
        f"real discount rate {percent(finance.discount_rate)}, prices of {finance.price_year}",
        f"{result.audit.checks:,} checks by an independent calculation, none failed",
        f"facility-optimizer {__version__}",
    )
    return [Heading("Annex C: what this document is of"), Bullets(items)]
