"""One table of the same facility under each export regime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.analysis.static_bounds import obstacles
from optimizer.number_format import gap_percent, whole
from optimizer.report.document import Block, Bullets, Heading, Paragraph
from optimizer.report.html.cells import Column, PageCell, exact, listed
from optimizer.report.html.study_money import amounts_in
from optimizer.study.regimes import AS_STATED, BASELINE, POLICIES, RegimeCase

Case = Mapping[str, Any]
"""A case as plain data, its amounts in the currency that is told."""
CHIPS_SHOWN = 3
POLICY_LABELS = {
    "no_gp10": "avoiding chips under General Prohibition 10",
    "no_supercomputer": "staying below a supercomputer by law",
    "no_gp10_no_supercomputer": "both",
}


def regime_columns(lcoc: str) -> tuple[Column[Case], ...]:
    """Of the table, for terminal and page; `lcoc` is the head over levelised costs. A case without a design has no
    figures, and its reason in the last column."""
    return (
        Column("Regime", lambda case: case["regime"] + (f" (rules as {case['same_as']})" if case["same_as"] else "")),
        Column(lcoc, lambda case: exact(case["lcoc_usd_per_eflop"]), right=True),
        Column("Penalty", lambda case: exact(case["penalty_fraction"], _signed), right=True),
        Column("Racks", lambda case: exact(case["kpis"].get("racks"), whole), right=True),
        Column("MW", lambda case: exact(case["kpis"].get("peak_import_mw"), 3), right=True),
        Column("m2", lambda case: exact(case["kpis"].get("white_space_m2"), whole), right=True),
        Column("m2/PFLOPS", lambda case: exact(case["kpis"].get("white_m2_per_effective_pflops"), 3), right=True),
        Column("Space", lambda case: exact(case.get("space_penalty_fraction"), _signed), right=True),
        Column("Gap", lambda case: gap_percent(case["gap"]) if case["gap"] is not None else "", right=True),
        Column("Accelerators bought", _bought),
    )


def _signed(fraction: float) -> str:
    return f"{100 * fraction:+.1f} %"


def _bought(case: Case, most: int | None = None) -> str:
    """What is bought, of many kinds the first `most`; or why there is no design."""
    if case["lcoc_usd_per_eflop"] is None:
        return PageCell(str(case["reason"]), mark="bad")
    parts = [f"{name} {whole(count)}" for name, count in case["accelerators"].items()]
    more = [f"{len(parts) - most} more kinds"] if most and len(parts) > most else []
    return ", ".join((*parts[:most], *more)) or "none"


def _few(case: Case) -> str:
    """The same with less room: the first kinds, and the gap only where the search was stopped."""
    stopped = case["lcoc_usd_per_eflop"] is not None and case["status"] != "optimal"
    late = f" (stopped at a gap of {100 * (case['gap'] or 0.0):.2g} %)" if stopped else ""
    return f"{_bought(case, CHIPS_SHOWN)}{late}"


def regimes_blocks(title: str, cases: Sequence[RegimeCase], money: Currency = DOLLARS) -> list[Block]:
    """The table, then the reasons where there is no design, and which regimes rule alike."""
    told: Sequence[Case] = amounts_in(regimes_json(cases), money)
    _, *figures, _, _ = regime_columns("LCOC")
    columns = (Column[Case]("Regime", lambda case: case["regime"]), *figures, Column("Accelerators bought", _few))
    notes = [f"{case['regime']} rules on every delivery as {case['same_as']}" for case in told if case["same_as"]]
    notes += [case["price"] for case in told if case["price"]]
    without = "; ".join(f"{case['regime']}: {case['without']}" for case in told if case["without"])
    return [
        Heading(f"{title}: under each regime", 1),
        listed("", columns, told),
        Paragraph(
            f"LCOC in {money.unit('USD/EFLOP')}; penalty: LCOC above that of open_market; racks, peak import and white "
            "space of the last phase; space: white m2 under pods per effective PFLOPS, above open_market. "
            "Each regime is taken as the law on every day of delivery, whenever it was made."
            + (f" Under the rules as stated, with one decision left out: {without}." if without else "")
        ),
        *([Bullets(tuple(notes))] if notes else []),
    ]


def space_of(cases: Sequence[RegimeCase], regime: str) -> float | None:
    """White m2 per effective PFLOPS under a regime; None without a design or if nothing works."""
    area = (case.kpis.get("white_m2_per_effective_pflops") for case in cases if case.regime == regime)
    return next(area, None) or None


def policy_price(case: RegimeCase, cases: Sequence[RegimeCase]) -> float | None:
    """What a policy, or a decision left out, adds to the levelised cost of the instance's own rules, as a fraction;
    None if not known."""
    stated = next((other.lcoc for other in cases if other.regime == AS_STATED), None)
    return _above(case.lcoc, stated) if _priced(case) else None


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
            "penalty_fraction": _above(case.lcoc, base),
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
