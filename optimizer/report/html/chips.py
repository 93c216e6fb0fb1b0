"""Every accelerator of the instance and what became of it: bought, allowed and not chosen, or excluded by a clause."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.assets.compute.admission import Exclusion
from optimizer.inputs.design import Status
from optimizer.model.derive import Problem
from optimizer.number_format import number, percent, whole
from optimizer.pipeline import Result
from optimizer.report.document import Table
from optimizer.report.html.assumed import linked
from optimizer.report.html.cells import PageCell, grid, sources

KINDS_FIRST = ("export rule", "procurement list")
"""Reasons a reader asks for first, where several hold."""


@dataclass(frozen=True)
class ChipVerdict:
    """One accelerator: `kind` is bought, kept, allowed or the kind of its exclusion."""

    accelerator: str
    kind: str
    reason: str
    law: Exclusion | None = None
    count: int = 0


def chip_verdicts(result: Result) -> tuple[ChipVerdict, ...]:
    """Bought ones first, then excluded ones by kind of reason, then allowed ones."""
    problem = result.problem
    bought: dict[str, int] = {}
    for row in result.design.decisions.deliveries if result.verified and result.design else ():
        size = problem.compute.types[row.type_key].size
        bought[row.accelerator] = bought.get(row.accelerator, 0) + row.pods * size.accelerators
    offered = {a for (_, a, _), pod in problem.compute.types.items() if pod.deliverable}
    verdicts = [_verdict(result, a, bought.get(a, 0), a in offered) for a in problem.instance.accelerators]
    rank = {"bought": 0, "allowed": 2}
    return tuple(sorted(verdicts, key=lambda v: (rank.get(v.kind, 1), -v.count, v.kind, v.accelerator)))


def _verdict(result: Result, name: str, count: int, offered: bool) -> ChipVerdict:
    if count:
        return ChipVerdict(name, "bought", _licence(result.problem, name), None, count)
    if offered:
        if not result.verified:
            return ChipVerdict(name, "allowed", "may be bought")
        if result.status is Status.OPTIMAL:
            return ChipVerdict(name, "allowed", "may be bought; no design with it is better")
        return ChipVerdict(name, "allowed", "may be bought; the search stopped before it could rule it out")
    reasons = [exclusion for exclusion in result.problem.compute.exclusions if exclusion.accelerator == name]
    reasons.sort(
        key=lambda exclusion: KINDS_FIRST.index(exclusion.kind) if exclusion.kind in KINDS_FIRST else len(KINDS_FIRST)
    )
    if not reasons:
        return ChipVerdict(name, "not offered", "no site has a cooling it fits")
    return ChipVerdict(name, reasons[0].kind, reasons[0].reason.rstrip(". "), reasons[0])


def _licence(problem: Problem, name: str) -> str:
    for (_, chip, _), ruling in problem.rulings.items():
        if chip == name and ruling.status.value == "licence":
            chance = f", probability {percent(ruling.probability, 2)}" if ruling.probability < 1 else ""
            fee = f", fee {percent(ruling.fee_fraction, 2)} of the price" if ruling.fee_fraction else ""
            return f"needs an export licence: {ruling.clause}{fee}{chance}"
    return ""


def chip_grid(result: Result) -> Table:
    """One row per accelerator."""
    rows = [_row(result.problem, verdict) for verdict in chip_verdicts(result)]
    header = ("Accelerator", "Verdict", "Why", "Clause", "In force", "Source")
    note = "Export rules and their sources (S..) are listed in docs/export_rules.md; this is not legal advice."
    return grid("Every accelerator and what became of it", header, rows, note=note)


def _row(problem: Problem, verdict: ChipVerdict) -> tuple[PageCell | str, ...]:
    law = verdict.law
    status = f"bought: {whole(verdict.count)}" if verdict.kind == "bought" else verdict.kind
    mark = {"bought": "good", "allowed": ""}.get(verdict.kind, "bad")
    return (
        PageCell(problem.instance.accelerators[verdict.accelerator].name, tip=verdict.accelerator),
        PageCell(status, mark=mark),
        verdict.reason,
        law.clause if law else "",
        law.effective if law else "",
        sources(linked((law.source,) if law and law.source else ())),
    )


def strongest_excluded(result: Result) -> ChipVerdict | None:
    """The excluded accelerator with the highest dense bf16 rate: the one a reader asks about."""
    chips = result.problem.instance.accelerators
    out = [v for v in chip_verdicts(result) if v.kind not in ("bought", "allowed")]
    return max(out, key=lambda v: chips[v.accelerator].bf16_tflops or 0.0, default=None)


def peak_text(problem: Problem, accelerator: str) -> str:
    """Dense bf16 rate in words; empty if not known."""
    rate = problem.instance.accelerators[accelerator].bf16_tflops
    return f"{number(rate)} TFLOPS bf16" if rate else ""
