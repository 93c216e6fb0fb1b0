"""The tables of a robust plan, for terminal and page alike, from the plain data that `robust.json` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.number_format import number, percent
from optimizer.report.document import Table
from optimizer.report.html.cells import Column, PageCell, exact, grid, listed
from optimizer.report.robust_orders import amount

Plan = Mapping[str, Any]
"""The data of a robust plan, its amounts in the currency that is told."""
LCOC = "lcoc_usd_per_eflop"
MOST_COLUMNS = 12
"""Of a table with a column for each scenario; with more scenarios it tells the mean and the largest."""
FAILS, UNDECIDED = "fails", "undecided"
"""A plan without a way on in a scenario; one of which the search could not tell."""
SHADES = 4
"""Steps of the heat table, from a little to the largest regret."""


def regret_grid(plan: Plan, money: Currency = DOLLARS) -> Table:
    """Plans by scenario, of many scenarios in short: cost above the best plan of the scenario, levelised.

    What lies within the gap is zero.
    """
    table, noise = plan["regret_usd_per_eflop"], float(plan["noise_usd_per_eflop"])
    most = max((value for row in table.values() for value in row.values() if value is not None), default=0.0)
    many = len(plan["scenarios"]) > MOST_COLUMNS
    rows: list[tuple[PageCell | str, ...]] = []
    for name, row in sorted(table.items(), key=lambda item: item[0] != "robust"):
        whole, open_in = without_figure(plan, name), undecided_in(plan, name)
        each = [_heat(row[z], most, noise, UNDECIDED if z in open_in else FAILS) for z in plan["scenarios"]]
        cells = _in_short(plan, name, (most, noise)) if many else (*each, _heat(_largest(row), most, noise, whole))
        expected = _of(plan["expected_lcoc_by_plan"][name], whole)
        rows.append(("robust" if name == "robust" else f"for {name}", *cells, expected))
    unit = money.unit("USD/EFLOP")
    note = (
        "Rows are plans, fixed until uncertainty resolves and continued as well as can be; columns are what then "
        f"comes. Up to the gap, {number(noise, 2)} {unit}, a regret is none (on the page with a dot): no plan is "
        "better there by more than that. 'fails': no way on meets the targets."
        + (f" '{UNDECIDED}': the search ended before it found one or proved that." if plan.get("undecided") else "")
    )
    told = ("Mean", "Largest", "In scenario", "Fails in") if many else (*plan["scenarios"], "Largest")
    header = ("Plan", *told, "Expected LCOC")
    right = set(range(1, len(header))) - ({header.index("In scenario")} if many else set())
    caption = f"Regret, {unit} above the best plan of the scenario"
    return grid(caption, header, rows, right, note=note)


def undecided_in(plan: Plan, name: str) -> frozenset[str]:
    """Scenarios of which it is not known whether the plan of this name fails there."""
    return frozenset(plan.get("undecided", {}).get(name, ()))


def without_figure(plan: Plan, name: str) -> str:
    """Why a plan has no figure over all scenarios: it fails in one, or that is not known of some."""
    none = {z for z, value in plan["regret_usd_per_eflop"][name].items() if value is None}
    return UNDECIDED if none and none <= undecided_in(plan, name) else FAILS


def _largest(row: Mapping[str, float | None]) -> float | None:
    """None if the plan fails in a scenario, or is undecided there."""
    found = [value for value in row.values() if value is not None]
    return max(found) if len(found) == len(row) else None


def _in_short(plan: Plan, name: str, shade: tuple[float, float]) -> tuple[PageCell | str, ...]:
    """Mean and largest regret of a plan, in which scenario that is, and in how many it has no way on."""
    row, open_in = plan["regret_usd_per_eflop"][name], undecided_in(plan, name)
    none = [z for z, value in row.items() if value is None]
    fails = len(none) - len(open_in)
    worst = max(row, key=lambda z: (inf if (value := row[z]) is None else value, z not in open_in))
    chances = {z: case["probability"] for z, case in plan["scenarios"].items()}
    mean = None if none else sum(chances[z] * (value or 0.0) for z, value in row.items())
    told = f"{fails:,}" + (f", {UNDECIDED} in {len(open_in):,}" if open_in else "")
    mean_cell, largest = (_heat(value, *shade, without_figure(plan, name)) for value in (mean, _largest(row)))
    return mean_cell, largest, worst, told


def _heat(value: float | None, most: float, noise: float, otherwise: str) -> PageCell:
    if value is None:
        return _of(None, otherwise)
    shade = 0 if value <= noise else 1 + min(SHADES - 1, int(SHADES * value / most)) if most else 1
    return PageCell(number(value, 3), value, mark=f"heat{shade}")


def _of(value: float | None, otherwise: str) -> PageCell:
    return PageCell(otherwise, mark="bad") if value is None else exact(value)


def which_has_none(plan: Plan) -> tuple[str, str]:
    """The value of the stochastic solution in a word and what to say of the plan set against; empty with a figure."""
    if plan["stochastic_solution_usd_per_eflop"] is not None:
        return "", ""
    open_ = without_figure(plan, plan["against"]) == UNDECIDED
    return ("not known", ", which is undecided") if open_ else ("no limit", ", which fails")


def value_grid(plan: Plan, money: Currency = DOLLARS) -> Table:
    """Expected cost and what information is worth."""
    lcoc, saving = money.unit("USD/EFLOP"), plan["stochastic_solution_usd_per_eflop"]
    word, why = which_has_none(plan)
    expected = sum(case["probability"] * case["cost_musd"] for case in plan["scenarios"].values())
    tail = f"mean of the worst {1 - plan['cvar_level']:.0%}" if "cvar_level" in plan else "mean of the worst cases"
    rows = [
        (
            "Expected LCOC",
            exact(plan["expected_lcoc_usd_per_eflop"]),
            lcoc,
            "expected cost over compute delivered",
        ),
        ("Expected cost", exact(expected), money.unit("MUSD"), "present value"),
        ("CVaR of cost", exact(plan["cvar_cost_musd"]), money.unit("MUSD"), tail),
        (
            "VSS, value of the stochastic solution",
            PageCell(word) if word else exact(saving),
            lcoc,
            f"saved against planning for {plan['against']} alone{why}",
        ),
        (
            "EVPI, expected value of perfect information",
            exact(plan["perfect_information_usd_per_eflop"]),
            lcoc,
            "what knowing the scenario now would save",
        ),
    ]
    return grid("What it is worth", ("", "Value", "Unit", "Meaning"), rows, (1,))


def scenario_grid(plan: Plan, money: Currency = DOLLARS) -> Table:
    """Every scenario with its probability and what the robust plan comes to there."""
    columns: tuple[Column[tuple[str, Plan]], ...] = (
        Column("Scenario", lambda case: case[0]),
        Column("Probability", lambda case: exact(case[1]["probability"], percent), right=True),
        Column(f"LCOC, {money.unit('USD/EFLOP')}", lambda case: exact(case[1][LCOC]), right=True),
        Column(f"Cost, {money.unit('MUSD')}", lambda case: exact(case[1]["cost_musd"]), right=True),
        Column("Bought after uncertainty resolves", lambda case: case[1]["bought_after"] or "nothing"),
    )
    return listed("The robust plan in each scenario", columns, plan["scenarios"].items())


def decided_grid(plan: Plan) -> Table:
    """What is decided before uncertainty resolves, by phase."""
    order = {phase: at for at, phase in enumerate(plan.get("shared_phases", ()))}
    columns: tuple[Column[Plan], ...] = (
        Column("Phase", lambda row: row.get("when", row["phase"])),
        Column("Quantity", lambda row: exact(row["quantity"], amount), right=True),
        Column("What", lambda row: row["what"]),
    )
    rows = sorted(plan["here_and_now"], key=lambda row: order.get(row["phase"], 0))
    return listed("Here and now: the same in every scenario", columns, rows)


def fallback_grid(plan: Plan) -> Table | None:
    """What is bought where licences are refused; None if no scenario refuses one."""
    columns: tuple[Column[Plan], ...] = (
        Column("Scenario", lambda row: row["scenario"]),
        Column("Refused", lambda row: row["refused"]),
        Column("Bought instead", lambda row: row["instead"]),
    )
    return listed("If a licence is refused", columns, plan["fallbacks"]) if plan["fallbacks"] else None


def robust_grids(plan: Plan, money: Currency = DOLLARS) -> list[Table]:
    """All of them that there are, as the page of a study shows them."""
    made = (
        regret_grid(plan, money), value_grid(plan, money), scenario_grid(plan, money), decided_grid(plan),
        fallback_grid(plan),
    )  # fmt: skip
    return [table for table in made if table is not None]
