"""Simple plans and entry prices in words, as rows and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.analysis.static_bounds import obstacles
from optimizer.inputs.naming import objective_name
from optimizer.inputs.quantity import MILLION
from optimizer.model.objectives import GOALS
from optimizer.number_format import number, percent, target_percent
from optimizer.pipeline import Result
from optimizer.report.alternatives import buys
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.study.baselines import Baseline, restricted
from optimizer.study.comparison_figures import figures
from optimizer.study.entry_price import EntryKind, EntryPrice

SEARCHED_BY = "optimizer baselines INSTANCE searches each to its end"


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """A baseline beside the best design."""

    id: str
    name: str
    rule: str
    status: str
    objective: float | None
    """In the unit of the objective; None if the plan has no verified design."""
    saving_fraction: float | None
    """What the best design saves, as a fraction of the plan's value."""
    saving_musd: float | None
    """The same in present value at the plan's compute, for lcoc and total_cost."""
    buys: str
    reason: str
    """Why there is no design."""
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plans:
    """All baselines, cheapest first, those without a design last."""

    instance: str
    instance_sha256: str
    objective: str
    best: float
    rows: tuple[PlanRow, ...]
    format_version: int = 1
    within_s: float | None = None
    """Seconds that all of them had together; None: each was searched to the end."""
    gap: float | None = None
    """Relative gap they were searched to, where that is wider than the design's own."""


def plans(best: Result, baselines: Iterable[Baseline], sha256: str = "") -> Plans:
    """The plans beside the best design. Raises ValueError without one."""
    if best.design is None or best.design.solve is None:
        raise ValueError("plans are compared with a design")
    facts = best.design.solve
    rows = [_plan(best, facts.objective, facts.value, one) for one in baselines]
    # Of an objective that is maximised, the plan with the most comes first.
    sign = GOALS[facts.objective].sign if facts.objective in GOALS else 1
    rows.sort(key=lambda row: (row.objective is None, sign * (row.objective or 0.0)))
    name = best.problem.instance.name
    return Plans(
        instance=name,
        instance_sha256=sha256 or best.design.instance_sha256,
        objective=facts.objective,
        best=facts.value,
        rows=tuple(rows),
    )


def _plan(best: Result, objective: str, value: float, baseline: Baseline) -> PlanRow:
    rule = baseline.rule
    design = baseline.result.design if baseline.result else None
    if baseline.result is None or design is None or design.solve is None or design.reported is None:
        return PlanRow(
            id=rule.id,
            name=rule.name,
            rule=rule.label,
            status=baseline.status.value,
            objective=None,
            saving_fraction=None,
            saving_musd=None,
            buys="",
            reason=_why(best, baseline),
        )
    mine = design.solve.value
    sign = GOALS[objective].sign if objective in GOALS else 1
    saving = sign * (mine - value) / abs(mine) if mine else 0.0
    scale = {"lcoc": design.reported.npv_eflop / MILLION, "total_cost": 1.0}.get(objective)
    musd = None if scale is None else (mine - value) * scale
    figured = figures(baseline.result)
    return PlanRow(
        id=rule.id,
        name=rule.name,
        rule=rule.label,
        status=baseline.status.value,
        objective=mine,
        saving_fraction=saving,
        saving_musd=musd,
        buys=buys(baseline.result),
        reason="",
        figures=figured,
    )


def _why(best: Result, baseline: Baseline) -> str:
    """Why a plan has no design: what rules it out by itself, or that several requirements do so together."""
    if not baseline.reached:
        return f"the time of all baselines was over; {SEARCHED_BY}"
    if baseline.fault:
        return f"undecided: {baseline.fault}; {SEARCHED_BY}"
    if baseline.status.value != "infeasible":
        return "undecided: a limit ended the search before a design was found"
    if not baseline.rule.allowed and not baseline.rule.keep_existing:
        return "nothing that may be ordered obeys it"
    reasons = plan_obstacles(best, baseline)
    if reasons:
        return reasons[0]
    if baseline.conflict:
        return f"these cannot hold together under it: {', '.join(baseline.conflict)}"
    return "several requirements together leave no design under it"


def plan_obstacles(best: Result, baseline: Baseline) -> tuple[str, ...]:
    """Single requirements that rule a plan out, known without a search."""
    return tuple(obstacle.reason for obstacle in obstacles(restricted(best.problem, baseline.rule)))


def without_licences(compared: Plans | None, money: Currency = DOLLARS) -> list[str]:
    """What it would cost if every licence were refused, where that was studied."""
    row = next((plan for plan in compared.rows if plan.id == "no_licences"), None) if compared else None
    if row is None:
        return []
    if row.objective is None:
        return [f"if every licence were refused: no design ({row.reason})"]
    more = row.saving_musd
    dearer = f", {money.of(more):+,.1f} {money.unit('MUSD')} of present cost" if more is not None else ""
    return [f"if every licence were refused: {money.figure(row.figures['lcoc_usd_per_eflop'], 'USD/EFLOP')}{dearer}"]


def saving_text(plan: PlanRow, money: Currency = DOLLARS) -> str:
    """What the best design saves against a plan."""
    if plan.saving_fraction is None:
        return ""
    if abs(plan.saving_fraction) < 5e-5:
        return "nothing: it is as good"
    musd = f" ({money.figure(plan.saving_musd, 'MUSD', 3)})" if plan.saving_musd is not None else ""
    return f"{percent(plan.saving_fraction, 3)}{musd}"


def told_together(compared: Plans) -> list[tuple[PlanRow, ...]]:
    """The plans as a table's rows hold them: one by one, and those that one reason leaves without a design together."""
    groups: dict[tuple[str, str], list[PlanRow]] = {}
    for row in compared.rows:
        groups.setdefault((row.id, "") if row.objective is not None else (row.status, row.reason), []).append(row)
    return [tuple(group) for group in groups.values()]


