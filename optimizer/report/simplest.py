"""The simplest plan beside the best, as a page."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.inputs.design import Design
from optimizer.number_format import counted, number
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.report.html.cells import Column, listed
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
    ours, its = _figures(best), None if plan is None else _figures(plan)
    lcoc = "lcoc_usd_per_eflop"
    rows = plan.decisions.deliveries if plan is not None else ()
    return SimplestSummary(
        instance=simple.best.problem.instance.name,
        proven=simple.proven,
        dearer_allowed_fraction=simple.dearer,
        dearer_fraction=its[lcoc] / ours[lcoc] - 1 if its and ours[lcoc] else None,
        dearer_musd=its["npv_cost_musd"] - ours["npv_cost_musd"] if its else None,
        best=ours,
        plan=its,
        lots=tuple((row.phase, row.site, row.accelerator, row.cooling, row.pods) for row in rows if row.pods),
    )


def _figures(design: Design) -> dict[str, float]:
    assert design.reported is not None
    kinds, lots = kinds_and_lots(design)
    lcoc, npv = design.reported.lcoc_usd_per_eflop, design.reported.npv_cost_musd
    return {"kinds": kinds, "lots": lots, "lcoc_usd_per_eflop": lcoc, "npv_cost_musd": npv}


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
    present = f"Present cost, {money.unit('MUSD')}"
    columns: tuple[Column[tuple[str, dict[str, float]]], ...] = (
        Column("", lambda plan: plan[0]),
        Column("Kinds", lambda plan: f"{plan[1]['kinds']:g}", right=True),
        Column("Lots", lambda plan: f"{plan[1]['lots']:g}", right=True),
        Column(money.unit("USD/EFLOP"), lambda plan: number(money.of(plan[1]["lcoc_usd_per_eflop"]), 5), right=True),
        Column(present, lambda plan: number(money.of(plan[1]["npv_cost_musd"]), 5), right=True),
    )
    lots = [(phase, site, chip, cooling, str(pods)) for phase, site, chip, cooling, pods in page.lots]
    return [
        head,
        Paragraph(sentences),
        listed("", columns, (("best", page.best), ("simplest", page.plan))),
        Heading("Its lots"),
        Table(("Phase", "Site", "Accelerator", "Cooling", "Pods"), tuple(lots), frozenset({4})),
    ]


def _count(figures: dict[str, float]) -> str:
    return f"{counted(int(figures['kinds']), 'kind')} in {counted(int(figures['lots']), 'lot')}"
