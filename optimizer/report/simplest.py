"""The simplest plan beside the best, as a page."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.inputs.design import Design
from optimizer.number_format import number
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.study.simplest import Simplest, kinds_and_lots


@dataclass(frozen=True, kw_only=True)
class SimplestSummary:
    """What is told of it, and kept."""

    instance: str
    proven: bool
    dearer_allowed_fraction: float
    dearer_fraction: float | None
    """What the plan costs more; None if there is no plan."""
    dearer_musd: float | None
    best: dict[str, float]
    plan: dict[str, float] | None
    lots: tuple[tuple[str, str, str, str, int], ...] = ()
    """Phase, site, accelerator, cooling and pods of every lot of the plan."""


def simplest_summary(simple: Simplest) -> SimplestSummary:
    """The figures of both plans."""
    best = simple.best.design
    assert best is not None
    plan = simple.plan.design if simple.plan.verified else None
    more = _lcoc(plan) / _lcoc(best) - 1 if plan is not None and _lcoc(best) else None
    rows = plan.decisions.deliveries if plan is not None else ()
    return SimplestSummary(
        instance=simple.best.problem.instance.name,
        proven=simple.proven,
        dearer_allowed_fraction=simple.dearer,
        dearer_fraction=more,
        dearer_musd=None if plan is None else _cost(plan) - _cost(best),
        best=_figures(best),
        plan=None if plan is None else _figures(plan),
        lots=tuple((row.phase, row.site, row.accelerator, row.cooling, row.pods) for row in rows if row.pods),
    )


def _lcoc(design: Design) -> float:
    assert design.reported is not None
    return design.reported.lcoc_usd_per_eflop


def _cost(design: Design) -> float:
    assert design.reported is not None
    return design.reported.npv_cost_musd


def _figures(design: Design) -> dict[str, float]:
    kinds, lots = kinds_and_lots(design)
    return {"kinds": kinds, "lots": lots, "lcoc_usd_per_eflop": _lcoc(design), "npv_cost_musd": _cost(design)}


def simplest_blocks(page: SimplestSummary, money: Currency = DOLLARS) -> list[Block]:
    """The page."""
    allowed = f"{100 * page.dearer_allowed_fraction:g} %"
    head = Heading(f"The simplest plan within {allowed} of the best: {page.instance}", 1)
    if page.plan is None or page.dearer_fraction is None or page.dearer_musd is None:
        return [head, Paragraph("No plan was found in the time given; the best design stands.")]
    whether = "no plan within it is simpler (proven)" if page.proven else "a simpler one was not ruled out in the time"
    sentences = (
        f"{_count(page.plan)} instead of {_count(page.best)}, for {100 * page.dearer_fraction:+.2f} % of the levelised "
        f"cost ({money.of(page.dearer_musd):+,.2f} {money.unit('MUSD')} of present cost); {whether}."
    )
    columns = ("", "Kinds", "Lots", money.unit("USD/EFLOP"), f"Present cost, {money.unit('MUSD')}")
    rows = [("best", *_cells(page.best, money)), ("simplest", *_cells(page.plan, money))]
    lots = [(phase, site, chip, cooling, str(pods)) for phase, site, chip, cooling, pods in page.lots]
    return [
        head,
        Paragraph(sentences),
        Table(columns, tuple(rows), frozenset({1, 2, 3, 4})),
        Heading("Its lots"),
        Table(("Phase", "Site", "Accelerator", "Cooling", "Pods"), tuple(lots), frozenset({4})),
    ]


def _count(figures: dict[str, float]) -> str:
    kinds, lots = int(figures["kinds"]), int(figures["lots"])
    return f"{kinds} kind{'s' if kinds != 1 else ''} in {lots} lot{'s' if lots != 1 else ''}"


def _cells(figures: dict[str, float], money: Currency) -> tuple[str, ...]:
    return (
        f"{figures['kinds']:g}",
        f"{figures['lots']:g}",
        number(money.of(figures["lcoc_usd_per_eflop"]), 5),
        number(money.of(figures["npv_cost_musd"]), 5),
    )
