"""The chart of `regimes`: the levelised cost under each of them, beside its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.number_format import number
from optimizer.report.html.cells import listed
from optimizer.report.html.figure import Chart, axis, categories, figure, lying, plain, short
from optimizer.report.html.study_source import StudySource
from optimizer.report.regimes import regime_columns


def regime_chart(source: StudySource) -> Chart | None:
    """Levelised cost under each regime, beside what is bought."""
    cases: Sequence[Mapping[str, Any]] = source.regimes.get("cases", ())
    if not cases:
        return None
    solved = [case for case in cases if case["lcoc_usd_per_eflop"] is not None]
    names = [plain(short(case["regime"], 30)) for case in solved]
    hover = f"%{{y}}: %{{x:.5g}} {source.lcoc_unit}<extra></extra>"
    bars = lying(names, [case["lcoc_usd_per_eflop"] for case in solved], hovertemplate=hover)
    title = "No regime leaves a design"
    if solved:
        dear = max(solved, key=lambda case: case["lcoc_usd_per_eflop"])
        cheap = min(solved, key=lambda case: case["lcoc_usd_per_eflop"])
        title = (
            f"{dear['regime']} is the most expensive: {number(dear['lcoc_usd_per_eflop'])} {source.lcoc_unit}, "
            f"against {number(cheap['lcoc_usd_per_eflop'])} under {cheap['regime']}"
        )
    return Chart(
        id="regimes",
        title=title,
        about="Horizontal bars: levelised cost of the best design under each regime that leaves one.",
        table=listed("The facility under each regime", regime_columns(f"LCOC, {source.lcoc_unit}"), cases),
        figure=figure([bars], axis(source.lcoc_unit, {"rangemode": "tozero"}), categories(names)),
        notes=(
            "Each regime is taken as the law on every day of delivery. Penalty: LCOC above that of open_market; space: "
            "white m² per effective PFLOPS above that of open_market. Racks, peak import and space: last phase.",
            *(f"{case['regime']}: {case['without']}." for case in cases if case.get("without")),
            *(f"{case['price']}." for case in cases if case.get("price")),
        ),
        height=120 + 34 * max(1, len(solved)),
    )
