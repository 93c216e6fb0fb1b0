"""Charts of a robust plan: what it costs in each scenario, and what each plan regrets there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.number_format import number, percent
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import (
    PATTERNS,
    SERIES,
    Chart,
    axis,
    categories,
    figure,
    lying,
    plain,
    short,
    standing,
    upright,
)
from optimizer.report.html.study_source import StudySource
from optimizer.report.robust_tables import FAILS, UNDECIDED, without_figure

LCOC = "lcoc_usd_per_eflop"


def scenario_chart(source: StudySource) -> Chart | None:
    """Levelised cost of the robust plan in each scenario, the most expensive first, beside the expected one."""
    scenarios: Mapping[str, Any] = source.robust.get("scenarios", {})
    if not scenarios:
        return None
    ranked = sorted(scenarios.items(), key=lambda item: -item[1][LCOC])
    names = [_category(name, at) for at, (name, _) in enumerate(ranked)]
    expected = float(source.robust["expected_lcoc_usd_per_eflop"])
    bars = lying(
        names,
        [data[LCOC] for _, data in ranked],
        text=[f"{number(data[LCOC])} ({percent(data['probability'])})" for _, data in ranked],
        textposition="auto",
        hovertemplate=f"%{{y}}: %{{x:.5g}} {source.lcoc_unit}<extra></extra>",
    )
    x = axis(source.lcoc_unit, {"rangemode": "tozero"})
    (worst, dear), (best, cheap) = ranked[0], ranked[-1]
    rows = [
        (name, PageCell(percent(data["probability"]), data["probability"]), PageCell(number(data[LCOC]), data[LCOC]))
        for name, data in ranked
    ]
    return Chart(
        id="scenarios",
        title=f"Expected {number(expected)} {source.lcoc_unit}: from {number(cheap[LCOC])} in {best} to "
        f"{number(dear[LCOC])} in {worst}",
        about="Horizontal bars: levelised cost of the robust plan in each scenario, and the expected one, dashed.",
        table=grid("Cost of the robust plan", ("Scenario", "Probability", f"LCOC, {source.lcoc_unit}"), rows, (1, 2)),
        figure=figure([bars], x, categories(names), {"shapes": [upright(expected)]}),
        notes=("In brackets: the probability of the scenario. The dashed line is the expected levelised cost.",),
        height=130 + 34 * len(names),
    )


def regret_chart(source: StudySource) -> Chart | None:
    """Regret of every plan in every scenario; a plan that fails in one, or is undecided, has no bar there."""
    table: Mapping[str, Mapping[str, float | None]] = source.robust.get("regret_usd_per_eflop", {})
    if not table:
        return None
    plans = sorted(table, key=lambda plan: plan != "robust")
    scenarios = list(source.robust["scenarios"])
    shown = plans[: len(SERIES)]
    names = [_category(name, at) for at, name in enumerate(scenarios)]
    traces = [
        standing(
            names,
            [table[plan][name] for name in scenarios],
            SERIES[at],
            PATTERNS[at],
            name=plain(short(_plan(plan))),
            hovertemplate=f"%{{x}}: %{{y:.4g}} {source.lcoc_unit} {plain(_plan(plan))}<extra></extra>",
        )
        for at, plan in enumerate(shown)
    ]
    largest = {plan: _largest(table[plan]) for plan in plans}
    none = {plan: without_figure(source.robust, plan) for plan, value in largest.items() if value is None}
    failing = sum(word == FAILS for word in none.values())
    others = [value for plan, value in largest.items() if plan != "robust" and value is not None]
    against = f"; the best of the others {number(min(others), 3)}" if others else ""
    fails = f"; {failing} of {len(plans)} plans fail in a scenario" if failing else ""
    fails += f"; of {len(none) - failing} it is undecided" if len(none) > failing else ""
    mine = largest.get("robust")
    told = f"regrets {number(mine, 3)} {source.lcoc_unit} at most" if mine is not None else "fails"
    told = "is undecided" if none.get("robust") == UNDECIDED else told
    rows = [
        (_plan(plan), PageCell(none[plan], mark="bad") if value is None else PageCell(number(value, 3), value))
        for plan, value in largest.items()
    ]
    left_out = f" Drawn are the first {len(shown)} of {len(plans)} plans." if len(plans) > len(shown) else ""
    return Chart(
        id="regret",
        title=f"The robust plan {told}{against}{fails}",
        about="Grouped bars: what each plan costs above the best plan of the scenario that comes.",
        table=grid(f"Largest regret, {source.lcoc_unit}", ("Plan", "Largest regret"), rows, (1,)),
        figure=figure(
            traces, axis("", {"type": "category"}), axis(f"regret, {source.lcoc_unit}"), {"barmode": "group"}
        ),
        notes=(
            "Regret: what a plan costs in a scenario above the best plan of that scenario. No bar: the plan is the "
            f"best there, fails, or is undecided (see the table of regret).{left_out}",
        ),
        height=380,
    )


def _plan(plan: str) -> str:
    return "robust plan" if plan == "robust" else f"plan for {plan}"


def _largest(row: Mapping[str, float | None]) -> float | None:
    values = list(row.values())
    known = [value for value in values if value is not None]
    return max(known) if values and len(known) == len(values) else None


def _category(name: str, at: int) -> str:
    """A label of the axis; the zero-width marks keep shortened names that are alike apart."""
    return plain(short(name, 30)) + "\u200b" * (at + 1)
