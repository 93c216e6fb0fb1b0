"""What a design says its search proved, held to what was recomputed: docs/model.md section 13.

A bound itself cannot be checked without searching again. That it fits the value, the gap and the status can.
"""

from __future__ import annotations

from optimizer.audit.case import AuditCase
from optimizer.audit.figures import capex_musd, levelised_cost
from optimizer.audit.findings import Recorder
from optimizer.audit.money import Books, npv_cost_musd, npv_eflop
from optimizer.audit.simple import simplicity
from optimizer.audit.state import State
from optimizer.audit.throughput import delivered_pflops
from optimizer.inputs.design import SolveFacts
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_YEAR

VALUE_TOLERANCE = 5e-5
"""Relative. A year that dispatches is approached by cuts, to a hundred-thousandth of its bill."""
GAP_TOLERANCE = 1e-6
SMALLEST_GAP = 1e-9


def check_proof(case: AuditCase, state: State, books: Books, facts: SolveFacts, recorder: Recorder) -> None:
    """Objective, value, bound, gap and status of the solve block."""
    known = facts.objective in OBJECTIVES
    recorder.holds("proof.objective", "solve", known, f'"{facts.objective[:40]}" is no objective')
    if not known:
        return
    maximised = facts.objective == "max_throughput"
    expected = OBJECTIVES[facts.objective](case, state, books)
    size = max(abs(expected), abs(facts.value), 1e-9)
    _close(recorder, "proof.value", (facts.value, expected, VALUE_TOLERANCE * size), "the objective, recomputed,")
    ahead = facts.bound - facts.value if not maximised else facts.value - facts.bound
    recorder.holds(
        "proof.bound", "solve", ahead <= VALUE_TOLERANCE * size, "the design is better than its own bound allows"
    )
    gap = abs(facts.value - facts.bound) / max(abs(facts.value), 1e-9)
    _close(
        recorder, "proof.gap", (facts.gap, gap, GAP_TOLERANCE * max(1.0, gap)), "does not follow from value and bound"
    )
    _check_status(facts, gap, recorder)


def _check_status(facts: SolveFacts, gap: float, recorder: Recorder) -> None:
    """Only what is within the gap asked for is proven."""
    target = facts.gap_asked
    recorder.holds("proof.gap_asked", "solve", 0 <= target < 1, "gap_asked must be at least 0 and below 1")
    stated = facts.status in ("optimal", "feasible")
    recorder.holds("proof.status", "solve", stated, f'"{facts.status[:40]}" is no status of a design')
    if facts.status == "optimal":
        limit = max(target, SMALLEST_GAP) + GAP_TOLERANCE * max(target, 1e-3)
        within = gap <= limit
        recorder.holds("proof.optimal", "solve", within, f"the gap is {gap:.4g}, wider than the {target:.4g} asked for")


def _close(recorder: Recorder, check: str, numbers: tuple[float, float, float], message: str) -> None:
    """Check value against expected within a tolerance of its own; NaN never holds."""
    value, expected, tolerance = numbers
    holds = value == expected or abs(value - expected) <= tolerance
    recorder.holds(check, "solve", holds, f"is {value:.9g}; {message} is {expected:.9g}")


def _total(account: str, case: AuditCase, books: Books) -> float:
    """A yearly quantity over the whole horizon."""
    return sum(case.periods.years(p) * books.total(account, p) for p in range(len(case.periods.phases)))


def _largest_area(case: AuditCase, books: Books) -> float:
    return max(books.total("white_m2", p) + books.total("plant_m2", p) for p in range(len(case.periods.phases)))


def _eflop(case: AuditCase, state: State) -> float:
    """Compute delivered over the whole horizon, undiscounted."""
    return sum(
        delivered_pflops(case, state.throughput, p) * EFLOP_PER_PFLOPS_YEAR * case.periods.years(p)
        for p in range(len(case.periods.phases))
    )


OBJECTIVES = {
    "lcoc": lambda case, state, books: levelised_cost(npv_cost_musd(case, books), npv_eflop(case, state)),
    "total_cost": lambda case, state, books: npv_cost_musd(case, books),
    "capex": lambda case, state, books: capex_musd(books),
    "energy": lambda case, state, books: _total("import_mwh", case, books),
    "carbon": lambda case, state, books: _total("carbon_t", case, books),
    "floor_area": lambda case, state, books: _largest_area(case, books),
    "simplicity": lambda case, state, books: simplicity(state.fleet),
    "max_throughput": lambda case, state, books: _eflop(case, state),
}
"""The objectives of section 1, in the units the search reports them in."""