def plan_rows(compared: Plans, money: Currency = DOLLARS) -> list[tuple[str, ...]]:
    """Plan, its value, what the best design saves, what it buys or why it cannot be; rows of `told_together`."""
    unit = _unit(compared)
    return [
        (
            ", ".join(row.name for row in (first, *others)),
            _ended(first) if first.objective is None else number(money.value(first.objective, unit), 5),
            saving_text(first, money),
            first.buys if first.objective is not None else f"because {first.reason}",
        )
        for first, *others in told_together(compared)
    ]


def _ended(row: PlanRow) -> str:
    return "not feasible" if row.status == "infeasible" else "undecided"


def _unit(compared: Plans) -> str:
    return GOALS[compared.objective].unit if compared.objective in GOALS else ""


def plan_header(compared: Plans, money: Currency = DOLLARS) -> tuple[str, ...]:
    """The head of the table of plans."""
    sought = f"{objective_name(compared.objective).capitalize()}, {money.unit(_unit(compared))}"
    return ("Plan", sought, "The optimum saves", "What it buys")


def baseline_blocks(compared: Plans, stopped: bool = False, money: Currency = DOLLARS) -> list[Block]:
    """For the terminal. `stopped`: an interrupt ended the study, so that plans may be missing."""
    if stopped:
        sentence = "Interrupted: the plans that are missing were not computed."
        return [*baseline_blocks(compared, money=money)[: 2 if compared.rows else 1], Paragraph(sentence)]
    if not compared.rows:
        return [Heading("Savings against baselines"), Paragraph("No baseline differs from the question itself.")]
    rules = "; ".join(dict.fromkeys(f"{row.name}: {row.rule}" for row in compared.rows if ":" not in row.id))
    note = "Each is the best design its rule allows, checked by the same audit"
    return [
        Heading("Savings against baselines"),
        Table(plan_header(compared, money), tuple(plan_rows(compared, money))),
        Paragraph(f"{note}. {rules}." if rules else f"{note}."),
    ]


def plan_table(compared: Plans) -> list[tuple[str | float | None, ...]]:
    """Rows of baselines.csv, under PLAN_COLUMNS."""
    return [
        (
            row.id,
            row.name,
            row.status,
            row.objective,
            row.saving_fraction,
            row.saving_musd,
            row.buys,
            row.reason,
            *(row.figures.get(key) for key in _FIGURES),
        )
        for row in compared.rows
    ]


_FIGURES = ("lcoc_usd_per_eflop", "capex_musd", "peak_import_mw", "white_space_m2", "carbon_t_per_year", "licences")
PLAN_COLUMNS = (
    "id",
    "plan",
    "status",
    "objective",
    "optimum_saves_fraction",
    "optimum_saves_musd",
    "buys",
    "reason",
    *_FIGURES,
)


def entry_text(entry: EntryPrice, money: Currency = DOLLARS) -> str:
    """The entry price of an accelerator, in words."""
    now = f"{money.figure(entry.price_usd, 'USD')} now"
    if entry.kind is EntryKind.EXCLUDED:
        return f"excluded by {entry.reason}; no price would change that"
    if entry.at_usd is not None and entry.not_at_usd is not None:
        low, high = money.figure(entry.at_usd, "USD"), money.figure(entry.not_at_usd, "USD")
        change = f"{100 * (entry.at_usd / entry.price_usd - 1):+.0f} %" if entry.price_usd else "from nothing"
        if entry.kind is EntryKind.ENTERS:
            return f"enters at {low} or less, not at {high} or more ({now}; {change})"
        return f"stays up to {low}, leaves at {high} or more ({now}; {change})"
    return {
        EntryKind.NEVER: f"is not bought even as a gift ({now})",
        EntryKind.ALWAYS: f"no design does without it, at any price ({now})",
        EntryKind.IMPOSSIBLE: f"offered, but no design can hold a pod of it ({now})",
    }.get(entry.kind, f"undecided: a solve stopped at its limit ({now})")


def forced_text(entry: EntryPrice) -> str:
    """What one pod of it would cost today."""
    if entry.forced_worse_by is None:
        return ""
    if entry.forced_worse_by <= entry.gap:
        return f"below the gap of {target_percent(entry.gap)}"
    return f"{100 * entry.forced_worse_by:+.2f} %"


def entry_rows(entries: Iterable[EntryPrice], money: Currency = DOLLARS) -> list[tuple[str, ...]]:
    """Accelerator, what one pod of it costs at today's price, and its entry price in words."""
    return [(row.accelerator, forced_text(row), entry_text(row, money)) for row in entries]


def entry_note(entries: Iterable[EntryPrice]) -> str:
    """How prices are stated, and how sharp they are."""
    gap = max((row.gap for row in entries), default=0.0)
    sharp = f" to a gap of {target_percent(gap)}, so what differs by less is not told apart" if gap else ""
    return f"Price per accelerator at the planning date; both ends of a bracket come from solving{sharp}."


def entry_blocks(entries: Sequence[EntryPrice], stopped: bool = False, money: Currency = DOLLARS) -> list[Block]:
    """For the terminal. `stopped`: an interrupt ended the study, so that accelerators may be missing."""
    header = ("Accelerator", "If a pod is forced", "Break-even prices")
    return [
        Heading("Break-even prices"),
        Table(header, tuple(entry_rows(entries, money))),
        *([Paragraph("Interrupted: the accelerators that are missing were not computed.")] if stopped else []),
        Paragraph(entry_note(entries)),
    ]
