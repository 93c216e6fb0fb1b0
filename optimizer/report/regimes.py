"""One table of the same facility under each export regime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.analysis.static_bounds import obstacles
from optimizer.number_format import number, whole
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table
from optimizer.study.regimes import AS_STATED, BASELINE, POLICIES, RegimeCase

CHIPS_SHOWN = 3
POLICY_LABELS = {
    "no_gp10": "avoiding chips under General Prohibition 10",
    "no_supercomputer": "staying below a supercomputer by law",
    "no_gp10_no_supercomputer": "both",
}


def regimes_blocks(title: str, cases: Sequence[RegimeCase], money: Currency = DOLLARS) -> list[Block]:
    """The table, then the reasons where there is no design, and which regimes rule alike."""
    base = next((case.lcoc for case in cases if case.regime == BASELINE), None)
    header = ("Regime", "LCOC", "Penalty", "Racks", "MW", "m2", "m2/PFLOPS", "Space", "Accelerators bought")
    space = space_of(cases, BASELINE)
    rows = tuple((case.regime, *_figures(case, base, space, money), _chips(case)) for case in cases)
    notes = [f"{case.regime} rules on every delivery as {case.same_as}" for case in cases if case.same_as]
    notes += policy_prices(cases)
    return [
        Heading(f"{title}: under each regime", 1),
        Table(header, rows, frozenset(range(1, 8))),
        Paragraph(
            f"LCOC in {money.unit('USD/EFLOP')}; penalty: LCOC above that of open_market; racks, peak import and white "
            "space of the last phase; space: white m2 under pods per effective PFLOPS, above open_market. "
            "Each regime is taken as the law on every day of delivery, whenever it was made." + _left_out(cases)
        ),
        *([Bullets(tuple(notes))] if notes else []),
    ]


def _left_out(cases: Sequence[RegimeCase]) -> str:
    """What rows without a decision are, in words."""
    told = [f"{case.regime}: {case.without.label}" for case in cases if case.without]
    return f" Under the rules as stated, with one decision left out: {'; '.join(told)}." if told else ""


def space_of(cases: Sequence[RegimeCase], regime: str) -> float | None:
    """White m2 per effective PFLOPS under a regime; None without a design or if nothing works."""
    area = (case.kpis.get("white_m2_per_effective_pflops") for case in cases if case.regime == regime)
    return next(area, None) or None


def policy_price(case: RegimeCase, cases: Sequence[RegimeCase]) -> float | None:
    """What a policy, or a decision left out, adds to the levelised cost of the instance's own rules, as a fraction;
    None if not known."""
    stated = next((other.lcoc for other in cases if other.regime == AS_STATED), None)
    return _above(case.lcoc, stated) if _priced(case) else None


def policy_prices(cases: Sequence[RegimeCase]) -> list[str]:
    """The price of each policy on top of the instance's own rules, and of each decision left out, in words."""
    return [line for case in cases if (line := _price_line(case, cases))]


def _price_line(case: RegimeCase, cases: Sequence[RegimeCase]) -> str | None:
    if not _priced(case):
        return None
    label = case.without.name if case.without else POLICY_LABELS[case.regime]
    price = policy_price(case, cases)
    if price is not None:
        return f"{label} ({case.regime}) costs {100 * price:+.1f} % against {AS_STATED}"
    if case.result.status.value == "infeasible":
        return f"{label} ({case.regime}): no design meets the requirements, proven"
    return None


def _priced(case: RegimeCase) -> bool:
    """Whether it is the instance's own rules and something on top of them."""
    return bool(case.without or POLICIES.get(case.regime))


def _above(value: float | None, base: float | None) -> float | None:
    return value / base - 1 if value is not None and base else None


def _figures(case: RegimeCase, base: float | None, space: float | None, money: Currency) -> tuple[str, ...]:
    if case.lcoc is None:
        return ("-",) * 7
    penalty = f"{100 * (case.lcoc / base - 1):+.1f} %" if base else "?"
    kpis = case.kpis
    return (
        number(money.of(case.lcoc), 4),
        penalty,
        whole(kpis["racks"]),
        number(kpis["peak_import_mw"], 3),
        whole(kpis["white_space_m2"]),
        number(kpis["white_m2_per_effective_pflops"], 3),
        f"{100 * more:+.1f} %" if (more := _above(kpis["white_m2_per_effective_pflops"], space)) is not None else "?",
    )


def _chips(case: RegimeCase) -> str:
    if case.lcoc is None:
        return reason(case)
    parts = [f"{name} {whole(count)}" for name, count in case.bought.items()]
    more = f", {len(parts) - CHIPS_SHOWN} more kinds" if len(parts) > CHIPS_SHOWN else ""
    listed = ", ".join(parts[:CHIPS_SHOWN]) + more if parts else "none"
    gap = case.result.design.solve.gap if case.result.design and case.result.design.solve else 0.0
    late = case.result.status.value != "optimal"
    return f"{listed} (stopped at a gap of {100 * gap:.2g} %)" if late else listed


def reason(case: RegimeCase) -> str:
    """Why a regime has no design, in words."""
    if case.result.design is not None and not case.result.verified:
        return "withheld: the audit does not confirm the design"
    if case.result.status.value != "infeasible":
        return f"no design: the search ended {case.result.status.value.replace('_', ' ')}"
    reasons = obstacles(case.problem)
    return f"infeasible: {reasons[0].reason}" if reasons else "infeasible: no single requirement; see optimizer explain"


def regimes_json(cases: Sequence[RegimeCase]) -> list[dict[str, Any]]:
    """Every case as plain data."""
    base = next((case.lcoc for case in cases if case.regime == BASELINE), None)
    space = space_of(cases, BASELINE)
    return [
        {
            "regime": case.regime,
            "status": case.result.status.value,
            "verified": case.result.verified,
            "gap": case.result.design.solve.gap if case.result.design and case.result.design.solve else None,
            "same_as": case.same_as,
            "lcoc_usd_per_eflop": case.lcoc,
            "penalty_fraction": case.lcoc / base - 1 if case.lcoc is not None and base else None,
            "without": case.without.label if case.without else None,
            "policy_price_fraction": policy_price(case, cases),
            "price": _price_line(case, cases),
            "space_penalty_fraction": _above(case.kpis.get("white_m2_per_effective_pflops"), space),
            "accelerators": case.bought,
            "kpis": case.kpis,
            "reason": None if case.lcoc is not None else reason(case),
        }
        for case in cases
    ]
