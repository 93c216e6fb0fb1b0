"""The table of regrets of a robust plan: a column for each scenario, or of many the mean and the largest."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from optimizer.analysis.money import money_of
from optimizer.number_format import number
from optimizer.report.document import Table
from optimizer.study.robust import Robust, RobustPlan

MOST_COLUMNS = 12
"""Of a table with a column for each scenario; with more scenarios it tells the largest and the mean."""


def regret_table(robust: Robust) -> Table:
    """Regret of the robust plan and of those made for one scenario, in the currency of the instance."""
    money = money_of(robust.instance)
    plans: Sequence[RobustPlan] = (robust.plan, *robust.single.values())
    if len(robust.scenarios) > MOST_COLUMNS:
        return _largest_regrets(robust, plans)
    rows = tuple(
        (
            plan.name if plan is robust.plan else f"for {plan.name}",
            *(_cell(money.of(robust.regret(plan, z))) for z in robust.scenarios),
            _cell(money.of(max(robust.regret(plan, z) for z in robust.scenarios))),
            "fails" if plan.expected_lcoc == inf else number(money.of(plan.expected_lcoc), 4),
        )
        for plan in plans
    )
    header = ("Plan", *robust.scenarios, "Largest", "Expected LCOC")
    return Table(header, rows, frozenset(range(1, len(header))))


def _largest_regrets(robust: Robust, plans: Sequence[RobustPlan]) -> Table:
    """Largest and mean regret of each plan, and in how many scenarios it has no way on."""
    money, rows = money_of(robust.instance), []
    for plan in plans:
        found = {z: robust.regret(plan, z) for z in robust.scenarios}
        fails, worst = sum(value == inf for value in found.values()), max(found, key=lambda z: found[z])
        mean = sum(robust.probability[z] * value for z, value in found.items())
        name = plan.name if plan is robust.plan else f"for {plan.name}"
        expected = "fails" if plan.expected_lcoc == inf else number(money.of(plan.expected_lcoc), 4)
        rows.append((name, _cell(money.of(mean)), _cell(money.of(found[worst])), worst, f"{fails}", expected))
    header = ("Plan", "Mean", "Largest", "In scenario", "Fails in", "Expected LCOC")
    return Table(header, tuple(rows), frozenset({1, 2, 4, 5}))


def _cell(value: float) -> str:
    return "fails" if value == inf else f"{value:.4f}"
