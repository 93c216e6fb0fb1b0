"""Pages of `robust` and `regimes`: regret as a heat table, values of information, the hedge; cost by regime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.number_format import gap_percent, number, percent, whole
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import Chart, axis, figure, plain, short
from optimizer.report.html.study_source import StudySource
from optimizer.report.robust_orders import amount

SHADES = 4
"""Steps of the heat table, from a little to the largest regret."""


def regret_grid(hedge: Mapping[str, Any], money: Currency = DOLLARS) -> Table:
    """Plans by scenario: cost above the best plan of the scenario, levelised. What lies within the gap is zero."""
    table, noise = hedge["regret_usd_per_eflop"], float(hedge["noise_usd_per_eflop"])
    known = [value for row in table.values() for value in row.values() if value is not None]
    most = max(known, default=0.0)
    names = list(hedge["scenarios"])
    rows: list[tuple[PageCell | str, ...]] = []
    for plan, row in sorted(table.items(), key=lambda item: item[0] != "robust"):
        cells = [_heat(row[z], most, noise) for z in names]
        largest = None if None in row.values() else max(row.values())
        expected = hedge["expected_lcoc_by_plan"][plan]
        rows.append(
            (
                "robust" if plan == "robust" else f"for {plan}",
                *cells,
                _heat(largest, most, noise),
                PageCell("fails", mark="bad") if expected is None else PageCell(number(expected), expected),
            )
        )
    header = ("Plan", *names, "Largest", "Expected LCOC")
    note = (
        "Rows are plans, fixed until uncertainty resolves and continued as well as can be; columns are what "
        "then comes. ● marks "
        f"regret of zero: no plan is better there by more than the gap ({number(noise, 2)} {money.unit('USD/EFLOP')}). "
        "'fails': no way on meets the targets."
    )
    return grid(
        f"Regret, {money.unit('USD/EFLOP')} above the best plan of the scenario",
        header,
        rows,
        range(1, len(header)),
        note=note,
    )


def _heat(value: float | None, most: float, noise: float) -> PageCell:
    if value is None:
        return PageCell("fails", mark="bad")
    if value <= noise:
        return PageCell(f"● {number(value, 2)}", value, mark="heat0")
    return PageCell(
        number(value, 3), value, mark=f"heat{1 + min(SHADES - 1, int(SHADES * value / most)) if most else 1}"
    )


def value_grid(hedge: Mapping[str, Any], money: Currency = DOLLARS) -> Table:
    """Expected cost and what information is worth."""
    unit = money.unit("USD/EFLOP")
    saving = hedge["stochastic_solution_usd_per_eflop"]
    against = hedge["against"]
    rows = [
        ("Expected LCOC", _number(hedge["expected_lcoc_usd_per_eflop"]), unit, "expected cost over compute"),
        ("CVaR of cost", _number(hedge["cvar_cost_musd"]), money.unit("MUSD"), "mean of the worst cases"),
        (
            "VSS, value of the stochastic solution",
            _number(saving) if saving is not None else PageCell("no limit"),
            unit,
            f"saved against planning for {against} alone" + (", which fails" if saving is None else ""),
        ),
        (
            "EVPI, expected value of perfect information",
            _number(hedge["perfect_information_usd_per_eflop"]),
            unit,
            "what knowing the scenario now would save",
        ),
    ]
    return grid("What it is worth", ("", "Value", "Unit", "Meaning"), rows, (1,))


def _number(value: float) -> PageCell:
    return PageCell(number(value), value)


def scenario_grid(hedge: Mapping[str, Any], money: Currency = DOLLARS) -> Table:
    """Every scenario with its chance and what the robust plan comes to there."""
    rows = [
        (
            name,
            PageCell(percent(data["probability"]), data["probability"]),
            PageCell(number(data["lcoc_usd_per_eflop"]), data["lcoc_usd_per_eflop"]),
            PageCell(number(data["cost_musd"]), data["cost_musd"]),
            data["bought_after"] or "nothing",
        )
        for name, data in hedge["scenarios"].items()
    ]
    header = (
        "Scenario",
        "Chance",
        f"LCOC, {money.unit('USD/EFLOP')}",
        f"Cost, {money.unit('MUSD')}",
        "Bought after uncertainty resolves",
    )
    return grid("The robust plan in each scenario", header, rows, (1, 2, 3))


def decided_grid(hedge: Mapping[str, Any]) -> Table:
    """What is decided before uncertainty resolves."""
    rows = [
        (row.get("when", row["phase"]), PageCell(amount(row["quantity"]), row["quantity"]), row["what"])
        for row in hedge["here_and_now"]
    ]
    return grid("Here and now: the same in every scenario", ("Phase", "Quantity", "What"), rows, (1,))


def fallback_grid(hedge: Mapping[str, Any]) -> Table | None:
    """What is bought where licences are refused."""
    rows = [(row["scenario"], row["refused"], row["instead"]) for row in hedge["fallbacks"]]
    return grid("If a licence is refused", ("Scenario", "Refused", "Bought instead"), rows) if rows else None


def regime_chart(source: StudySource) -> Chart | None:
    """Levelised cost under each regime, beside what is bought."""
    cases: Sequence[Mapping[str, Any]] = source.regimes.get("cases", ())
    if not cases:
        return None
    solved = [case for case in cases if case["lcoc_usd_per_eflop"] is not None]
    names = [plain(short(case["regime"], 30)) for case in solved]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": [case["lcoc_usd_per_eflop"] for case in solved],
        "marker": {"color": "@1"},
        "hovertemplate": f"%{{y}}: %{{x:.5g}} {source.lcoc_unit}<extra></extra>",
    }
    y = {"type": "category", "autorange": "reversed", "showgrid": False, "categoryorder": "array"}
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
        table=regime_grid(cases, source.lcoc_unit),
        figure=figure([bars], axis(source.lcoc_unit, {"rangemode": "tozero"}), axis("", y | {"categoryarray": names})),
        notes=(
            "Each regime is taken as the law on every day of delivery. Penalty: LCOC above that of open_market; space: "
            "white m² per effective PFLOPS above that of open_market. Racks, peak import and space: last phase.",
            *(f"{case['regime']}: {case['without']}." for case in cases if case.get("without")),
            *(f"{case['price']}." for case in cases if case.get("price")),
        ),
        height=120 + 34 * max(1, len(solved)),
    )


def regime_grid(cases: Sequence[Mapping[str, Any]], unit: str) -> Table:
    """The table of the command, with exact values behind the figures."""
    rows: list[tuple[PageCell | str, ...]] = []
    for case in cases:
        kpis, lcoc, penalty = case["kpis"], case["lcoc_usd_per_eflop"], case["penalty_fraction"]
        same = f" (rules as {case['same_as']})" if case["same_as"] else ""
        if lcoc is None:
            rows.append((case["regime"] + same, *[""] * 8, PageCell(str(case["reason"]), mark="bad")))
            continue
        bought = ", ".join(f"{name} {whole(count)}" for name, count in case["accelerators"].items()) or "none"
        rows.append(
            (
                case["regime"] + same,
                PageCell(number(lcoc), lcoc),
                PageCell(f"{100 * penalty:+.1f} %", penalty) if penalty is not None else "",
                PageCell(whole(kpis["racks"]), kpis["racks"]),
                PageCell(number(kpis["peak_import_mw"], 3), kpis["peak_import_mw"]),
                PageCell(whole(kpis["white_space_m2"]), kpis["white_space_m2"]),
                *_space(case),
                gap_percent(case["gap"]) if case["gap"] is not None else "",
                bought,
            )
        )
    header = (
        "Regime",
        f"LCOC, {unit}",
        "Penalty",
        "Racks",
        "MW",
        "m2",
        "m²/PFLOPS",
        "Space",
        "Gap",
        "Accelerators bought",
    )
    return grid("The facility under each regime", header, rows, range(1, 9))


def _space(case: Mapping[str, Any]) -> tuple[PageCell | str, PageCell | str]:
    """White space per effective PFLOPS and its penalty; a folder written before there was such a figure has none."""
    each, more = case["kpis"].get("white_m2_per_effective_pflops"), case.get("space_penalty_fraction")
    return (
        PageCell(number(each, 3), each) if each is not None else "",
        PageCell(f"{100 * more:+.1f} %", more) if more is not None else "",
    )
