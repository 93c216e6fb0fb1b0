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
from optimizer.report.html.cells import Column, listed
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


GRADED = (
    "Grade: of the price; A official or confirmed, B one good source, C estimate, own: the planner's, ?: not graded."
)


def _orders(result: Result, origins: Origins) -> list[Block]:
    lines, instance = procurement(result.problem, result.decisions), result.problem.instance
    columns = _order_columns(money_of(instance))
    if origins:
        columns = (*columns, Column("Grade", lambda line: price_grade(instance, line, origins)))
    return [
        Heading("Annex A: procurement calendar"),
        listed("", columns, lines),
        *([Paragraph(GRADED)] if origins else []),
        Heading("Lead times, payments, licence fallback", 3),
        listed("", TERMS, lines),
    ]


def _order_columns(money: Currency) -> tuple[Column[OrderLine], ...]:
    return (
        Column("Order by", lambda line: line.order_by.isoformat()),
        Column("Delivery", lambda line: line.delivery.isoformat()),
        Column("What", lambda line: line.what),
        Column("Name", lambda line: line.name),
        Column("Site", lambda line: line.site),
        Column("Quantity", lambda line: f"{_quantity(line)} {line.unit}", right=True),
        Column(f"Unit price, {money.code}", lambda line: number(money.of(line.unit_price_usd), 6), right=True),
        Column(f"Total, {money.code}", lambda line: whole(money.of(line.total_usd)), right=True),
        Column("Licence", _licence),
        Column("Flags", lambda line: ", ".join(flag.label for flag in line.flags)),
    )


def _quantity(line: OrderLine) -> str:
    return whole(line.quantity) if float(line.quantity).is_integer() else number(line.quantity)


def _licence(line: OrderLine) -> str:
    licence = line.licence
    fee = f", fee {percent(licence.fee_fraction, 2)}" if licence and licence.fee_fraction else ""
    return f"{licence.status}: {licence.clause}{fee}" if licence else ""


def _paid(line: OrderLine) -> str:
    if not line.total_usd:
        return ""
    return "; ".join(f"{percent(usd / line.total_usd, 3)} on {day.isoformat()}" for day, usd in line.paid)


def _fallback(line: OrderLine) -> str:
    """What may take the place of what needs a licence."""
    return line.fallback or ("none" if line.licence and line.licence.status == "licence" else "")


TERMS: tuple[Column[OrderLine], ...] = (
    Column("Name", lambda line: line.name),
    Column("Site", lambda line: line.site),
    Column("Phase", lambda line: line.phase),
    Column("Lead time, weeks", lambda line: f"{line.lead_time_weeks:.1f}", right=True),
    Column("Paid", _paid),
    Column("If the licence is refused", _fallback),
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
